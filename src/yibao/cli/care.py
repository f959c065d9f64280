"""Options made of the facts of a question, for ``quote``, ``compare`` and ``maternity``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from yibao.benefit.described import Fact
from yibao.benefit.facts import Item
from yibao.cli.declared import Gathered
from yibao.cli.facts import (
    OptionsError,
    Written,
    declared_of,
    declared_parts,
    places_are_options,
)
from yibao.cli.language import say
from yibao.errors import InputError
from yibao.inquiry.asked import GROUP
from yibao.inquiry.care import Case, case_of, drug_catalogue
from yibao.inquiry.question import (
    ITEM_LINE,
    QUESTION,
    USED_AMOUNT,
    drugs_of,
    item_of,
    read_parts,
)
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass


@dataclass(frozen=True, slots=True)
class WrittenBill:
    """What was written about one person, one institution and one bill."""

    written: Mapping[str, Any]

    def case(self, packs: PolicyLibrary, area: str) -> Case:
        """What was written, as facts of a person at home in ``area``."""
        with places_are_options():
            return case_of(packs, area, self._said(packs, area))

    def _said(self, packs: PolicyLibrary, area: str) -> dict[str, Any]:
        """The typed values; what contradicts itself is refused with the options."""
        written = self.written
        if written.get("draw_own") and not written.get("balance"):
            raise InputError(message("用个人账户支付要写余额"), place="--balance")
        if bool(written.get("total")) == bool(written.get("item")):
            raise OptionsError(message("总额与费用明细写且只写一种"), "--total", "--item")
        said = Written(_BILL, written).said(packs)
        named = drugs_of(written.get("item") or ())
        whose = drug_catalogue(packs, area, said) if named else area
        items = [
            item_of(packs, text, f"--item {text}", whose) for text in written.get("item") or ()
        ]
        if named:
            from yibao.guide.drugs import drugs_named, editions_of

            lines = [drug for name in named for drug in drugs_named(name, whose)]
            editions = Listed(editions_of(lines))
            remark = say("{names} 的类别照{edition}", names=Listed(named), edition=editions)
            click.echo(remark, err=True)
        said["items"] = tuple(items or [Item(ItemClass.A, said["total"])])
        said["groups"] = said["group"]
        said["used"] = _used(packs, written.get("used") or ())
        return said


def _used(packs: PolicyLibrary, texts: Iterable[str]) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for text in texts:
        for name, amount in read_parts(packs, USED_AMOUNT, text, "--used").items():
            if name in amounts:
                raise InputError(message("{name} 写了两次", name=name), place="--used")
            amounts[name] = amount
    return amounts


_LISTS = (declared_parts(ITEM_LINE), declared_parts(USED_AMOUNT))
_BILL: Mapping[str, Fact] = {**QUESTION, GROUP.name: GROUP}


def asked_bill(*names: str) -> Gathered:
    """The options of a question about a bill, handed over as one :class:`WrittenBill`.

    ``names``: of the facts and lists that are asked; all of them if none is named.
    """
    declared = {fact.name: declared_of(fact) for fact in _BILL.values()}
    declared |= {option.name: option for option in _LISTS}
    return Gathered(tuple(declared[name] for name in names or declared), WrittenBill)
