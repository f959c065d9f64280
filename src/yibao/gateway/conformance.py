"""How a client of the interface has done: what it used, in which order, what it got wrong."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from yibao.gateway.fields import shown_name
from yibao.gateway.registry import ALIASES, WRITES

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
    ("门诊", "1101 2201 2203 2204 2206 2207 2208 5203".split()),
    ("住院", "1101 2401 2301 2303 2402 2304 2305 4101 5203".split()),
    ("药店", "1101 2101 2102 2103".split()),
    ("结算以外", "9001 1201 2001 2601 3201 3202 9101 9102".split()),
)
"""What a client of each kind usually has to do, for what it has not tried yet."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it was kept."""

    at: datetime.datetime
    infno: str
    message_id: str
    failed: bool
    error: str
    notes: Sequence[tuple[str, str]] = ()
    person: str = ""
    visit: str = ""


@dataclass(slots=True)
class TransactionUse:
    """A transaction as a client used it."""

    infno: str
    name: str
    count: int = 0
    failed: int = 0
    first: int = 0
    """Its place among the transactions in the order of their first use."""


@dataclass(slots=True)
class Conformance:
    """The report of one institution."""

    institution: str
    messages: int = 0
    used: list[TransactionUse] = field(default_factory=list)
    wrong: list[tuple[str, int]] = field(default_factory=list)
    """What was refused, with how often; the most frequent first."""
    order: list[str] = field(default_factory=list)
    """What came out of order."""
    put_right: list[tuple[str, int]] = field(default_factory=list)
    """What was defaulted or ignored, with how often."""
    untried: list[tuple[str, list[str]]] = field(default_factory=list)
    """By kind of care: usual transactions that never succeeded."""

    def lines(self) -> list[str]:
        """The report as text."""
        if not self.messages:
            return [f"{self.institution} 还没有报文"]
        lines = [f"{self.institution}：{self.messages} 条报文，用过 {len(self.used)} 种交易"]
        lines += _section("被拒绝的，先改这些", self.wrong)
        lines += ["", "先后不合规范的", *(f"  {fault}" for fault in self.order or ["没有"])]
        lines += _section("平台补正或忽略的", self.put_right)
        lines += ["", "还没有试成功的"]
        lines += [f"  {kind}：{'、'.join(names)}" for kind, names in self.untried] or ["  没有"]
        lines += ["", "用过的交易，按第一次使用的先后"]
        lines += [
            f"  {transaction.first:>2}  {transaction.name}  {transaction.count} 次"
            + (f"，失败 {transaction.failed} 次" if transaction.failed else "")
            for transaction in self.used
        ]
        return lines

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "institution": self.institution,
            "messages": self.messages,
            "transactions": [
                {
                    "infno": transaction.infno,
                    "name": transaction.name,
                    "count": transaction.count,
                    "failed": transaction.failed,
                }
                for transaction in self.used
            ],
            "wrong": [{"what": what, "count": count} for what, count in self.wrong],
            "order": self.order,
            "put_right": [{"what": what, "count": count} for what, count in self.put_right],
            "untried": [{"kind": kind, "infnos": names} for kind, names in self.untried],
        }


def _section(title: str, counts: Sequence[tuple[str, int]]) -> list[str]:
    return ["", title, *(f"  {what}  ×{count}" for what, count in counts)] + (
        [] if counts else ["  没有"]
    )


def _listed(infnos: Sequence[str]) -> str:
    shown = "、".join(infnos[:_MOST_LISTED])
    return shown if len(infnos) <= _MOST_LISTED else f"{shown} 等 {len(infnos)} 种交易"


def report(institution: str, heard: Iterable[Heard]) -> Conformance:
    """The report on messages in the order in which they came."""
    conformance = Conformance(institution)
    used: dict[str, TransactionUse] = {}
    wrong: Counter[str] = Counter()
    put_right: Counter[str] = Counter()
    where: dict[str, dict[str, None]] = defaultdict(dict)
    sent: set[tuple[str, str]] = set()
    succeeded: set[str] = set()
    order: dict[str, None] = {}
    for message in heard:
        conformance.messages += 1
        infno = ALIASES.get(message.infno, message.infno)
        row = used.setdefault(infno, TransactionUse(infno, shown_name(infno) or "（没有交易编号）"))
        row.first = row.first or len(used)
        row.count += 1
        notes = [f"{place}：{what}" for place, what in message.notes]
        if infno in WRITES and message.message_id and len(message.message_id) != _MSGID_LENGTH:
            notes.append(f"msgid：{len(message.message_id)} 位，规范是 {_MSGID_LENGTH} 位，照收")
        for note in notes:
            put_right[note] += 1
            where[note].setdefault(infno)
        if message.failed:
            row.failed += 1
            wrong[f"{infno} {message.error}"] += 1
            continue
        expected = _BEFORE.get(infno)
        in_order = any(
            (earlier, message.visit or message.person) in sent for earlier in expected or ()
        )
        if expected and (message.visit or message.person) and not in_order:
            before = "、".join(map(shown_name, expected[:1]))
            order.setdefault(f"{shown_name(infno)} 之前没有 {before}")
        succeeded.add(infno)
        sent |= {(infno, message.visit), (infno, message.person)}
    if conformance.messages and "9001" not in succeeded:
        order.setdefault("没有签到（9001）；沙箱不要求，真的平台要求先签到")
    conformance.used = list(used.values())
    conformance.wrong = wrong.most_common()
    conformance.order = list(order)
    conformance.put_right = [
        (f"{note}（{_listed(list(where[note]))}）", count)
        for note, count in put_right.most_common()
    ]
    conformance.untried = [
        (kind, left)
        for kind, names in _USUAL
        if (left := [name for name in names if name not in succeeded])
    ]
    return conformance
