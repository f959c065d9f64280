"""Who a certificate's number makes in a sandbox, and whom it makes nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from yibao.cli.sandbox import sandbox
from yibao.gateway.sandbox import open_sandbox
from yibao.insured.people.certificates import check_character
from yibao.policy.compile import PolicyLibrary

WOMAN, MAN_OF_X = "14010219500615002", "14010519800315"


@pytest.fixture
def opened(sandbox_url: str, packs: PolicyLibrary, start: Callable[..., Any]) -> Any:
    """A client of a running sandbox."""
    return start(database=open_sandbox(packs, sandbox_url))


def asked(number: str, kind: str = "01", name: str = "某人") -> dict[str, Any]:
    data = {"mdtrt_cert_type": "02", "mdtrt_cert_no": number, "psn_cert_type": kind}
    return {"data": {**data, "certno": number, "psn_name": name}}


def ending_in_x() -> str:
    """A man's number whose check character is X."""
    bodies = (f"{MAN_OF_X}{order:03d}" for order in range(1, 200, 2))
    return next(body + "X" for body in bodies if check_character(body) == "X")


def test_sex_and_birth_are_the_number_s(opened: Any) -> None:
    """Somebody of Taiyuan's old South City, who was refused for having been born before 1983."""
    base = opened.ok("1101", asked(WOMAN + check_character(WOMAN)))["baseinfo"]
    assert (base["gend"], base["brdy"]) == ("2", "1950-06-15")
    child = "14010520200229003"
    answer = opened.ok("1101", asked(child + check_character(child)))
    assert (answer["baseinfo"]["gend"], answer["baseinfo"]["brdy"]) == ("1", "2020-02-29")
    assert answer["insuinfo"][0]["insutype"] == "390"  # no working man


def test_one_person_however_the_number_is_written(opened: Any) -> None:
    number = ending_in_x()
    first = opened.ok("1101", asked(number))["baseinfo"]["psn_no"]
    wide = number.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789X"})
    for written in (number.lower(), f"{number[:6]} {number[6:]}", wide):
        assert opened.ok("1101", asked(written))["baseinfo"]["psn_no"] == first
    eighteen = WOMAN + check_character(WOMAN)
    fifteen = eighteen[:6] + eighteen[8:17]
    second = opened.ok("1101", asked(fifteen))["baseinfo"]["psn_no"]
    assert opened.ok("1101", asked(eighteen))["baseinfo"]["psn_no"] == second
    permit = opened.ok("1101", asked("H1234567800", "04"))["baseinfo"]["psn_no"]
    assert opened.ok("1101", asked("h1234567801", "04"))["baseinfo"]["psn_no"] == permit
    assert len({first, second, permit}) == 3


@pytest.mark.parametrize(
    ("kind", "number", "said"),
    [
        ("01", "140102195006150021", "校验位"),
        ("01", "14010219500231002X", "校验位|出生日期"),
        ("01", "123", "18 位"),
        ("07", "914840198506230031", "校验位"),
        ("17", "H12345678", "18 位"),
        ("16", "12", "E12345678"),
        ("990201", "140000001", "1 个字母加 9 位数字"),
    ],
)
def test_an_impossible_number_makes_nobody_up(
    opened: Any, kind: str, number: str, said: str
) -> None:
    refused = opened.refused("1101", asked(number, kind))
    assert "没有这个证件号码的参保人" in refused
    assert re.search(said, refused)


@pytest.mark.parametrize("kind", ["01", "03"])
def test_an_impossible_number_as_a_voucher_makes_nobody_up(opened: Any, kind: str) -> None:
    asked_by = {"mdtrt_cert_type": kind, "mdtrt_cert_no": "140102195006150021"}
    refused = opened.refused("1101", {"data": {**asked_by, "psn_name": "张伟"}})
    assert "校验位" in refused


def test_newborns_foreigners_and_visitors_are_made_up_as_their_papers_say(opened: Any) -> None:
    foreign = "91484019850623002"
    base = opened.ok("1101", asked(foreign + check_character(foreign), "07"))["baseinfo"]
    assert (base["gend"], base["brdy"]) == ("2", "1985-06-23")
    newborn = opened.ok("1101", asked("U140000001", "990201"))
    assert newborn["baseinfo"]["brdy"] == opened.platform.clock.today().isoformat()
    assert newborn["insuinfo"][0]["insutype"] == "390"
    assert opened.ok("1101", asked("E12345678", "08"))["baseinfo"]["brdy"] == "1980-01-01"


def test_a_person_of_the_sandbox_is_as_the_number_says(opened: Any) -> None:
    def told(*words: str) -> Any:
        return CliRunner().invoke(sandbox, ["person", "add", *words])

    number = WOMAN + check_character(WOMAN)
    assert told("N1", "--number", number).exit_code == 0
    base = opened.ok("1101", asked(number))["baseinfo"]
    assert (base["psn_no"], base["gend"], base["brdy"]) == ("N1", "2", "1950-06-15")
    for words, said in (
        (("N2", "--number", "140102195006150021"), "校验位"),
        (("N2", "--number", number[:6] + number[8:17], "--sex", "male"), "性别与证件号码不符"),
        (("N2", "--number", number, "--birth", "1950-06-16"), "1950-06-16"),
    ):
        refused = told(*words)
        assert refused.exit_code != 0
        assert said in str(refused.exception) + refused.output
    with pytest.raises(AssertionError):
        opened.ok("1101", asked("N2", "99"))["baseinfo"]["psn_no"]
