"""An office takes what was proposed after a refund: what the institution asks and sends then."""

from __future__ import annotations

import datetime
from typing import Any

from yibao.cli.main import main
from yibao.exchange.checks import book_faults

from . import flows

MONEY = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "psn_cash_pay")


def _stay(
    client: Any, begin: int, total: str, *, more: dict[str, Any] | None = None, msgid: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """2401, 2301, 2304 of li, three days of March: the last message's input and its setlinfo."""
    key = flows.admit(client, "li", f"2025-03-{begin:02d} 10:00:00")
    line = flows.fee_line(1, total, fee_ocur_time=f"2025-03-{begin:02d} 12:00:00")
    client.ok("2301", {"feedetail": [{**line, **key, "med_type": "21"}]})
    paid = {"acct_used_flag": "1", "dscgTime": f"2025-03-{begin + 2:02d}", **(more or {})}
    asked = flows.stay_settling(key, total, **paid)
    head = {"msgid": msgid} if msgid else {}
    info: dict[str, Any] = client.ok("2304", asked, **head)["setlinfo"]
    return asked, info


def _take_all(client: Any) -> None:
    url = str(client.platform.database.engine.url)
    assert main(["readjudicate", "take", "--all", "--actor", "张三", "--url", url]) == 0


def _check_books(client: Any) -> None:
    faults = client.platform.database.read(lambda unit: list(book_faults(unit, ["li"])))
    assert [str(fault) for fault in faults] == []


def _reconciled(client: Any, *infos: dict[str, Any]) -> None:
    """3201 of what stands: both sides agree."""
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
    sums = {name: sum(info[name] for info in infos) for name in MONEY[:3]}
    asked = {"stmt_begndate": f"{today}", "stmt_enddate": f"{today}", **sums}
    answer = client.ok("3201", {"data": {**asked, "fixmedins_setl_cnt": len(infos)}})
    assert answer["stmtinfo"]["stmt_rslt"] == "0", answer


def test_a_taken_proposal_stands_in_the_book(client: Any) -> None:
    """The old setl_id is understood: asked for, and refunded as it was corrected."""
    _, first = _stay(client, 3, "9000.00")
    _, second = _stay(client, 10, "12000.00")
    client.ok("2208", flows.undo(first))
    _take_all(client)
    _check_books(client)
    key = {name: second[name] for name in ("psn_no", "mdtrt_id")}

    now = client.ok("5203", {"data": key})["setlinfo"]
    assert now["setl_id"] != second["setl_id"]
    assert now["medfee_sumamt"] == second["medfee_sumamt"]
    assert now["fund_pay_sumamt"] < second["fund_pay_sumamt"]
    assert now["medins_setl_id"] == second["medins_setl_id"]
    _reconciled(client, now)
    old = client.ok("5203", {"data": {**key, "setl_id": second["setl_id"]}})["setlinfo"]
    assert [old[name] for name in MONEY] == [second[name] for name in MONEY]
    assert old["refd_setl_flag"] == "1"
    assert now["setl_id"] in old["exp_content"]
    for number in (second["setl_id"], now["setl_id"]):
        (fee,) = client.ok("5204", {"data": {**key, "setl_id": number}})
        assert (fee["feedetl_sn"], fee["setl_id"]) == ("1", now["setl_id"])

    undone = client.ok("2208", flows.undo(second), msgid="BACK-1")["setlinfo"]
    assert [undone[name] for name in MONEY] == [-now[name] for name in MONEY]
    assert undone["balc"] == 3500
    again = client.ok("2208", flows.undo(second), msgid="BACK-1")["setlinfo"]
    assert again["setl_id"] == undone["setl_id"]
    for info in (second, now):
        assert "已经撤销过" in client.refused("2208", flows.undo(info))
    _check_books(client)
    _reconciled(client)


def test_a_corrected_settlement_of_unknown_outcome(client: Any) -> None:
    """2601 undoes what stands; a resend of the 2304 says that it was undone."""
    _, first = _stay(client, 3, "9000.00")
    asked, second = _stay(client, 10, "12000.00", msgid="SETTLE-2")
    client.ok("2305", flows.undo(first))
    _take_all(client)
    key = {name: second[name] for name in ("psn_no", "mdtrt_id")}
    assert client.ok("5203", {"data": key})["setlinfo"]["setl_id"] != second["setl_id"]
    answered = client.ok("2304", asked, msgid="SETTLE-2")["setlinfo"]
    assert answered["setl_id"] == second["setl_id"]
    client.ok("2601", {"data": {"psn_no": "li", "omsgid": "SETTLE-2", "oinfno": "2304"}})
    _check_books(client)
    _reconciled(client)
    assert "已被发送方冲正" in client.refused("2304", asked, msgid="SETTLE-2")


def test_a_part_of_a_stay_is_corrected(client: Any) -> None:
    """Its interim settlement is corrected, the rest settled on it, and both refunded."""
    _, whole = _stay(client, 2, "9000.00")
    asked, part = _stay(client, 5, "9000.00", more={"mid_setl_flag": "1"})
    key = {name: asked["data"][name] for name in ("psn_no", "mdtrt_id")}
    client.ok("2305", flows.undo(whole))
    _take_all(client)
    _check_books(client)
    stands = client.ok("5203", {"data": key})["setlinfo"]
    assert stands["act_pay_dedc"] > part["act_pay_dedc"]
    line = flows.fee_line(2, "500.00", fee_ocur_time="2025-03-08 12:00:00")
    client.ok("2301", {"feedetail": [{**line, **key, "med_type": "21"}]})
    last = client.ok("2304", flows.stay_settling(key, "500.00", dscgTime="2025-03-09"))["setlinfo"]
    assert last["medfee_sumamt"] == 500
    _check_books(client)
    assert last["setl_id"] in client.refused("2305", flows.undo(part))
    for info, due in ((last, last), (part, stands)):
        undone = client.ok("2305", flows.undo(info))["setlinfo"]
        assert [undone[name] for name in MONEY] == [-due[name] for name in MONEY]
        _check_books(client)
    _reconciled(client)
