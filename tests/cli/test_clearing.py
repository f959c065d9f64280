"""``yibao clearing``: each sum that an officer works out by hand, from the command line."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from tests.clearing.world import Clearing
from tests.support.demos import copy_demo

from yibao.clearing.groups import PayMethod
from yibao.cli.main import run
from yibao.database.unit import open_database
from yibao.policy.compile import PolicyLibrary

from .conftest import Yibao

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "month --applied 500000 --deducted 18750 --retained 5 --advanced 400000",
        {
            "approved_fen": 48_125_000,
            "retained_fen": 2_406_250,
            "payable_fen": 5_718_750,
            "paid_fen": 5_718_750,
            "carried_fen": 0,
        },
    ),
    ("advance --applied 500000 --at-once 80", {"advanced_fen": 40_000_000}),
    (
        "return --retained 724800 --score 73.5 --rule per_point",
        {"returned_fen": 58_346_400, "withheld_fen": 14_133_600},
    ),
    (
        "makers --payable 200000 --goods 245000",
        {"to_makers_fen": 24_500_000, "to_hospital_fen": 0, "collected_fen": 4_500_000},
    ),
    (
        "dip --points 800 --mean 12000 --cost 5000 --cost 9000 --cost 30000",
        {"points_x100": [33_333, 80_000, 120_000]},
    ),
    (
        "points --budget 100 --of 甲=100:1 --of 乙=200:1",
        {"point_value_fen_x10000": 333_333, "parts_fen": {"甲": 3_333, "乙": 6_667}},
    ),
    (
        "drg --budget 50000000 --total-weight 6250 --weight 1.35 --coefficient 1.02"
        " --cost 14300 --person-paid 5100",
        {
            "rate_fen": 800_000,
            "standard_fen": 1_101_600,
            "fund_fen": 591_600,
            "result_fen": -328_400,
        },
    ),
    (
        "quota --month 1234567.89 --month 1198400 --month 1305022.11 --used 1800000 --used 2242794",
        {
            "quota_fen": 249_199_333,
            "uses": [{"used_bp": 7223, "state": "yellow"}, {"used_bp": 9000, "state": "red"}],
        },
    ),
    (
        "prepayment --scheme resident --balance 600 --spending 1200",
        {"reserve_months_x100": 600, "may": True, "reasons": [], "amount_fen": 10_000},
    ),
]


@pytest.mark.parametrize(("words", "said"), CASES, ids=[words.split()[0] for words, _ in CASES])
def test_a_sum_by_hand(words: str, said: dict[str, Any], yibao: Yibao) -> None:
    answer = yibao("clearing", *words.split(), "--json")
    assert (answer.code, answer.json()) == (0, said)
    plain = yibao("clearing", *words.split())
    assert (plain.code, plain.err) == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        "month --applied 500000",
        "return --retained 100 --score 73.55 --rule per_point",
        "return --retained 100 --score 70 --rule discretion",
        "return --retained 100 --score 70 --rule fair",
        "points --budget 100 --of 甲",
        "quota --month 1 --month 2",
        "prepayment --scheme resident --balance 600 --spending 0",
    ],
)
def test_what_cannot_be_worked_out_is_refused(words: str, yibao: Yibao) -> None:
    answer = yibao("clearing", *words.split())
    assert (answer.code, answer.out) == (2, "")


def test_the_applications_of_a_store(
    demo_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{copy_demo(demo_store, tmp_path)}"

    def listed(*words: str) -> str:
        with pytest.raises(SystemExit) as left:
            run(["clearing", "list", *words, "--url", url])
        assert left.value.code == 0
        return capsys.readouterr().out

    (row,) = json.loads(listed("--month", "202609", "--json"))["applications"]
    assert (row["institution"], row["state"]) == ("hospital_a", 10)
    assert "领导审签" in listed()


def test_an_agreement_and_the_year_by_command(
    demo_store: Path, packs: PolicyLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{copy_demo(demo_store, tmp_path)}"
    place = "hospital_b"

    def said(code: int, *words: str) -> str:
        with pytest.raises(SystemExit) as left:
            run(["clearing", *words, "--url", url])
        told = capsys.readouterr()
        assert left.value.code == code, told.err
        return told.out if code == 0 else told.err

    terms = {
        "--start": "2025-02-01",
        "--retained": "10",
        "--apply-by": "10",
        "--pay-days": "20",
        "--appeal-days": "5",
        "--return-rule": "proportion",
        "--budget": "1000000",
        "--holder": "某医院",
        "--bank": "工商银行",
        "--account": "6217000012345678",
    }

    def agree(code: int, **more: str) -> str:
        changed = terms | {f"--{name.replace('_', '-')}": value for name, value in more.items()}
        return said(code, "agreement", place, *(word for pair in changed.items() for word in pair))

    assert "--retained：应在 0 到 100 之间" in agree(2, retained="101")
    assert "--return-rule：没有这个选项" in agree(2, return_rule="fair")
    assert "银行账号" in agree(2, account="12")
    assert "第 2 份协议" in agree(0)
    assert "系数" in agree(2, start="2027-01-01", method="dip")
    assert "--method" in agree(2, start="2027-01-01", method="items", coefficient="102")
    assert "第 3 份协议" in agree(0, start="2027-01-01", method="drg", coefficient="102")
    store = open_database(url)
    try:
        clear = Clearing(store, packs, "140100")
        clear.visit(202503, 400_000, place, person="sunjianguo")
        retained = clear.settle(clear.apply(202503, place)).retained
        assert retained > 0
    finally:
        store.dispose()
    answer = json.loads(said(0, "year", place, "--year", "2025", "--score", "95", "--json"))
    assert (answer["returned_fen"], answer["withheld_fen"]) == (retained, 0)
    assert "已经做过" in said(5, "year", place, "--year", "2025", "--score", "95")
    assert "2025" in said(0, "list", "--month", "202500")


def test_grouped_stays_by_command(
    demo_store: Path, packs: PolicyLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{copy_demo(demo_store, tmp_path)}"
    store = open_database(url)
    try:
        clear = Clearing(store, packs, "140100")
        start = datetime.date(2025, 2, 1)
        clear.agree("hospital_b", start=start, method=PayMethod.DRG, coefficient=100)
        entry = clear.visit(
            202503, 800_000, "hospital_b", days=2, clear_type="21", person="sunjianguo"
        )
    finally:
        store.dispose()
    file = tmp_path / "stays.csv"

    def said(code: int, *words: str) -> str:
        command = ["clearing", "group", str(file), "--period", "202503", "--area", "太原市"]
        with pytest.raises(SystemExit) as left:
            run([*command, "--budget", "9000", *words, "--url", url])
        told = capsys.readouterr()
        assert left.value.code == code, told.err
        return told.out if code == 0 else told.err

    file.write_text("结算编号,组,权重\nnothing,FB25,1.35\n", encoding="utf-8")
    assert "第 2 行" in said(2, "--method", "drg")
    file.write_text(f"结算编号,组,权重\n{entry},FB25,1.35\n", encoding="utf-8")
    assert "9,000.00" not in said(2, "--method", "dip")
    seen = json.loads(said(0, "--method", "drg", "--preview", "--json"))
    assert seen["period"] is None
    place = seen["institutions"]["hospital_b"]
    assert place["due_fen"] - place["fund_fen"] == 900_000 - 800_000
    assert "hospital_b" in said(0, "--method", "drg")
    assert "已经做过" in said(5, "--method", "drg")


def test_what_areas_owe_each_other_by_command(
    demo_store: Path, packs: PolicyLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{copy_demo(demo_store, tmp_path)}"
    store = open_database(url)
    try:
        clear = Clearing(store, packs, "140100")
        clear.visit(202503, 200_000, "hospital_b", person="sunjianguo", home="140200")
    finally:
        store.dispose()
    with pytest.raises(SystemExit) as left:
        run(["clearing", "between", "--month", "202503", "--json", "--url", url])
    told = capsys.readouterr()
    assert left.value.code == 0, told.err
    owed = json.loads(told.out)["owed"]
    assert [(row["home_area"], row["care_area"]) for row in owed] == [("140200", "140100")]
    assert owed[0]["amount_fen"] > 0


def test_goods_by_command(
    demo_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{copy_demo(demo_store, tmp_path)}"
    file = tmp_path / "goods.csv"

    def said(code: int, *words: str) -> str:
        with pytest.raises(SystemExit) as left:
            run(["clearing", "goods", *words, "--url", url])
        told = capsys.readouterr()
        assert left.value.code == code, told.err
        return told.out if code == 0 else told.err

    asked = ["--institution", "hospital_a", "--maker", "91140100MA0000000X", "--maker-name"]
    asked += ["某药业", "--number", "D-9", "--kind", "goods_procured", "--accepted", "2026-11-05"]
    asked += ["--holder", "某药业", "--bank", "建设银行", "--account", "4200001234567890"]
    file.write_text("编码,名称,数量,单价,金额\nXA01,某药,2,30.00,61.00\n", encoding="utf-8")
    assert "第 2 行" in said(2, str(file), *asked)
    file.write_text("编码,名称,数量,单价,金额\nXA01,某药,2,30.00,60.00\n", encoding="utf-8")
    assert "--kind" in said(2, str(file), *asked[:8])
    assert "60.00" in said(0, str(file), *asked)
    assert "已经交过" in said(5, str(file), *asked)
    assert "D-9" in said(0)
    (listed,) = json.loads(said(0, "--json"))["goods"]
    assert (listed["amount_fen"], listed["due_on"]) == (6000, "2026-12-05")
