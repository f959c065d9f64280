"""The errand of a subsidy for whoever paid the employee scheme without an employer."""

from __future__ import annotations

from yibao.api.counter.errand import Errand, ErrandCall
from yibao.claims.subsidies import PREMIUM_SUBSIDY, SubsidyApplication, check_subsidy
from yibao.disbursement.payees import payee_of
from yibao.inquiry.claiming import ACCOUNT
from yibao.inquiry.fields import Field
from yibao.messages import message

FIELDS: tuple[Field, ...] = (
    Field(
        "year",
        message("补哪一年的缴费"),
        "whole",
        required=True,
        least=2000,
        most=2100,
        hint=message("先缴后补：写已经过完、缴过费的那一年。"),
    ),
    *ACCOUNT,
)


def _application(call: ErrandCall) -> SubsidyApplication:
    values = call.values
    payee = payee_of(values["holder"], values["bank"], str(values["account"]))
    application = SubsidyApplication(year=values["year"], payee=payee)
    check_subsidy(application, call.day)
    return application


SUBSIDIES: tuple[Errand, ...] = (
    Errand(
        "premium-subsidy",
        "applyPremiumSubsidy",
        message("申请灵活就业缴费补贴"),
        "apply",
        lambda asked: FIELDS,
        {"year": 2025, "holder": "王小明", "bank": "工商银行", "account": "6217000012345678"},
        kind=PREMIUM_SUBSIDY,
        application=_application,
        lead=message(
            "先缴后补：按记录里这一年以灵活就业身份缴的钱，乘以本人人群的补贴比例。"
            "比例和从几月起申请按本统筹区的规定，没有来源的不补、说出缺什么。"
        ),
    ),
)
