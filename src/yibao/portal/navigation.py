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


def own_sections() -> tuple[Section, ...]:
    """我要查 and 我要办: everybody sees them; who is not signed in is asked to."""
    return (
        Section(
            "/own",
            Words("我的医保", "My insurance"),
            (
                Entry(
                    "/own",
                    Words("我要查", "Look up"),
                    Words(
                        "参保、缴费、账户、就医、年度累计，登录后看。",
                        "Insurance, payments, account, visits; after signing in.",
                    ),
                ),
                Entry(
                    "/own/pay",
                    Words("我要办：缴费", "Pay a contribution"),
                    Words(
                        "给自己和亲属缴费，收据可核验。",
                        "For yourself and relatives, with a receipt.",
                    ),
                ),
                Entry(
                    "/own/aid",
                    Words("我要办：家庭共济", "Mutual aid"),
                    Words(
                        "添加、变更、终止，看谁用了我的账户。",
                        "Add, change, end; see who used your account.",
                    ),
                ),
                Entry(
                    "/verify",
                    Words("核验票据", "Check a paper"),
                    Words("收据、结算单是不是真的。", "Whether a receipt or statement is genuine."),
                ),
            ),
        ),
    )
