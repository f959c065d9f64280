"""Goods paid to makers, through the doors: the hospital's page, the posts', the API, a command."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from yibao.database.unit import Database

from .conftest import Caller, hidden, words_of
from .test_desk_clearing import _check, _events, form_of

Enter = Callable[[str], Caller]
_FILE = "编码,名称,数量,单价,金额\nXA01,某药,2,30.00,60.00\n"
_LIST = {
    "maker": "91140100MA0000000X",
    "maker_name": "演示药业",
    "number": "D-1",
    "goods_kind": "goods_procured",
    "holder": "演示药业",
    "bank": "建设银行",
    "account": "4200001234567890",
}


def test_a_list_by_page_from_the_hospital_to_the_payments(enter: Enter, store: Database) -> None:
    own = enter("hospital_a")
    assert "/institution/goods" in own.get("/institution").text
    form = form_of(own.get("/institution/goods").text, "/institution/goods/draft") | _LIST
    form |= {"accepted_on": "2026-11-05"}

    def send(content: str, **more: str) -> Any:
        upload = {"file": ("goods.csv", content.encode())}
        return own.post("/institution/goods/draft", data=form | more, files=upload)

    before = _events(store)
    wrong = send(_FILE + "XA02,药,1,1.00,2.00\n")
    assert wrong.status_code == 422
    assert "第 3 行" in words_of(wrong.text)
    assert _events(store) == before
    own_address = send(_FILE).headers["location"]
    assert send(_FILE).headers["location"] == own_address, "sent twice is once"
    address = own_address.replace("/institution", "/desk")
    clerk = enter("clerk")
    assert "货款等着确认或批准" in words_of(clerk.get("/desk").text)
    confirm = form_of(clerk.get(address).text, f"{address}/move") | {"do": "goods_confirm"}
    without = clerk.post(f"{address}/move", data=confirm)
    assert without.status_code == 422
    assert "企业确认书的编号" in words_of(without.text)
    done = clerk.post(f"{address}/move", data=confirm | {"reason": "确认书 7 号"})
    assert done.status_code == 303
    cashier = enter("cashier")
    guard = hidden(cashier.get("/sign-out").text) | {"once": "g" * 20}
    before = _events(store)
    denied = cashier.post(f"{address}/move", data=guard | {"do": "goods_approve"})
    assert denied.status_code == 403
    assert _events(store) == before
    second = enter("second")
    approve = form_of(second.get(address).text, f"{address}/move") | {"do": "goods_approve"}
    assert second.post(f"{address}/move", data=approve).status_code == 303
    late = second.post(f"{address}/move", data=approve | {"once": "h" * 20})
    assert late.status_code == 409
    assert "已批准，等付给企业" in words_of(second.get("/desk/goods").text)
    waiting = words_of(enter("cashier").get("/desk/payments").text)
    assert "直接付给企业的货款" in waiting
    assert "60.00" in waiting
    _check(store)


def test_a_list_over_the_api(enter: Enter, store: Database) -> None:
    path = "/api/v1/office/goods"
    body = _LIST | {"institution": "hospital_a", "accepted_on": "2026-11-05"}
    body["file"] = base64.b64encode(_FILE.encode()).decode()

    def send(caller: Caller, at: str, sent: dict[str, Any], key: str, status: int = 201) -> Any:
        headers = {"Idempotency-Key": f"goods-{key}", "Sec-Fetch-Site": "same-origin"}
        answer = caller.post(at, json=sent, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    send(enter("reviewer"), path, body, "01", 403)
    clerk = enter("clerk")
    drawn = send(clerk, path, body, "02")
    assert drawn["amount_fen"] == 6000
    at = f"{path}/{drawn['goods']}"
    send(clerk, f"{at}/moves", {"move": "goods_confirm", "reason": "书"}, "03", 403)
    (row,) = clerk.get(path).json()["rows"]
    assert (row["state"], row["due_on"]) == (210, "2026-12-05")
    assert clerk.get(at).json()["lines"][0]["price_fen"] == 3000
    dropped = send(clerk, f"{at}/moves", {"move": "goods_drop", "reason": "写错"}, "04")
    assert dropped["state"] == 200
    _check(store)
