"""What institutions tell beside visits and settlements, and where it is seen again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yibao.exchange.selfpaid import uploaded_visits
from yibao.gateway.identifiers import from_wire
from yibao.gateway.sandbox import open_sandbox, seed
from yibao.policy.compile import PolicyLibrary

from . import flows
from .conftest import HOSPITAL, SECOND


def _fee(number: str, amount: str, **more: str) -> dict[str, str]:
    return {"bkkpSn": number, "detItemFeeSumamt": amount, **more}


def _selfpaid_visit(number: str, *fees: dict[str, str], **more: str) -> dict[str, Any]:
    return {
        "fmiOwnpayPatnMdtrtDDTO": {"mdtrtId": number, **more},
        "fmiOwnpayPatnFeeListDDTO": list(fees),
    }


def _compared(client: Any, number: str, total: str) -> tuple[str, str]:
    answer = client.ok("4262", {"data": {"mdtrtId": number, "totalFeeSumamt": total}})["data"]
    return answer["stmtResult"], answer["stmtRema"]


def _differing(client: Any, **asked: str) -> list[str]:
    return [row["mdtrtId"] for row in client.ok("4263", {"data": asked})["data"]["Data"]]


def test_self_paid_visits_are_compared(client: Any) -> None:
    """What differs is listed until it agrees; another institution sees none of it."""
    lines = [
        {"mdtrt_sn": "S1", "feedetl_sn": str(at), "det_item_fee_sumamt": amount}
        for at, amount in enumerate(("10.00", "2.50"), 1)
    ]
    client.ok("4201", {"feedetail": lines})
    client.ok("4261", _selfpaid_visit("S2", _fee("1", "30.00"), _fee("2", "5.00"), certno="x"))
    assert _compared(client, "S1", "12.500000")[0] == "0"
    result, remark = _compared(client, "S2", "30.00")
    assert result == "1"
    assert "35.00" in remark
    assert _differing(client) == ["S2"]
    assert _differing(client, certno="other") == []
    assert _differing(client, certno="x", mdtrtId="S2") == ["S2"]
    client.institution = SECOND
    assert "没有上传过" in client.refused("4262", {"data": {"mdtrtId": "S1", "totalFeeSumamt": 1}})
    assert _differing(client) == []
    client.institution = HOSPITAL
    client.ok("4261", _selfpaid_visit("S2", _fee("2", "5.00", valiFlag="0"), certno="x"))
    assert _differing(client) == []
    client.ok("4201", {"feedetail": [{**lines[1], "det_item_fee_sumamt": "3.00"}]})
    assert _differing(client) == ["S1"]
    client.ok("4261", _selfpaid_visit("S2", valiFlag="0"))
    assert "没有上传过" in client.refused("4262", {"data": {"mdtrtId": "S2", "totalFeeSumamt": 1}})


def test_differing_visits_are_listed_by_the_page(client: Any) -> None:
    for number in range(5):
        client.ok("4261", _selfpaid_visit(f"S{number}", _fee("1", "1.00")))
        _compared(client, f"S{number}", "2.00")
    page = client.ok("4263", {"data": {"pageNum": "2", "pageSize": "2"}})["data"]
    assert [row["mdtrtId"] for row in page["Data"]] == ["S2", "S3"]
    assert (page["startRow"], page["endRow"], page["pages"]) == ("3", "4", "3")
    assert (page["prePage"], page["nextPage"], page["recordCounts"]) == ("1", "3", "5")
    beyond = client.ok("4263", {"data": {"pageNum": "9", "pageSize": "2"}})["data"]
    assert (beyond["Data"], beyond["startRow"]) == ([], "0")


def test_a_line_belongs_to_one_visit_whatever_the_numbers_are(client: Any) -> None:
    for visit, line, amount in (("A", "B/1", "1.00"), ("A/B", "1", "2.00")):
        row = {"mdtrt_sn": visit, "feedetl_sn": line, "det_item_fee_sumamt": amount}
        client.ok("4201", {"feedetail": [row]})
    assert _compared(client, "A", "1.00")[0] == "0"
    assert _compared(client, "A/B", "2.00")[0] == "0"
    long = {"mdtrt_sn": "9" * 51, "feedetl_sn": "1", "det_item_fee_sumamt": "1"}
    assert "号码过长" in client.refused("4201", {"feedetail": [long]})


def test_a_list_is_read_back_with_its_state_and_counted(client: Any) -> None:
    key = flows.register(client)
    client.ok("2204", {"feedetail": [{**flows.fee_line(1, "20.00"), **key, "chrg_bchno": "B1"}]})
    info = client.ok("2207", flows.settling(key, "20.00"))["setlinfo"]
    named = {"psn_no": "li", "setl_id": info["setl_id"]}
    today = {"stt_begntime": str(client.platform.clock.today())}

    def counts(**asked: str) -> tuple[int, int]:
        counted = client.ok("4105", {"data": {**today, **asked}})
        return counted["needUploadCnt"], counted["uploadedCnt"]

    for infno, asked in (("4102", {**named, "stas_type": "1"}), ("4103", named)):
        assert "请先用 4101" in client.refused(infno, {"data": asked})
    assert counts() == (1, 0)
    disease = {"diag_type": "1", "diag_code": "J00", "diag_name": "感冒", "maindiag_flag": "1"}
    told = {
        "setlinfo": {**named, **key, "prfs": "17", "poscode": "030000"},
        "diseinfo": [disease],
        "iteminfo": [{"med_chrgitm": "09", "amt": "20.00"}],
    }
    number = client.ok("4101", told)["data"]["setl_list_id"]
    client.ok("4102", {"stastinfo": {**named, "stas_type": "1"}})
    stored = client.ok("4103", {"data": named})
    head = stored["setlinfo"]
    assert (head["prfs"], head["emp_poscode"], head["stas_type"]) == ("17", "030000", "1")
    assert (head["setl_list_sn"], head["mdtrt_id"]) == (number, key["mdtrt_id"])
    assert (head["psn_cashpay"], head["brdy"]) == (info["psn_cash_pay"], "1955-03-01")
    assert [row["diag_code"] for row in stored["diseinfo"]] == ["J00"]
    assert [(row["med_chrgitm_type"], row["item_sumamt"]) for row in stored["iteminfo"]] == [
        ("09", 20)
    ]
    assert counts() == (1, 1)
    assert (counts(medtype_list="21"), counts(medtype_list='["11"]')) == ((0, 0), (1, 1))
    assert "不是同一人" in client.refused("4103", {"data": {**named, "psn_no": "wang"}})
    client.institution = SECOND
    assert "没有本机构" in client.refused("4103", {"data": named})
    assert counts() == (0, 0)
    client.institution = HOSPITAL
    client.ok("2208", flows.undo(info))
    assert counts() == (0, 0)


def test_what_is_special_about_a_stay(client: Any) -> None:
    key = flows.admit(client, "wang")
    told = {**key, "ipt_psn_sp_flag_type": "01", "ipt_psn_sp_flag": "1"}
    answer = client.ok("2406", {"data": told}, msgid="SP-1")["IptPsnSpFlagRegOut"]
    assert client.ok("2406", {"data": told}, msgid="SP-1")["IptPsnSpFlagRegOut"] == answer
    second = client.ok("2406", {"data": {**told, "ipt_psn_sp_flag": "0"}})["IptPsnSpFlagRegOut"]
    (row,) = client.ok("2407", {"data": {"mdtrt_id": key["mdtrt_id"]}})["IptPsnSpFlagReg"]
    assert (row["ipt_psn_sp_flag"], row["psn_no"], row["ipt_otp_no"]) == ("0", "wang", "Z1")
    assert client.ok("2407", {"data": second})["IptPsnSpFlagReg"] == [row]
    for asked in (answer, {"psn_no": "li"}, {"page_num": "2"}):
        assert client.ok("2407", {"data": asked})["IptPsnSpFlagReg"] == []
    client.institution = SECOND
    assert "另一家机构" in client.refused("2406", {"data": told})
    assert client.ok("2407", {"data": {}})["IptPsnSpFlagReg"] == []


def test_what_was_uploaded_is_known_by_the_person(
    sandbox_url: str, packs: PolicyLibrary, start: Callable[..., Any]
) -> None:
    """By the certificate of 4261, of each line of 4201, and of nobody who is not on record."""
    client = start(database=open_sandbox(packs, sandbox_url))
    known = seed()["people"][0]
    whose = {"certno": known["number"], "psn_cert_type": "01"}
    line = {"mdtrt_sn": "S1", "medins_list_name": "床位费", "fee_ocur_time": "2025-03-09 08:00:00"}
    stranger = {**line, "mdtrt_sn": "S3", "certno": "P88", "psn_cert_type": "99"}
    lines = [
        {**line, **whose, "feedetl_sn": "1", "det_item_fee_sumamt": "10.00"},
        {**stranger, "feedetl_sn": "1", "det_item_fee_sumamt": "5.00"},
    ]
    client.ok("4201", {"feedetail": lines})
    fee = _fee("1", "30.00", medinsListName="某药", medListCodg="XA01")
    days = {"begntime": "2025-03-01 08:00:00", "endtime": "2025-03-05 08:00:00"}
    head = {"certno": known["number"], "psnCertType": "01", **days}
    client.ok("4261", _selfpaid_visit("S2", fee, **head))
    _compared(client, "S2", "31.00")
    database, person = client.platform.database, from_wire(known["psn_no"])

    def uploaded() -> list[tuple[str, int, int | None]]:
        visits = database.read(lambda unit: uploaded_visits(unit, person))
        return [(visit.number, visit.summed, visit.stated) for visit in visits]

    assert uploaded() == [("S2", 3_000, 3_100), ("S1", 1_000, None)]
    first = database.read(lambda unit: uploaded_visits(unit, person))[0]
    assert (first.start.day, first.end.day, first.lines[0].code) == (1, 5, "XA01")
    client.ok("4261", _selfpaid_visit("S2", **head, valiFlag="0"))
    assert uploaded() == [("S1", 1_000, None)]
