"""Options made of the facts of a question, for ``quote``, ``compare`` and ``maternity``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yibao.benefit.described import Fact
from yibao.benefit.facts import Item
from yibao.cli import options
from yibao.cli.declared import Declared, Gathered, Option
from yibao.cli.facts import OptionsError, Written, declared_of, places_are_options
from yibao.errors import InputError
from yibao.inquiry.asked import GROUP
from yibao.inquiry.care import Case, case_of
from yibao.inquiry.question import QUESTION, USED_AMOUNTS
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
            return case_of(packs, area, self._said(packs))

    def _said(self, packs: PolicyLibrary) -> dict[str, Any]:
        """The typed values; what contradicts itself is refused with the options."""
        written = self.written
        if written.get("draw_own") and not written.get("balance"):
            raise InputError(message("用个人账户支付要写余额"), place="--balance")
        if bool(written.get("total")) == bool(written.get("item")):
            raise OptionsError(message("总额与费用明细写且只写一种"), "--total", "--item")
        said = Written(_BILL, written).said(packs)
        items = [options.item(text) for text in written.get("item") or ()]
        said["items"] = tuple(items or [Item(ItemClass.A, said["total"])])
        said["groups"] = said["group"]
        said["used"] = _used(written.get("used") or ())
        return said


def _used(texts: Iterable[str]) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for text in texts:
        name, value = options.pair(text, "=", "--used", "outpatient_pooled=1200")
        if name not in USED_AMOUNTS:
            raise InputError(
                message(
                    "不认识 {name}，可以写：{known}",
                    name=name,
                    known=Listed(USED_AMOUNTS),
                ),
                place="--used",
            )
        if name in amounts:
            raise InputError(message("{name} 写了两次", name=name), place="--used")
        amounts[name] = options.amount(value, f"--used {name}")
    return amounts


_LISTS = (
    Declared(
        "item",
        list[str],
        Option(
            "--item",
            metavar=message("明细"),
            help=message("费用明细，可以写几次：B:2000:upfront=10:kind=drug:limit=450。"),
        ),
        (),
    ),
    Declared(
        "used",
        list[str],
        Option(
            "--used",
            metavar=message("累计"),
            help=message("今年已用，可以写几次：outpatient_pooled=1200。"),
        ),
        (),
    ),
)
"""Several facts in one text: what no single fact describes."""
_BILL: Mapping[str, Fact] = {**QUESTION, GROUP.name: GROUP}


def asked_bill(*names: str) -> Gathered:
    """The options of a question about a bill, handed over as one :class:`WrittenBill`.

    ``names``: of the facts and lists that are asked; all of them if none is named.
    """
    declared = {fact.name: declared_of(fact) for fact in _BILL.values()}
    declared |= {each.name: each for each in _LISTS}
    return Gathered(tuple(declared[name] for name in names or declared), WrittenBill)
