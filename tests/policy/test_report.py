"""The data behind ``yibao policy``, and the command itself."""

from __future__ import annotations

import datetime
import json

import pytest
from click.testing import CliRunner

from yibao.cli import policy as command
from yibao.errors import NotFoundError
from yibao.policy import compile as library_module
from yibao.policy import report
from yibao.policy.reported import Cited, DisputeAnswer, SideAnswer, Valued
from yibao.written import as_kind

from .conftest import PackTree

ON = datetime.date(2025, 1, 1)


@pytest.fixture
def written(packs: PackTree, monkeypatch: pytest.MonkeyPatch) -> PackTree:
    packs.land("groups.yaml", "poor: 低保对象\n")
    packs.province(
        "mutual_aid.yaml",
        """
        floor:
          name: {zh: 留存线, en: floor}
          values:
            2020-01-01: {value: 100, sources: [S-1, S-3], disputes: [K01]}
            2024-01-01: {value: 300, sources: [S-2], known_from: 2024-03-01}
        """,
    )
    packs.city(
        "employee/outpatient.yaml",
        """
        deductible:
          name: {zh: 起付线, en: deductible}
          keys: [status]
          values:
            2021-01-01: {value: {working: 80, retired: 50}, status: assumed, basis: 推定, gap: G01}
        """,
    )
    packs.city(
        "assistance.yaml",
        "ratio: {keys: [group], values: {2020-01-01: {value: {poor: 70}, sources: [S-1]}}}\n",
    )
    packs.city("gaps.yaml", "G01: {parameter: employee.outpatient.deductible, missing: 起付线, "
        "found: [S-1], handled: assumed}\n")  # fmt: skip
    packs.province(
        "disputes.yaml",
        """
        K01:
          topic: mutual_aid
          question: {zh: 多少, en: how much}
          sides: [{says: 一百, facts: [S-1]}, {says: 二百, facts: [S-3]}]
          choice: 100 元
          reason: {zh: 文件在先, en: the document}
          confidence: high
          decided: 2025-01-01
        """,
    )
    monkeypatch.setattr(library_module, "packs_folder", lambda: packs.root)
    monkeypatch.setattr(command, "packs_folder", lambda: packs.root)
    return packs


def test_list(written: PackTree) -> None:
    rows = report.list_areas(written.load())
    assert [row.code for row in rows] == ["900000", "990000", "990100"]
    city = rows[2]
    assert city.topics == {"assistance": 1, "employee.outpatient": 1}
    assert (city.parameters, city.values, city.assumed, city.gaps) == (2, 2, 1, 1)


def test_show(written: PackTree) -> None:
    rules = report.show(written.load(), "某市", "mutual_aid", ON)
    assert rules.missing == ("mutual_aid.own_balance",)
    (rule,) = rules.parameters
    assert rule.parameter == "mutual_aid.floor"
    assert rule.values == (Valued("", "300.00 元"),)
    assert rule.sources == (Cited("S-2", "A"),)
    assert (rule.area, rule.first_day, rule.last_day) == ("990000", datetime.date(2024, 1, 1), None)
    rules = report.show(written.load(), "990100", "employee.outpatient.deductible", ON)
    assert rules.parameters[0].values == (Valued("在职", "80.00 元"), Valued("退休", "50.00 元"))
    with pytest.raises(NotFoundError, match="没有主题 nothing；现有：assistance"):
        report.show(written.load(), "990100", "nothing", ON)


def test_history(written: PackTree) -> None:
    values = report.history(written.load(), "mutual_aid.floor")
    assert [(value.first_day, value.known_from, value.line) for value in values] == [
        (datetime.date(2020, 1, 1), None, 4),
        (datetime.date(2024, 1, 1), datetime.date(2024, 3, 1), 5),
    ]
    assert report.history(written.load(), "mutual_aid.floor", "某市") == ()
    (value,) = report.history(written.load(), "assistance.ratio")
    assert value.values == (Valued("低保对象", "70%"),)
    with pytest.raises(NotFoundError, match=r"是否想找：mutual_aid\.floor"):
        report.history(written.load(), "mutual_aid.flor")


def test_diff(written: PackTree) -> None:
    differences = report.diff(written.load(), "990000", "990100", ON)
    assert {rule.parameter: rule.values for rule in differences.parameters} == {
        "assistance.ratio": ((Valued("", "缺省：无"),), (Valued("低保对象", "70%"),)),
        "employee.outpatient.deductible": (
            (Valued("", "没有来源"),),
            (Valued("在职", "80.00 元"), Valued("退休", "50.00 元")),
        ),
    }


def test_records(written: PackTree) -> None:
    library = written.load()
    (dispute,) = report.disputes(library, "K01")
    assert (dispute.choice, dispute.decided) == ("100 元", ON)
    assert dispute.sides[1] == SideAnswer("二百", ("S-3",))
    (gap,) = report.gaps(library)
    assert (gap.parameters, gap.handled) == (("employee.outpatient.deductible",), "assumed")
    (source,) = report.sources(library, "S-1")
    assert source.documents == ({"title": "通知", "url": "https://example.org/1", "line": "3"},)
    with pytest.raises(NotFoundError, match="没有来源 S-9"):
        report.sources(library, "S-9")
    # A second library reads the same records from the cache.
    assert report.disputes(written.load()) == report.disputes(library)


def test_an_answer_is_json_by_the_names_of_its_members(written: PackTree) -> None:
    (dispute,) = report.disputes(written.load(), "K01")
    json_of = dispute.as_json()
    assert (json_of["decided"], json_of["topic"]) == ("2025-01-01", "mutual_aid")
    assert json_of["sides"][1] == {"says": "二百", "facts": ["S-3"]}
    public = as_kind(dispute, DisputeAnswer).as_json()
    assert json_of == public | {"file": dispute.file, "line": dispute.line}
    (area, *_) = report.list_areas(written.load())
    assert area.as_json()["topics"] == {}


COMMANDS = [
    ["list"],
    ["show", "某市", "--on", "2025-01-01"],
    ["show", "某市", "mutual_aid"],
    ["history", "mutual_aid.floor"],
    ["diff", "990000", "990100", "--on", "2025-01-01"],
    ["disputes"],
    ["disputes", "K01"],
    ["gaps"],
    ["sources"],
    ["sources", "S-1"],
    ["lint"],
    ["schema"],
]


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_command_as_text_and_json(arguments: list[str]) -> None:
    runner = CliRunner()
    text = runner.invoke(command.app, arguments)
    assert (text.exit_code, text.exception) == (0, None)
    result = runner.invoke(command.app, [*arguments, "--json"])
    assert result.exit_code == 0
    json.loads(result.stdout)


def test_show_as_text(written: PackTree) -> None:
    del written
    text = CliRunner().invoke(command.app, ["show", "某市", "mutual_aid", "--on", "2023-01-01"])
    for piece in ("留存线", "100.00 元", "2020-01-01", "S-1 B", "K01", "12393", "own_balance"):
        assert piece in text.stdout


def test_lint_command_fails_on_a_fault(written: PackTree) -> None:
    written.city("person.yaml", "age_line: {values: {2020-01-01: {value: 60}}}\n")
    result = CliRunner().invoke(command.app, ["lint", str(written.root)])
    assert result.exit_code == 1
    assert result.stdout == (
        "packs/land/province/city/person.yaml:1: uncited："
        "person.age_line 2020-01-01 没有来源，也没有标 assumed\n"
    )
    assert result.stderr == "1 处问题\n"
