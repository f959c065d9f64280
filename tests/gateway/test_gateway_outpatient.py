"""Outpatients: lines, batches, money, repeats and reversals, over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from yibao.database.unit import Unit
from yibao.exchange.tables import exchange_settlement
from yibao.gateway.settings import GatewaySettings
from yibao.record import care
from yibao.record.paging import Asked, Page

from . import flows

Line = Callable[..., dict[str, Any]]


def _holds(output: dict[str, Any]) -> None:
    """Every identity of the interface, on one answer."""
    info = {k: Decimal(str(v)) for k, v in output["setlinfo"].items() if isinstance(v, int | float)}
    parts = "fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt".split()
    funds = "hifp_pay cvlserv_pay hifes_pay hifmi_pay hifob_pay hifdm_pay maf_pay oth_pay".split()
    assert info["medfee_sumamt"] == sum(info[name] for name in parts)
    assert info["fund_pay_sumamt"] == sum(info[name] for name in funds)
    assert info["medfee_sumamt"] == (
        info["fund_pay_sumamt"] + info["psn_part_amt"] + info["hosp_part_amt"]
    )
    assert info["psn_part_amt"] == info["acct_pay"] + info["psn_cash_pay"]
    assert abs(info["acct_mulaid_pay"]) <= abs(info["acct_pay"])
    paid = sum(Decimal(str(row["fund_payamt"])) for row in output["setldetail"])
    assert paid == info["fund_pay_sumamt"] + info["acct_pay"] + info["hosp_part_amt"]


def test_lines_quote_settlement_and_reversal(client: Any, line: Line) -> None:
    key = flows.register(client)
    lines = [
        {**fee_line, **key, "chrg_bchno": "B1"}
        for fee_line in (
            line(1, "500.00"),
            line(2, "200.00", "XB01"),
            line(3, "10.00", "SA01", count="2", price="5"),
            line(4, "30.10", "XC01"),
            line(5, "9.90", "NOT-LISTED"),
        )
    ]
    result = client.ok("2204", {"feedetail": lines})["result"]
    assert [row["preselfpay_amt"] for row in result] == [0, 20, 0, 0, 0]
    assert [row["overlmt_amt"] for row in result] == [0, 0, 1, 0, 0]
    assert [row["fulamt_ownpay_amt"] for row in result] == [0, 0, 0, 30.1, 9.9]
    assert [row["chrgitm_lv"] for row in result] == ["01", "02", "01", "03", "03"]
    asked = flows.settling(key, 750.0, acct_used_flag="1")
    quoted = client.ok("2206", asked)
    _holds(quoted)
    assert "setl_id" not in quoted["setlinfo"]
    settled = client.ok("2207", asked)
    _holds(settled)
    info = settled["setlinfo"]
    assert (info["fulamt_ownpay_amt"], info["overlmt_selfpay"], info["preselfpay_amt"]) == (
        40,
        1,
        20,
    )
    assert info["balc"] == 3500 - info["acct_pay"]
    for name in ("fund_pay_sumamt", "acct_pay", "balc"):
        assert quoted["setlinfo"][name] == info[name]
    undone = client.ok("2208", flows.undo(info))
    _holds(undone)
    assert undone["setlinfo"]["medfee_sumamt"] == -750
    assert undone["setlinfo"]["balc"] == 3500
    again = client.ok("2207", asked)["setlinfo"]
    assert (again["fund_pay_sumamt"], again["acct_pay"]) == (
        info["fund_pay_sumamt"],
        info["acct_pay"],
    )
    assert again["setl_id"] != info["setl_id"]


def test_a_total_that_its_lines_do_not_come_to_is_refused(client: Any, line: Line) -> None:
    key = flows.register(client)
    client.ok("2204", {"feedetail": [{**line(1, "20.00"), **key, "chrg_bchno": "B1"}]})
    for infno in ("2206", "2207"):
        said = client.refused(infno, flows.settling(key, "20.01"))
        assert "20.01 与 1 行费用明细之和 20.00 不符" in said
        assert "input.data.medfee_sumamt" in said
    assert "批次 B2 没有上传明细；有明细的批次是 B1" in client.refused(
        "2207", flows.settling(key, "20.00", chrg_bchno="B2")
    )


@pytest.mark.parametrize(
    ("count", "price", "amount", "right"),
    [
        ("3", "3.333333", "10.00", True),
        ("3", "3.335", "10.01", True),
        ("3", "3.335", "10.00", False),
        ("0.5", "0.01", "0.01", True),
        ("2.00001", "1", "2.00", False),
        ("1", "1.0000001", "1.00", False),
    ],
)
def test_a_line_is_quantity_times_price_half_up(
    client: Any, line: Line, count: str, price: str, amount: str, right: bool
) -> None:
    key = flows.register(client)
    fee_line = {**line(1, amount, count=count, price=price), **key, "chrg_bchno": "B1"}
    assert (client.send("2204", {"feedetail": [fee_line]})["infcode"] == 0) is right


def test_without_lines_the_total_is_one_line_unless_strict(
    client: Any, start: Callable[..., Any]
) -> None:
    info = flows.settle(client, "li", "100.00")
    assert info["inscp_scp_amt"] == 100
    strict = start(GatewaySettings(strict=True))
    key = flows.register(strict)
    assert "没有上传费用明细" in strict.refused("2207", flows.settling(key, "100.00"))


def test_batches_of_a_visit_are_settled_one_by_one(client: Any, line: Line) -> None:
    key = flows.register(client)
    for number, batch in ((1, "A"), (2, "B")):
        client.ok("2204", {"feedetail": [{**line(number, "300.00"), **key, "chrg_bchno": batch}]})
    first = client.ok("2207", flows.settling(key, 300, chrg_bchno="A"))["setlinfo"]
    second = client.ok("2207", flows.settling(key, 300, chrg_bchno="B"))["setlinfo"]
    assert first["setl_id"] != second["setl_id"]
    assert first["mdtrt_id"] == second["mdtrt_id"]
    client.ok("2208", flows.undo(first))
    client.ok("2208", flows.undo(second))
    assert "已经撤销过" in client.refused("2208", flows.undo(first))


def test_lines_are_sent_once_and_taken_back(client: Any, line: Line) -> None:
    key = flows.register(client)
    fee_line = {**line(1, "20.00"), **key, "chrg_bchno": "B1"}
    client.ok("2204", {"feedetail": [fee_line]})
    assert "已经上传" in client.refused("2204", {"feedetail": [fee_line]})
    back = {"data": {**key, "chrg_bchno": "0000"}}
    client.ok("2205", back)
    client.ok("2204", {"feedetail": [fee_line]})
    client.ok("2207", flows.settling(key, "20"))
    more = {"feedetail": [{**fee_line, "feedetl_sn": "2"}]}
    assert "已经结算" in client.refused("2204", more)
    assert "没有未结算的明细" in client.refused("2205", {"data": {**key, "chrg_bchno": "B1"}})
    assert "还有费用明细或结算" in client.refused("2202", {"data": {**key, "ipt_otp_no": "M1"}})


def test_a_cancelled_registration_is_gone(client: Any) -> None:
    key = flows.register(client)
    client.ok("2202", {"data": {**key, "ipt_otp_no": "M1"}})
    assert "已经撤销" in client.refused("2207", flows.settling(key, 10))


def test_another_institution_s_visit_is_not_its_business(client: Any) -> None:
    key = flows.register(client)
    said = client.refused("2207", flows.settling(key, 10), fixmedins_code="H14010500002")
    assert "另一家机构" in said


# --- repeats -------------------------------------------------------------------------------------


def test_a_repeat_gets_the_first_answer(client: Any) -> None:
    key = flows.register(client)
    asked = flows.settling(key, "100.00")
    first = client.ok("2207", asked, msgid="M-1")
    assert client.ok("2207", asked, msgid="M-1", inf_time="2025-03-11 00:00:00") == first
    other = flows.settling(key, "100.00", invono="7")
    assert "内容不同" in client.refused("2207", other, msgid="M-1")
    assert "已经结算" in client.refused("2207", asked, msgid="M-2")
    client.ok("2208", flows.undo(first["setlinfo"]), msgid="M-3")
    assert client.ok("2207", asked, msgid="M-1") == first
    back = client.ok("2208", flows.undo(first["setlinfo"]), msgid="M-3")
    assert back["setlinfo"]["medfee_sumamt"] == -100


def test_repeats_of_every_write_have_one_effect(client: Any, line: Line) -> None:
    data = {**flows.CERT, **flows.DEPARTMENT, "psn_no": "li", "begntime": "2025-03-10 08:00:00"}
    opening = {"data": {**data, "ipt_otp_no": "M1"}}
    first = client.ok("2201", opening, msgid="O-1")
    assert client.ok("2201", opening, msgid="O-1") == first
    key = {"psn_no": "li", "mdtrt_id": first["data"]["mdtrt_id"]}
    lines = {"feedetail": [{**line(1, "20.00"), **key, "chrg_bchno": "B1"}]}
    assert client.ok("2204", lines, msgid="O-2") == client.ok("2204", lines, msgid="O-2")
    client.ok("2207", flows.settling(key, 20), msgid="O-3")
    assert client.ok("2204", lines, msgid="O-2")["result"]


def test_settlements_that_race_are_one(client: Any) -> None:
    key = flows.register(client)
    asked = flows.settling(key, "100.00", acct_used_flag="1")
    with ThreadPoolExecutor(8) as pool:
        same = list(pool.map(lambda _: client.send("2207", asked, msgid="R"), range(8)))
    assert {answer["infcode"] for answer in same} == {0}
    assert len({answer["output"]["setlinfo"]["setl_id"] for answer in same}) == 1
    key = flows.register(client)
    asked = flows.settling(key, "100.00", acct_used_flag="1")
    numbers = itertools.count()
    with ThreadPoolExecutor(8) as pool:
        other = list(
            pool.map(lambda _: client.send("2207", asked, msgid=f"S{next(numbers)}"), range(8))
        )
    assert sorted(answer["infcode"] for answer in other) == [-1] * 7 + [0]


# --- accounts ------------------------------------------------------------------------------------


def test_accounts_that_may_pay(client: Any, grant: Callable[..., None]) -> None:
    assert flows.settle(client, "zhao", "100.00", acct_used_flag="0")["acct_pay"] == 0
    info = flows.settle(client, "zhao", "100.00", acct_used_flag="1")
    assert info["acct_pay"] == info["psn_part_amt"]
    assert info["acct_mulaid_pay"] == 0
    grant("li", "wang")
    info = flows.settle(client, "wang", "100.00", acct_used_flag="2", insutype="390")
    assert info["acct_mulaid_pay"] == info["acct_pay"] == info["psn_part_amt"]
    assert info["insutype"] == "390"
    assert "应写 0 不用" in client.refused(
        "2207", flows.settling(flows.register(client), 1, acct_used_flag="9")
    )


def test_reversal_of_unknown_outcome(client: Any) -> None:
    key = flows.register(client)
    asked = flows.settling(key, "100.00", acct_used_flag="1")
    client.ok("2207", asked, msgid="U-1")
    lost = {"psn_no": "li", "omsgid": "U-1", "oinfno": "2207"}
    client.ok("2601", {"data": lost}, msgid="U-2")
    client.ok("2601", {"data": lost}, msgid="U-2")
    never = {**lost, "omsgid": "U-9"}
    client.ok("2601", never)
    assert "冲正" in client.refused("2207", asked, msgid="U-9")
    info = client.ok("2207", asked, msgid="U-3")["setlinfo"]
    assert info["balc"] == 3500 - info["acct_pay"]
    assert "不能冲正" in client.refused("2601", {"data": {**lost, "oinfno": "2208"}})


def test_unknown_people_and_visits_are_refused(client: Any) -> None:
    data = {**flows.CERT, **flows.DEPARTMENT, "psn_no": "nobody", "ipt_otp_no": "1"}
    said = client.refused("2201", {"data": {**data, "begntime": "2025-03-10 08:00:00"}})
    assert said.startswith("input.data.psn_no（人员编号）：没有登记的参保人 nobody")
    assert "请用 1101 读到的人员编号" in said
    key = {"psn_no": "li", "mdtrt_id": "none"}
    assert "没有 li 的就诊 none" in client.refused("2207", flows.settling(key, 1))


def test_a_line_for_other_diseases_is_out_of_catalogue(client: Any, line: Line) -> None:
    key = flows.register(client, "wang")
    for number, disease, own in ((1, "M03900", 0), (2, "J00", 20)):
        fee_line = {**line(number, "20.00", "XD01", dise_codg=disease), **key, "chrg_bchno": "B1"}
        (row,) = client.ok("2204", {"feedetail": [fee_line]})["result"]
        assert row["fulamt_ownpay_amt"] == own


def test_more_than_can_be_in_hand_is_told_so(start: Callable[..., Any]) -> None:
    client = start(GatewaySettings(in_flight=0))
    assert "繁忙" in client.refused("2201", {"data": {}})


def test_the_own_record_shows_the_lines_that_the_hospital_sent(client: Any, line: Line) -> None:
    key = flows.register(client)
    fee_lines = [
        line(1, "500.00"),
        line(2, "7.50", count="2.5", price="3", fee_ocur_time="2025-03-11 08:30:00"),
        line(3, "30.10", "XC01"),
    ]
    batches = [("B1", fee_lines), ("B2", [line(4, "9.90")])]
    for batch, sent in batches:
        rows = [{**fee_line, **key, "chrg_bchno": batch} for fee_line in sent]
        client.ok("2204", {"feedetail": rows})
    client.ok("2207", flows.settling(key, "537.60"))
    other = client.ok("2207", flows.settling(key, "9.90", chrg_bchno="B2"))["setlinfo"]

    def listed(batch: str, asked: Asked) -> Page[care.ChargedLine]:
        def fetch(unit: Unit) -> Page[care.ChargedLine]:
            settled = select(exchange_settlement.c.care_visit_id).where(
                exchange_settlement.c.person_id == key["psn_no"],
                exchange_settlement.c.batch == batch,
            )
            return care.items(unit, key["psn_no"], unit.run(settled).scalar_one(), asked)

        listing: Page[care.ChargedLine] = client.platform.database.read(fetch)
        return listing

    whole = listed("B1", Asked())
    assert [
        (row.line, row.day.isoformat(), row.code, row.quantity, row.amount) for row in whole.rows
    ] == [
        (3, "2025-03-10", "XC01", "1", 3_010),
        (2, "2025-03-11", "XA01", "2.5", 750),
        (1, "2025-03-10", "XA01", "1", 50_000),
    ]
    assert [row.item_class for row in whole.rows] == ["C", "A", "A"]
    assert (whole.after, len({row.name for row in whole.rows})) == (None, 2)
    first = listed("B1", Asked(None, 2))
    assert (first.rows, first.after) == (whole.rows[:2], (2,))
    second = listed("B1", Asked(first.after, 2))
    assert (second.rows, second.after) == (whole.rows[2:], None)
    (line_of_other,) = listed("B2", Asked()).rows
    assert (line_of_other.code, line_of_other.amount) == ("XA01", 990)
    undone = client.ok("2208", flows.undo(other))["setlinfo"]
    assert undone["medfee_sumamt"] == -9.9
    assert listed("B1", Asked()) == whole


def test_a_visit_that_came_without_lines_lists_none(client: Any) -> None:
    def listed(unit: Unit) -> Page[care.ChargedLine]:
        return care.items(unit, "li", "no-such-visit", Asked())

    assert client.platform.database.read(listed) == Page((), None)
