"""Errands that register somebody, and put certificates right."""

from __future__ import annotations

from yibao.access.operations import Answer
from yibao.api.counter.errand import Errand, ErrandCall, ErrandSetting
from yibao.api.counter.inputs import (
    CERTIFICATE,
    EXAMPLE_DAY,
    area_field,
    certificate_field,
    contributor_field,
    day_field,
    found_here,
    number_field,
    papers_of_routes,
    proofs_of_route,
    require_shown,
    route_field,
    sex_field,
    shown_field,
    titles_of,
)
from yibao.inquiry.fields import Field
from yibao.insured.enrolment.documents import Proof
from yibao.insured.enrolment.switching import enrolment_as
from yibao.insured.people.activations import end_credential
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.newborns import Newborn, register_newborn
from yibao.insured.people.registration import (
    Application,
    add_certificate,
    correct_certificate,
    register_person,
)
from yibao.messages import message, message_in
from yibao.policy.kinds import Contributor, Sex

_NEWBORN_PAPERS = ("birth_certificate", "household_book")


def _register_inputs(asked: ErrandSetting) -> tuple[Field, ...]:
    return (
        route_field("hukou", "workplace"),
        Field("name", message("姓名"), "name", required=True),
        certificate_field(CERTIFICATE, message_in("desk", "证件种类")),
        number_field("number", message("证件号码")),
        sex_field(required=False),
        day_field(
            "birth", message("出生日期"), default="", hint=message("身份证号码里有的不用填。")
        ),
        contributor_field(Contributor.RESIDENT, Contributor.FLEXIBLE, Contributor.EMPLOYEE),
        area_field(asked.library),
        day_field("start", message("从哪天起参保")),
        shown_field(papers_of_routes("hukou", "workplace")),
    )


def _register(call: ErrandCall) -> Answer:
    values = call.values
    require_shown(call)
    application = Application(
        name=values["name"],
        certificate=values[CERTIFICATE],
        number=values["number"],
        route=values["route"],
        enrolment=enrolment_as(values["scheme"], values["area"], values["start"]),
        proofs=proofs_of_route(values["route"]),
        sex=values["sex"] or None,
        birth=values["birth"],
    )
    return register_person(
        call.database, call.library, call.key, application, actor=call.actor, at=call.at
    )


def _newborn_inputs(asked: ErrandSetting) -> tuple[Field, ...]:
    return (
        certificate_field("parent_certificate", message("母亲或父亲的证件")),
        number_field("parent_number", message("母亲或父亲的证件号码")),
        Field("name", message("孩子的姓名"), "name", required=True),
        sex_field(required=True),
        day_field("birth", message("出生日期")),
        number_field("number", message("出生医学证明编号")),
        shown_field(titles_of(*_NEWBORN_PAPERS)),
    )


def _newborn(call: ErrandCall) -> Answer:
    values = call.values
    require_shown(call)
    parent = found_here(call, values["parent_certificate"], values["parent_number"])
    child = Newborn(parent, values["name"], values["birth"], values["sex"], values["number"])
    return register_newborn(
        call.database,
        call.library,
        call.key,
        child,
        actor=call.actor,
        proofs=[Proof(kind) for kind in _NEWBORN_PAPERS],
        at=call.at,
    )


def _add_certificate(call: ErrandCall) -> Answer:
    require_shown(call)
    return add_certificate(
        call.database,
        call.key,
        call.person_id,
        call.values[CERTIFICATE],
        call.values["number"],
        actor=call.actor,
    )


def _correct_certificate(call: ErrandCall) -> Answer:
    require_shown(call)
    values = call.values
    return correct_certificate(
        call.database,
        call.key,
        call.person_id,
        values[CERTIFICATE],
        values["wrong"],
        values["number"],
        actor=call.actor,
    )


def _end_credential(call: ErrandCall) -> Answer:
    require_shown(call)
    return end_credential(call.database, call.person_id, call.at, actor=call.actor, why="counter")


REGISTERING: tuple[Errand, ...] = (
    Errand(
        "new",
        "registerPerson",
        message("登记参保人"),
        "register",
        _register_inputs,
        {
            "name": "王小明",
            CERTIFICATE: RESIDENT,
            "number": "140105199003072333",
            "scheme": Contributor.RESIDENT,
            "area": "",
            "start": EXAMPLE_DAY,
            "shown": True,
        },
        _register,
        of_nobody=True,
    ),
    Errand(
        "newborn",
        "registerNewborn",
        message("登记新生儿"),
        "register",
        _newborn_inputs,
        {
            "parent_certificate": RESIDENT,
            "parent_number": "140105199003072333",
            "name": "王小宝",
            "sex": Sex.FEMALE,
            "birth": EXAMPLE_DAY,
            "number": "T140105123",
            "shown": True,
        },
        _newborn,
        of_nobody=True,
        lead=message("孩子还没有自己的身份证号码：用出生医学证明登记，随父母在这里参保。"),
    ),
    Errand(
        "certificate",
        "addCertificate",
        message("加一个证件"),
        "change_person",
        lambda asked: (
            certificate_field(CERTIFICATE, message_in("desk", "证件种类")),
            number_field("number", message("证件号码")),
            shown_field("证件原件"),
        ),
        {CERTIFICATE: "passport", "number": "E12345678", "shown": True},
        _add_certificate,
    ),
    Errand(
        "correction",
        "correctCertificate",
        message("更正证件号码"),
        "change_person",
        lambda asked: (
            certificate_field(CERTIFICATE, message_in("desk", "证件种类")),
            number_field("wrong", message("登记错的号码")),
            number_field("number", message("正确的号码")),
            shown_field("证件原件"),
        ),
        {CERTIFICATE: "passport", "wrong": "E12345678", "number": "E12345679", "shown": True},
        _correct_certificate,
    ),
    Errand(
        "credential-end",
        "endCredentialAtCounter",
        message("停用电子凭证"),
        "end_credential",
        lambda asked: (shown_field("身份证件原件"),),
        {"shown": True},
        _end_credential,
        lead=message(
            "手机丢了、被别人用了：停用以后谁也不能再出示；本人以后可以在手机上重新激活。"
        ),
    ),
)
