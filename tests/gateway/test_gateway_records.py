"""Medical records, reports, prescriptions, sold packages and accidents, told and seen again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yibao.gateway.message import Received
from yibao.messages import text_of

from . import flows
from .conftest import HOSPITAL, PHARMACY, SECOND

VALID = {"vali_flag": "1"}


def _fetched(client: Any, number: str) -> list[Any]:
    """What 9102 gives back under a number; empty: it refuses."""
    row = {"file_qury_no": number, "filename": "x", "fixmedins_code": client.institution}
    response = client.post(client.envelope("9102", {"fsDownloadIn": row}))
    told = response.json()
    if "infcode" in told:
        assert "没有本机构" in told["err_msg"], told
        return []
    records: list[Any] = told["records"]
    return records


def _notes(client: Any, infno: str, content: Any) -> str:
    body = json.dumps(client.envelope(infno, content), ensure_ascii=False).encode()
    return "\n".join(
        text_of(note.what) for note in client.platform.answer(Received("/", {}, body)).message.notes
    )


HEADS = {"4301": "rgstinfo", "4401": "baseinfo", "4402": "data", "4601": "data", "4701": "adminfo"}


@pytest.mark.parametrize("infno", HEADS)
def test_a_record_is_given_back_to_its_sender_alone(client: Any, infno: str) -> None:
    key = flows.register(client)
    head = {"mdtrt_sn": "YW/1", **key, "drord_no": "1", **VALID, "psn_name": "王%_"}
    disease = {"maindiag_flag": "1", **VALID}
    client.ok(infno, {HEADS[infno]: head, "diseinfo": [disease, {**disease, "vali_flag": "0"}]})
    (record,) = _fetched(client, f"{infno}/YW/1")
    rows = record[HEADS[infno]]
    assert (rows["mdtrt_sn"], rows["psn_no"], record["opter_name"]) == ("YW/1", "li", "测试")
    if infno not in ("4402", "4601"):
        assert record["diseinfo"] == [disease]
    assert _fetched(client, f"{infno}/YW") == []
    client.institution = SECOND
    assert _fetched(client, f"{infno}/YW/1") == []
    assert "另一家机构" in client.refused(infno, {HEADS[infno]: head})
    client.institution = HOSPITAL
    client.ok(infno, {HEADS[infno]: {**head, "vali_flag": "0"}})
    assert _fetched(client, f"{infno}/YW/1") == []


def test_records_are_checked(client: Any) -> None:
    head = {"mdtrt_sn": "1", "medcasno": "B1"}
    late = {**head, "adm_date": "2025-03-02", "dscg_date": "2025-03-01"}
    assert "早于 2025-03-02（入院日期）" in client.refused("4401", {"baseinfo": late})
    future = {**head, "adm_date": "2090-01-01"}
    assert "还没有发生" in client.refused("4401", {"baseinfo": future})
    assert "不是数" in client.refused("4401", {"baseinfo": {**head, "medfee_sumamt": "x"}})
    assert "没有" in client.refused("4401", {"baseinfo": {**head, "psn_no": "nobody"}})
    key = flows.register(client)
    gone = {**head, **key, "mdtrt_id": "0" * 25}
    assert "请核对 psn_no" in client.refused("4401", {"baseinfo": gone})
    assert "号码过长" in client.refused("4401", {"baseinfo": {"mdtrt_sn": "9" * 51}})
    named = {"baseinfo": {**head, **key, "psn_name": "另一个名字"}}
    assert "与登记的姓名不同" in _notes(client, "4401", named)
    alone = {"baseinfo": {**head, "mdtrt_id": "own"}}
    assert "按自费病人存" in _notes(client, "4401", alone)


def test_orders_are_kept_one_by_one(client: Any) -> None:
    orders = [{"mdtrt_sn": "Z1", "medcas_drord_detl_id": str(at)} for at in (1, 2)]
    client.ok("4402", {"data": orders})
    client.ok("4402", {"data": [{**orders[0], "drord_detl_name": "改"}]})
    client.ok("4402", {"data": [{**orders[1], "vali_flag": "0"}]})
    (record,) = _fetched(client, "4402/Z1")
    assert record["data"]["drord_detl_name"] == "改"


def test_reports_spare_another_examination(client: Any) -> None:
    """Where the person is treated they are seen; one that never met the person sees none."""
    head = {"psn_no": "li", "mdtrt_sn": "1", **VALID}
    client.ok(
        "4501",
        {"examinfo": {**head, "rpotc_no": "B1", "exam_item_code": "CT", "rpt_date": "20250302",
                      "exam_ccls": "未见异常"}},
    )  # fmt: skip
    results = [
        {"exam_item_detl_code": code, "exam_rslt_val": value, "exam_rslt_abn": flag}
        for code, value, flag in (("WBC", "5.6", "0"), ("HGB", "80", "1"))
    ]
    lab = {**head, "rpotc_no": "B2", "rpt_date": "2025-03-01", "exam_item_code": "XCG"}
    client.ok("4502", {"labinfo": lab, "iteminfo": results})
    asked = {"bilgiteminfo": {"psn_no": "li"}}

    def numbers(**more: str) -> list[str]:
        listed = client.ok("5401", {"bilgiteminfo": {"psn_no": "li", **more}})["bilgiteminfo"]
        return [row["rpotc_no"] for row in listed]

    assert numbers() == ["B2", "B1"]
    client.institution = SECOND
    assert numbers() == []
    assert "只答本机构自己的报告" in _notes(client, "5401", asked)
    report = {"rptdetailinfo": {"psn_no": "li", "rpotc_no": "B2"}}
    assert "没有本机构可以看" in client.refused("5402", report)
    flows.register(client)
    assert numbers() == ["B2", "B1"]
    assert (numbers(exam_item_code="CT"), numbers(exam_org_code=HOSPITAL)) == (["B1"], ["B2", "B1"])
    rows = client.ok("5402", report)["rptdetailinfo"]
    assert [(row["exam_item_detl_code"], row["exam_rslt_val"]) for row in rows] == [
        ("WBC", "5.6"),
        ("HGB", "80"),
    ]
    assert {row["fixmedins_code"] for row in rows} == {HOSPITAL}
    other = {"rptdetailinfo": {**report["rptdetailinfo"], "fixmedins_code": SECOND}}
    assert "没有本机构可以看" in client.refused("5402", other)
    client.institution = HOSPITAL
    client.ok("4501", {"examinfo": {**head, "rpotc_no": "B1", "vali_flag": "0"}})
    assert numbers() == ["B2"]


def test_a_prescription_is_numbered_and_revoked(client: Any) -> None:
    key = flows.register(client)
    told = {
        "data": {"hospRxno": "CF1", "prscTime": "2025-03-10 09:00:00"},
        "rxdrugdetail": [{"medListCodg": "XA01"}],
        "mdtrtinfo": {"mdtrtId": key["mdtrt_id"], "psnNo": "li"},
    }
    number = client.ok("7101", told, msgid="RX-1")["data"]["hiRxno"]
    assert client.ok("7101", told, msgid="RX-1")["data"]["hiRxno"] == number
    assert f"编号 {number}" in client.refused("7101", told)
    (record,) = _fetched(client, f"7101/{number}")
    assert (record["rxStasCodg"], record["rxdrugdetail"]) == ("1", told["rxdrugdetail"])
    undo = {"data": {"hiRxno": number, "undoRea": "开错"}}
    client.institution = SECOND
    assert "没有本机构的处方" in client.refused("7104", undo)
    assert "另一家机构" in client.refused("7101", {**told, "data": {"hospRxno": "CF2"}})
    client.institution = HOSPITAL
    assert client.ok("7104", undo)["data"]["rxStasName"] == "已撤销"
    assert "已经撤销" in client.refused("7104", undo)
    (record,) = _fetched(client, f"7101/{number}")
    assert (record["rxStasCodg"], record["revocation"]["undoRea"]) == ("3", "开错")
    assert client.ok("7101", told)["data"]["hiRxno"] != number
    early = {**told, "data": {**told["data"], "valiEndTime": "2025-03-09 09:00:00"}}
    assert "早于开方时间" in client.refused("7101", early)
    assert "没有药品" in client.refused("7101", {**told, "rxdrugdetail": []})
    client.ok("2202", {"data": {**key, "ipt_otp_no": "M1"}})
    assert "已经撤销" in client.refused("7101", {**told, "data": {"hospRxno": "CF3"}})


def test_packages_that_were_sold_are_asked_for_by_code(client: Any) -> None:
    client.institution = PHARMACY
    sale = {
        "med_list_codg": "XA01",
        "fixmedins_bchno": "P1",
        "sel_retn_time": "2025-03-10 11:00:00",
        "mdtrt_sn": "M1",
        "psn_name": "某人",
    }
    nested = {**sale, "drugtracinfo": [{"drug_trac_codg": "81"}, {"drug_trac_codg": "82"}]}
    client.ok("3505", {"selinfo": nested})
    client.ok("3505", {"selinfo": {**sale, "fixmedins_bchno": "P2"},
                       "drugtracinfo": [{"drug_trac_codg": "83"}]})  # fmt: skip
    days = {"begndate": "2025-03-10", "enddate": "2025-03-10"}

    def codes(**asked: str) -> list[str]:
        rows = client.ok("3513", {"data": {**days, **asked}})
        return sorted(row["drugTracCodg"] for row in rows)

    assert codes() == ["81", "82", "83"]
    assert (codes(fixmedins_bchno="P2"), codes(drug_trac_codg="82")) == (["83"], ["82"])
    assert codes(enddate="2025-03-09", begndate="2025-03-01") == []
    (row,) = client.ok("3513", {"data": {**days, "drug_trac_codg": "83"}})
    assert (row["mdtrtId"], row["psnName"], row["opterName"]) == ("M1", "某人", "测试")
    client.institution = HOSPITAL
    assert codes() == []


def test_an_accident_is_filed_and_a_visit_of_an_injury_refers_to_it(client: Any) -> None:
    key = flows.register(client)
    injury = {
        "mdtrtinfo": {**key, "med_type": "11", "begntime": "2025-03-10 08:00:00",
                      "exp_content": json.dumps({"TRUM_FLAG": "1"})},
        "diseinfo": [flows.DIAGNOSIS],
    }  # fmt: skip
    assert "请用 2507 备案" in _notes(client, "2203", injury)
    accident = {
        "psn_no": "li",
        "trum_time": "2025-03-09",
        "trum_rea": "跌倒",
        "begndate": "2025-03-09",
    }
    late = {**accident, "enddate": "2025-03-08"}
    assert "早于开始日期" in client.refused("2507", {"data": late})
    assert "还没有发生" in client.refused("2507", {"data": {**accident, "trum_time": "2090-01-01"}})
    number = client.ok("2507", {"data": accident})["result"]["trt_dcla_detl_sn"]
    assert "请用 2507 备案" not in _notes(client, "2203", injury)
    client.ok("2506", {"data": {"psn_no": "li", "trt_dcla_detl_sn": number}})
    assert "请用 2507 备案" in _notes(client, "2203", injury)


def test_findings_whose_codes_nobody_publishes_are_not_made_up(client: Any) -> None:
    assert "结果代码没有公开" in client.refused("4104", {"data": {"setl_ym": "202503"}})
