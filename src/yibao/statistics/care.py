"""T4, what care was paid for; T5, stays by the level of the hospital; T6, care elsewhere.

Settlements that stand are read a few hundred people at a time: what is kept meanwhile are sums.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from yibao.access.permissions import is_within
from yibao.care.fragments import people_settled_in, standing_care
from yibao.care.stored import StoredSettlement
from yibao.database.unit import Unit
from yibao.finance.items import ITEM_WORDS, OF_VISITS, SCHEME_WORDS
from yibao.messages import Text, message, message_in
from yibao.money import BASIS, half_up
from yibao.policy.kinds import Channel, HospitalGrade, Scheme, VisitKind
from yibao.statistics.shapes import (
    Measure,
    StatCell,
    StatColumn,
    StatRow,
    StatTable,
    TableCode,
)

_TOGETHER = 500
_TENTHS = 10
_LEVELS = {"3": message("三级"), "2": message("二级"), "1": message("一级")}
_NO_LEVEL = message("没有登记等级")
_Key = tuple[str, ...]


@dataclass(slots=True)
class _CareSums:
    """What some settlements come to; fen and days."""

    people: int = 0
    visits: int = 0
    direct: int = 0
    total: int = 0
    outside: int = 0
    """Out of the catalogue, or above a limit of price."""
    eligible: int = 0
    fund: int = 0
    days: int = 0
    of_these: set[str] = field(default_factory=set)
    """Who of the people that are being read has one: emptied when the next ones are."""

    def add(self, row: StoredSettlement) -> None:
        """One more."""
        visit, amounts = row.visit, row.amounts
        self.of_these.add(visit.person)
        self.visits += 1
        self.direct += visit.channel == Channel.DIRECT
        self.total += amounts.total
        self.outside += amounts.out_of_catalogue + amounts.over_limit
        self.eligible += amounts.eligible
        self.fund += amounts.fund
        self.days += max((visit.end - visit.start).days, 1)

    def turn(self) -> None:
        """Go on to other people."""
        self.people += len(self.of_these)
        self.of_these.clear()


_Keys = Callable[[StoredSettlement], Iterable[_Key]]


def _summed(
    unit: Unit, first: datetime.date, last: datetime.date, keys: _Keys
) -> dict[_Key, _CareSums]:
    """Sums of the month's care, which counts where it ended, by every key it belongs to."""
    sums: dict[_Key, _CareSums] = {}
    for people in _people(unit, first, last):
        for row in standing_care(unit, people, first, last):
            if first <= row.visit.end <= last:
                for key in keys(row):
                    sums.setdefault(key, _CareSums()).add(row)
        for of_key in sums.values():
            of_key.turn()
    return sums


def _people(unit: Unit, first: datetime.date, last: datetime.date) -> Iterator[list[str]]:
    after = ""
    while people := people_settled_in(unit, first, last, after, _TOGETHER):
        yield people
        after = people[-1]


def _share(part: int, whole: int) -> int | None:
    """In basis points, rounded to the nearest; None: of nothing."""
    return None if whole <= 0 else half_up(part * BASIS, whole)


def _mean(total: int, count: int, scale: int = 1) -> int | None:
    return None if count <= 0 else half_up(total * scale, count)


def _row(label: Text | str, people: int, numbers: Mapping[str, int | None]) -> StatRow:
    cells = {name: StatCell(value, people) for name, value in numbers.items()}
    return StatRow(label, {"people": StatCell(people, people), **cells})


# --- T4 ------------------------------------------------------------------------------------------

_T4 = (
    StatColumn("people", message("人数"), Measure.PEOPLE),
    StatColumn("visits", message("人次"), Measure.COUNT),
    StatColumn("total", message("医疗总费用"), Measure.FEN),
    StatColumn("eligible", message("政策范围内"), Measure.FEN),
    StatColumn("fund", message("基金支付"), Measure.FEN),
    StatColumn("ratio", message("实际报销比"), Measure.SHARE),
)


def benefits_table(unit: Unit, area: str, first: datetime.date, last: datetime.date) -> StatTable:
    """T4: care of a month that people of an area had anywhere, by scheme and kind."""

    def keys(row: StoredSettlement) -> Iterable[_Key]:
        if is_within(row.terms.area, area):
            return (row.terms.scheme,), (row.terms.scheme, row.visit.kind)
        return ()

    sums = _summed(unit, first, last, keys)
    kinds: Mapping[str, Text] = {kind: ITEM_WORDS[OF_VISITS[kind]] for kind in VisitKind}
    rows = _by_scheme(sums, kinds, _benefit)
    return StatTable(TableCode.T4, _T4, rows)


def _by_scheme(
    sums: Mapping[_Key, _CareSums],
    parts: Mapping[str, Text],
    row: Callable[[Text | str, _CareSums], StatRow],
) -> tuple[StatRow, ...]:
    """A row for each scheme that had care, split by the parts that had any."""
    return tuple(
        _split(
            row(SCHEME_WORDS[scheme], sums[scheme,]),
            [
                row(label, sums[scheme, part])
                for part, label in parts.items()
                if (scheme, part) in sums
            ],
        )
        for scheme in Scheme
        if (scheme,) in sums
    )


def _split(whole: StatRow, parts: list[StatRow]) -> StatRow:
    return StatRow(whole.label, whole.cells, (tuple(parts),))


def _benefit(label: Text | str, sums: _CareSums) -> StatRow:
    numbers = {
        "visits": sums.visits,
        "total": sums.total,
        "eligible": sums.eligible,
        "fund": sums.fund,
        "ratio": _share(sums.fund, sums.total),
    }
    return _row(label, sums.people, numbers)


# --- T5 ------------------------------------------------------------------------------------------

_T5 = (
    StatColumn("people", message("人数"), Measure.PEOPLE),
    StatColumn("stays", message("住院人次"), Measure.COUNT),
    StatColumn("mean_total", message("次均费用"), Measure.FEN),
    StatColumn("mean_days", message("平均住院日"), Measure.TENTHS),
    StatColumn("outside", message("目录外占比"), Measure.SHARE),
    StatColumn("ratio", message("实际报销比"), Measure.SHARE),
)


def stays_table(unit: Unit, area: str, first: datetime.date, last: datetime.date) -> StatTable:
    """T5: stays of a month by scheme and by the level of the hospital."""

    def keys(row: StoredSettlement) -> Iterable[_Key]:
        if row.visit.kind != VisitKind.INPATIENT or not is_within(row.terms.area, area):
            return ()
        grade = row.known.institution.grade
        level = grade[0] if grade is not None and grade in tuple(HospitalGrade) else ""
        return (row.terms.scheme,), (row.terms.scheme, level)

    sums = _summed(unit, first, last, keys)
    rows = _by_scheme(sums, {**_LEVELS, "": _NO_LEVEL}, _stay)
    return StatTable(TableCode.T5, _T5, rows)


def _stay(label: Text | str, sums: _CareSums) -> StatRow:
    numbers = {
        "stays": sums.visits,
        "mean_total": _mean(sums.total, sums.visits),
        "mean_days": _mean(sums.days, sums.visits, _TENTHS),
        "outside": _share(sums.outside, sums.total),
        "ratio": _share(sums.fund, sums.total),
    }
    return _row(label, sums.people, numbers)


# --- T6 ------------------------------------------------------------------------------------------

_T6 = (
    StatColumn("people", message("人数"), Measure.PEOPLE),
    StatColumn("visits", message("人次"), Measure.COUNT),
    StatColumn("total", message("医疗总费用"), Measure.FEN),
    StatColumn("fund", message("基金支付"), Measure.FEN),
    StatColumn("directly_settled", message("直接结算占比"), Measure.SHARE),
)
_OUT, _IN = "out", "in"
_WAY_WORDS: Mapping[str, Text] = {
    _OUT: message("本地参保人在外地就医"),
    _IN: message("外地参保人来本地就医"),
}


def elsewhere_table(unit: Unit, area: str, first: datetime.date, last: datetime.date) -> StatTable:
    """T6: care of a month outside of where people are insured, by direction and province."""
    own_province = _province(area)

    def keys(row: StoredSettlement) -> Iterable[_Key]:
        place, home = row.known.institution.area, row.terms.area
        is_from_here, is_here = is_within(home, area), is_within(place, area)
        if is_from_here == is_here:
            return ()
        way, other = (_OUT, place) if is_from_here else (_IN, home)
        return (way,), (way, _province(other))

    sums = _summed(unit, first, last, keys)
    rows = []
    for way, label in _WAY_WORDS.items():
        if (way,) not in sums:
            continue
        provinces = sorted(key[1] for key in sums if key[0] == way and len(key) > 1)
        parts = [
            _elsewhere(
                message_in("statistics", "本省其他统筹区") if code == own_province else code,
                sums[way, code],
            )
            for code in provinces
        ]
        rows.append(_split(_elsewhere(label, sums[way,]), parts))
    return StatTable(TableCode.T6, _T6, tuple(rows))


def _province(area: str) -> str:
    return f"{area[:2]}0000"


def _elsewhere(label: Text | str, sums: _CareSums) -> StatRow:
    numbers = {
        "visits": sums.visits,
        "total": sums.total,
        "fund": sums.fund,
        "directly_settled": _share(sums.direct, sums.visits),
    }
    return _row(label, sums.people, numbers)
