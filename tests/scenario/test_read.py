"""What a good scenario file becomes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Institution,
    Item,
    Person,
    ResidentContribution,
    Used,
    Visit,
)
from yibao.errors import InputError
from yibao.scenario.model import (
    AskStep,
    ContributeStep,
    CreditStep,
    NamePlace,
    ReverseStep,
    RevokeStep,
    Scenario,
    TransferStep,
    VisitStep,
    disease_places,
    group_places,
)
from yibao.scenario.read import read_scenario, scenario_from_text

LIFE = Path(__file__).with_name("life.yaml")

PEOPLE = """\
area: "990100"
people:
  - {id: a, sex: male, birth: 1980-01-01, account: 10.5, enrolments: [
        {scheme: employee, status: working, from: 2020-01-01, to: 2025-05-14, class: flexible},
        {scheme: employee, status: retired, from: 2025-05-15, area: "990200"}],
     contributions: [{month: 2025-03, base: "6000"}, {month: 2025-02, paid_on: 2025-02-10}],
     used: {year: 2025, chronic_pooled: {gout: 1.00, other: 2.5}, upper: 3, admissions: 2}}
  - {id: b, sex: female, birth: 1985-01-01,
     enrolments: [{scheme: resident, from: 2020-01-01, to: 9999-12-31}], contributions: []}
institutions:
  - {id: h, area: 990100, kind: hospital, grade: 2B, county: true}
  - {id: c, area: 990100, kind: community}
filings:
  - {person: a, kind: chronic, disease: gout, from: 2025-01-01, to: 2025-06-30}
  - {person: a, kind: chronic, disease: other, from: 2025-06-30}
"""


def life_with(steps: str) -> Scenario:
    """The two people above with ``steps``."""
    return scenario_from_text(f"{PEOPLE}steps:\n{steps}", "life.yaml")


def visit_of(keys: str) -> Visit:
    """The one visit of a's with ``keys``."""
    (step,) = life_with(f"  - {{visit: v, person: a, institution: h, {keys}}}\n").steps
    assert isinstance(step, VisitStep)
    return step.visit


def test_the_example_people() -> None:
    scenario = read_scenario(LIFE)
    assert (scenario.area, scenario.today) == ("140100", date(2025, 12, 31))
    assert scenario.file == str(LIFE)
    assert scenario.people == {
        "li": Person(
            id="li",
            sex="male",
            birth=date(1960, 3, 1),
            area="140100",
            groups=(GroupMembership("low_income", date(2024, 1, 1)),),
            enrolments=(
                Enrolment("employee", "retired", date(2020, 1, 1), None, "140100", "employer"),
            ),
            contributions_resident=None,
            contributions_employee=None,
        ),
        "wang": Person(
            id="wang",
            sex="female",
            birth=date(1962, 5, 1),
            area="140100",
            groups=(),
            enrolments=(Enrolment("resident", None, date(2017, 1, 1), None, "140100"),),
            contributions_resident=(ResidentContribution(2025, date(2024, 12, 20)),),
            contributions_employee=None,
        ),
    }
    assert scenario.account == {"li": 350_000, "wang": 0}
    assert scenario.used == {"li": Used(2025, chronic_pooled={"": 0})}


def test_the_example_places() -> None:
    scenario = read_scenario(LIFE)
    assert scenario.institutions == {
        "h1": Institution("h1", "140100", "hospital", price_class=1, grade="3A"),
        "p1": Institution("p1", "140100", "pharmacy", dual_channel=True),
    }
    assert scenario.grants == (
        Grant("li", "wang", "spouse", date(2025, 1, 1), date(2025, 12, 31), 100_000),
    )
    assert scenario.filings == (
        Filing("li", "long_stay", "110000", None, date(2025, 3, 1)),
        Filing("li", "chronic", None, "hypertension", date(2025, 1, 1)),
    )
    assert list(group_places(scenario)) == [
        NamePlace("low_income", str(LIFE), 8, "people[0].groups[0].group")
    ]
    assert list(disease_places(scenario)) == [
        NamePlace("hypertension", str(LIFE), 32, "filings[1].disease")
    ]


def test_the_example_steps() -> None:
    assert read_scenario(LIFE).steps == (
        VisitStep(
            35,
            Visit(
                id="v1",
                person="wang",
                institution="h1",
                kind="inpatient",
                start=date(2025, 3, 1),
                end=date(2025, 3, 9),
                items=(
                    Item("A", 500_000),
                    Item("B", 200_000, upfront=1_000),
                    Item("A", 60_000, limit=45_000),
                    Item("C", 30_000),
                ),
                draw=("own", "li"),
            ),
        ),
        ReverseStep(48, "v1"),
        ContributeStep(49, "wang", 2026, None, None, date(2025, 11, 2)),
        CreditStep(50, "li", 202504),
        RevokeStep(51, "li", "wang", date(2025, 7, 1)),
        TransferStep(52, "li", "wang", 10_000, date(2025, 7, 2)),
        AskStep(53, "waiting", "wang", date(2025, 6, 1)),
        AskStep(54, "contribution", "wang", date(2025, 11, 2), year=2026),
        AskStep(55, "entitlement", "wang", date(2025, 6, 1)),
        AskStep(56, "accumulators", "wang", None, year=2025),
        AskStep(57, "balance", "li", date(2025, 12, 31)),
        AskStep(58, "ceiling", "wang", date(2026, 6, 1)),
    )


def test_optional_facts_of_people() -> None:
    scenario = life_with("  []\n")
    person = scenario.people["a"]
    assert person.enrolments == (
        Enrolment("employee", "working", date(2020, 1, 1), date(2025, 5, 14), "990100", "flexible"),
        Enrolment("employee", "retired", date(2025, 5, 15), None, "990200", "employer"),
    )
    assert person.contributions_resident is None
    assert person.contributions_employee == (
        EmployeeContribution(202502, None, date(2025, 2, 10)),
        EmployeeContribution(202503, 600_000, None),
    )
    assert scenario.account["a"] == 1_050
    assert scenario.used["a"] == Used(
        2025, chronic_pooled={"gout": 100, "other": 250}, upper=300, admissions=2
    )
    assert scenario.institutions["h"] == Institution(
        "h", "990100", "hospital", grade="2B", county=True
    )
    assert [(place.name, place.line, place.path) for place in disease_places(scenario)] == [
        ("gout", 7, "people[0].used.chronic_pooled.gout"),
        ("other", 7, "people[0].used.chronic_pooled.other"),
        ("gout", 14, "filings[0].disease"),
        ("other", 15, "filings[1].disease"),
    ]
    other = scenario.people["b"]
    assert other.enrolments[0].end is None
    assert (other.contributions_resident, other.contributions_employee) == (None, None)


def test_the_enrolment_of_a_day_and_of_a_month() -> None:
    person = life_with("  []\n").people["a"]
    working, retired = person.enrolments
    assert person.enrolment_on(date(2019, 12, 31)) is None
    assert person.enrolment_on(date(2025, 5, 14)) == working
    assert person.enrolment_on(date(2025, 5, 15)) == retired
    assert person.enrolment_in_month(201912) is None
    assert person.enrolment_in_month(202505) == working
    assert person.enrolment_in_month(202506) == retired
    newcomer = scenario_from_text(
        'area: "990100"\npeople: [{id: a, sex: male, birth: 1980-01-01,'
        " enrolments: [{scheme: resident, from: 2025-05-20}]}]",
        "life.yaml",
    ).people["a"]
    assert newcomer.enrolment_in_month(202505) == newcomer.enrolments[0]


def test_everything_a_visit_may_say() -> None:
    assert visit_of(
        "kind: maternity, on: 2025-03-01, items: [{class: B, amount: 0.00, upfront: 100,"
        " limit: 9, kind: service}], draw: [b], emergency: true, channel: manual,"
        " prescription: true, family_doctor: true, delivery: caesarean, fetuses: 2,"
        " gestation_months: 9, dual_channel: true, disease: gout"
    ) == Visit(
        id="v",
        person="a",
        institution="h",
        kind="maternity",
        start=date(2025, 3, 1),
        end=date(2025, 3, 1),
        items=(Item("B", 0, 10_000, 900, "service"),),
        draw=("b",),
        emergency=True,
        channel="manual",
        disease="gout",
        prescription=True,
        family_doctor=True,
        delivery="caesarean",
        fetuses=2,
        gestation_months=9,
        dual_channel=True,
    )


def test_total_is_one_class_a_item() -> None:
    assert visit_of('kind: outpatient, on: 2025-03-01, total: "100.5"').items == (
        Item("A", 10_050),
    )


@pytest.mark.parametrize(
    ("keys", "disease"),
    [
        ("on: 2025-06-29", "gout"),
        ("on: 2025-06-30, disease: other", "other"),
        ("on: 2025-07-01", "other"),
    ],
)
def test_a_chronic_visit_takes_the_disease_that_is_filed(keys: str, disease: str) -> None:
    assert visit_of(f"kind: chronic, total: 1, {keys}").disease == disease


def test_credits_of_working_and_retired() -> None:
    scenario = life_with(
        "  - contribute: {person: a, month: 2025-04, base: 5000, paid_on: 2025-04-02,"
        " draw: [own, b]}\n"
        "  - credit: {person: a, month: 2025-03}\n"
        "  - credit: {person: a, month: 2025-04}\n"
        "  - credit: {person: a, month: 2025-06, pension: 3000}\n"
    )
    assert scenario.steps == (
        ContributeStep(17, "a", None, 202504, 500_000, date(2025, 4, 2), ("own", "b")),
        CreditStep(18, "a", 202503),
        CreditStep(19, "a", 202504),
        CreditStep(20, "a", 202506, 300_000),
    )


def test_today_answers_a_question_that_names_no_day() -> None:
    text = PEOPLE + (
        "today: 2026-02-03\n"
        "steps:\n"
        "  - ask: {balance: a}\n"
        "  - ask: {accumulators: a}\n"
        "  - ask: {contribution: a, month: 2026-02, base: 1}\n"
    )
    assert scenario_from_text(text, "life.yaml").steps == (
        AskStep(18, "balance", "a", date(2026, 2, 3)),
        AskStep(19, "accumulators", "a", None, year=2026),
        AskStep(20, "contribution", "a", date(2026, 2, 3), month=202602, base=100),
    )


def test_a_message_reads_as_one_sentence_with_its_place(base: str) -> None:
    with pytest.raises(InputError) as caught:
        scenario_from_text(base.replace("sex: female", "sex: woman"), "life.yaml")
    assert str(caught.value) == (
        "life.yaml 第 11 行 people[1].sex：'woman' 不认识，可以写：male、female"
    )
    assert caught.value.exit_code == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        read_scenario(tmp_path / "nowhere.yaml")


def test_an_area_alone_is_a_scenario() -> None:
    scenario = scenario_from_text("area: 990100", "life.yaml")
    assert (scenario.area, scenario.today, scenario.steps) == ("990100", None, ())
    assert (scenario.people, scenario.institutions) == ({}, {})
