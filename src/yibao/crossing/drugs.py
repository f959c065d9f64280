"""Qualification for a dual-channel drug (“双通道”药品资格): by disease and drug, until a day.

No source at hand says that a dual-channel drug is paid for under a qualification alone: the
qualification is kept and shown, and what a visit settles to is the pack's as before.
"""

from __future__ import annotations

import datetime

import msgspec

from yibao.access.operations import Answer
from yibao.database.unit import Unit
from yibao.errors import ConflictError, InputError
from yibao.insured.locks import lock_person, store_person
from yibao.messages import message
from yibao.office.flows import CaseState
from yibao.office.kinds import Decided
from yibao.office.reading import cases_of_kind

DRUG_QUALIFICATION = "drug_qualification"
"""The kind of the case; an approved one is the qualification."""


class DrugQualification(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: as the papers write disease and drug."""

    disease: str
    medicine: str
    start: datetime.date
    end: datetime.date | None = None
    """The last day; another application renews it."""

    def collides(self, other: DrugQualification) -> bool:
        """Whether both are for the same drug and disease and have a day in common."""
        return (
            (self.disease, self.medicine) == (other.disease, other.medicine)
            and (self.end is None or other.start <= self.end)
            and (other.end is None or self.start <= other.end)
        )


def check_qualification(data: DrugQualification) -> None:
    """``InputError`` for days in the wrong order."""
    if data.end is not None and data.end < data.start:
        raise InputError(message("止日不能早于起日"), place="end")


def drug_qualifications(unit: Unit, person_id: str) -> list[DrugQualification]:
    """A read fragment: a person's qualifications, those that are over too, by first day."""
    approved = cases_of_kind(unit, DRUG_QUALIFICATION, person_id, (CaseState.APPROVED,))
    return sorted((data for _, data in approved), key=lambda data: (data.start, data.medicine))


def qualify(unit: Unit, decided: Decided) -> Answer:
    """A write fragment: recognise it; ``ConflictError`` where one like it holds."""
    data: DrugQualification = decided.data
    person_id = decided.person_id
    assert person_id is not None
    check_qualification(data)
    person = lock_person(unit, person_id)
    for earlier in drug_qualifications(unit, person_id):
        if data.collides(earlier):
            raise ConflictError(
                message(
                    "{drug}（{disease}）已经有资格，从 {start} 起；续办请从它的止日以后起",
                    drug=earlier.medicine,
                    disease=earlier.disease,
                    start=earlier.start,
                )
            )
    answer: Answer = dict(msgspec.to_builtins(data))
    store_person(unit, person, decided.actor, DRUG_QUALIFICATION, answer)
    return answer
