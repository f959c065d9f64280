"""Mobile payment: orders in the plain envelope and in the app's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from yibao.exchange.checks import book_faults
from yibao.gateway import crypto
from yibao.gateway.mobile_envelope import MobileKeys, derived_key, text_to_sign
from yibao.gateway.settings import GatewaySettings

from .test_gateway_envelope import PRIVATE, PUBLIC

APP, SECRET = "APP0123456789ABCDEF", "a secret of some length"


def _order(total: str, *lines: tuple[str, str], number: str = "N1") -> dict[str, Any]:
    return {
        "orgCodg": "H14010500001",
        "psnNo": "li",
        "insutype": "310",
        "medOrgOrd": number,
        "begntime": "2025-03-10 09:00:00",
        "idNo": "x",
        "userName": "li",
        "idType": "01",
        "medType": "11",
        "medfeeSumamt": total,
        "acctUsedFlag": "1",
        "chrgBchno": number,
        "feedetailList": [
            {
                "feedetlSn": str(at),
                "feeOcurTime": "2025-03-10 09:00:00",
                "medListCodg": code,
                "medinsListCodg": code,
                "detItemFeeSumamt": amount,
                "cnt": 1,
                "pric": amount,
                "chrgBchno": number,
            }
            for at, (code, amount) in enumerate(lines, 1)
        ],
    }


def test_an_order_is_paid_and_refunded(client: Any) -> None:
    uploaded = client.ok("6201", {"data": _order("320.00", ("XA01", "300.00"), ("XC01", "20.00"))})
    order = {name: uploaded["data"][name] for name in ("payOrdId", "payToken")}
    asked = {"data": {**order, "orgCodg": "H14010500001", "idNo": "x", "userName": "x"}}
    assert client.ok("6301", asked)["data"]["ordStas"] == "0"
    paid = client.ok("6202", {"data": {**order, "orgBizSer": "B1"}})["data"]
    assert paid["ownPayAmt"] + paid["psnAcctPay"] + paid["fundPay"] == paid["feeSumamt"] == 320
    assert paid["fundPay"] > 0
    state = client.ok("6301", asked)["data"]
    assert (state["ordStas"], state["fundPay"]) == ("6", paid["fundPay"])
    assert "用 6203 退费" in client.refused("6401", asked)
    back = {**order, "appRefdSn": "R1", "totlRefdAmt": "320.00", "refdType": "ALL"}
    assert "不能断定" in client.refused("6203", {"data": {**back, "totlRefdAmt": "1"}})
    assert "不超过订单" in client.refused("6203", {"data": {**back, "totlRefdAmt": "320.01"}})
    client.ok("6203", {"data": back})
    assert client.ok("6301", asked)["data"]["ordStas"] == "7"


def _parts(state: dict[str, Any]) -> list[Any]:
    assert state["ownPayAmt"] + state["psnAcctPay"] + state["fundPay"] == state["feeSumamt"]
    return [state[name] for name in ("feeSumamt", "ownPayAmt", "psnAcctPay", "fundPay")]


def test_part_of_an_order_is_given_back(client: Any) -> None:
    """Line by line: what stands is what settling it at first would have been."""
    lines = ("XA01", "300.00"), ("XC01", "20.00"), ("XA01", "80.00")

    def paid(total: str, *some: tuple[str, str], number: str) -> tuple[dict[str, Any], list[Any]]:
        uploaded = client.ok("6201", {"data": _order(total, *some, number=number)})
        order = {"payOrdId": uploaded["data"]["payOrdId"]}
        return order, _parts(client.ok("6202", {"data": order})["data"])

    order, whole = paid("400.00", *lines, number="N1")
    listed = {"feedetailList": [{"feedetlSn": "3", "detItemFeeSumamt": "30.00"}]}
    back = {**order, "appRefdSn": "R1", "refdType": "ALL"}
    some = {**back, "totlRefdAmt": "30.00", "extData": listed}
    assert "请核对" in client.refused("6203", {"data": {**some, "totlRefdAmt": "31.00"}})
    first = client.ok("6203", {"data": some}, msgid="PART-1")["data"]["extData"]
    assert client.ok("6203", {"data": some}, msgid="PART-1")["data"]["extData"] == first
    state = client.ok("6301", {"data": order})["data"]
    assert (state["ordStas"], state["feeSumamt"]) == ("6", 370)
    assert state["revsToken"]
    assert _parts(state)[3] == whole[3] - first["fundRefdAmt"]
    # The amount alone can only mean the second line.
    client.ok("6203", {"data": {**back, "totlRefdAmt": "20.00"}})
    rest = _parts(client.ok("6301", {"data": order})["data"])
    faults = client.platform.database.read(lambda unit: list(book_faults(unit, ["li"])))
    assert faults == []
    setl_id = client.ok("5203", {"data": _key(client, order)})["setlinfo"]["setl_id"]
    fees = client.ok("5204", {"data": {"psn_no": "li", "setl_id": setl_id}})
    assert [row["det_item_fee_sumamt"] for row in fees] == [300, 50]
    client.ok("6203", {"data": {**back, "totlRefdAmt": "350.00"}})
    assert _parts(client.ok("6301", {"data": order})["data"])[2:] == [0, 0]
    _, again = paid("350.00", ("XA01", "300.00"), ("XA01", "50.00"), number="N2")
    assert rest == again
    faults = client.platform.database.read(lambda unit: list(book_faults(unit, ["li"])))
    assert faults == []


def _key(client: Any, order: dict[str, Any]) -> dict[str, Any]:
    days = {"begntime": "2025-03-10", "endtime": "2025-03-10"}
    (visit,) = client.ok("5201", {"data": {"psn_no": "li", **days}})["mdtrtinfo"]
    return {"psn_no": "li", "mdtrt_id": visit["mdtrt_id"]}


def test_the_payer_says_whose_account_pays_and_what_is_given_back(client: Any) -> None:
    """A client of Shanxi: acctUsedFlag with the payment, setlType with the refund."""
    for flag, pays in (("0", False), ("1", True), ("", True)):
        uploaded = client.ok("6201", {"data": _order("8.00", ("XA01", "8.00"))})["data"]
        order = {name: uploaded[name] for name in ("payOrdId", "payToken")}
        paid = client.ok("6202", {"data": {**order, "acctUsedFlag": flag}})["data"]
        assert (paid["psnAcctPay"] > 0) is pays
        back = {**order, "appRefdSn": f"R{flag}", "totlRefdAmt": "8.00", "setlType": "HI"}
        client.ok("6203", {"data": back})
        asked = client.ok("6301", {"data": order})["data"]
        assert asked["ordStas"] == "7"


def test_an_order_is_withdrawn(client: Any) -> None:
    why = client.refused("6201", {"data": _order("9.00", ("XA01", "8.00"))})
    assert "费用明细之和 8.00" in why
    uploaded = client.ok("6201", {"data": _order("8.00", ("XA01", "8.00"))})["data"]
    order = {"data": {"payOrdId": uploaded["payOrdId"], "payToken": uploaded["payToken"]}}
    assert "支付令牌" in client.refused("6401", {"data": {**order["data"], "payToken": "x"}})
    withdrawn = client.ok("6401", order)["data"]
    assert (withdrawn["success"], withdrawn["message"]) == (True, "")
    assert client.ok("6301", order)["data"]["ordStas"] == "12"
    assert "已经撤销" in client.refused("6202", order)


def test_sums_agree_at_every_state(client: Any) -> None:
    """Saved, paid, given back: the three parts of 6301 come to the sum."""
    uploaded = client.ok("6201", {"data": _order("8.00", ("XA01", "8.00"))})["data"]
    order = {"payOrdId": uploaded["payOrdId"]}
    steps = (
        None,
        ("6202", order),
        ("6203", {**order, "appRefdSn": "R9", "refdType": "ALL"}),
    )
    calls, tokens = [], set()
    for step in steps:
        if step is not None:
            client.ok(step[0], {"data": step[1]})
        state = client.ok("6301", {"data": order})["data"]
        assert state["ownPayAmt"] + state["psnAcctPay"] + state["fundPay"] == state["feeSumamt"]
        calls.append(state["callType"])
        tokens.add(state["revsToken"])
    assert calls == ["1", "2", "3"]
    assert len(tokens) == 1
    assert tokens != {""}


def test_bare_data_on_the_paths_of_mobile_payment(client: Any) -> None:
    """No infno, no msgid, no institution beside the data; without keys any appId will do."""
    hos = "/org/local/api/hos"
    order = _order("8.00", ("XA01", "8.00"))
    for more in ({}, {"appId": "anything", "signData": "x"}):
        order["medOrgOrd"] = order["chrgBchno"] = f"N{len(more)}"
        answer = client.post({"data": order, **more}, f"{hos}/uldFeeInfo").json()
        assert answer["infcode"] == 0, answer["err_msg"]
        number = {"payOrdId": answer["output"]["data"]["payOrdId"]}
        for path in ("pay_order", "query_order_info", "refund_Order", "query_order_info"):
            answer = client.post({"data": number, **more}, f"{hos}/{path}").json()
            assert answer["infcode"] == 0, (path, answer["err_msg"])
        assert answer["output"]["data"]["ordStas"] == "7"
    other = client.post({"data": {"payOrdId": "nobody's"}}, f"{hos}/pay_order").json()
    assert "fixmedins_code" in other["err_msg"]


def _sealed(data: dict[str, Any]) -> dict[str, Any]:
    """As an app sends it."""
    head: dict[str, Any] = {
        "appId": APP,
        "encType": "SM4",
        "signType": "SM2",
        "version": "2.0.1",
        "timestamp": "20250310090000",
    }
    signed = crypto.sm2_sign(text_to_sign({**head, "data": data}, SECRET), PRIVATE, PUBLIC)
    content = json.dumps(data, ensure_ascii=False).encode()
    sealed = crypto.sm4_encrypt(content, derived_key(APP, SECRET)).hex().upper()
    return {**head, "signData": signed, "encData": sealed}


def test_the_envelope_of_an_app(start: Callable[..., Any]) -> None:
    keys = MobileKeys(SECRET, "H14010500001", PUBLIC, PRIVATE, PUBLIC)
    client = start(GatewaySettings(apps={APP: keys}))
    body = _sealed(_order("8.00", ("XA01", "8.00")))
    answer = client.post(body, "/org/local/api/hos/uldFeeInfo").json()
    assert answer["infcode"] == 0, answer["err_msg"]
    opened = json.loads(
        crypto.sm4_decrypt(bytes.fromhex(answer["encData"]), derived_key(APP, SECRET))
    )
    assert opened == answer["output"]
    signed = {
        name: answer[name] for name in ("appId", "encType", "signType", "version", "timestamp")
    }
    text = text_to_sign({**signed, "data": opened}, SECRET)
    assert crypto.sm2_verifies(text, answer["signData"], PUBLIC)
    order = {name: opened["data"][name] for name in ("payOrdId", "payToken")}
    paid = client.post(_sealed(order), "/org/local/api/hos/pay_order").json()
    assert paid["output"]["data"]["feeSumamt"] == 8
    again = client.post(_sealed(order), "/org/local/api/hos/pay_order").json()
    assert again["output"] == paid["output"]
    for wrong in ({**body, "signData": "x"}, {**body, "encData": "00"}, {**body, "appId": "who"}):
        answer = client.post(wrong, "/org/local/api/hos/uldFeeInfo").json()
        assert answer["infcode"] == -1


def test_the_signature_of_an_app_covers_its_data_and_its_key_one_institution(
    start: Callable[..., Any],
) -> None:
    keys = MobileKeys(SECRET, "H14010500001", PUBLIC, PRIVATE, PUBLIC)
    client = start(GatewaySettings(apps={APP: keys}))
    order = _order("8.00", ("XA01", "8.00"))
    body = _sealed(order)
    other = {**order, "medOrgOrd": "O2", "chrgBchno": "O2"}
    elsewhere = {**order, "orgCodg": "H14010500002"}
    for wrong, why in (
        ({**body, "encData": _sealed(other)["encData"]}, "签名对不上"),
        ({**body, "timestamp": "20250310100000"}, "签名对不上"),
        ({**body, "encData": "", "data": other}, "签名对不上"),
        (_sealed(elsewhere), "只代表机构 H14010500001"),
    ):
        assert why in client.post(wrong, "/org/local/api/hos/uldFeeInfo").json()["err_msg"]
    plain = {"appId": APP, "signData": "x", "data": order}
    unsigned = start(GatewaySettings(apps={APP: MobileKeys(SECRET, "H14010500001")}))
    assert "核对签名" in unsigned.post(plain, "/org/local/api/hos/uldFeeInfo").json()["err_msg"]
    taken = client.post(body, "/org/local/api/hos/uldFeeInfo").json()
    assert taken["infcode"] == 0, taken["err_msg"]
