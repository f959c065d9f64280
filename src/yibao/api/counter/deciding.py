"""Errands that open a case: a second person decides."""

from __future__ import annotations

from dataclasses import replace

from yibao.api.counter.errand import Errand, ErrandCall, ErrandSetting, home_of
from yibao.api.counter.inputs import (
    EXAMPLE_DAY,
    area_field,
    certificate_field,
    contributor_field,
    day_field,
    group_field,
    number_field,
    relative_anywhere,
    relative_field,
    route_field,
    sex_field,
)
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Field
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
from yibao.insured.people.certificates import RESIDENT
from yibao.messages import message
from yibao.policy.kinds import Contributor, RelationKind, Sex

_MONTHS = 720


def _details_application(call: ErrandCall) -> DetailCorrection:
    values = call.values
    return DetailCorrection(
        sex=values["sex"],
        birth=values["birth"],
        wrong=values["wrong"] or "",
        right=values["number"] or "",
    )


def _relation_application(call: ErrandCall) -> RelationApplication:
    values = call.values
    relative = relative_anywhere(
        call,
        values["relative_certificate"],
        values["relative_number"],
        values["relative_name"] or "",
    )
    return RelationApplication(
        relative=relative,
        relation=values["relation"],
        start=values["start"],
    )


def _relation_end_application(call: ErrandCall) -> RelationEndApplication:
    values = call.values
    return RelationEndApplication(relative=values["relative"], last_day=values["last_day"])


def _group_application(call: ErrandCall) -> GroupApplication:
    values = call.values
    covering = call.library.covering(home_of(call))
    names = {} if covering is None else call.library.rulebook(covering.code).group_names
    return GroupApplication(
        group=values["group"],
        title=names.get(values["group"], ""),
        start=values["start"],
        end=values["end"],
    )


def _retirement_application(call: ErrandCall) -> RetirementApplication:
    values = call.values
    return RetirementApplication(
        on=values["on"],
        earlier_months=values["earlier_months"] or 0,
        deemed_months=values["deemed_months"] or 0,
    )


def switch_inputs(asked: ErrandSetting) -> tuple[Field, ...]:
    """What is asked of somebody who changes schemes."""
    return (
        contributor_field(Contributor.RESIDENT, Contributor.FLEXIBLE),
        area_field(asked.library),
        route_field("hukou", "workplace"),
        day_field("start", message("从哪天起参保")),
    )


def switch_application(call: ErrandCall) -> SwitchApplication:
    """What somebody asks for who changes schemes."""
    values = call.values
    return SwitchApplication(
        scheme=values["scheme"],
        area=values["area"],
        route=values["route"],
        start=values["start"],
    )


def child_inputs(asked: ErrandSetting) -> tuple[Field, ...]:
    """What is asked of a parent who registers a child."""
    return (
        Field("name", message("孩子的姓名"), "name", required=True),
        sex_field(required=True),
        day_field("birth", message("出生日期")),
        number_field("number", message("出生医学证明编号")),
    )


def _child_application(call: ErrandCall) -> NewbornApplication:
    values = call.values
    return NewbornApplication(
        name=" ".join(values["name"].split()),
        birth=values["birth"],
        sex=values["sex"],
        number=values["number"],
    )


DECIDING: tuple[Errand, ...] = (
    Errand(
        "relation",
        "applyRelation",
        message("登记亲属关系"),
        "change_person",
        lambda asked: (
            certificate_field("relative_certificate", message("亲属的证件")),
            number_field("relative_number", message("亲属的证件号码")),
            replace(
                number_field("relative_name", message("亲属的姓名")),
                required=False,
                hint=message("亲属在别的统筹区参保的要写，与登记的相同才找得到。"),
            ),
            field_of(errands.RELATION, label=message("那个人是这个人的谁"), required=True),
            day_field("start", message("从哪天起")),
        ),
        {
            "relative_certificate": RESIDENT,
            "relative_number": "140105199003072333",
            "relation": RelationKind.SPOUSE,
            "start": EXAMPLE_DAY,
        },
        kind=RELATION_RECORD,
        application=_relation_application,
    ),
    Errand(
        "relation-ending",
        "applyRelationEnd",
        message("终止亲属关系"),
        "change_person",
        lambda asked: (relative_field(asked), day_field("last_day", message("到哪天为止"))),
        {"relative": "0198c1a2b3c4000000000000000000a2", "last_day": EXAMPLE_DAY},
        kind=RELATION_END,
        application=_relation_end_application,
    ),
    Errand(
        "group",
        "applyGroup",
        message("认定人群"),
        "change_person",
        lambda asked: (
            group_field(asked),
            day_field("start", message("从哪天起")),
            day_field("end", message("到哪天止"), default="", hint=message("不填就一直有效。")),
        ),
        {"group": "low_income", "start": EXAMPLE_DAY},
        kind=GROUP_MEMBERSHIP,
        application=_group_application,
        lead=message("认定以后，居民缴费按这类人群的资助算，待遇按这类人群的规定算。"),
    ),
    Errand(
        "details",
        "correctDetails",
        message("更正性别或出生日期"),
        "change_person",
        lambda asked: (
            sex_field(required=True),
            day_field("birth", message("出生日期")),
            replace(
                number_field("wrong", message("登记错的身份证号码")),
                required=False,
                hint=message("身份证号码也登记错了的才写。"),
            ),
            replace(number_field("number", message("正确的身份证号码")), required=False),
        ),
        {"sex": Sex.FEMALE, "birth": EXAMPLE_DAY},
        kind=DETAIL_CORRECTION,
        application=_details_application,
        lead=message("以前结算的不变，以后的待遇按更正的算。"),
    ),
    Errand(
        "retirement",
        "applyRetirement",
        message("办理退休"),
        "change_person",
        lambda asked: (
            day_field("on", message("从哪天起按退休")),
            Field(
                "earlier_months",
                message("系统以外的实际缴费月数"),
                "whole",
                most=_MONTHS,
                hint=message("外地转来的、系统启用以前的，照材料写。"),
            ),
            Field("deemed_months", message("视同缴费月数"), "whole", most=_MONTHS),
        ),
        {"on": EXAMPLE_DAY, "earlier_months": 300, "deemed_months": 0},
        kind=RETIREMENT,
        application=_retirement_application,
        lead=message("缴费年限按本统筹区的规定核对；不够的不能办，写明还差几个月。"),
    ),
    Errand(
        "switch",
        "applySwitch",
        message("换一种医保"),
        "apply",
        switch_inputs,
        {
            "scheme": Contributor.FLEXIBLE,
            "area": "",
            "start": EXAMPLE_DAY,
        },
        kind=ENROLMENT_SWITCH,
        application=switch_application,
        lead=message("居民医保和灵活就业之间：原来的到前一天为止，新的接上。"),
    ),
    Errand(
        "own-newborn",
        "applyNewborn",
        message("给新生儿参保"),
        "apply",
        child_inputs,
        {"name": "王小宝", "sex": Sex.FEMALE, "birth": EXAMPLE_DAY, "number": "T140105123"},
        kind=NEWBORN,
        application=_child_application,
        lead=message("孩子还没有自己的身份证号码：用出生医学证明登记，随父母在这里参保。"),
    ),
)
