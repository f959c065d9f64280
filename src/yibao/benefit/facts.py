"""Plain facts about people, institutions, filings, grants and visits.

Every road fills the same facts from its own source, so that one life gives one
answer.  Days are civil days in Asia/Shanghai; ``start`` and ``end`` are both
days on which the thing holds, and ``end`` is None where none is recorded.
Money is fen, a ratio basis points, a month yyyymm.  Nothing is checked here.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GroupMembership:
    """A person counts as one of a group, as the pack names it."""

    group: str
    start: datetime.date
    end: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A dated membership of a scheme in a pooling area."""

    scheme: str
    """``resident`` or ``employee``."""
    status: str | None
    """``working`` or ``retired`` in the employee scheme, None in the resident scheme."""
    start: datetime.date
    end: datetime.date | None
    area: str
    """Home area, six digits."""
    contribution_class: str = "employer"
    """``employer`` or ``flexible``; has a meaning in the employee scheme only."""

    def holds_on(self, day: datetime.date) -> bool:
        """Whether ``day`` lies in the enrolment."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class ResidentContribution:
    """A resident's payment for a coverage year."""

    year: int
    paid_on: datetime.date


@dataclass(frozen=True, slots=True)
class EmployeeContribution:
    """A payment for a month of the employee scheme."""

    month: int
    base: int | None
    """Contribution base in fen; None where none is recorded."""
    paid_on: datetime.date | None
    """None: paid in time."""


@dataclass(frozen=True, slots=True)
class Person:
    """An insured person."""

    id: str
    sex: str
    """``male`` or ``female``."""
    birth: datetime.date
    area: str
    """Home area where no enrolment says otherwise, six digits."""
    groups: tuple[GroupMembership, ...]
    enrolments: tuple[Enrolment, ...]
    """By first day; no two overlap; at least one."""
    contributions_resident: tuple[ResidentContribution, ...] | None
    """By year; None: none is listed and every year of an enrolment counts as paid in time."""
    contributions_employee: tuple[EmployeeContribution, ...] | None
    """By month; None: none is listed and every month of an enrolment counts as paid in time."""

    def enrolment_on(self, day: datetime.date) -> Enrolment | None:
        """The enrolment that holds on ``day``."""
        return next((held for held in self.enrolments if held.holds_on(day)), None)

    def enrolment_in_month(self, month: int) -> Enrolment | None:
        """The enrolment on the first day of ``month``, else the first that begins in it.

        So a person who retires within a month still counts as working in it.
        """
        first_day = datetime.date(month // 100, month % 100, 1)
        return self.enrolment_on(first_day) or next(
            (held for held in self.enrolments if held.start.year * 100 + held.start.month == month),
            None,
        )


@dataclass(frozen=True, slots=True)
class Institution:
    """A designated institution."""

    id: str
    area: str
    kind: str
    """``hospital``, ``pharmacy`` or ``community`` (a community clinic)."""
    price_class: int | None = None
    """1, 2 or 3; decides wherever it is given."""
    grade: str | None = None
    """Hospital grade, a member of ``keys.GRADES``; fills in a missing price class."""
    county: bool = False
    """Class 2 of a county, where the pack splits that class."""
    dual_channel: bool = False
    """Sells dual-channel drugs."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A notice: cross-region care, or a chronic disease with its terms."""

    person: str
    kind: str
    """``long_stay``, ``referral``, ``emergency``, ``other_temporary`` or ``chronic``."""
    care_area: str | None
    """Where the care happens, or an area above it; None for ``chronic``."""
    disease: str | None
    """As the pack names it, for ``chronic``; None for the others."""
    start: datetime.date
    end: datetime.date | None = None

    def holds_on(self, day: datetime.date) -> bool:
        """Whether ``day`` lies in the filing."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Grant:
    """A grantor lets a grantee draw on the personal account."""

    grantor: str
    grantee: str
    relation: str
    """What the grantee is to the grantor, a member of ``keys.RELATIONS``."""
    start: datetime.date
    end: datetime.date | None = None
    limit: int | None = None
    """Most that one payment may take, in fen."""


@dataclass(frozen=True, slots=True)
class Item:
    """One charged line."""

    item_class: str
    """Catalogue class ``A``, ``B`` or ``C``."""
    amount: int
    upfront: int | None = None
    """Upfront share of a class B line; None: the pack's."""
    limit: int | None = None
    """Price limit of the whole line."""
    kind: str = "drug"
    """``drug``, ``service`` or ``consumable``."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One outpatient visit, inpatient stay, purchase or maternity case."""

    id: str
    person: str
    institution: str
    kind: str
    """A member of ``keys.VISIT_KINDS``."""
    start: datetime.date
    """Day of the visit, or of admission."""
    end: datetime.date
    """Day of discharge; the same as ``start`` unless inpatient."""
    items: tuple[Item, ...]
    draw: tuple[str, ...] = ()
    """Personal accounts that may pay, in order: ``own`` or a person's id."""
    emergency: bool = False
    channel: str = "direct"
    """``direct`` (at the counter) or ``manual`` (a claim with documents)."""
    disease: str | None = None
    prescription: bool = False
    family_doctor: bool = False
    delivery: str | None = None
    """A member of ``keys.DELIVERIES``; None in a maternity visit: prenatal."""
    fetuses: int = 1
    gestation_months: int | None = None
    dual_channel: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """Accumulators of one person carried into a year."""

    year: int
    outpatient_deductible: int = 0
    outpatient_pooled: int = 0
    inpatient_pooled: int = 0
    chronic_pooled: Mapping[str, int] = field(default_factory=dict)
    """By disease; an amount that names none stands under the empty name."""
    upper: int = 0
    assistance: int = 0
    eligible_own: int = 0
    """Eligible less pooled of inpatient and chronic visits."""
    admissions: int = 0
    outpatient_eligible: int = 0
