"""``yibao run``: JSON lines as the road yields them, the story, and how a run ends early."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yibao.cli.text import cells
from yibao.library import run_scenario

Yibao = Callable[..., Any]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HOUSEHOLD = str(EXAMPLES / "household.yaml")

HEAD = """
area: "140100"
today: 2025-12-31
people:
  - {id: li, sex: male, birth: 1970-01-01, enrolments: [{scheme: resident, from: 2018-01-01}]}
institutions:
  - {id: h, area: "140100", price_class: 1, kind: hospital}
steps:
  - {visit: v1, person: li, institution: h, kind: outpatient, on: 2025-03-01, total: 180.00}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Callable[[str], str]:
    def write(steps: str) -> str:
        path = tmp_path / "scenario.yaml"
        path.write_text(HEAD + steps, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_json_is_what_the_engine_yields(yibao: Yibao, path: Path) -> None:
    done = yibao("run", str(path), "--json")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert [json.loads(line) for line in lines] == list(run_scenario(path))
    assert all(
        line == json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":"))
        for line in lines
    )


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("explain", [(), ("--explain",)])
def test_stories_stay_within_80_columns(yibao: Yibao, path: Path, explain: tuple[str, ...]) -> None:
    done = yibao("run", str(path), *explain)
    assert done.code == 0
    assert max(map(cells, done.out.splitlines())) <= 80
    assert "\x1b" not in done.out
    assert done.out.endswith("仅供参考，以当地医保部门为准；咨询 12393。\n")


def test_the_household_story(yibao: Yibao) -> None:
    out = yibao("run", HOUSEHOLD, "--explain").out
    for part in (
        "  妈妈  2025-01    2025-01-15 缴费  6,500.00  130.00\n",
        "  外公  2025-01    个人账户划入                85.00  1,945.00\n",
        "总费用 7,700.00 元，基金支付 3,594.00 元，个人负担 4,106.00 元\n",
        "    家庭共济          1,000.00\n",
        # referred to another province: the ratio at home (T-XR-01)
        "  报销比例                      91%  ",
        "  多次住院起付            400.00 元  ",
        "孩子 2025-01-01 的待遇：集中缴费期内连续缴费，已享受待遇（首日 2025-01-01）\n",
        "── 2025 年累计（元） ",
        "孩子 2026-01-01 大病保险封顶线 400,000.00 元\n",
        "── 全部步骤合计（元） ",
    ):
        assert part in out


def test_the_same_bill_is_explained_once(yibao: Yibao) -> None:
    out = yibao("run", HOUSEHOLD, "--explain").out
    assert out.count("缴费怎么算的") == 4  # two years of the child, two bases of the mother
    assert "妈妈 2025-07 缴费怎么算的" in out


def test_totals_are_sums_of_the_statements(yibao: Yibao) -> None:
    answers = [json.loads(line) for line in yibao("run", HOUSEHOLD, "--json").out.splitlines()]
    fund = sum(answer["fund"] for answer in answers if "visit" in answer)
    row = next(
        line
        for line in yibao("run", HOUSEHOLD).out.splitlines()
        if line.startswith("    基金支付 ") and line.count(".") == 4
    )
    assert row.split()[-1].replace(",", "").replace(".", "") == str(fund)


def test_reversals_leave_the_totals(yibao: Yibao, scenario: Callable[[str], str]) -> None:
    path = scenario("  - reverse: v1\n")
    done = yibao("run", path)
    assert done.code == 0
    assert "撤销 v1：基金 -" in done.out
    row = next(line for line in done.out.splitlines() if line.startswith("  就诊次数"))
    assert row.split()[1:] == ["0", "0"]


def test_bad_input_prints_nothing(yibao: Yibao, scenario: Callable[[str], str]) -> None:
    path = scenario("  - {visit: v2, person: nobody, institution: h, kind: outpatient}\n")
    for flags in ((), ("--json",)):
        done = yibao("run", path, *flags)
        assert (done.code, done.out) == (2, "")
        assert "scenario.yaml 第 10 行" in done.err
        assert done.err.count("\n") == 1


def test_bad_input_found_late_prints_nothing(yibao: Yibao, scenario: Callable[[str], str]) -> None:
    path = scenario(
        "  - {visit: v2, person: li, institution: h, kind: outpatient, on: 2025-03-02,"
        " total: 5.00, disease: nothing_like_it}\n"
    )
    done = yibao("run", path, "--json")
    assert (done.code, done.out) == (2, "")
    assert "nothing_like_it" in done.err


def test_a_refusal_leaves_the_lines_before_it(yibao: Yibao, scenario: Callable[[str], str]) -> None:
    path = scenario(
        "  - {visit: v2, person: li, institution: h, kind: inpatient, admitted: 1990-01-01,"
        " discharged: 1990-01-02, total: 5.00}\n"
        "  - {visit: v3, person: li, institution: h, kind: outpatient, on: 2025-04-01,"
        " total: 5.00}\n"
    )
    done = yibao("run", path, "--json")
    assert done.code == 4
    assert [json.loads(line)["visit"] for line in done.out.splitlines()] == ["v1"]
    assert done.err.startswith("错误：")
    told = yibao("run", path)
    assert told.code == 4
    assert "结算单 1　v1" in told.out
    assert "v2" not in told.out


def test_an_overlay_changes_this_run(
    yibao: Yibao, scenario: Callable[[str], str], tmp_path: Path
) -> None:
    overlay = tmp_path / "reform.yaml"
    overlay.write_text(
        "overlay: 试算\n"
        "parameters:\n"
        "  resident.outpatient.ratio:\n"
        "    values:\n"
        "      2025-01-01: {value: 100, note: 试算}\n",
        encoding="utf-8",
    )
    path = scenario("")
    plain = yibao("run", path, "--json").json()
    reformed = yibao("run", path, "--json", "--with", str(overlay)).json()
    assert plain["fund"] < reformed["fund"] == 10000
    missing = yibao("run", path, "--with", str(tmp_path / "none.yaml"))
    assert (missing.code, missing.out) == (2, "")


def test_a_road_that_does_not_exist(yibao: Yibao) -> None:
    done = yibao("run", HOUSEHOLD, "--through", "sideways")
    assert (done.code, done.out) == (2, "")
    assert "--through：" in done.err
    assert "engine、database" in done.err


def test_the_database_road_gives_the_same_fen(yibao: Yibao) -> None:
    through = yibao("run", HOUSEHOLD, "--json", "--through", "database")
    assert through.out == yibao("run", HOUSEHOLD, "--json").out
    assert through.code == 0


def test_a_missing_file(yibao: Yibao) -> None:
    done = yibao("run", "nothing.yaml")
    assert (done.code, done.out) == (2, "")
    assert "nothing.yaml：没有这个文件" in done.err


def test_many_people_with_long_names_still_fit(
    yibao: Yibao, scenario: Callable[[str], str], tmp_path: Path
) -> None:
    names = [f"名字特别长的第{number}位家庭成员" for number in range(7)]
    people = "".join(
        f"  - {{id: {name}, sex: male, birth: 1970-01-01,"
        " enrolments: [{scheme: resident, from: 2018-01-01}]}\n"
        for name in names
    )
    steps = "".join(
        f"  - {{visit: {name}的就诊, person: {name}, institution: h, kind: outpatient,"
        " on: 2025-03-02, total: 99999999.99}\n"
        f"  - ask: {{accumulators: {name}, year: 2025}}\n"
        for name in names
    )
    path = Path(scenario(steps))
    text = path.read_text(encoding="utf-8").replace("institutions:\n", people + "institutions:\n")
    path.write_text(text, encoding="utf-8")
    done = yibao("run", str(path), "--explain")
    assert done.code == 0
    assert max(map(cells, done.out.splitlines())) <= 80
