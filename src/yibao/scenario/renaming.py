"""A scenario under names that nobody else has, for a store that others use too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from yibao.benefit.facts import Visit
from yibao.scenario.answers import StepAnswer
from yibao.scenario.model import (
    ContributeStep,
    ReverseStep,
    RevokeStep,
    Scenario,
    Step,
    TransferStep,
    VisitStep,
)
from yibao.written import members_of

Value = TypeVar("Value")


class Names:
    """People and institutions of a file, each with a mark behind its name."""

    def __init__(self, scenario: Scenario, mark: str) -> None:
        self._new = {name: f"{name}-{mark}" for name in (*scenario.people, *scenario.institutions)}
        self._old = {new: old for old, new in self._new.items()}

    def renamed(self, scenario: Scenario) -> Scenario:
        """The same life under the new names."""
        new = self._new
        return replace(
            scenario,
            people={
                new[name]: replace(person, id=new[name]) for name, person in scenario.people.items()
            },
            institutions={
                new[name]: replace(institution, id=new[name])
                for name, institution in scenario.institutions.items()
            },
            grants=tuple(
                replace(grant, grantor=new[grant.grantor], grantee=new[grant.grantee])
                for grant in scenario.grants
            ),
            filings=tuple(
                replace(filing, person=new[filing.person]) for filing in scenario.filings
            ),
            steps=tuple(map(self._step, scenario.steps)),
            used=self._keyed(scenario.used),
            account=self._keyed(scenario.account),
        )

    def _keyed(self, by_old_name: Mapping[str, Value]) -> dict[str, Value]:
        return {self._new[name]: value for name, value in by_old_name.items()}

    def _step(self, step: Step) -> Step:
        new = self._new
        if isinstance(step, VisitStep):
            return replace(step, visit=self._visit(step.visit))
        if isinstance(step, ReverseStep):
            return step
        if isinstance(step, RevokeStep):
            return replace(step, grantor=new[step.grantor], grantee=new[step.grantee])
        if isinstance(step, TransferStep):
            return replace(step, source=new[step.source], target=new[step.target])
        if isinstance(step, ContributeStep):
            return replace(step, person=new[step.person], draw=self._draw(step.draw))
        return replace(step, person=new[step.person])

    def _visit(self, visit: Visit) -> Visit:
        return replace(
            visit,
            person=self._new[visit.person],
            institution=self._new[visit.institution],
            draw=self._draw(visit.draw),
        )

    def _draw(self, draw: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._new.get(name, name) for name in draw)

    def answered(self, lived: StepAnswer) -> StepAnswer:
        """An answer with the names of the file."""
        renamed = {
            name: self._old[value]
            for name, value in members_of(lived.answer).items()
            if isinstance(value, str) and value in self._old
        }
        return replace(lived, answer=lived.answer.changed(renamed))
