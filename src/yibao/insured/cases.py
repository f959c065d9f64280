"""What needs proof about people, as cases: relations, groups, retirement, enrolment, newborns."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from yibao.access.operations import Answer
from yibao.benefit.facts import GroupMembership, Person
from yibao.benefit.lifetime import Retirement, retirement
from yibao.benefit.people import home_enrolment
from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.insured.applications import (
    DETAIL_CORRECTION,
    ENROLMENT_SWITCH,
    GROUP_MEMBERSHIP,
    NEWBORN,
    RELATION_END,
    RELATION_RECORD,
    RETIREMENT,
    DetailCorrection,
    GroupApplication,
    NewbornApplication,
    RelationApplication,
    RelationEndApplication,
    RetirementApplication,
    SwitchApplication,
)
from yibao.insured.enrolment.documents import Proof, catalogue
from yibao.insured.enrolment.enrolments import change_enrolment, join_group
from yibao.insured.enrolment.switching import enrolment_as, switch_enrolment
from yibao.insured.locks import lock_person
from yibao.insured.people.details import DETAIL_PROOFS, Correction, correct_details
from yibao.insured.people.newborns import Newborn, register_newborn
from yibao.insured.people.relations import Relation, end_relation, relate
from yibao.insured.signing_up import kind as signing_up_kind
from yibao.insured.terms import change_days, registration_days
from yibao.messages import Text, message, message_in
from yibao.office.documents import document_rows
from yibao.office.flows import ONE_REVIEW_STATES, one_review
from yibao.office.kinds import CaseKind, Decided, NeededPaper, no_limit, register_kind
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor, Status
from yibao.policy.pack_names import pack_name

__all__ = ["signing_up_kind", "years_of"]

_PROOF = "proof"


def _any_of(kinds: Sequence[str], group: str = _PROOF) -> tuple[NeededPaper, ...]:
    """Documents of which one is enough."""
    titles = catalogue()["kinds"]
    return tuple(NeededPaper(kind, titles[kind], group=group) for kind in kinds)


def papers_of_route(route: str) -> tuple[NeededPaper, ...]:
    """The documents of a way of registering, as a case asks for them."""
    needs = catalogue()["routes"][route]["need"]
    return tuple(
        paper
        for number, need in enumerate(needs, start=1)
        for paper in _any_of(need["any"], f"{_PROOF}{number}")
    )


def proofs_of_case(
    database: Database, decided: Decided, papers: Sequence[NeededPaper]
) -> list[Proof]:
    """The documents of the case; in a rehearsal, which has no case yet, those that it needs."""
    known = catalogue()["kinds"]
    if not decided.case_id:
        return [Proof(paper.kind, 2) for paper in papers]
    rows = database.read(lambda unit: document_rows(unit, decided.case_id))
    # The office has one picture of what is handed in on paper in several copies.
    return [Proof(row.kind, 2, digest=row.digest) for row in rows if row.kind in known]


def _whose(decided: Decided) -> str:
    assert decided.person_id is not None
    return decided.person_id


# --- relations -----------------------------------------------------------------------------------


def _papers_of_relation(data: RelationApplication) -> tuple[NeededPaper, ...]:
    return _any_of(catalogue()["relations"][data.relation])


def _relate(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    data: RelationApplication = decided.data
    proofs = proofs_of_case(database, decided, _papers_of_relation(data))
    new = Relation(_whose(decided), data.relative, data.relation, data.start, data.end)
    return relate(database, decided.key, new, actor=decided.actor, proofs=proofs, at=decided.at)


def _papers_of_ending(data: RelationEndApplication) -> tuple[NeededPaper, ...]:
    return _any_of(catalogue()["ending"])


def _end_relation(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    data: RelationEndApplication = decided.data
    proofs = proofs_of_case(database, decided, _papers_of_ending(data))
    person_id = _whose(decided)
    return end_relation(
        database,
        decided.key,
        person_id,
        data.relative,
        data.last_day,
        actor=decided.actor,
        proofs=proofs,
        at=decided.at,
    )


# --- groups and retirement -----------------------------------------------------------------------


def _papers_of_group(data: GroupApplication) -> tuple[NeededPaper, ...]:
    return _any_of(catalogue()["groups"])


def _join_group(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    data: GroupApplication = decided.data
    return join_group(
        database,
        library,
        decided.key,
        _whose(decided),
        GroupMembership(data.group, data.start, data.end),
        actor=decided.actor,
        proofs=proofs_of_case(database, decided, _papers_of_group(data)),
        at=decided.at,
    )


def years_of(library: PolicyLibrary, facts: Person, data: RetirementApplication) -> Retirement:
    """Whether somebody's years suffice, by the rules of the area on the day of retirement.

    Months on the store's record count, with those that the documents show.
    """
    area = home_enrolment(facts, data.on).area
    recorded = sum(1 for paid in facts.contributions_employee or () if paid.paid_on is not None)
    actual = recorded + data.earlier_months
    return retirement(library, area, facts.sex, data.on, actual, data.deemed_months)


def _papers_of_retirement(data: RetirementApplication) -> tuple[NeededPaper, ...]:
    return _any_of(catalogue()["changes"][Status.RETIRED])


def _retire(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    data: RetirementApplication = decided.data
    person_id = _whose(decided)
    facts = database.write(lambda unit: lock_person(unit, person_id).facts, people=[person_id])
    years = years_of(library, facts, data)
    if years.missing_months:
        raise RefusedError(
            message(
                "缴费年限还差 {months} 个月，不能办理退休；补缴以后再办",
                months=years.missing_months,
            )
        )
    return change_enrolment(
        database,
        library,
        decided.key,
        person_id,
        data.on,
        actor=decided.actor,
        status=Status.RETIRED,
        proofs=proofs_of_case(database, decided, _papers_of_retirement(data)),
        at=decided.at,
    )


# --- enrolment and newborns ----------------------------------------------------------------------


def _papers_of_switch(data: SwitchApplication) -> tuple[NeededPaper, ...]:
    return papers_of_route(data.route)


def _switch(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    data: SwitchApplication = decided.data
    return switch_enrolment(
        database,
        library,
        decided.key,
        _whose(decided),
        enrolment_as(data.scheme, data.area, data.start),
        actor=decided.actor,
        proofs=proofs_of_case(database, decided, _papers_of_switch(data)),
        at=decided.at,
    )


def _papers_of_newborn(data: NewbornApplication) -> tuple[NeededPaper, ...]:
    return papers_of_route("birth")


def _register_newborn(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    data: NewbornApplication = decided.data
    return register_newborn(
        database,
        library,
        decided.key,
        Newborn(_whose(decided), data.name, data.birth, data.sex, data.number),
        actor=decided.actor,
        proofs=proofs_of_case(database, decided, _papers_of_newborn(data)),
        at=decided.at,
    )


# --- sex and birth -------------------------------------------------------------------------------


def _papers_of_details(data: DetailCorrection) -> tuple[NeededPaper, ...]:
    return _any_of(DETAIL_PROOFS)


def _correct_details(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    data: DetailCorrection = decided.data
    return correct_details(
        database,
        library,
        decided.key,
        Correction(_whose(decided), data.sex, data.birth, data.wrong, data.right),
        actor=decided.actor,
        proofs=proofs_of_case(database, decided, _papers_of_details(data)),
        at=decided.at,
    )


# --- the kinds -----------------------------------------------------------------------------------

_CONTRIBUTORS = {
    Contributor.RESIDENT: message("城乡居民医保"),
    Contributor.FLEXIBLE: message("职工医保（灵活就业）"),
}


def _group_summary(data: GroupApplication) -> Text:
    title = pack_name("group", data.group, data.title)
    return message("{group}，从 {start} 起", group=title, start=data.start)


def _switch_summary(data: SwitchApplication) -> Text:
    scheme = _CONTRIBUTORS.get(Contributor(data.scheme), data.scheme)
    return message("参加{scheme}，从 {start} 起", scheme=scheme, start=data.start)


def _declare(
    name: str,
    label: Text,
    form: type,
    papers: Callable[..., tuple[NeededPaper, ...]],
    effect: Callable[[Database, PolicyLibrary, Decided], Answer],
    summary: Callable[..., Text],
    *,
    has_relative: bool = False,
    working_days: Callable[[PolicyLibrary, str, datetime.date], int | None] = no_limit,
) -> None:
    register_kind(
        CaseKind(
            name=name,
            label=label,
            forms={1: form},
            states=ONE_REVIEW_STATES,
            moves=one_review(effect),
            papers_by_data=papers,
            working_days=working_days,
            people=(lambda data, _: {data.relative}) if has_relative else None,
            summary=summary,
        )
    )


_declare(
    RELATION_RECORD,
    message("亲属关系登记"),
    RelationApplication,
    _papers_of_relation,
    _relate,
    lambda data: message("登记亲属关系，从 {start} 起", start=data.start),
    has_relative=True,
)
_declare(
    RELATION_END,
    message("亲属关系终止"),
    RelationEndApplication,
    _papers_of_ending,
    _end_relation,
    lambda data: message("亲属关系到 {day} 为止", day=data.last_day),
    has_relative=True,
)
_declare(
    GROUP_MEMBERSHIP,
    message("人群认定"),
    GroupApplication,
    _papers_of_group,
    _join_group,
    _group_summary,
)
_declare(
    RETIREMENT,
    message("在职转退休"),
    RetirementApplication,
    _papers_of_retirement,
    _retire,
    lambda data: message("从 {on} 起按退休人员享受待遇", on=data.on),
)
_declare(
    ENROLMENT_SWITCH,
    message_in("case", "参保登记"),
    SwitchApplication,
    _papers_of_switch,
    _switch,
    _switch_summary,
    working_days=registration_days,
)
_declare(
    NEWBORN,
    message("新生儿参保登记"),
    NewbornApplication,
    _papers_of_newborn,
    _register_newborn,
    lambda data: message("{birth} 出生的孩子参加城乡居民医保", birth=data.birth),
    working_days=registration_days,
)
_declare(
    DETAIL_CORRECTION,
    message("更正性别或出生日期"),
    DetailCorrection,
    _papers_of_details,
    _correct_details,
    lambda data: message("出生日期 {birth}", birth=data.birth),
    working_days=change_days,
)
