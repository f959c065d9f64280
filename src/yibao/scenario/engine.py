"""The engine road: a scenario in memory, answered step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yibao.benefit.billing import back_payment
from yibao.benefit.groups import said_groups
from yibao.benefit.people import scheme_in_year
from yibao.messages import Listed, Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.document import DocumentError
from yibao.scenario import answers
from yibao.scenario.answers import Answer, AskAnswer, StepAnswer
from yibao.scenario.life import Life
from yibao.scenario.model import (
    AskStep,
    ContributeStep,
    CreditStep,
    NamePlace,
    ReverseStep,
    RevokeStep,
    Scenario,
    Step,
    TransferStep,
    VisitStep,
    disease_places,
    group_places,
)


def check_names(library: PolicyLibrary, scenario: Scenario) -> None:
    """Refuse groups and diseases that no pack of the person's own home areas names."""
    groups, diseases = list(group_places(scenario)), list(disease_places(scenario))
    for person in scenario.people.values():
        covering = [library.covering(enrolment.area) for enrolment in person.enrolments]
        rulebooks = [library.rulebook(pack.code) for pack in covering if pack is not None]
        if not rulebooks:
            continue
        _check(
            message("人群"),
            groups,
            {membership.group for membership in person.groups},
            {name for rulebook in rulebooks for name in rulebook.groups},
            {name for rulebook in rulebooks for name in said_groups(rulebook)},
        )
        known_diseases = {name for rulebook in rulebooks for name in rulebook.diseases}
        _check(
            message("病种"),
            diseases,
            _diseases_of(scenario, person.id),
            known_diseases,
            known_diseases,
        )


def _diseases_of(scenario: Scenario, person: str) -> set[str]:
    """Every disease that the file names for a person."""
    used = scenario.used.get(person)
    named = {filing.disease for filing in scenario.filings if filing.person == person}
    named |= {
        step.visit.disease
        for step in scenario.steps
        if isinstance(step, VisitStep) and step.visit.person == person
    }
    named |= set(used.chronic_pooled if used is not None else ())
    return {name for name in named if name}


def _check(
    what: Text,
    places: Sequence[NamePlace],
    named: set[str],
    known: set[str],
    to_be_said: set[str],
) -> None:
    """``to_be_said``: what an error offers; what follows from the age or the visit is known too."""
    for place in places:
        if place.name in named and place.name not in known:
            raise DocumentError(
                message(
                    "政策包里没有{what} {name}，可以写：{known}",
                    what=what,
                    name=repr(place.name),
                    known=Listed(sorted(to_be_said)),
                ),
                file=place.file,
                line=place.line,
                path=place.path,
            )


def run(library: PolicyLibrary, scenario: Scenario) -> Iterator[StepAnswer]:
    """One answer per step, in order; a refusal ends the run with ``RefusedError``."""
    check_names(library, scenario)
    life = Life.begin(library, scenario)
    for step in scenario.steps:
        yield StepAnswer(answer(life, step))


def answer(life: Life, step: Step) -> Answer:
    if isinstance(step, VisitStep):
        return answers.visit_answer(life.visit(step))
    if isinstance(step, ReverseStep):
        return answers.reverse_answer(life.reverse(step))
    if isinstance(step, ContributeStep):
        return answers.contribute_answer(life.contribute(step))
    if isinstance(step, CreditStep):
        credit = life.credit(step)
        return answers.credit_answer(step, credit, life.balances[step.person])
    if isinstance(step, RevokeStep):
        life.revoke(step)
        return answers.revoke_answer(step)
    if isinstance(step, TransferStep):
        life.transfer(step)
        return answers.transfer_answer(step, life.balances[step.source])
    return _reply(life, step)


def _reply(life: Life, step: AskStep) -> AskAnswer:
    if step.question == "accumulators":
        scheme = scheme_in_year(life.people[step.person], step.year or 0)
        return answers.accumulators_answer(step, scheme, life.states[step.person])
    assert step.on is not None
    if step.question == "waiting":
        cover = life.cover(step.person, step.on)
        owed = back_payment(life.library, life.people[step.person], cover, step.on)
        return answers.waiting_answer(step, cover, owed)
    if step.question == "entitlement":
        return answers.entitlement_answer(step, life.cover(step.person, step.on))
    if step.question == "contribution":
        return answers.contribution_answer(step, life.bill(step))
    if step.question == "ceiling":
        return answers.ceiling_answer(step, life.ceiling(step.person, step.on))
    return answers.balance_answer(step, life.balances[step.person])
