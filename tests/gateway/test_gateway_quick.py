"""The quick way through a message gives what the long way gives, or gives up."""

from __future__ import annotations

import random
from typing import Any

import pytest

from yibao.errors import YibaoError
from yibao.gateway import checking, reading
from yibao.gateway.fields import FieldNode, NodeField, codes, transactions
from yibao.gateway.message import GatewayMessage, Received
from yibao.gateway.quick import quick_of
from yibao.gateway.reading import read_message

from .test_gateway_fuzz import captured_bodies, mangled

ROWS, BODIES = 40, 2_000
NODES = [
    (f"{infno} {node.name}", node)
    for infno, transaction in transactions().items()
    for node in transaction.input
]
ODD: list[Any] = [
    None, "", "  ", "null", "NULL", " nulL ", True, False, 0, -1, 7, 10**15, 1e3, [], {}, [{}], "{",
    "12.5", "-0.00", "+1", ".5", "5.", "1.", "1e2", "1.23456789E7", "9" * 14, "9" * 15, "0" * 41,
    "1.005", "12.500000000000001", "1.1234567", "NaN", "Infinity", "３", "1_000", " 3 ", "1,5",
    "2025-02-29", "2024-02-29", "2024/2/9", "20240229", "2024-02-29 23:59:60", "2024-02-29 7:05",
    "2024-12-31T16:30Z", "2024-12-31T16:30:00+08:00", "0000-00-00", "😀" * 300, "x" * 2_001,
    "\u3000",
]  # fmt: skip


def valid(field: NodeField, chance: random.Random) -> Any:
    """A value of which nothing has to be said."""
    if field.coded in codes():
        known = list(codes()[field.coded]["codes"])
        return chance.choice([code for code in known if len(code) <= (field.longest or 99)])
    if field.type == "num":
        number = chance.choice(["0", "1", "-1", "3.5", "120.00", "0.0001", "99999999999999"])
        return number.split(".")[0] if field.places < 4 else number
    if field.type == "date":
        return "2025-03-10"
    if field.type == "datetime":
        return chance.choice(["2025-03-10 08:00:00", "2025-03-10"])
    return "一" * min(field.longest or 9, 9)


def mutated(node: FieldNode, chance: random.Random) -> dict[str, Any]:
    """Cells of a row with something odd in most of them."""
    names = list(node.fields)
    cells = {name: valid(node.fields[name], chance) for name in names}
    for _ in range(chance.choice([0, 1, 1, 2])):
        cells[chance.choice(names)] = chance.choice(ODD)
    if chance.random() < 0.2:
        cells.pop(chance.choice(names), None)
    if chance.random() < 0.1:
        name = chance.choice(names)
        cells[name.upper()] = cells.pop(name, "1")
    if chance.random() < 0.1:
        cells[chance.choice(["no_such_field", "setlType", "userid", ""])] = "1"
    shuffled = list(cells.items())
    chance.shuffle(shuffled)
    return dict(shuffled)


def looked_at(
    way: Any, node: FieldNode, cells: dict[str, Any], strict: bool
) -> tuple[Any, list[Any], list[Any], list[Any]]:
    """The row or the fault, the notes, and the gaps, all in their order."""
    message, gaps = GatewayMessage("2204", {}, {}), checking._Gaps()
    row: Any
    try:
        row = list(way(message, node, cells, "input.x[1]", strict, {}, gaps).items())
    except YibaoError as error:
        row = str(error)
    notes = [(str(note.place), str(note.what)) for note in message.notes]
    return row, notes, list(gaps.fields), list(gaps.marked.items())


@pytest.mark.parametrize("strict", [True, False])
def test_every_row_is_checked_as_the_long_way_checks_it(strict: bool) -> None:
    chance = random.Random(20251201)
    taken = gone_over = 0
    for title, node in NODES:
        for _ in range(ROWS):
            cells = mutated(node, chance)
            quick = quick_of(node).row(cells)
            expected = looked_at(checking._row_at_length, node, cells, strict)
            assert looked_at(checking._row, node, cells, strict) == expected, (title, cells)
            if quick is None:
                gone_over += 1
                continue
            taken += 1
            row, notes, missing, _ = expected
            assert (list(quick.items()), [], []) == (row, notes, missing), (title, cells)
    assert taken > ROWS
    assert gone_over > ROWS


def test_a_row_with_nothing_to_be_said_goes_the_quick_way() -> None:
    chance = random.Random(1)
    for title, node in NODES:
        cells = {name: valid(field, chance) for name, field in node.fields.items()}
        assert quick_of(node).row(cells) is not None, (title, cells)


def told(received: Received) -> Any:
    """What is read of a request, or what is wrong with it."""
    try:
        message = read_message(received)
    except YibaoError as error:
        return str(error)
    notes = [(str(note.place), str(note.what)) for note in message.notes]
    return message.infno, message.envelope, message.input, notes, message.encrypted


def test_every_body_is_read_as_the_long_way_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    bodies = captured_bodies()
    requests = [
        Received("/fsi/api/2204", {"content-type": kind}, around[0] + body + around[1])
        for body, kind, around in (
            (
                mangled(chance.choice(bodies), chance),
                chance.choice(["", "application/json", "text/plain; charset=gbk"]),
                chance.choice([(b"", b""), (b"", b"\n"), (b"\xef\xbb\xbf", b""), (b"", b"\xa0")]),
            )
            for _ in range(BODIES)
        )
    ]
    deep = b'{"infno":"2204","input":' + b'{"a":' * 4_000 + b"1" + b"}" * 4_001
    requests.append(Received("/", {}, deep))
    quick = [told(received) for received in requests]
    assert any(isinstance(outcome, tuple) for outcome in quick)
    monkeypatch.setattr(reading, "_plain_object", lambda body: None)
    for received, outcome in zip(requests, quick, strict=True):
        assert outcome == told(received), received.body
