"""setlinfo and setldetail: the amounts of a settlement in the fields of the interface."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import msgspec

from yibao.exchange.amounts import Money
from yibao.exchange.book import Booking
from yibao.gateway.answers import Output, amount, decimal
from yibao.gateway.fields import codes, terms
from yibao.gateway.identifiers import to_wire
from yibao.gateway.values import instant_text
from yibao.policy.kinds import Scheme, VisitKind

_OWN = ("psn_part_amt", "psn_pay", "psn_part_am")
_CASH = ("psn_cash_pay", "cash_payamt")
"""Names of one amount in different editions and clients; every answer has them all."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer says beside the amounts."""

    entry_id: str | None
    """None: a quote."""
    visit_id: str
    kind: str
    message_id: str
    booking: Booking
    words: Output
    """Fields about the person and the visit."""


def settlement_output(answered: Answered, money: Money, now: datetime.datetime) -> Output:
    """The output of 2206, 2207, 2303, 2304, 2101 and 2102."""
    setlinfo: Output = {"mdtrt_id": to_wire(answered.visit_id)}
    if answered.entry_id is not None:
        setlinfo["setl_id"] = to_wire(answered.entry_id)
    setlinfo |= {
        **answered.words,
        "setl_time": instant_text(now),
        **_amounts(money),
        "medins_setl_id": answered.message_id,
        "clr_optins": answered.booking.area,
        "clr_way": terms()["clr_way"],
        "clr_type": answered.booking.clear_type,
        "exp_content": "",
    }
    return {"setlinfo": setlinfo, "setldetail": _detail(answered.kind, money)}


def reversal_output(
    entry: Any,
    entry_id: str,
    message_id: str | None,
    money: Money,
    now: datetime.datetime,
    *,
    proposals: int,
) -> Output:
    """The output of 2208, 2305 and 2103: the settlement's own, every amount negated.

    ``proposals``: how many later settlements the office is asked to settle anew.
    """
    output = restated_output(entry, entry_id, message_id, money, now)
    setlinfo: Output = {**output["setlinfo"], "setl_type": "2"}
    if proposals:
        setlinfo["exp_content"] = msgspec.json.encode({"proposals": proposals}).decode()
    setlinfo["pdn_cash_pay"] = setlinfo["psn_cash_pay"]
    return {**output, "setlinfo": setlinfo}


def restated_output(
    entry: Any, entry_id: str, message_id: str | None, money: Money, now: datetime.datetime
) -> Output:
    """The output of a settlement with other amounts: of its reversal, or of what is left of it.

    ``message_id`` None: no message of the institution made it, and its number stays.
    """
    before = msgspec.json.decode(entry.output, type=dict[str, msgspec.Raw])
    detail = msgspec.json.decode(before["setldetail"], type=list[dict[str, Any]])
    setlinfo: Output = {
        **msgspec.json.decode(before["setlinfo"], type=dict[str, msgspec.Raw]),
        "setl_id": to_wire(entry_id),
        "setl_time": instant_text(now),
        **_amounts(money),
    }
    if message_id is not None:
        setlinfo["medins_setl_id"] = message_id
    of_maternity = terms()["fund_pay_type"]["maternity"]
    kind = (
        VisitKind.MATERNITY if any(row["fund_pay_type"] == of_maternity for row in detail) else ""
    )
    return {"setlinfo": setlinfo, "setldetail": _detail(kind, money)}


def _amounts(money: Money) -> Output:
    """Fen in the fields of setlinfo; a fund that does not exist here pays nothing."""
    upper = terms()["upper"][money.scheme]
    funds = dict.fromkeys(("cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay"), 0)
    funds[upper] = money.upper
    return {
        "medfee_sumamt": amount(money.total),
        "fulamt_ownpay_amt": amount(money.out_of_catalogue),
        "overlmt_selfpay": amount(money.over_limit),
        "preselfpay_amt": amount(money.upfront),
        "inscp_scp_amt": amount(money.eligible),
        "act_pay_dedc": amount(money.deductible),
        "hifp_pay": amount(money.pooled),
        "pool_prop_selfpay": decimal(_pool_share(money), 4),
        **{name: amount(paid) for name, paid in funds.items()},
        "maf_pay": amount(money.assistance),
        "oth_pay": amount(money.other_fund),
        "fund_pay_sumamt": amount(money.fund),
        **dict.fromkeys(_OWN, amount(money.own)),
        "acct_pay": amount(money.account + money.mutual_aid),
        **dict.fromkeys(_CASH, amount(money.cash)),
        "hosp_part_amt": amount(0),
        "balc": amount(money.balance),
        "acct_mulaid_pay": amount(money.mutual_aid),
    }


def _pool_share(money: Money) -> int:
    """What the pool paid of the eligible amount above the deductible, basis points."""
    base = abs(money.eligible - money.deductible)
    return 0 if base == 0 else (abs(money.pooled) * 10_000 + base // 2) // base


def _detail(kind: str, money: Money) -> list[Output]:
    """One row per fund that paid, and one for personal accounts."""
    words = terms()["fund_pay_type"]
    types = words[money.scheme]
    pooled = (
        words["maternity"]
        if kind == VisitKind.MATERNITY and money.scheme == Scheme.EMPLOYEE
        else None
    )
    paid = [
        (pooled or types["pooled"], money.pooled),
        (types["upper"], money.upper),
        (types["assistance"], money.assistance),
        (types["other_fund"], money.other_fund),
        (types["account"], money.account + money.mutual_aid),
    ]
    names = codes()["fund_pay_type"]["codes"]
    return [
        {
            "fund_pay_type": fund,
            "inscp_scp_amt": amount(money.eligible),
            "crt_payb_lmt_amt": amount(0),
            "fund_payamt": amount(part),
            "fund_pay_type_name": names.get(fund, ""),
            "setl_proc_info": "",
        }
        for fund, part in paid
        if part
    ]
