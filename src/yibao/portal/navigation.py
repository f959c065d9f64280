"""What the service offers and to whom: the one place for sections, entries and roles.

A section whose entries nobody with the visitor's role may see is not shown.  What is behind
a login (我要查, 我要办) is shown to everybody: who opens it is asked to sign in.
"""

from __future__ import annotations

from dataclasses import dataclass

from yibao.policy.model import Words

ANYONE = "anyone"
"""Holds for every visitor, with or without a login."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page."""

    roles: frozenset[str] = frozenset({ANYONE})


@dataclass(frozen=True, slots=True)
class Entry:
    """One page that a section leads to."""

    address: str
    title: Words
    purpose: Words
    role: str = ANYONE


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the service."""

    address: str
    title: Words
    entries: tuple[Entry, ...]
    role: str = ANYONE
    behind_login: bool = False

    def visible(self, visitor: Visitor) -> tuple[Entry, ...]:
        """The entries that a visitor may open."""
        return tuple(entry for entry in self.entries if entry.role in visitor.roles)


def sections_for(sections: tuple[Section, ...], visitor: Visitor) -> tuple[Section, ...]:
    """The sections with something in them for a visitor."""
    return tuple(
        section
        for section in sections
        if section.role in visitor.roles and (section.visible(visitor) or not section.entries)
    )


def section_at(sections: tuple[Section, ...], path: str) -> Section | None:
    """The section that a page belongs to: the one with the nearest address above it."""

    def nearness(section: Section) -> int:
        addresses = (section.address, *(entry.address for entry in section.entries))
        above = [
            address for address in addresses if path == address or path.startswith(f"{address}/")
        ]
        return max(map(len, above), default=0)

    return max((section for section in sections if nearness(section)), key=nearness, default=None)


def own_sections() -> tuple[Section, ...]:
    """我要查 and 我要办: everybody sees them; who is not signed in is asked to."""
    return (
        Section(
            "/own",
            Words("我要查", "Look up"),
            (
                Entry(
                    "/own/insurance",
                    Words("参保信息", "Insurance"),
                    Words("参的什么保，今天有没有待遇。", "Enrolments and today's cover."),
                ),
                Entry(
                    "/own/contributions",
                    Words("缴费记录", "Contributions"),
                    Words("哪年哪月缴了多少，收据下载。", "What was paid and when, with receipts."),
                ),
                Entry(
                    "/own/account",
                    Words("个人账户", "Personal account"),
                    Words("余额、收支明细、每月划入。", "Balance, statement, monthly credits."),
                ),
                Entry(
                    "/own/visits",
                    Words("就医记录", "Visits"),
                    Words("费用清单、怎么报的、结算单。", "Items, how they were paid, statements."),
                ),
                Entry(
                    "/own/year",
                    Words("年度累计", "Used this year"),
                    Words("报了多少，离封顶还有多少。", "Paid, and left of each ceiling."),
                ),
                Entry(
                    "/own/used",
                    Words("谁用了我的账户", "Who used my account"),
                    Words("哪天、在哪里、多少钱。", "Day, place and amount."),
                ),
                Entry(
                    "/own/filings",
                    Words("备案", "Filings"),
                    Words("异地就医和慢特病备案。", "Care elsewhere and listed diseases."),
                ),
                Entry(
                    "/own/trail",
                    Words("谁看过我的资料", "Who saw my records"),
                    Words("谁、什么时候、做了什么。", "Who, when, and what was done."),
                ),
                Entry(
                    "/verify",
                    Words("核验票据", "Check a paper"),
                    Words(
                        "收据、结算单是不是真的，不用登录。",
                        "Is it genuine? Without login.",
                    ),
                ),
            ),
            behind_login=True,
        ),
        Section(
            "/own/do",
            Words("我要办", "Do"),
            (
                Entry(
                    "/own/pay",
                    Words("缴费", "Pay a contribution"),
                    Words(
                        "给自己和亲属缴，收据可核验。",
                        "For yourself and relatives.",
                    ),
                ),
                Entry(
                    "/own/credential",
                    Words("医保电子凭证", "E-credential"),
                    Words("给窗口扫的二维码。", "The code that the counter scans."),
                ),
                Entry(
                    "/own/aid",
                    Words("家庭共济", "Family mutual aid"),
                    Words("添加、变更、终止，办到哪一步。", "Add, change, end; where it stands."),
                ),
                Entry(
                    "/own/transfer",
                    Words("钱包转账", "Wallet transfer"),
                    Words("个人账户的钱转给亲属。", "Account money to a relative."),
                ),
                Entry(
                    "/own/filing",
                    Words("异地就医备案", "File for care elsewhere"),
                    Words("去外地看病之前办。", "Before you see a doctor elsewhere."),
                ),
                Entry(
                    "/own/chronic",
                    Words("慢特病认定", "Listed disease"),
                    Words("认定以后门诊多报。", "More is paid once it is recorded."),
                ),
                Entry(
                    "/own/enrol",
                    Words("参保登记", "Enrol"),
                    Words("居民、灵活就业参保。", "As a resident or in flexible work."),
                ),
                Entry(
                    "/own/tokens",
                    Words("给程序的令牌", "Tokens for programs"),
                    Words("让自己的程序读自己的记录。", "A program reads your records."),
                ),
            ),
            behind_login=True,
        ),
    )
