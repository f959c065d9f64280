"""Options made of the facts of a question, for ``quote``, ``compare`` and ``maternity``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yibao.benefit.described import Fact
from yibao.benefit.facts import Item
from yibao.cli import options
from yibao.cli.declared import REQUIRED, Declared, Gathered, Option
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.care import Case, case_of
from yibao.inquiry.question import QUESTION, USED_AMOUNTS, read_text
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass

_PLACES = {"groups": "group", "items": "item"}
"""Options that are named otherwise than what a question calls their fact."""
_REQUIRED = ("scheme", "kind")
_FROM_ENVIRONMENT = {"scheme": "YIBAO_SCHEME", "status": "YIBAO_STATUS"}
_METAVARS = {"day": "日期", "area": "地区", "choice": "代码", "name": "名称", "whole": "数"}


@dataclass(frozen=True, slots=True)
class WrittenBill:
    """What was written about one person, one institution and one bill."""

    written: Mapping[str, Any]

    def case(self, packs: PolicyLibrary, area: str) -> Case:
        """What was written, as facts of a person at home in ``area``."""
        with _places_are_options():
            return case_of(packs, area, self._said(packs))

    def _said(self, packs: PolicyLibrary) -> dict[str, Any]:
        """The typed values; what contradicts itself is refused with the options."""
        written = self.written
        if written.get("birth") and written.get("age"):
            raise InputError(message("只能写一个"), place="--birth、--age")
        if written.get("draw_own") and not written.get("balance"):
            raise InputError(message("用个人账户支付要写余额"), place="--balance")
        if bool(written.get("total")) == bool(written.get("item")):
            raise InputError(message("总额与费用明细写且只写一种"), place="--total、--item")
        said: dict[str, Any] = {}
        for name, fact in QUESTION.items():
            value = written.get(name)
            if isinstance(value, str):
                value = read_text(packs, fact, value, option_name(name)) if value else None
            said[name] = value
        said["on"] = said["on"] or options.today()
        items = [options.item(text) for text in written.get("item") or ()]
        said["items"] = tuple(items or [Item(ItemClass.A, said["total"])])
        said["groups"] = tuple(written.get("group") or ())
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


@contextlib.contextmanager
def _places_are_options() -> Iterator[None]:
    """What is wrong with a fact is said of the option that gave it."""
    try:
        yield
    except InputError as error:
        if not error.place or error.place.startswith("--"):
            raise
        names = [_PLACES.get(name, name) for name in error.place.split("、")]
        raise InputError(error.message, place="、".join(map(option_name, names))) from None


# --- options -------------------------------------------------------------------------------------


def option_name(name: str) -> str:
    """The option that gives a fact."""
    return f"--{name.replace('_', '-')}"


def option_of(fact: Fact) -> Option:
    """The option of a fact, with its help."""
    name = option_name(fact.name)
    text = str(fact.title)
    if fact.choices:
        labels = words.labels_of(fact)
        codes = (
            code if labels[code] == code else f"{code} {labels[code]}" for code in fact.choices
        )
        text += f"：{'、'.join(codes)}"
    elif fact.kind == "whole" and fact.least:
        text += f"，{fact.least} 到 {fact.most}"
    text = f"{text}。{fact.help}"
    if fact.kind == "flag":
        return Option(name, help=text)
    return Option(
        name,
        metavar=str(fact.unit) or _METAVARS[fact.kind],
        help=text,
        show_default=False,
        envvar=_FROM_ENVIRONMENT.get(fact.name),
    )


def _declared(name: str) -> Declared:
    """The option of a fact or of a list."""
    if name in _LISTS:
        return Declared(name, list[str], _LISTS[name], ())
    fact = QUESTION[name]
    kind: Any = bool if fact.kind == "flag" else str
    default: Any = False if fact.kind == "flag" else ""
    return Declared(name, kind, option_of(fact), REQUIRED if name in _REQUIRED else default)


_LISTS: Mapping[str, Option] = {
    "item": Option(
        "--item",
        metavar="明细",
        help="费用明细，可以写几次：B:2000:upfront=10:kind=drug:limit=450。",
    ),
    "group": options.GROUP,
    "used": Option("--used", metavar="累计", help="今年已用，可以写几次：outpatient_pooled=1200。"),
}


def asked(*names: str) -> Gathered:
    """The options of a question about a bill, handed over as one :class:`WrittenBill`.

    ``names``: of the facts and lists that are asked; all of them if none is named.
    """
    return Gathered(tuple(map(_declared, names or (*QUESTION, *_LISTS))), WrittenBill)
