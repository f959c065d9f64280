"""Every transaction in every dialect: answered with every field that the tables name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import render_samples
from rehearsal import Rehearsal
from yibao.gateway.fields import NodeField, codes, transactions
from yibao.gateway.message import Received
from yibao.gateway.registry import ALIASES, HANDLERS
from yibao.gateway.sandbox import open_sandbox
from yibao.messages import text_of
from yibao.policy.compile import PolicyLibrary

_FUNDS = "hifp_pay cvlserv_pay hifes_pay hifmi_pay hifob_pay hifdm_pay maf_pay oth_pay".split()


@pytest.fixture
def sandbox(packs: PolicyLibrary, sandbox_url: str, start: Callable[..., Any]) -> Any:
    """A client of a new sandbox, over HTTP."""
    return start(database=open_sandbox(packs, sandbox_url))


class Heard:
    """Carries a rehearsal to a client and keeps what was answered."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.outputs: list[tuple[str, Any]] = []
        self.inputs: dict[str, dict[str, Any]] = {}

    def send(self, infno: str, content: dict[str, Any], institution: str) -> dict[str, Any]:
        self.client.institution = institution
        self.inputs.setdefault(infno, content)
        response = self.client.post(self.client.envelope(infno, content))
        if response.headers["content-type"] == "application/octet-stream":
            self.outputs.append((infno, response.content))
            return {}
        answer = response.json(parse_float=Decimal)
        assert answer["infcode"] == 0, (infno, answer["err_msg"])
        self.outputs.append((infno, answer["output"]))
        output: dict[str, Any] = answer["output"]
        return output


@pytest.fixture
def heard(sandbox: Any) -> Heard:
    """The rehearsal as it is written."""
    carrier = Heard(sandbox)
    Rehearsal(carrier.send).run()
    return carrier


_LOCAL = {
    ("1201", "uscc"),  # nothing here registers it
    ("5204", "dosform_name"),
    ("5205", "spec"),  # of drugs that the catalogue does not describe
    ("4101", "setl_list_id"),  # the document says nine characters; ours have 25
    ("4101A", "setl_list_id"),
    ("5206", "cum_type_code"),  # longer than the document says, as in every example
    ("2208", "age"),  # the document says whole years here, a decimal elsewhere
    ("2305", "hifdm_pay"),  # the document says text here, an amount elsewhere
}
"""Where the answer is not what the table of one edition says, and why."""


_AFTER_THE_MONTH = {"3203", "3204", "3701", "3702", "3703"}
"""Clear a month that is over: a conversation of one day cannot; see test_gateway_clearing."""


def _right(field: NodeField, value: Any) -> str:
    """What is wrong with a value of a field; empty: nothing."""
    if field.type == "num":
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return "not a number"
        decimals = -Decimal(value).as_tuple().exponent  # type: ignore[operator]
        return "too many decimals" if decimals > field.places else ""
    if field.type == "rows":
        return "" if isinstance(value, list) else "no list"
    if field.name in ("extData", "success"):
        return ""
    if not isinstance(value, str):
        return "not text"
    if value == "":
        return ""
    if field.type == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", value):
        return "not a day"
    if field.type == "datetime" and not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value):
        return "not an instant"
    if field.length.isdigit() and len(value) > int(field.length) > 0:
        return "too long"
    table = codes().get(field.coded)
    if table is not None and value not in table["codes"]:
        return f"no code of {field.coded}"
    return ""


def _faults(infno: str, output: dict[str, Any]) -> list[str]:
    """What the tables say of an answer and it lacks."""
    faults: list[str] = []
    for node in transactions()[ALIASES.get(infno, infno)].output:
        part = output if not node.name else output.get(node.name)
        if node.inside:
            outer = output[node.inside]
            outer_rows = outer if isinstance(outer, list) else [outer]
            part = [row for holder in outer_rows for row in holder.get(node.name, [])]
        if part is None:
            faults.append(f"{infno} {node.name}: missing")
            continue
        rows = part if isinstance(part, list) else [part]
        for row in rows:
            for field in node.fields.values():
                if field.name not in row:
                    faults.append(f"{infno} {node.name}.{field.name}: missing")
                    continue
                wrong = _right(field, row[field.name])
                if field.marked and row[field.name] == "":
                    wrong = "empty"
                if wrong and (infno, field.name) not in _LOCAL:
                    faults.append(f"{infno} {node.name}.{field.name}={row[field.name]!r}: {wrong}")
    return faults


def _check_money(output: dict[str, Any]) -> None:
    """The identities of the interface."""
    info = output["setlinfo"]
    funds = sum(info[name] for name in _FUNDS)
    assert info["medfee_sumamt"] == (
        info["fund_pay_sumamt"] + info["psn_part_amt"] + info["hosp_part_amt"]
    )
    assert info["fund_pay_sumamt"] == funds
    assert info["psn_part_amt"] == info["acct_pay"] + info["psn_cash_pay"]
    assert abs(info["acct_mulaid_pay"]) <= abs(info["acct_pay"])
    assert info["medfee_sumamt"] == (
        info["fulamt_ownpay_amt"]
        + info["overlmt_selfpay"]
        + info["preselfpay_amt"]
        + info["inscp_scp_amt"]
    )
    paid = sum(row["fund_payamt"] for row in output["setldetail"])
    assert paid == info["fund_pay_sumamt"] + info["acct_pay"] + info["hosp_part_amt"]


def test_every_transaction_is_rehearsed(heard: Heard) -> None:
    assert {infno for infno, _ in heard.outputs} == (
        set(HANDLERS) | set(ALIASES)
    ) - _AFTER_THE_MONTH


def test_answers_carry_what_the_tables_name(heard: Heard) -> None:
    faults: list[str] = []
    for infno, output in heard.outputs:
        if isinstance(output, dict):
            faults += _faults(infno, output)
    assert not faults, "\n".join(sorted(set(faults)))


def test_money_holds_on_every_answer(heard: Heard) -> None:
    settled: dict[str, dict[str, Any]] = {}
    seen = 0
    for infno, output in heard.outputs:
        # What 4103 reads back is a list that was told, without the sums of a settlement.
        if not isinstance(output, dict) or "setlinfo" not in output or infno == "4103":
            continue
        _check_money(output)
        seen += 1
        info = output["setlinfo"]
        if infno in ("2207", "2207A", "2304", "2102"):
            settled[info["mdtrt_id"]] = info
        if infno in ("2208", "2305", "2103"):
            before = settled[info["mdtrt_id"]]
            names = [name for name, value in before.items() if isinstance(value, Decimal)]
            not_money = {"age", "balc", "pool_prop_selfpay"}
            for name in set(names) - not_money:
                assert info[name] == -before[name], name
    assert seen >= 12


def test_every_required_field_is_asked_for(heard: Heard) -> None:
    """Told with its place, its name and the mend; nothing else is wrong with the message."""
    asked = 0
    for infno, content in heard.inputs.items():
        for node in transactions()[ALIASES.get(infno, infno)].input:
            for field in node.fields.values():
                if not field.required or (node.name and node.name not in content):
                    continue
                less = _without(content, node.name, field.name)
                less = _without(less, node.name, field.instead) if field.instead else less
                why = heard.client.refused(infno, less)
                assert f"{field.name}（{field.zh}）" in why, (infno, why)
                assert "请" in why, (infno, why)
                asked += 1
    assert asked > 100


def _without(content: dict[str, Any], node: str, name: str) -> dict[str, Any]:
    """The input with one field left out of every row of a node."""

    def less(row: dict[str, Any]) -> dict[str, Any]:
        return {other: value for other, value in row.items() if other != name}

    if not node:
        return less(content)
    part = content[node]
    return {**content, node: [less(row) for row in part] if isinstance(part, list) else less(part)}


def _needed(infno: str, content: dict[str, Any]) -> dict[str, Any]:
    """The input with the required fields alone; of two that do as well, the first."""

    def bare(fields: Any, row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name, field in fields.items() if field.required and name in row}

    bare_input: dict[str, Any] = {}
    for node in transactions()[ALIASES.get(infno, infno)].input:
        part = content if not node.name else content.get(node.name)
        if part is None:
            continue
        rows = [bare(node.fields, row) for row in (part if isinstance(part, list) else [part])]
        rows = [row for row in rows if row or not node.many]
        if not node.name:
            bare_input |= rows[0]
        elif rows:
            bare_input[node.name] = rows if isinstance(part, list) else rows[0]
    return bare_input


def test_required_fields_alone_get_every_transaction_through(sandbox: Any) -> None:
    """Nothing else is needed: the whole rehearsal, every other field left out."""
    carrier = Heard(sandbox)
    told = {
        "9101": ("in",),  # the file itself: no field of a multipart message holds it
        "2301": ("init_feedetl_sn",),  # of a refund line alone
        "4502": ("psn_no",),  # of an insured person's report alone: others have no such number
    }

    def send(infno: str, content: dict[str, Any], institution: str) -> dict[str, Any]:
        bare = _needed(infno, content)
        for name in told.get(infno, ()):
            node = next(iter(content))
            rows = content[node] if isinstance(content[node], list) else [content[node]]
            bare_rows = bare.setdefault(node, {})
            bare_rows = bare_rows if isinstance(bare_rows, list) else [bare_rows]
            for row, bare_row in zip(rows, bare_rows, strict=True):
                bare_row |= {name: row[name]} if name in row else {}
        return carrier.send(infno, bare, institution)

    Rehearsal(send).run()
    assert {infno for infno, _ in carrier.outputs} == (
        set(HANDLERS) | set(ALIASES)
    ) - _AFTER_THE_MONTH


def test_everything_that_is_missing_is_told_at_once(heard: Heard) -> None:
    """One round trip for each transaction: what it names, filled in, is all that it wants."""
    for infno, content in heard.inputs.items():
        for node in transactions()[ALIASES.get(infno, infno)].input:
            lacking = [field for field in node.needed if not field.instead]
            if len(lacking) < 2 or node.name not in content or node.many:
                continue
            why = heard.client.refused(infno, {**content, node.name: {}})
            places = [why.index(f"{field.name}（{field.zh}）") for field in lacking]
            assert places == sorted(places), (infno, why)
            assert len(why) <= 200


def test_what_only_the_document_marks_is_noted(heard: Heard) -> None:
    """It stops nothing, and the developer is told: once for all rows of a list."""
    client = heard.client
    rows = [
        row | {"feedetl_sn": f"9{row['feedetl_sn']}"} for row in heard.inputs["2301"]["feedetail"]
    ]
    bare = _needed("2301", {"feedetail": rows})
    body = json.dumps(client.envelope("2301", bare)).encode()
    reply = client.platform.answer(Received("/", {}, body))
    notes = [
        text_of(note.place) for note in reply.message.notes if "规范标为必填" in text_of(note.what)
    ]
    assert "input.feedetail.bilg_dept_codg（开单科室编码）" in notes
    assert len(notes) == len(set(notes))


def test_the_sample_conversations_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    code = render_samples.main(["--check"])
    assert code == 0, f"请运行 make docs：\n{capsys.readouterr().out[:4000]}"
