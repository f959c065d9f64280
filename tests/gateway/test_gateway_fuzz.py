"""Mangled messages: an answer every time, never an internal error, never wrong fen."""

from __future__ import annotations

import copy
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rehearsal import Rehearsal
from yibao.database.unit import Database
from yibao.gateway.message import JSON, Received
from yibao.gateway.platform import Platform
from yibao.gateway.sandbox import open_sandbox
from yibao.ledger.checks import ledger_faults
from yibao.policy.compile import PolicyLibrary

from . import flows

CAPTURES = Path(__file__).parent / "captures"
ODD: list[Any] = [
    None, "", "null", " ", 0, -1, 1e308, 10**40, "1e999", "NaN", "-0.00", "1.005", "9" * 50, True,
    [], {}, [1], [[]], {"a": {}}, "{", "[1,2]", '{"a":1}', "\u0000", "😀" * 300, "2025-02-30",
    "0000-00-00", "li'; drop table person", "2", 2.5, "３", "%00", "../..", "2025-03-10 25:61:61",
]  # fmt: skip


def captured_bodies() -> list[dict[str, Any]]:
    """The messages of the captures."""
    loaded: list[dict[str, Any]] = []
    for path in sorted(CAPTURES.glob("*.json")):
        requests = json.loads(path.read_text(encoding="utf-8"))["requests"]
        loaded += [each["body_json"] for each in requests if each["body_json"]]
    return loaded


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a message."""
    places = [path] if path else []
    if isinstance(value, dict):
        for name, part in value.items():
            places += _places(part, (*path, name))
    if isinstance(value, list):
        for at, part in enumerate(value):
            places += _places(part, (*path, at))
    return places


def mangled(body: dict[str, Any], chance: random.Random) -> bytes:
    message = copy.deepcopy(body)
    for _ in range(chance.randint(1, 3)):
        places = _places(message)
        if not places:
            break
        *above, last = chance.choice(places)
        holder: Any = message
        for step in above:
            holder = holder[step]
        if chance.random() < 0.25:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(chance.choice(ODD))
    content = bytearray(json.dumps(message, ensure_ascii=chance.random() < 0.5).encode())
    if chance.random() < 0.2:
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.05:
        del content[chance.randrange(len(content)) :]
    return bytes(content)


def messages_of_every_kind(client: Any, line: Any) -> list[dict[str, Any]]:
    """Messages of every kind that would succeed."""
    key, stay = flows.register(client), flows.admit(client, "wang")
    visit = {**key, "med_type": "11", "begntime": "2025-03-10", "dise_codg": "x", "dise_name": "x"}
    settled = flows.settling(flows.with_a_line(client, "zhao", "50.00"), "50.00")
    info = client.ok("2207", settled)["setlinfo"]
    lines = [{**line(1, "20.00"), **key, "chrg_bchno": "B1"}]
    bought = flows.purchase("li", "20.00", [line(1, "20.00")])
    days = {"stmt_begndate": "2025-01-01", "stmt_enddate": "2025-12-31"}
    begin = {"begndate": "2025-01-01"}
    sums = dict.fromkeys(("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "fixmedins_setl_cnt"), 0)
    messages = [
        ("2203", {"mdtrtinfo": visit, "diseinfo": [flows.DIAGNOSIS]}),
        ("2204", {"feedetail": lines}),
        ("2206", flows.settling(key, "20.00")),
        ("2207", flows.settling(key, "20.00", exp_content='{"TRUM_FLAG":"0"}')),
        ("2208", flows.undo(info)),
        ("2401", flows.admission("wang", "2025-05-01 10:00:00")),
        ("2301", {"feedetail": [{**line(1, "20.00"), **stay, "med_type": "21"}]}),
        ("2402", flows.discharge(stay, "2025-03-09 09:00:00")),
        ("2304", flows.stay_settling(stay, "20.00")),
        ("2101", bought),
        ("2102", bought),
        ("2503", {"data": {**begin, "psn_no": "wang", "opsp_dise_code": "M03900"}}),
        ("2505", {"data": {**begin, "psn_no": "li", "biz_appy_type": "08"}}),
        ("2601", {"data": {"psn_no": "li", "omsgid": "none", "oinfno": "2207"}}),
        ("3201", {"data": {**days, **sums, "insutype": "310", "clr_type": "11"}}),
        ("3301", {"data": {"fixmedins_hilist_id": "1", "list_type": "101", "med_list_codg": "X"}}),
        ("5201", {"data": {**key, "begntime": "2025-01-01", "endtime": "2025-12-31"}}),
        ("5206", {"data": {"psn_no": "li", "cum_ym": "202503"}}),
        ("1301", {"data": {"ver": "0"}}),
        ("1312", {"data": {"updt_time": "2025-01-01", "page_num": 1, "page_size": 10}}),
        ("1901", {"data": {"type": "gend", "admdvs": "1", "date": "2025-01-01"}}),
        ("9102", {"fsDownloadIn": {"file_qury_no": "x", "filename": "x", "fixmedins_code": "x"}}),
        ("6201", {"data": {"psnNo": "li", "medOrgOrd": "1", "medfeeSumamt": 5}}),
    ]  # fmt: skip
    return [client.envelope(infno, content) for infno, content in messages]


VARIANTS, OF_VERIFY = 1_000, 100_000
"""Of all messages together, here and where everything is verified."""
TOLD = os.environ.get("YIBAO_VARIANTS")
"""So many instead, of a run of its own."""
SEEDS = 4


def check_answers(
    platform: Platform, bodies: list[dict[str, Any]], chance: random.Random, count: int
) -> Counter[int]:
    """Send ``count`` variants; each is answered as the interface says.  How many came to what."""
    outcomes: Counter[int] = Counter()
    for _ in range(count):
        body = chance.choice(bodies)
        content = mangled(body, chance)
        reply = platform.answer(Received("/x/" + body["infno"], {}, content))
        if reply.content_type != JSON:
            continue
        answer = json.loads(reply.body)
        assert "平台内部错误" not in answer["err_msg"], (answer["err_msg"], content)
        assert answer["infcode"] in (0, -1)
        assert answer["infcode"] == 0 or answer["output"] is None
        assert len(answer["err_msg"]) <= 200
        outcomes[answer["infcode"]] += 1
    return outcomes


def _count(verify: bool, record: Callable[[str, object], None], share: int) -> int:
    """How many variants a test sends, its part of all; kept with its result."""
    whole = int(TOLD) if TOLD else OF_VERIFY if verify else VARIANTS
    record("variants", whole // share)
    return whole // share


def _faults(database: Database) -> list[Any]:
    return list(database.read(lambda unit: list(ledger_faults(unit))))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_mangled_messages_are_answered(
    client: Any,
    line: Any,
    seed: int,
    verify: bool,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    count = _count(verify, record_testsuite_property, 2 * SEEDS)
    bodies = captured_bodies() + messages_of_every_kind(client, line)
    outcomes = check_answers(client.platform, bodies, random.Random(seed), count)
    assert min(outcomes[0], outcomes[-1]) > 0
    assert _faults(client.platform.database) == []


def test_mangled_messages_of_every_transaction_are_answered(
    packs: PolicyLibrary,
    sandbox_url: str,
    start: Callable[..., Any],
    verify: bool,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    """What the rehearsal sends, which has every transaction that is offered."""
    database = open_sandbox(packs, sandbox_url)
    client = start(database=database)
    bodies: list[dict[str, Any]] = []

    def send(infno: str, content: dict[str, Any], institution: str) -> dict[str, Any]:
        client.institution = institution
        bodies.append(client.envelope(infno, content))
        response = client.post(bodies[-1])
        if response.headers["content-type"] != JSON:
            return {}
        output: dict[str, Any] = response.json(parse_float=Decimal)["output"]
        return output

    Rehearsal(send).run()
    count = _count(verify, record_testsuite_property, 2)
    outcomes = check_answers(client.platform, bodies, random.Random(20261130), count)
    assert min(outcomes[0], outcomes[-1]) > 0
    assert _faults(database) == []
