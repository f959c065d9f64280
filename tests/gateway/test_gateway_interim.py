"""Interim settlements of a stay over HTTP: mid_setl_flag 1, more lines, the rest, refunds."""

from __future__ import annotations

from typing import Any

from yibao.exchange.checks import book_faults

from . import flows


def _lines(key: dict[str, str], *amounts: tuple[int, str, str]) -> dict[str, Any]:
    return {
        "feedetail": [
            {
                **flows.fee_line(number, amount, code),
                **key,
                "med_type": "21",
                "fee_ocur_time": f"{day} 09:00:00",
            }
            for number, amount, (code, day) in (
                (number, amount, (code, "2025-03-02")) for number, amount, code in amounts
            )
        ]
    }


def _part(key: dict[str, str], total: str, end: str, flag: str = "1") -> dict[str, Any]:
    return flows.stay_settling(key, total, mid_setl_flag=flag, dscgTime=end)


_MONEY = (
    "medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt act_pay_dedc "
    "hifp_pay hifmi_pay maf_pay oth_pay fund_pay_sumamt psn_part_amt acct_pay psn_cash_pay"
).split()


def _check_books(client: Any) -> None:
    faults = client.platform.database.read(
        lambda unit: list(book_faults(unit, ["li", "wang", "zhao"]))
    )
    assert faults == []


def test_a_stay_settled_in_parts(client: Any) -> None:
    """Parts come to the whole; refunds go back one by one; the stay is open between."""
    key = flows.admit(client, "wang")
    asked = {"data": {**key, "begntime": "2025-03-01", "endtime": "2025-03-31"}}
    assert "上传明细" in client.refused("2304", _part(key, "100", "2025-03-03"))
    client.ok("2301", _lines(key, (1, "4000.00", "XA01"), (2, "100.00", "XC01")))
    first = client.ok("2304", _part(key, "4100.00", "2025-03-04"))["setlinfo"]
    assert first["act_pay_dedc"] > 0
    assert len(client.ok("5303", asked)["data"]) == 1
    assert client.refused("2404", {"data": key})
    client.ok("2301", _lines(key, (3, "2000.00", "XB01")))
    assert "费用明细之和 2000.00" in client.refused("2303", _part(key, "6100", "2025-03-06"))
    second = client.ok("2304", _part(key, "2000.00", "2025-03-06"))["setlinfo"]
    client.ok("2402", flows.discharge(key, "2025-03-09 09:00:00"))
    client.ok("2405", {"data": key})
    client.ok("2402", flows.discharge(key, "2025-03-10 09:00:00"))
    client.ok("2301", _lines(key, (4, "3000.00", "XA01")))
    quoted = client.ok("2303", _part(key, "3000", "", "0"))["setlinfo"]
    last = client.ok("2304", _part(key, "3000", "", "0"))["setlinfo"]
    assert {name: quoted[name] for name in _MONEY} == {name: last[name] for name in _MONEY}
    assert quoted["balc"] == last["balc"]
    assert second["act_pay_dedc"] == last["act_pay_dedc"] == 0
    assert "已经结算" in client.refused("2304", _part(key, "0", "", "0"))
    _check_books(client)
    whole = {name: sum(part[name] for part in (first, second, last)) for name in _MONEY}
    assert whole["medfee_sumamt"] == 9100

    answered = client.ok("5203", {"data": {**key, "setl_id": second["setl_id"]}})["setlinfo"]
    assert answered["fund_pay_sumamt"] == second["fund_pay_sumamt"]
    (row,) = client.ok("5204", {"data": {**key, "setl_id": second["setl_id"]}})
    assert row["feedetl_sn"] == "3"
    cumulated = client.ok("5206", {"data": {"psn_no": "wang", "cum_ym": "2025"}})["cuminfo"]
    assert {row["cum_type_code"]: row["cum"] for row in cumulated}["C_390_BIZ21"] == 1

    for early in (first, second):
        assert last["setl_id"] in client.refused("2305", flows.undo(early))
    undone = client.ok("2305", flows.undo(last))["setlinfo"]
    assert {name: undone[name] for name in _MONEY} == {name: -last[name] for name in _MONEY}
    again = client.ok("2304", _part(key, "3000", "", "0"))["setlinfo"]
    assert {name: again[name] for name in _MONEY} == {name: last[name] for name in _MONEY}
    for part in (again, second, first):
        undone = client.ok("2305", flows.undo(part))["setlinfo"]
        assert undone["fund_pay_sumamt"] == -part["fund_pay_sumamt"]
        _check_books(client)
    once = client.ok("2304", _part(key, "9100", "", "0"))["setlinfo"]
    assert {name: once[name] for name in _MONEY} == whole
    _check_books(client)


def test_a_part_of_unknown_outcome(client: Any) -> None:
    """2601 undoes the newest part, and names what has to go before it."""
    key = flows.admit(client, "wang")
    client.ok("2301", _lines(key, (1, "4000.00", "XA01")))
    first = client.ok("2304", _part(key, "4000", "2025-03-04"), msgid="PART-1")["setlinfo"]
    client.ok("2301", _lines(key, (2, "500.00", "XA01")))
    last = client.ok("2304", _part(key, "500", "2025-03-09", "0"), msgid="PART-2")["setlinfo"]
    unknown = {"psn_no": "wang", "oinfno": "2304"}
    assert last["setl_id"] in client.refused("2601", {**unknown, "omsgid": "PART-1"})
    client.ok("2601", {**unknown, "omsgid": "PART-2"})
    shown = client.ok("5203", {"data": key})["setlinfo"]
    assert (shown["setl_id"], shown["fund_pay_sumamt"]) == (
        first["setl_id"],
        first["fund_pay_sumamt"],
    )
    assert "已被发送方冲正" in client.refused(
        "2304", _part(key, "500", "2025-03-09", "0"), msgid="PART-2"
    )
    client.ok("2601", {**unknown, "omsgid": "PART-1"})
    assert client.ok("5203", {"data": key})["setlinfo"]["setl_id"] == ""
    _check_books(client)


def test_nothing_is_left_for_the_last_part(client: Any) -> None:
    """All lines were settled in the interim: the last settlement adds nothing, and ends it."""
    key = flows.admit(client, "zhao", "2024-12-28 10:00:00")
    client.ok("2301", _lines(key, (1, "4000.00", "XA01")))
    client.ok("2304", _part(key, "4000", "2025-03-10"))
    last = client.ok("2304", _part(key, "0", "2025-03-10", "0"))["setlinfo"]
    assert all(last[name] == 0 for name in _MONEY)
    _check_books(client)
