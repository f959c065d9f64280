"""The rules asked before and during care: what they would find in a visit that is not settled yet.

Nothing is stored and nothing happens to anybody: the answer is for whoever writes the order.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from yibao.conduct.checking import LOOK_BACK, checked_people, findings_of, id_of_finding
from yibao.conduct.looks import CheckedPerson, CheckedVisit, Finding, reason_of
from yibao.conduct.rules import CheckRule
from yibao.database.unit import Unit
from yibao.insured.fragments import deaths_of
from yibao.messages import Text


@dataclass(frozen=True, slots=True)
class AskedFinding:
    """What a rule finds in the visit that was asked about."""

    finding_id: str
    """The same for the same finding, whenever it is asked."""
    rule: CheckRule
    finding: Finding
    reason: Text
    amounts: Sequence[tuple[str, int]]
    """Lines that it stands on and their fen, in their order; empty: the visit as a whole."""


def ask_rules(
    unit: Unit,
    visit: CheckedVisit,
    sex: str,
    *,
    rules: Collection[str] = (),
    elsewhere: bool = True,
) -> Sequence[AskedFinding]:
    """A read fragment: what every rule, or each of ``rules``, finds in a visit.

    It is looked at beside the person's settled care, at other institutions too where
    ``elsewhere`` says so.  Only what stands on this visit is told.
    """
    first = min(visit.start - LOOK_BACK, visit.start.replace(day=1))
    settled = _settled_care(unit, visit, first, elsewhere)
    deaths = deaths_of(unit, [visit.person_id])
    care = sorted([*settled, visit], key=lambda known: (known.start, known.visit_id))
    person = CheckedPerson(visit.person_id, sex, deaths.get(visit.person_id), care)
    return [
        AskedFinding(
            id_of_finding(rule, finding),
            rule,
            finding,
            reason_of(rule.look, finding.why),
            _amounts(finding),
        )
        for rule, finding in findings_of(person)
        if finding.visit is visit and (not rules or rule.code in rules)
    ]


def _settled_care(
    unit: Unit, visit: CheckedVisit, first: datetime.date, elsewhere: bool
) -> list[CheckedVisit]:
    """The person's care that was settled before, without the visit itself."""
    return [
        known
        for person in checked_people(unit, [visit.person_id], first, visit.end)
        for known in person.visits
        if known.visit_id.partition(".")[0] != visit.visit_id
        and (elsewhere or known.institution_id == visit.institution_id)
    ]


def _amounts(finding: Finding) -> Sequence[tuple[str, int]]:
    amounts = {line.key: line.amount for line in finding.visit.lines}
    return [(key, amounts[key]) for key in finding.lines if key in amounts]
