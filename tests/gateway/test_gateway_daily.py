"""Situations of daily work: refunds, resends, days that have not come, stays that overlap."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.gateway.inspector.keeping import conformance
from yibao.gateway.sandbox import open_sandbox
from yibao.gateway.settings import GatewaySettings
from yibao.policy.compile import PolicyLibrary

from . import flows

Line = Callable[..., dict[str, Any]]
PARTS = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")


def _next_day() -> str:
    zone = datetime.timezone(datetime.timedelta(hours=8))
    return (datetime.datetime.now(zone).date() + datetime.timedelta(days=1)).isoformat()


# --- refunds and resends -------------------------------------------------------------------------


def test_a_refund_is_not_held_up_by_what_the_pharmacy_took(client: Any, line: Line) -> None:
    """zhao holds 120.00: 25.00 at the hospital, then the pharmacy empties the account."""
    info = flows.settle(client, "zhao", "25.00", acct_used_flag="1")
    assert info["acct_pay"] == 25.00
    purchase = flows.purchase("zhao", "200.00", [line(1, "200.00", "XC01")])
    bought = client.ok("2102", purchase)["setlinfo"]
    assert (bought["acct_pay"], bought["balc"]) == (95.00, 0)
    undone = client.ok("2208", flows.undo(info))["setlinfo"]
    assert (undone["acct_pay"], undone["balc"]) == (-25.00, 25.00)


@pytest.mark.parametrize("settled_first", [True, False])
def test_a_resend_after_2601_says_that_it_was_undone(client: Any, settled_first: bool) -> None:
    """Both orders alike."""
    key = flows.register(client)
    settling = flows.settling(key, "300.00")
    undo = {"psn_no": "li", "omsgid": "M-1", "oinfno": "2207"}
    if settled_first:
        client.ok("2207", settling, msgid="M-1")
    client.ok("2601", undo)
    for _ in range(2):
        assert "已被发送方冲正，不能再结算" in client.refused("2207", settling, msgid="M-1")
    assert client.ok("2207", settling, msgid="M-2")["setlinfo"]["medfee_sumamt"] == 300.00


def test_a_resend_without_2601_keeps_its_answer(client: Any) -> None:
    key = flows.register(client)
    settling = flows.settling(key, "300.00")
    first = client.ok("2207", settling, msgid="M-1")
    client.ok("2208", flows.undo(first["setlinfo"]))
    assert client.ok("2207", settling, msgid="M-1") == first


def test_2205_says_that_nothing_was_deleted(client: Any, line: Line) -> None:
    key = flows.register(client)
    fees = [{**line(1, "100.00"), **key, "chrg_bchno": "B1"}]
    client.ok("2204", {"feedetail": fees})
    everything = {"data": {**key, "chrg_bchno": "0000"}}
    info = client.ok("2207", flows.settling(key, "100.00"))["setlinfo"]
    assert "没有删除任何明细" in client.refused("2205", everything)
    client.ok("2208", flows.undo(info))
    client.ok("2205", everything)
    client.ok("2205", everything)  # there is nothing left that anybody could miss


# --- no future -----------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", [False, True])
def test_what_has_not_happened_is_refused(
    start: Callable[..., Any], line: Line, strict: bool
) -> None:
    client = start(GatewaySettings(strict=strict))
    later = _next_day()
    data = {**flows.CERT, **flows.DEPARTMENT, "psn_no": "li", "ipt_otp_no": "M1"}
    opening = {"data": {**data, "begntime": f"{later} 08:00:00"}}
    assert "晚于平台日期" in client.refused("2201", opening)
    assert "晚于平台日期" in client.refused("2401", flows.admission("li", f"{later} 10:00:00"))
    stay = flows.admit(client, "wang")
    assert "晚于平台日期" in client.refused("2402", flows.discharge(stay, f"{later} 10:00:00"))
    lines = {
        "feedetail": [
            {**line(1, "10.00", fee_ocur_time=f"{later} 09:00:00"), **stay, "med_type": "21"}
        ]
    }
    assert "晚于平台日期" in client.refused("2301", lines)
    assert "晚于平台日期" in client.refused(
        "2303", flows.stay_settling(stay, "10.00", dscgTime=later)
    )
    bought = flows.purchase("li", "10.00", [line(1, "10.00")], begntime=f"{later} 10:00:00")
    assert "晚于平台日期" in client.refused("2102", bought)


def test_an_instant_with_a_zone_is_read_in_china(client: Any, line: Line) -> None:
    """16:30Z on the last day of 2024 is 00:30 on the first of 2025, in every transaction."""
    instant = "2024-12-31T16:30Z"
    data = {**flows.CERT, **flows.DEPARTMENT, "psn_no": "li", "ipt_otp_no": "M1"}
    opened = client.ok("2201", {"data": {**data, "begntime": instant}})["data"]
    key = {"psn_no": "li", "mdtrt_id": opened["mdtrt_id"]}
    fee = {**line(1, "20.00", fee_ocur_time=instant), **key, "chrg_bchno": "B1"}
    client.ok("2204", {"feedetail": [fee]})
    info = client.ok("2207", flows.settling(key, "20.00"))["setlinfo"]
    assert (info["begndate"], info["enddate"]) == ("2025-01-01", "2025-01-01")
    stay = client.ok("2401", flows.admission("wang", "2024-12-31T15:30:00+00:00"))["result"]
    stay = {"psn_no": "wang", "mdtrt_id": stay["mdtrt_id"]}
    lines = [{**line(1, "20.00", fee_ocur_time=instant), **stay, "med_type": "21"}]
    client.ok("2301", {"feedetail": lines})
    client.ok("2402", flows.discharge(stay, "2024-12-31T16:30:00.000Z"))
    settled = client.ok("2304", flows.stay_settling(stay, "20.00"))["setlinfo"]
    assert (settled["begndate"], settled["enddate"]) == ("2024-12-31", "2025-01-01")
    bought = flows.purchase("li", "10.00", [line(1, "10.00")], begntime=instant)
    assert client.ok("2102", bought)["setlinfo"]["begndate"] == "2025-01-01"
    never = flows.purchase("li", "10.00", [line(1, "10.00")], begntime="2025-02-30T16:30Z")
    assert "不是日期" in client.refused("2102", never)
    asked = {**key, "begntime": "2025-01-01", "endtime": "2025-01-01"}
    (visit,) = client.ok("5201", {"data": asked})["mdtrtinfo"]
    assert visit["begntime"] == "2025-01-01 00:30:00"


# --- lines and sums ------------------------------------------------------------------------------


def test_a_sum_that_its_sender_contradicts_is_refused(start: Callable[..., Any]) -> None:
    """300.00 of which the sender says that the patient pays all is no class A item."""
    client = start()
    key = flows.register(client)
    settling = flows.settling(key, "300.00", fulamt_ownpay_amt="300.00")
    assert "不能按甲类项目结算" in client.refused("2207", settling)
    invents = start(GatewaySettings(invent=True))
    key = flows.register(invents)
    settling = flows.settling(key, "300.00", fulamt_ownpay_amt="300.00")
    assert invents.ok("2207", settling)["setlinfo"]["fulamt_ownpay_amt"] == 0


def test_answers_of_2301_add_up_to_the_settlement(client: Any, line: Line) -> None:
    """Also where a refund has another flag than the line that it takes back."""
    key = flows.admit(client, "wang", "2025-03-10 08:00:00")

    def upload(*lines: dict[str, Any]) -> list[dict[str, Any]]:
        rows = [{**fee, **key, "med_type": "21"} for fee in lines]
        result: list[dict[str, Any]] = client.ok("2301", {"feedetail": rows})["result"]
        return result

    answers = upload(
        line(1, "100.01", "XB01"),
        line(2, "33.33", "XB01", count="3", price="11.11"),
        line(3, "20.00", "SA01", count="4", price="5.00"),
        line(4, "70.00", "XC01"),
    )
    back = {"count": "-1", "hosp_appr_flag": "2"}
    answers += upload(
        line(5, "-11.11", "XB01", price="11.11", init_feedetl_sn="2", **back),
        line(6, "-5.00", "SA01", price="5.00", init_feedetl_sn="3", **back),
    )
    info = client.ok("2304", flows.stay_settling(key, "207.23", dscgTime="2025-03-12"))["setlinfo"]
    names = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
    for told, settled in zip(PARTS, names, strict=True):
        summed = sum(round(answer[told] * 100) for answer in answers)
        assert summed == round(info[settled] * 100), told


# --- stays ---------------------------------------------------------------------------------------

REFUSING = """
overlay: 住院不重叠
parameters:
  stay.overlap:
    values:
      2000-01-01: {value: refuse}
"""


@pytest.fixture
def refusing(start: Callable[..., Any], tmp_path: Any, client: Any) -> Any:
    """A gateway whose packs refuse what does not fit a stay."""
    path = tmp_path / "refusing.yaml"
    path.write_text(REFUSING, encoding="utf-8")
    library = PolicyLibrary.load(overlays=[path])
    service = client.platform.service
    service.library = service.settlements.library = library
    return client


def test_what_does_not_fit_a_stay_is_refused_where_the_pack_says_so(
    refusing: Any, line: Line
) -> None:
    client = refusing
    stay = flows.admit(client, "wang", "2025-03-05 08:00:00")
    second = flows.admission("wang", "2025-03-07 08:00:00")
    assert "未出院的住院" in client.refused("2401", second)
    visit = flows.register(client, "wang", "2025-03-06")
    assert "还没有出院" in client.refused("2207", flows.settling(visit, "10.00"))
    bought = flows.purchase("wang", "10.00", [line(1, "10.00")])
    assert "还没有出院" in client.refused("2102", bought)
    early = line(1, "10.00", fee_ocur_time="2025-03-04 09:00:00")
    assert "不在住院期间" in client.refused(
        "2301", {"feedetail": [{**early, **stay, "med_type": "21"}]}
    )
    client.ok("2301", {"feedetail": [{**line(1, "10.00"), **stay, "med_type": "21"}]})
    assert "不在住院期间" in client.refused("2402", flows.discharge(stay, "2025-03-09 09:00:00"))
    client.ok("2402", flows.discharge(stay, "2025-03-12 09:00:00"))
    # the day of admission, the day of a transfer, and dialysis fit
    for day in ("2025-03-05", "2025-03-12"):
        key = flows.register(client, "wang", day)
        client.ok("2207", flows.settling(key, "10.00"))
    dialysis = {**visit, "med_type": "11", "begntime": "2025-03-06 08:00:00"}
    told = {"dise_codg": "dialysis", "dise_name": "尿毒症透析"}
    client.ok("2203", {"mdtrtinfo": {**dialysis, **told}, "diseinfo": []})
    client.ok("2207", flows.settling(visit, "10.00"))
    client.ok("2401", flows.admission("wang", "2025-03-12 12:00:00"))


def test_what_does_not_fit_a_stay_is_noted_by_the_packs_of_shanxi(
    packs: PolicyLibrary, sandbox_url: str, start: Callable[..., Any]
) -> None:
    settings = GatewaySettings(sandbox=True, inspect=True)
    client = start(settings, database=open_sandbox(packs, sandbox_url))
    flows.admit(client, "T0002", "2025-03-05 08:00:00")
    flows.admit(client, "T0002", "2025-03-07 08:00:00")
    flows.settle(client, "T0002", "10.00")
    report = conformance(client.platform.database, client.institution)
    notes = "\n".join(str(what) for what, _ in report.put_right)
    assert "未出院的住院" in notes
    assert "还没有出院，另有门诊或购药" in notes
