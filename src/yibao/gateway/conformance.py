"""How a client of the interface has done: what it used, in which order, what it got wrong."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from yibao.gateway.fields import shown_name
from yibao.gateway.registry import ALIASES, WRITES
from yibao.messages import CHINESE, Listed, Message, Text, message, text_of

_MSGID_LENGTH = 30
_MOST_LISTED = 3
_BEFORE = {
    "2203": ("2201",),
    "2204": ("2201",),
    "2206": ("2204",),
    "2207": ("2206", "2204"),
    "2208": ("2207",),
    "2102": ("2101",),
    "2103": ("2102",),
    "2301": ("2401",),
    "2303": ("2301",),
    "2304": ("2303", "2301"),
    "2305": ("2304",),
    "2402": ("2401",),
    "4101": ("2304", "2207"),
}
"""What the interface expects before a transaction; any of several."""
_USUAL = (
    (message("门诊"), "1101 2201 2203 2204 2206 2207 2208 5203".split()),
    (message("住院"), "1101 2401 2301 2303 2402 2304 2305 4101 5203".split()),
    (message("药店"), "1101 2101 2102 2103".split()),
    (message("结算以外"), "9001 1201 2001 2601 3101 3102 3201 3202 9101 9102".split()),
)
"""What a client of each kind usually has to do, for what it has not tried yet."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it was kept."""

    at: datetime.datetime
    infno: str
    message_id: str
    failed: bool
    error: Text
    notes: Sequence[tuple[Text, Text]] = ()
    person: str = ""
    visit: str = ""


@dataclass(slots=True)
class TransactionUse:
    """A transaction as a client used it."""

    infno: str
    name: Text
    count: int = 0
    failed: int = 0
    first: int = 0
    """Its place among the transactions in the order of their first use."""

    @property
    def said(self) -> Message:
        """The transaction in a line."""
        values = {"first": f"{self.first:>2}", "name": self.name, "count": self.count}
        if not self.failed:
            return message("{first}  {name}  {count} 次", **values)
        return message(
            "{first}  {name}  {count} 次，失败 {failed} 次", failed=self.failed, **values
        )


@dataclass(slots=True)
class Conformance:
    """The report of one institution."""

    institution: str
    messages: int = 0
    used: list[TransactionUse] = field(default_factory=list)
    wrong: list[tuple[Text, int]] = field(default_factory=list)
    """What was refused, with how often; the most frequent first."""
    order: list[Text] = field(default_factory=list)
    """What came out of order."""
    put_right: list[tuple[Text, int]] = field(default_factory=list)
    """What was defaulted or ignored, with how often."""
    untried: list[tuple[Message, list[str]]] = field(default_factory=list)
    """By kind of care: usual transactions that never succeeded."""

    def lines(self, language: str = CHINESE) -> list[str]:
        """The report as text."""
        if not self.messages:
            nothing = message("{institution} 还没有报文", institution=self.institution)
            return [nothing.text(language)]
        head = message(
            "{institution}：{messages} 条报文，用过 {count} 种交易",
            institution=self.institution,
            messages=self.messages,
            count=len(self.used),
        )
        said: list[Text] = [head]
        said += _section(REFUSED, [_counted(what, count) for what, count in self.wrong])
        said += _section(OUT_OF_ORDER, self.order)
        said += _section(PUT_RIGHT, [_counted(what, count) for what, count in self.put_right])
        said += _section(UNTRIED, self.untried_rows())
        said += ["", USED, *(_indented(row.said) for row in self.used)]
        return [text_of(line, language) for line in said]

    def untried_rows(self) -> list[Message]:
        """What was not tried with success, a line a kind of care."""
        return [
            message("{kind}：{infnos}", kind=kind, infnos=Listed(infnos))
            for kind, infnos in self.untried
        ]

    def as_json(self, language: str = CHINESE) -> dict[str, Any]:
        """The report as plain values, what is said in a language."""

        def said(text: Text) -> str:
            return text_of(text, language)

        return {
            "institution": self.institution,
            "messages": self.messages,
            "transactions": [
                {
                    "infno": transaction.infno,
                    "name": said(transaction.name),
                    "count": transaction.count,
                    "failed": transaction.failed,
                }
                for transaction in self.used
            ],
            "wrong": [{"what": said(what), "count": count} for what, count in self.wrong],
            "order": [said(fault) for fault in self.order],
            "put_right": [{"what": said(what), "count": count} for what, count in self.put_right],
            "untried": [{"kind": said(kind), "infnos": names} for kind, names in self.untried],
        }


REFUSED = message("被拒绝的，先改这些")
OUT_OF_ORDER = message("先后不合规范的")
PUT_RIGHT = message("平台补正或忽略的")
UNTRIED = message("还没有试成功的")
USED = message("用过的交易，按第一次使用的先后")
"""Titles of the sections of a report."""


def _indented(line: Text) -> Text:
    return Message("  {line}", (("line", line),))


def _counted(what: Text, count: int) -> Text:
    return message("{what}  ×{count}", what=what, count=count)


def _section(title: Text, lines: Sequence[Text]) -> list[Text]:
    return ["", title, *map(_indented, lines or [message("没有")])]


def _listed(infnos: Sequence[str]) -> Text:
    shown = Listed(infnos[:_MOST_LISTED])
    if len(infnos) <= _MOST_LISTED:
        return shown
    return message("{infnos} 等 {count} 种交易", infnos=shown, count=len(infnos))


def report(institution: str, heard: Iterable[Heard]) -> Conformance:
    """The report on messages in the order in which they came."""
    conformance = Conformance(institution)
    used: dict[str, TransactionUse] = {}
    wrong: Counter[Text] = Counter()
    put_right: Counter[Text] = Counter()
    where: dict[Text, dict[str, None]] = defaultdict(dict)
    sent: set[tuple[str, str]] = set()
    succeeded: set[str] = set()
    order: dict[Text, None] = {}
    for exchange in heard:
        conformance.messages += 1
        infno = ALIASES.get(exchange.infno, exchange.infno)
        name = shown_name(infno) or message("（没有交易编号）")
        row = used.setdefault(infno, TransactionUse(infno, name))
        row.first = row.first or len(used)
        row.count += 1
        for note in _notes(infno, exchange):
            put_right[note] += 1
            where[note].setdefault(infno)
        if exchange.failed:
            row.failed += 1
            wrong[Message("{infno} {fault}", (("infno", infno), ("fault", exchange.error)))] += 1
            continue
        expected = _BEFORE.get(infno)
        in_order = any(
            (earlier, exchange.visit or exchange.person) in sent for earlier in expected or ()
        )
        if expected and (exchange.visit or exchange.person) and not in_order:
            fault = message(
                "{infno} 之前没有 {before}",
                infno=shown_name(infno),
                before=shown_name(expected[0]),
            )
            order.setdefault(fault)
        succeeded.add(infno)
        sent |= {(infno, exchange.visit), (infno, exchange.person)}
    if conformance.messages and "9001" not in succeeded:
        order.setdefault(message("没有签到（9001）；沙箱不要求，真的平台要求先签到"))
    conformance.used = list(used.values())
    conformance.wrong = wrong.most_common()
    conformance.order = list(order)
    conformance.put_right = [
        (message("{note}（{infnos}）", note=note, infnos=_listed(list(where[note]))), count)
        for note, count in put_right.most_common()
    ]
    conformance.untried = [
        (kind, left)
        for kind, names in _USUAL
        if (left := [name for name in names if name not in succeeded])
    ]
    return conformance


def _notes(infno: str, exchange: Heard) -> list[Text]:
    """What was put right in a message, with its place."""
    notes: list[Text] = [
        message("{place}：{message}", place=place, message=what) for place, what in exchange.notes
    ]
    length = len(exchange.message_id)
    if infno in WRITES and length and length != _MSGID_LENGTH:
        notes.append(
            message("msgid：{count} 位，规范是 {usual} 位，照收", count=length, usual=_MSGID_LENGTH)
        )
    return notes
