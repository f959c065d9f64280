"""What a message hashed in version d52c7ef hashes the same: who sends it again is answered."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, fields, replace

import pytest

from yibao.access.operations import digest
from yibao.benefit.facts import Enrolment, GroupMembership
from yibao.insured.accounts.closing import Closing
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.bills import Periods
from yibao.insured.payments.direct import Payable
from yibao.insured.people.registration import Application, _content
from yibao.insured.people.relations import Relation
from yibao.insured.stored.contents import content_text
from yibao.policy.kinds import ContributionClass, RelationKind, Scheme, Sex, Status

START = datetime.date(2024, 1, 1)
RESIDENT = Enrolment(Scheme.RESIDENT, None, START, None, "140100")
EMPLOYEE = Enrolment(
    Scheme.EMPLOYEE,
    Status.WORKING,
    START,
    datetime.date(2024, 12, 31),
    "140100",
    ContributionClass.FLEXIBLE,
)
MEMBERSHIP = GroupMembership("dibao", START)
PROOF = Proof("household_register", 1, "A1", datetime.date(2024, 5, 6))
PERIODS = Periods(Scheme.EMPLOYEE, (202401, 202402), 400_000)

_DAY = "datetime.date(2024, 1, 1)"
TEXTS = [
    (
        RESIDENT,
        f"Enrolment(scheme='resident', status=None, start={_DAY}, end=None, area='140100', "
        "contribution_class='employer')",
    ),
    (
        EMPLOYEE,
        f"Enrolment(scheme='employee', status='working', start={_DAY}, "
        "end=datetime.date(2024, 12, 31), area='140100', contribution_class='flexible')",
    ),
    (MEMBERSHIP, f"GroupMembership(group='dibao', start={_DAY}, end=None)"),
    (
        PROOF,
        "Proof(kind='household_register', copies=1, number='A1', "
        "issued_on=datetime.date(2024, 5, 6), digest='')",
    ),
    (
        Relation("a", "b", RelationKind.SPOUSE, START),
        f"Relation(person='a', relative='b', relation='spouse', start={_DAY}, end=None)",
    ),
    (
        Closing("a", "death", START, "b"),
        f"Closing(person_id='a', reason='death', on={_DAY}, heir_id='b', to_area=None, "
        "channel='bank')",
    ),
    (
        Payable("a", PERIODS, START, ("own", "b")),
        "Payable(person_id='a', wanted=Periods(scheme='employee', periods=(202401, 202402), "
        f"base=400000), paid_on={_DAY}, draw=('own', 'b'), channel='counter_slip')",
    ),
]
"""As that version's ``str`` wrote them."""


@pytest.mark.parametrize(("facts", "text"), TEXTS)
def test_a_content_reads_as_the_first_version_read_it(facts: object, text: str) -> None:
    assert content_text(facts) == text


def test_a_registration_hashes_as_the_first_version_hashed_it() -> None:
    application = Application(
        "张三",
        "passport",
        "E12345678",
        "hukou",
        EMPLOYEE,
        (PROOF,),
        Sex.MALE,
        datetime.date(1980, 1, 2),
        (MEMBERSHIP,),
    )
    assert digest(_content(application, "张三", "E12345678")) == (
        "e85622cd2a1c97fb5cd40b0510db702c68c55cf3576f02e7746b2b107c79c902"
    )


def test_a_later_fact_enters_only_where_it_is_told() -> None:
    told = content_text(replace(EMPLOYEE, plan="high"))
    assert told == content_text(EMPLOYEE)[:-1] + ", plan='high')"

    @dataclass(frozen=True)
    class Grown(GroupMembership):
        proven_by: str | None = field(default=None)

    Grown.__name__ = "GroupMembership"
    assert "proven_by" in {known.name for known in fields(Grown)}
    assert content_text(Grown("dibao", START)) == content_text(MEMBERSHIP)
    assert "proven_by='x'" in content_text(Grown("dibao", START, None, "x"))
