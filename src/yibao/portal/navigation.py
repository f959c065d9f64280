"""What the service offers and to whom: the one place for sections, entries and roles.

A section whose entries nobody with the visitor's role may see is not shown.  What is behind
a login (我要查, 我要办) is shown to everybody: who opens it is asked to sign in.
"""

from __future__ import annotations

from dataclasses import dataclass

from yibao.messages import Wording, message, message_in

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
    title: Wording
    purpose: Wording
    role: str = ANYONE


@dataclass(frozen=True, slots=True)
class SiteSection:
    """One part of the service."""

    address: str
    title: Wording
    entries: tuple[Entry, ...]
    role: str = ANYONE
    behind_login: bool = False

    def visible(self, visitor: Visitor) -> tuple[Entry, ...]:
        """The entries that a visitor may open."""
        return tuple(entry for entry in self.entries if entry.role in visitor.roles)


def sections_for(sections: tuple[SiteSection, ...], visitor: Visitor) -> tuple[SiteSection, ...]:
    """The sections with something in them for a visitor."""
    return tuple(
        section
        for section in sections
        if section.role in visitor.roles and (section.visible(visitor) or not section.entries)
    )


def section_at(sections: tuple[SiteSection, ...], path: str) -> SiteSection | None:
    """The section that a page belongs to: the one with the nearest address above it."""

    def nearness(section: SiteSection) -> int:
        addresses = (section.address, *(entry.address for entry in section.entries))
        above = [
            address for address in addresses if path == address or path.startswith(f"{address}/")
        ]
        return max(map(len, above), default=0)

    return max((section for section in sections if nearness(section)), key=nearness, default=None)


def own_sections() -> tuple[SiteSection, ...]:
    """我要查 and 我要办: everybody sees them; who is not signed in is asked to."""
    return (
        SiteSection(
            "/own",
            message("我要查"),
            (
                Entry(
                    "/own/insurance",
                    message("参保信息"),
                    message("参的什么保，今天有没有待遇。"),
                ),
                Entry(
                    "/own/contributions",
                    message("缴费记录"),
                    message("哪年哪月缴了多少，收据下载。"),
                ),
                Entry(
                    "/own/account",
                    message("个人账户"),
                    message("余额、收支明细、每月划入。"),
                ),
                Entry(
                    "/own/visits",
                    message("就医记录"),
                    message("费用清单、怎么报的、结算单。"),
                ),
                Entry(
                    "/own/year",
                    message("年度累计"),
                    message("报了多少，离封顶还有多少。"),
                ),
                Entry(
                    "/own/used",
                    message("谁用了我的账户"),
                    message("哪天、在哪里、多少钱。"),
                ),
                Entry(
                    "/own/filings",
                    message_in("navigation", "备案"),
                    message("异地就医和慢特病备案。"),
                ),
                Entry(
                    "/own/cases",
                    message("办事进度"),
                    message("申请办到哪一步，等谁，还缺什么材料。"),
                ),
                Entry(
                    "/own/trail",
                    message("谁看过我的资料"),
                    message("谁、什么时候、做了什么。"),
                ),
                Entry(
                    "/verify",
                    message("核验票据"),
                    message("收据、结算单是不是真的，不用登录。"),
                ),
            ),
            behind_login=True,
        ),
        SiteSection(
            "/own/do",
            message("我要办"),
            (
                Entry(
                    "/own/pay",
                    message_in("navigation", "缴费"),
                    message("给自己和亲属缴，收据可核验。"),
                ),
                Entry(
                    "/own/credential",
                    message("医保电子凭证"),
                    message("给窗口扫的二维码。"),
                ),
                Entry(
                    "/own/aid",
                    message("家庭共济"),
                    message("添加、变更、终止，办到哪一步。"),
                ),
                Entry(
                    "/own/transfer",
                    message("钱包转账"),
                    message("个人账户的钱转给亲属。"),
                ),
                Entry(
                    "/own/filing",
                    message("异地就医备案"),
                    message("去外地看病之前办。"),
                ),
                Entry(
                    "/own/claim",
                    message("手工报销"),
                    message("自己先付了钱、没有直接结算的"),
                ),
                Entry(
                    "/inform",
                    message("举报骗保"),
                    message("冒名看病、虚开药品和单据，不用登录，可以不写姓名。"),
                ),
                Entry(
                    "/own/chronic",
                    message("慢特病认定"),
                    message("认定以后门诊多报。"),
                ),
                Entry(
                    "/own/drug",
                    message("申请双通道药品资格"),
                    message("按病种和药品，到期续办。"),
                ),
                Entry(
                    "/own/enrol",
                    message("参保登记"),
                    message("居民、灵活就业参保，互相切换。"),
                ),
                Entry(
                    "/own/newborn",
                    message("给新生儿参保"),
                    message("孩子还没有自己的号码也能办。"),
                ),
                Entry(
                    "/own/moving",
                    message("医保关系转入"),
                    message("换了地方参保，把原来的年限和账户转过来。"),
                ),
                Entry(
                    "/own/allowance",
                    message("申请生育津贴"),
                    message("单位职工分娩、流产以后，凭病历资料申请。"),
                ),
                Entry(
                    "/own/subsidy",
                    message("申请灵活就业缴费补贴"),
                    message("先缴后补：过完的一年，凭属于补贴对象的证明申请。"),
                ),
                Entry(
                    "/own/tokens",
                    message("给程序的令牌"),
                    message("让自己的程序读自己的记录。"),
                ),
                Entry(
                    "/password",
                    message("改密码"),
                    message("改好以后别处的登录和令牌都作废。"),
                ),
            ),
            behind_login=True,
        ),
    )
