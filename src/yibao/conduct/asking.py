"""The rules asked before and during care: what they would find in a visit that is not settled yet.

Nothing is stored and nothing happens to anybody: the answer is for whoever writes the order.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from yibao.conduct.checking import LOOK_BACK, checked_people, findings_of, id_of_finding
from yibao.conduct.looks import CheckedPerson, CheckedVisit, Finding, reason_of
from yibao.conduct.rules import SUSPENDED_PROVIDER, CheckRule, rule_of
from yibao.database.unit import Unit
from yibao.insured.fragments import deaths_of
from yibao.messages import Text
from yibao.sanctions.providers import Provider, read_providers, warning_of


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


def ask_providers(
    unit: Unit, visit: CheckedVisit, providers: Mapping[str, Collection[Provider]]
) -> Sequence[AskedFinding]:
    """A read fragment: who of those that give the care is suspended, each once.

    ``providers``: by the key of the line, empty for the visit itself.  Of an emergency nobody:
    the fund pays for it.
    """
    if visit.emergency:
        return []
    suspended = read_providers(unit)
    words: dict[tuple[str, str], Text] = {}
    lines: dict[tuple[str, str], list[str]] = {}
    for line, given_by in providers.items():
        for suspension, provider in suspended.held(visit.institution_id, given_by):
            key = (provider.kind.value, provider.code)
            words.setdefault(key, warning_of(suspension, provider))
            if line not in lines.setdefault(key, []):
                lines[key].append(line)
    rule = rule_of(SUSPENDED_PROVIDER)
    findings = []
    for key, keys in lines.items():
        finding = Finding(visit, tuple(filter(None, keys)), {"kind": key[0], "code": key[1]})
        findings.append(
            AskedFinding(id_of_finding(rule, finding), rule, finding, words[key], _amounts(finding))
        )
    return findings


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
