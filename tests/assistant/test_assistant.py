"""The MCP server as an assistant meets it: a process, the SDK's own client, stdio."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import mcp.types as types
import pytest
from mcp import Client, StdioServerParameters

from yibao import library
from yibao.assistant.server import call
from yibao.assistant.tools import Toolbox
from yibao.inquiry.calculators import Context

from ..support.loops import in_own_loop
from ..support.serving import SECONDS

TODAY = datetime.date(2026, 11, 21)
NAMES = ["quote", "year", "cover", "contribute", "compare", "mutual_aid", "retire", "maternity"]
STAY = {"kind": "inpatient", "institution": "class-1", "total": "8000", "on": "2025-03-09"}


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    packs = library.load()
    return Toolbox(packs, lambda: Context(packs, TODAY))


def text_of(result: types.CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


# --- the process ---

Conversation = Callable[[Client], Awaitable[None]]


def converse(conversation: Conversation, mode: str = "auto") -> None:
    """Talk to ``yibao mcp`` as an assistant starts it."""
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "yibao.cli", "mcp"], cwd=Path.cwd()
    )

    async def run() -> None:
        async with Client(command, mode=mode, read_timeout_seconds=SECONDS) as client:
            await conversation(client)

    in_own_loop(run)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_assistant_asks_what_a_stay_costs(mode: str) -> None:
    async def conversation(client: Client) -> None:
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == [*NAMES, "ask", "search_policy", "show_policy"]
        result = await client.call_tool("quote", {**STAY, "scheme": "resident"})
        assert not result.is_error
        answer: Any = result.structured_content
        assert answer["answer"]["fund_fen"] == 420_000
        assert answer["answer"]["own_fen"] == 380_000
        fund = next(amount for amount in answer["amounts"] if amount["label"] == "基金支付")
        assert fund == {"label": "基金支付", "amount_fen": 420_000, "amount_yuan": "4200.00"}
        ratio = next(step for step in answer["answer"]["steps"] if step["label"] == "报销比例")
        assert ratio["amount_basis_points"] == 6_000
        assert ratio["sources"] == ["O-RI-02", "T-RI-02"]
        rule = next(
            candidate
            for candidate in answer["rules"]
            if candidate["parameter"] == ratio["parameter"]
        )
        assert (rule["first_day"], rule["grade"]) == ("2025-01-01", "B")
        assert rule["sources"][0]["url"].startswith("http")
        assert "G26" in answer["basis"]["assumptions"]
        assert "K05" in answer["basis"]["disputes"]
        told = text_of(result)
        for part in (
            "4200.00 元（420000 分）",
            "O-RI-02（B 级）",
            "G26",
            "K05",
            "仅供参考",
            "12393",
        ):
            assert part in told
        wrong = await client.call_tool("quote", {**STAY, "total": "八千"})
        assert wrong.is_error
        assert "total：'八千' 不对：请写元，最多两位小数" in text_of(wrong)
        again = await client.call_tool("contribute", {"year": 2025, "paid_on": "2024-12-20"})
        assert not again.is_error
        assert again.structured_content is not None

    converse(conversation, mode)


def test_an_assistant_looks_up_a_rule() -> None:
    async def conversation(client: Client) -> None:
        result = await client.call_tool("search_policy", {"question": "太原三甲职工住院报多少"})
        assert not result.is_error
        searched: Any = result.structured_content
        figure = next(row for row in searched["figures"] if "ratio" in row.get("parameter", ""))
        shown = await client.call_tool(
            "show_policy", {"parameter": figure["parameter"], "area": "太原", "on": "2025-06-01"}
        )
        rule: Any = shown.structured_content
        assert rule["in_force"][0]["sources"][0]["grade"]
        assert rule["history"]
        assert rule["disputes"][0]["sides"]
        assert "12393" in text_of(shown)
        lost = await client.call_tool("show_policy", {"parameter": "employee.inpatient.ratios"})
        assert lost.is_error
        assert "是否想找：employee.inpatient.ratio" in text_of(lost)

    converse(conversation)


def test_lines_that_are_no_messages_do_not_stop_the_server() -> None:
    def message(identifier: int, method: str, params: dict[str, Any]) -> bytes:
        told = {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params}
        return json.dumps(told).encode() + b"\n"

    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    with subprocess.Popen(
        [sys.executable, "-m", "yibao.cli", "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'garbage\n{"jsonrpc":"2.0"}\n\xff\xfe\n')
        process.stdin.write(message(1, "initialize", hello))
        process.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        for number, arguments in enumerate(
            [{"total": {"a": 1}}, {"items": [[1]]}, {"x" * 5_000: 1}]
        ):
            call = {"name": "quote", "arguments": arguments}
            process.stdin.write(message(10 + number, "tools/call", call))
        process.stdin.write(message(99, "tools/call", {"name": "quote", "arguments": STAY}))
        process.stdin.flush()
        answers = {}
        while 99 not in answers:
            told = json.loads(process.stdout.readline())
            answers[told["id"]] = told["result"]
        process.stdin.close()
        assert process.wait(SECONDS) == 0
    assert all(answers[number]["isError"] for number in (10, 11, 12))
    assert "isError" not in answers[99] or not answers[99]["isError"]


def test_without_the_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from yibao.cli.main import run

    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setitem(sys.modules, "mcp.types", None)
    monkeypatch.delitem(sys.modules, "yibao.assistant.server")
    with pytest.raises(SystemExit) as stopped:
        run(["mcp"])
    assert stopped.value.code == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "pip install 'mcp" in captured.err


# --- the tools ---


def examples(toolbox: Toolbox) -> Iterator[tuple[str, dict[str, Any]]]:
    for tool in toolbox.tools.values():
        for example in tool.schema["examples"]:
            yield tool.name, example


def test_every_example_is_answered_and_says_where_it_comes_from(toolbox: Toolbox) -> None:
    for name, example in examples(toolbox):
        schema = toolbox.tools[name].schema
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(example, schema)
        result = call(toolbox, name, example)
        assert not result.is_error, text_of(result)
        told = text_of(result)
        assert told.endswith("仅供参考，以当地医保部门为准；咨询 12393。")
        answer: Any = result.structured_content
        assert json.loads(json.dumps(answer)) == answer
        if name == "ask":
            assert answer["sources"]
            assert all(source["id"] in told and source["date"] for source in answer["sources"])
            continue
        rules = answer.get("rules") or answer.get("in_force")
        assert rules
        for rule in rules:
            assert rule["first_day"]
            assert rule["sources"] or rule["status"] == "assumed"
            for source in rule["sources"]:
                assert source["id"] in told


def test_every_field_says_in_chinese_what_it_means(toolbox: Toolbox) -> None:
    def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, field_schema in schema["properties"].items():
            yield name, field_schema
            if "items" in field_schema:
                yield from fields(field_schema["items"])

    for tool in toolbox.tools.values():
        assert any("一" <= letter <= "鿿" for letter in tool.description)
        for name, field in fields(tool.schema):
            said = field["description"]
            assert any("一" <= letter <= "鿿" for letter in said), (tool.name, name)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("quote", {}, "- total：请填写费用总额"),
        ("quote", {**STAY, "total": 8000.5}, '- total：小数请写成文本，例如 "8000.50"'),
        ("quote", {**STAY, "total": -1}, "- total：应在 0 到"),
        (
            "quote",
            {**STAY, "kind": "住院"},
            "- kind：没有 '住院' 这个选项：请写 outpatient、inpatient",
        ),
        ("quote", {**STAY, "on": "2025-02-30"}, "- on：'2025-02-30' 不是日期，请写成 2025-03-01"),
        ("quote", {**STAY, "sum": "1"}, "- sum：不认识这个参数，可以写 area、"),
        ("quote", {**STAY, "emergency": "yes"}, "- emergency：请写 true 或 false"),
        (
            "quote",
            {"kind": "inpatient", "bill": "items", "items": [{"class": "D", "amount": "5"}]},
            "- items[1].class：没有 'D' 这个选项",
        ),
        ("compare", {"total": "500", "other": "140100"}, "- other：请选两个不同的地区"),
        ("search_policy", {"question": ""}, "- question：请写文本"),
        ("search_policy", {"question": "报多少", "area": "月球"}, "- area："),
        ("search_policy", {"question": "报多少", "on": "昨天"}, "- on：'昨天' 不是日期"),
        ("show_policy", {}, "- parameter：必须写"),
        ("settle", {}, "没有工具 settle，现有：quote、"),
    ],
)
def test_bad_input_names_the_field_and_the_mend(
    toolbox: Toolbox, name: str, arguments: dict[str, Any], says: str
) -> None:
    result = call(toolbox, name, arguments)
    assert result.is_error
    assert says in text_of(result)
    assert "12393" in text_of(result)


def test_what_is_null_is_left_out(toolbox: Toolbox) -> None:
    plain, nulls = (call(toolbox, "quote", said) for said in (STAY, {**STAY, "age": None}))
    assert not nulls.is_error
    assert nulls.structured_content == plain.structured_content


def test_a_figure_without_a_source_is_refused(toolbox: Toolbox) -> None:
    said = {"area": "110000", "kind": "chronic", "disease": "hypertension", "total": "500"}
    result = call(toolbox, "quote", {**said, "age": 40})
    assert result.is_error
    assert "没有有来源的数值" in text_of(result)


def test_a_failure_of_our_own_repeats_nothing(
    toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("310101199001011234")

    monkeypatch.setattr("yibao.assistant.tools.ask", fail)
    result = call(toolbox, "quote", STAY)
    assert result.is_error
    assert "出错了" in text_of(result)
    assert "310101199001011234" not in text_of(result) + caplog.text
