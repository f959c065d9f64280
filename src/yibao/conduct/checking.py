"""Checking a month by rules: each finding is stored once, and no line is counted twice."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from yibao.access.chains import extend_chain
from yibao.access.names import STORE
from yibao.access.operations import digest
from yibao.access.permissions import Actor, is_within, require
from yibao.care.catalogue import line_amount
from yibao.care.fragments import people_settled_in, standing_care
from yibao.care.stored import StoredSettlement
from yibao.conduct.acts import SubjectKind
from yibao.conduct.forms import ConductLead, LeadSource
from yibao.conduct.leads import note_lead_within
from yibao.conduct.looks import (
    LOOKS,
    WHOLE,
    CheckedLine,
    CheckedPerson,
    CheckedVisit,
    Finding,
    reason_of,
)
from yibao.conduct.peers import check_peers
from yibao.conduct.rules import CheckRule, rules_of_care
from yibao.conduct.tables import conduct_hit, conduct_hit_line
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import InputError
from yibao.exchange.months import month_days
from yibao.exchange.visits import Document, lines_of_care
from yibao.insured.fragments import deaths_of
from yibao.office.operations import Subject
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemKind
from yibao.prices.files import day_of
from yibao.prices.fragments import ListedPrices

LOOK_BACK = datetime.timedelta(days=60)
"""How long before the month care is looked at that a rule may compare with."""
_TOGETHER = 200
_ID = 32


@dataclass(frozen=True, slots=True)
class CheckedMonth:
    """What a run found."""

    people: int
    new: int
    """Hits that were not there before."""
    amount: int
    """Fen that the new ones come to."""
    off: tuple[str, ...] = ()
    """Areas where institutions are not compared with their peers: no source says from when."""


def check_month(
    database: Database,
    month: int,
    *,
    actor: Actor,
    library: PolicyLibrary | None = None,
    at: datetime.datetime | None = None,
    heard: Callable[[], None] = lambda: None,
) -> CheckedMonth:
    """Check what was settled of care that ended in a month (yyyymm); again finds nothing new.

    People come in parts, each in a transaction of its own: a run that was killed goes on
    where the next one finds nothing yet.  Nothing happens to anybody by a hit.
    ``library``: by which institutions are compared with their peers too.
    """
    require(actor, "check_conduct", area=actor.area)
    first, last = month_days(month)
    instant = at or now()
    people, new, amount, after = 0, 0, 0, ""
    while True:
        part = database.read(
            lambda unit, after=after: people_settled_in(unit, first, last, after, _TOGETHER)  # type: ignore[misc]
        )
        if not part:
            break

        def work(unit: Unit, part: Sequence[str] = part) -> tuple[int, int]:
            findings = [
                (rule, finding)
                for person in checked_people(unit, part, first - LOOK_BACK, last)
                for rule, finding in findings_of(person)
                if first <= finding.visit.end <= last and _is_here(actor, finding.visit)
            ]
            return _store(unit, month, findings, actor, instant)

        count, fen = database.write(work)
        people, new, amount, after = people + len(part), new + count, amount + fen, part[-1]
        heard()
    if library is None:
        return CheckedMonth(people, new, amount)
    peers = check_peers(database, library, month, first, last, actor=actor, at=instant, heard=heard)
    return CheckedMonth(people, new + peers.new, amount, peers.off)


def _is_here(actor: Actor, visit: CheckedVisit) -> bool:
    """An agency checks the institutions of its own area; the store's job checks all."""
    return actor.area is None or is_within(visit.area, actor.area)


def findings_of(person: CheckedPerson) -> Iterator[tuple[CheckRule, Finding]]:
    """What every rule finds in a person's care, the clearest rule first."""
    for rule in rules_of_care():
        for finding in LOOKS[rule.look](person, rule.parameters):
            yield rule, finding


# --- what was settled ----------------------------------------------------------------------------


def checked_people(
    unit: Unit, people: Sequence[str], first: datetime.date, last: datetime.date
) -> list[CheckedPerson]:
    """A read fragment: the care of some people in a period, with its lines where they are known."""
    latest: dict[tuple[str, str], StoredSettlement] = {}
    for stored in standing_care(unit, people, first, last):
        key = (stored["person_id"], stored["visit_id"])
        if key not in latest or latest[key]["round"] < stored["round"]:
            latest[key] = stored
    lines, deaths = lines_of_care(unit, people, first, last), deaths_of(unit, people)
    prices = ListedPrices.of(
        unit,
        (
            (stored.visit.institution, line["code"])
            for key, stored in latest.items()
            for line in lines.get(key, ())
        ),
    )
    by_person: dict[str, list[CheckedVisit]] = {}
    sexes: dict[str, str] = {}
    for key, stored in latest.items():
        person_id = key[0]
        by_person.setdefault(person_id, []).append(_visit(stored, lines.get(key, ()), prices))
        sexes[person_id] = stored.known.people[person_id].sex
    return [
        CheckedPerson(
            person_id,
            sexes[person_id],
            deaths.get(person_id),
            sorted(visits, key=lambda visit: (visit.start, visit.visit_id)),
        )
        for person_id, visits in sorted(by_person.items())
    ]


def _visit(
    stored: StoredSettlement, lines: Iterable[Document], prices: ListedPrices
) -> CheckedVisit:
    visit = stored.visit
    return CheckedVisit(
        person_id=visit.person,
        visit_id=visit.id,
        institution_id=visit.institution,
        area=stored.known.institution.area,
        kind=visit.kind,
        start=visit.start,
        end=visit.end,
        fund=int(stored["fund"]),
        emergency=visit.emergency,
        disease=visit.disease,
        lines=tuple(checked_line(line, prices, visit.institution, visit.start) for line in lines),
    )


def checked_line(
    line: Document, prices: ListedPrices, institution_id: str, start: datetime.date
) -> CheckedLine:
    """A line as the rules look at it; ``start``: of the visit, for a line without a day."""
    limit, raw = line["limit"], line["raw"]
    told = str(raw.get("fee_ocur_time", ""))
    day = _day_told(told) or start
    price = prices.price_on(institution_id, line["code"], raw.get("medins_list_codg"), day)
    quantity = abs(line["quantity"])
    listed = None if price is None or not quantity else line_amount(quantity, price)
    return CheckedLine(
        key=line["sn"],
        code=line["code"],
        name=line["name"],
        day=told[:10],
        amount=line["amount"],
        over_limit=0 if limit is None else max(line["amount"] - limit, 0),
        over_listed=0 if listed is None else max(line["amount"] - listed, 0),
        is_drug=line["kind"] == ItemKind.DRUG,
    )


def _day_told(text: str) -> datetime.date | None:
    """The day of a time as institutions write it; None: they wrote none."""
    try:
        return day_of(text.strip().partition(" ")[0].partition("T")[0])
    except InputError:
        return None


# --- hits ----------------------------------------------------------------------------------------


def _store(
    unit: Unit,
    month: int,
    findings: Sequence[tuple[CheckRule, Finding]],
    actor: Actor,
    at: datetime.datetime,
) -> tuple[int, int]:
    """Store what is new, clearest first: how many hits, and the fen that they come to."""
    by_id = {id_of_finding(rule, finding): (rule, finding) for rule, finding in findings}
    there = conduct_hit.c.hit_id.in_(list(by_id))
    known = set(unit.run(select(conduct_hit.c.hit_id).where(there)).scalars()) if by_id else set()
    people = {finding.visit.person_id for _, finding in findings}
    counted = _counted(unit, people)
    new, amount = 0, 0
    ordered = sorted(by_id.items(), key=lambda item: (item[1][0].severity, item[0]))
    for hit_id, (rule, finding) in ordered:
        if hit_id in known:
            continue
        rows = _lines(hit_id, finding, counted)
        total = sum(row["amount"] for row in rows)
        visit = finding.visit
        unit.run(
            insert(conduct_hit),
            {
                "hit_id": hit_id,
                "area": visit.area,
                "month": month,
                "rule": rule.code,
                "severity": rule.severity,
                "person_id": visit.person_id,
                "institution_id": visit.institution_id,
                "amount": total,
                "why": {"visit": visit.visit_id, "lines": list(finding.lines), **finding.why},
                "found_at": at,
                "case_id": None,
                "dropped": False,
            },
        )
        for row in rows:
            unit.run(insert(conduct_hit_line), row)
        if rule.opens_lead:
            _open_lead(unit, hit_id, rule, finding, actor, at)
        new, amount = new + 1, amount + total
    if new:
        content = {"month": month, "hits": new, "amount": amount}
        extend_chain(unit, f"{STORE}conduct", actor.id, "check_conduct", content)
    return new, amount


def _open_lead(
    unit: Unit,
    hit_id: str,
    rule: CheckRule,
    finding: Finding,
    actor: Actor,
    at: datetime.datetime,
) -> None:
    """A lead about where it was settled: who used somebody else's credential is not known yet."""
    visit = finding.visit
    lead = ConductLead(
        source=LeadSource.RULE.value,
        subject_kind=SubjectKind.INSTITUTION.value,
        subject_id=visit.institution_id,
        text=str(reason_of(rule.look, finding.why)),
        hits=(hit_id,),
    )
    note_lead_within(unit, lead, Subject(visit.area), actor=actor, at=at)


def id_of_finding(rule: CheckRule, finding: Finding) -> str:
    """What names a finding: the same care, lines and words give the same."""
    visit = finding.visit
    content = [rule.code, visit.person_id, visit.visit_id, list(finding.lines), dict(finding.why)]
    return digest(content)[:_ID]


def _counted(unit: Unit, people: Iterable[str]) -> dict[tuple[str, str], dict[str, int]]:
    """(person, visit) → line → fen that count with a hit already."""
    counted: dict[tuple[str, str], dict[str, int]] = {}
    mine = conduct_hit_line.c.person_id.in_(list(people))
    for row in unit.run(select(conduct_hit_line).where(mine)):
        counted.setdefault((row.person_id, row.visit_id), {})[row.line] = row.amount
    return counted


def _lines(
    hit_id: str, finding: Finding, counted: dict[tuple[str, str], dict[str, int]]
) -> list[dict[str, Any]]:
    """The lines that count with this hit: none that counts already, none beyond the fund's part."""
    visit = finding.visit
    lines = counted.setdefault((visit.person_id, visit.visit_id), {})
    amounts = {line.key: line.amount for line in visit.lines}
    rows = []
    for key in finding.lines:
        left = visit.fund - sum(lines.values())
        if key in lines or WHOLE in lines or left <= 0:
            continue
        lines[key] = left if key == WHOLE else max(min(amounts[key], left), 0)
        rows.append(
            {
                "person_id": visit.person_id,
                "visit_id": visit.visit_id,
                "line": key,
                "hit_id": hit_id,
                "amount": lines[key],
            }
        )
    return rows
