"""What is no number of the interface is refused in every number of it, and the field is named."""

from __future__ import annotations

from typing import Any

import pytest

from yibao.gateway.checking import check
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import transactions
from yibao.gateway.message import GatewayMessage
from yibao.gateway.values import fen, scaled

from . import flows

NO_NUMBERS = (
    "1e30",
    "1E+300",
    "٣",
    "１２",
    "nan",
    "NaN",
    "-Infinity",
    "inf",
    "1_000",
    "12,5",
    "0x10",
    "true",
    "1 2",
    "9" * 60,
    "1e9999",
)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_it_is_refused(text: str) -> None:
    with pytest.raises(MessageError) as refused:
        scaled(text, 2, "金额")
    assert "金额" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("12.5", 1_250), ("1.23456789E7", 1_234_567_890), (".5", 50), ("+3", 300), ("1e2", 10_000)],
)
def test_what_clients_write_is_read(text: str, amount: int) -> None:
    assert fen(text, "金额") == amount


def test_every_number_of_every_transaction_refuses_them() -> None:
    fields = 0
    for infno, transaction in transactions().items():
        above = {node.name: node.inside for node in transaction.input}
        for node in transaction.input:
            for expected in node.expected:
                if not expected.number:
                    continue
                fields += 1
                for value in (*NO_NUMBERS, True, False):
                    body: dict[str, Any] = {expected.field.name: value}
                    name = node.name
                    while name:
                        body = {name: body}
                        name = above[name]
                    message = GatewayMessage(infno, {}, body)
                    with pytest.raises(MessageError) as refused:
                        check(message, transaction, strict=False)
                    assert expected.field.name in str(refused.value), (infno, value)
    assert fields > 100


@pytest.mark.parametrize("value", [True, 1e30, "1e30", "٣", "１２.５", "NaN", "Infinity", 10**40])
def test_an_amount_that_is_none_leaves_nothing_behind(client: Any, value: Any) -> None:
    key = flows.register(client)
    line = {**flows.fee_line(1, "20.00"), **key, "chrg_bchno": "B1"}
    for name in ("det_item_fee_sumamt", "cnt", "pric"):
        said = client.refused("2204", {"feedetail": [{**line, name: value}]})
        assert name in said
    client.ok("2204", {"feedetail": [line]})
    assert "medfee_sumamt" in client.refused("2207", flows.settling(key, value))
    assert client.ok("2207", flows.settling(key, "20.00"))["setlinfo"]["medfee_sumamt"] == 20
