"""What each rule looks at in a person's care: pure functions, no store.

Each gets the care in the order of its first day and says what it finds with the visit that
it stands on; the caller keeps what stands in the month, and counts no line twice.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from yibao.messages import Fen, Text, message
from yibao.policy.kinds import Sex, VisitKind

WHOLE = ""
"""The line that stands for what the fund paid for a visit as a whole."""
_LISTED = "listed"
"""Of a finding about prices: they are above the institution's list, not a limit."""


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line as the institution told it; fen, and quantity and price in parts of 10,000."""

    key: str
    code: str
    name: str
    day: str
    amount: int
    over_limit: int = 0
    """Fen above the price limit."""
    over_listed: int = 0
    """Fen above the price that the institution listed."""
    is_drug: bool = False


@dataclass(frozen=True, slots=True)
class CheckedVisit:
    """A visit that was settled, or is about to be."""

    person_id: str
    visit_id: str
    institution_id: str
    area: str
    kind: str
    start: datetime.date
    end: datetime.date
    fund: int
    emergency: bool = False
    disease: str | None = None
    lines: tuple[CheckedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedPerson:
    """A person's care, in the order of first days."""

    person_id: str
    sex: str
    died_on: datetime.date | None
    visits: Sequence[CheckedVisit]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule found: in which visit, which of its lines, and what the words need."""

    visit: CheckedVisit
    lines: tuple[str, ...]
    why: Mapping[str, str]


Look = Callable[[CheckedPerson, Mapping[str, int]], Iterator[Finding]]


def _stays(person: CheckedPerson) -> list[CheckedVisit]:
    return [visit for visit in person.visits if visit.kind == VisitKind.INPATIENT]


def overlapping_stays(person: CheckedPerson, parameters: Mapping[str, int]) -> Iterator[Finding]:
    """Two stays with a day in common beyond the one of a transfer."""
    for first, second in combinations(_stays(person), 2):
        if first.institution_id == second.institution_id:
            continue
        if second.start < first.end and first.start < second.end:
            why = {"other": first.institution_id, "start": str(first.start), "end": str(first.end)}
            yield Finding(second, (WHOLE,), why)


def split_stay(person: CheckedPerson, parameters: Mapping[str, int]) -> Iterator[Finding]:
    """In again soon after leaving, with the same disease where both name one."""
    stays = _stays(person)
    for first, second in pairwise(stays):
        days = (second.start - first.end).days
        if second.emergency or not 0 <= days <= parameters["days"]:
            continue
        if first.disease and second.disease and first.disease != second.disease:
            continue
        why = {"days": str(days), "end": str(first.end), "limit": str(parameters["days"])}
        yield Finding(second, (WHOLE,), why)


def elsewhere_in_stay(person: CheckedPerson, parameters: Mapping[str, int]) -> Iterator[Finding]:
    """Outpatient care or drugs at another place inside a stay."""
    for stay in _stays(person):
        for visit in person.visits:
            inside = stay.start < visit.start and visit.end < stay.end
            is_elsewhere = visit.institution_id != stay.institution_id
            if inside and is_elsewhere and visit.kind != VisitKind.INPATIENT:
                why = {"stay": stay.institution_id, "start": str(stay.start), "end": str(stay.end)}
                yield Finding(visit, (WHOLE,), why)


def charged_twice(person: CheckedPerson, parameters: Mapping[str, int]) -> Iterator[Finding]:
    """The same code, sum and day at the same institution in two visits."""
    seen: dict[tuple[str, str, str, int], str] = {}
    for visit in person.visits:
        twice = []
        for line in visit.lines:
            key = (visit.institution_id, line.code, line.day, line.amount)
            if line.code and line.amount > 0 and seen.get(key, visit.visit_id) != visit.visit_id:
                twice.append(line)
            seen.setdefault(key, visit.visit_id)
        if twice:
            why = {"name": twice[0].name or twice[0].code, "count": str(len(twice))}
            yield Finding(visit, tuple(line.key for line in twice), why)


def other_sex(person: CheckedPerson, parameters: Mapping[str, int]) -> Iterator[Finding]:
    """Maternity care of a man."""
    for visit in person.visits:
        if visit.kind == VisitKind.MATERNITY and person.sex == Sex.MALE:
            yield Finding(visit, (WHOLE,), {})


def after_death(person: CheckedPerson, parameters: Mapping[str, int]) -> Iterator[Finding]:
    """Care that begins after the day of death on record."""
    for visit in person.visits:
        if person.died_on is not None and visit.start > person.died_on:
            yield Finding(visit, (WHOLE,), {"died": str(person.died_on)})


def frequent_buying(person: CheckedPerson, parameters: Mapping[str, int]) -> Iterator[Finding]:
    """The same drug bought more often in a calendar month than said."""
    bought: defaultdict[tuple[str, int, int], list[tuple[CheckedVisit, CheckedLine]]]
    bought = defaultdict(list)
    for visit in person.visits:
        if visit.kind == VisitKind.INPATIENT:
            continue
        for line in visit.lines:
            if line.is_drug and line.code:
                month = (line.code, visit.start.year, visit.start.month)
                bought[month].append((visit, line))
    for purchases in bought.values():
        visits = {visit.visit_id for visit, _ in purchases}
        if len(visits) <= parameters["times"]:
            continue
        visit, line = purchases[-1]
        why = {"name": line.name, "count": str(len(visits)), "limit": str(parameters["times"])}
        yield Finding(visit, (line.key,), why)


def above_limit(person: CheckedPerson, parameters: Mapping[str, int]) -> Iterator[Finding]:
    """Lines priced above the limit of the catalogue, or above the institution's own list."""
    for visit in person.visits:
        limited = [line for line in visit.lines if line.over_limit > 0]
        listed = [line for line in visit.lines if line.over_listed > 0 >= line.over_limit]
        for lines, more in ((limited, {}), (listed, {_LISTED: "1"})):
            if lines:
                why = {"name": lines[0].name, "count": str(len(lines)), **more}
                yield Finding(visit, tuple(line.key for line in lines), why)


LOOKS: Mapping[str, Look] = {
    look.__name__: look
    for look in (
        overlapping_stays,
        split_stay,
        elsewhere_in_stay,
        charged_twice,
        other_sex,
        after_death,
        frequent_buying,
        above_limit,
    )
}


def reason_of(look: str, why: Mapping[str, str]) -> Text:
    """What a finding says, in words."""
    return {
        "overlapping_stays": lambda: message(
            "与 {other} 的住院 {start} 至 {end} 重叠",
            other=why["other"],
            start=why["start"],
            end=why["end"],
        ),
        "split_stay": lambda: message(
            "{end} 出院后 {days} 天又住院，规则看 {limit} 天",
            end=why["end"],
            days=why["days"],
            limit=why["limit"],
        ),
        "elsewhere_in_stay": lambda: message(
            "在 {stay} 住院期间（{start} 至 {end}）到别处就诊购药",
            stay=why["stay"],
            start=why["start"],
            end=why["end"],
        ),
        "charged_twice": lambda: message(
            "{name} 同一天同样金额收了两次，共 {count} 行", name=why["name"], count=why["count"]
        ),
        "other_sex": lambda: message("男性的生育待遇"),
        "after_death": lambda: message("登记的死亡日期是 {died}", died=why["died"]),
        "frequent_buying": lambda: message(
            "{name} 一个月买了 {count} 次，规则看 {limit} 次",
            name=why["name"],
            count=why["count"],
            limit=why["limit"],
        ),
        "above_peers": lambda: message(
            "次均住院费用 {mean}，同级的 {peers} 家平均 {peers_mean}，高出 {times} 个标准差以上",
            mean=Fen(int(why["mean"])),
            peers=why["peers"],
            peers_mean=Fen(int(why["peers_mean"])),
            times=why["times"],
        ),
        "above_limit": lambda: (
            message(
                "{name} 等 {count} 行的单价高于本机构的价目", name=why["name"], count=why["count"]
            )
            if _LISTED in why
            else message("{name} 等 {count} 行的单价高于限价", name=why["name"], count=why["count"])
        ),
    }[look]()
