"""What institutions tell beside visits and settlements, and where it is seen again."""

from __future__ import annotations

from typing import Any

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
