"""The errand of a qualification for a dual-channel drug."""

from __future__ import annotations

from yibao.api.counter.errand import Errand, ErrandCall
from yibao.api.counter.inputs import EXAMPLE_DAY, day_field
from yibao.crossing.drugs import DRUG_QUALIFICATION, DrugQualification, check_qualification
from yibao.inquiry.fields import Field
from yibao.messages import message

FIELDS: tuple[Field, ...] = (
    Field("disease", message("什么病（照诊断证明写）"), "name", required=True),
    Field("medicine", message("药品名称（照处方写通用名）"), "name", required=True),
    day_field("start", message("从哪天起")),
    day_field(
        "end", message("到哪天"), default="", hint=message("不填由审核人定；到期以前再申请续办。")
    ),
)


def _application(call: ErrandCall) -> DrugQualification:
    values = call.values
    application = DrugQualification(
        disease=" ".join(values["disease"].split()),
        medicine=" ".join(values["medicine"].split()),
        start=values["start"],
        end=values["end"],
    )
    check_qualification(application)
    return application


DRUGS: tuple[Errand, ...] = (
    Errand(
        "drug-qualification",
        "applyDrugQualification",
        message("申请双通道药品资格"),
        "apply",
        lambda asked: FIELDS,
        {"disease": "非小细胞肺癌", "medicine": "奥希替尼", "start": EXAMPLE_DAY},
        kind=DRUG_QUALIFICATION,
        application=_application,
        lead=message(
            "资格按病种和药品登记，写明有效到哪天。没有找到写明“有资格才报”的规定，"
            "双通道药品仍按本统筹区的规定结算，不因有没有资格而变。"
        ),
    ),
)
