"""Care elsewhere takes the catalogue of the area that the rules name: over HTTP, on both databases.

By hand: a retired employee of Taiyuan pays 80.00 of each visit and the fund 60 % of the rest;
one of Beijing 1,300.00 of a year and the fund 90 %.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from yibao.access.operations import Key
from yibao.benefit.facts import Enrolment, Filing, Institution, Person
from yibao.care.catalogue import COLUMNS
from yibao.care.institutions import register_institution
from yibao.cli.main import app
from yibao.crossing import operations as crossing
from yibao.database.unit import Database
from yibao.errors import InputError
from yibao.gateway.settings import GatewaySettings
from yibao.insured.people.registration import register
from yibao.policy.compile import PolicyLibrary

from . import flows
from .conftest import CLERK, HOSPITAL

DAY = datetime.date(2025, 3, 10)
TAIYUAN, BEIJING = "140100", "110000"
IN_BEIJING = "H11010500001"
MANUAL = {"exp_content": '{"YIBAO_MANUAL": "1"}'}
_LISTED = {
    "": ("XN01,某药,B,drug,10", "XN02,两地都没有另写的药,B,drug,20"),
    "山西": ("XN01,某药,B,drug,30", "XN03,北京不付的药,A,drug,"),
    "北京": ("XN01,某药,A,drug,", "XN03,北京不付的药,C,drug,"),
}


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def hospitals(
    start: Callable[..., Any],
    database: Database,
    database_url: str,
    packs: PolicyLibrary,
    tmp_path: Path,
) -> tuple[Any, Any]:
    """A hospital of Taiyuan and one of Beijing, on a store with three catalogues."""
    for code, area in ((HOSPITAL, TAIYUAN), (IN_BEIJING, BEIJING)):
        register_institution(database, Institution(code, area, "hospital", None, "3A"), actor=CLERK)
    for name, area, elsewhere in (("li", TAIYUAN, BEIJING), ("bei", BEIJING, TAIYUAN)):
        enrolment = Enrolment("employee", "retired", datetime.date(2018, 1, 1), None, area)
        born = datetime.date(1955, 3, 1)
        facts = Person(name, "male", born, area, (), (enrolment,), None, None)
        register(database, facts, actor=CLERK, balance=0, day=datetime.date(2018, 1, 1))
        filing = Filing(name, "long_stay", elsewhere, None, datetime.date(2025, 1, 1))
        crossing.file(database, packs, Key("test", "file", name), filing, actor=CLERK)
    for area, lines in _LISTED.items():
        file = tmp_path / f"目录{area}.csv"
        rows = [f"{line},,0,,2018-01-01," for line in lines]
        file.write_text("\n".join([",".join(COLUMNS), *rows]), encoding="utf-8")
        where = ("--area", area) if area else ()
        assert "新装 2 个版本" in _run("db", "catalogue", str(file), *where, "--url", database_url)
    at_home = start(GatewaySettings(), database)
    return at_home, replace(at_home, institution=IN_BEIJING)


def _visit(client: Any, person: str, *lines: tuple[str, str]) -> dict[str, str]:
    key = flows.register(client, person)
    rows = [
        {**flows.fee_line(number, amount, code), **key, "chrg_bchno": "B1"}
        for number, (code, amount) in enumerate(lines, 1)
    ]
    client.ok("2204", {"feedetail": rows})
    return key


def _told(setlinfo: dict[str, Any]) -> tuple[float, float, float]:
    return tuple(setlinfo[name] for name in ("preselfpay_amt", "inscp_scp_amt", "fund_pay_sumamt"))  # type: ignore[return-value]


def test_of_taiyuan_in_beijing_and_of_beijing_in_taiyuan(
    hospitals: tuple[Any, Any], database_url: str
) -> None:
    in_taiyuan, in_beijing = hospitals
    key = _visit(in_beijing, "li", ("XN01", "200.00"))
    # Direct settlement: Beijing's catalogue, class A: 60 % of (200 - 80).
    direct = flows.settling(key, "200.00")
    assert _told(in_beijing.ok("2206", direct)["setlinfo"]) == (0, 200, 72)
    # A claim with documents: Shanxi's, class B, 30 % first: 60 % of (140 - 80).
    manual = flows.settling(key, "200.00", **MANUAL)
    assert _told(in_beijing.ok("2206", manual)["setlinfo"]) == (60, 140, 36)
    settled = in_beijing.ok("2207", manual)["setlinfo"]
    assert _told(settled) == (60, 140, 36)
    (line,) = in_beijing.ok("5204", {"data": {**key, "setl_id": settled["setl_id"]}})
    assert (line["chrgitm_lv"], line["preselfpay_amt"], line["inscp_scp_amt"]) == ("02", 60, 140)
    in_beijing.ok("2208", flows.undo(settled))
    settled = in_beijing.ok("2207", direct)["setlinfo"]
    assert _told(settled) == (0, 200, 72)
    (line,) = in_beijing.ok("5204", {"data": {**key, "setl_id": settled["setl_id"]}})
    assert (line["chrgitm_lv"], line["inscp_scp_amt"]) == ("01", 200)
    # What Beijing does not pay is the person's own, whatever home says.
    other = _visit(in_beijing, "li", ("XN03", "50.00"), ("XN02", "100.00"))
    told = in_beijing.ok("2206", flows.settling(other, "150.00"))["setlinfo"]
    assert (told["fulamt_ownpay_amt"], told["preselfpay_amt"]) == (50, 20)

    key = _visit(in_taiyuan, "bei", ("XN01", "3000.00"))
    # Direct: Shanxi's, 30 % first: 90 % of (2,100 - 1,300).  Manual: Beijing's, class A.
    direct, manual = flows.settling(key, "3000.00"), flows.settling(key, "3000.00", **MANUAL)
    assert _told(in_taiyuan.ok("2206", manual)["setlinfo"]) == (0, 3000, 1530)
    assert _told(in_taiyuan.ok("2207", direct)["setlinfo"]) == (900, 2100, 720)

    # At home nothing but home: 30 % first.
    key = _visit(in_taiyuan, "li", ("XN01", "200.00"))
    assert _told(in_taiyuan.ok("2207", flows.settling(key, "200.00"))["setlinfo"]) == (60, 140, 36)

    for command in ("replay", "rebuild"):
        _run(command, "--url", database_url)


def test_a_stay_and_a_purchase_elsewhere(hospitals: tuple[Any, Any]) -> None:
    _, in_beijing = hospitals
    key = flows.admit(in_beijing, "li")
    rows = [{**flows.fee_line(1, "5000.00", "XN01"), **key, "med_type": "21"}]
    (told,) = in_beijing.ok("2301", {"feedetail": rows})["result"]
    assert (told["chrgitm_lv"], told["inscp_scp_amt"]) == ("01", 5000)
    settling = flows.stay_settling(key, 5000, dscgTime="2025-03-10")
    direct = in_beijing.ok("2303", settling)["setlinfo"]
    assert (direct["preselfpay_amt"], direct["inscp_scp_amt"]) == (0, 5000)
    manual = in_beijing.ok("2304", {"data": {**settling["data"], **MANUAL}})["setlinfo"]
    assert (manual["preselfpay_amt"], manual["inscp_scp_amt"]) == (1500, 3500)


def test_the_catalogue_that_is_asked_for(hospitals: tuple[Any, Any]) -> None:
    """1312: of the sender's area, or of the one that it names; and what a store holds."""
    in_taiyuan, in_beijing = hospitals

    def classes(client: Any, **asked: str) -> dict[str, str]:
        page = {"page_num": "1", "page_size": "100", "updt_time": "2018-01-01"}
        rows = client.ok("1312", {"data": {**page, **asked}})["data"]
        return {row["hilist_code"]: row["chrgitm_lv"] for row in rows}

    assert classes(in_taiyuan) == {"XN01": "02", "XN02": "02", "XN03": "01"}
    assert classes(in_beijing) == {"XN01": "01", "XN02": "02", "XN03": "03"}
    assert classes(in_taiyuan, insu_admdvs=BEIJING)["XN01"] == "01"


def test_the_catalogues_of_a_store_are_listed(
    hospitals: tuple[Any, Any], database_url: str, tmp_path: Path
) -> None:
    listed = [line.split() for line in _run("db", "catalogue", "--url", database_url).splitlines()]
    assert [line[:3] for line in listed[1:]] == [
        ["本库", "2", "2"],
        [BEIJING, "2", "2"],
        ["140000", "2", "2"],
    ]
    file = tmp_path / "目录北京.csv"
    again = _run("db", "catalogue", str(file), "--area", "110000", "--url", database_url)
    assert "已有 2 个" in again
    refused = CliRunner().invoke(
        app, ["db", "catalogue", str(file), "--area", "999999", "--url", database_url]
    )
    assert isinstance(refused.exception, InputError)
    assert "没有地区 999999" in str(refused.exception)
