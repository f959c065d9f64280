"""What the rules give, asked over the interface: away from home, poor, giving birth, lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from yibao.cli.sandbox import sandbox
from yibao.errors import InputError
from yibao.exchange.files import find_record
from yibao.gateway.inspector.keeping import conformance
from yibao.gateway.sandbox import add_institution, open_sandbox
from yibao.gateway.settings import GatewaySettings
from yibao.policy.compile import PolicyLibrary

from . import flows

AWAY = "H11010100001"


@pytest.fixture
def opened(packs: PolicyLibrary, sandbox_url: str, start: Callable[..., Any]) -> Any:
    """A client of a sandbox that keeps messages."""
    settings = GatewaySettings(sandbox=True, inspect=True)
    return start(settings, database=open_sandbox(packs, sandbox_url))


def _notes(client: Any, institution: str = "H14010500001") -> str:
    report = conformance(client.platform.database, institution)
    return "\n".join(str(what) for what, _ in report.put_right)


# --- away from home ------------------------------------------------------------------------------


@pytest.fixture
def away(opened: Any, packs: PolicyLibrary) -> Any:
    """A client in another province."""
    elsewhere = packs.area("北京市").code
    database = opened.platform.database
    add_institution(database, AWAY, "外省医院", elsewhere, price_class=1, grade="3A")
    opened.institution = AWAY
    return opened


def _settled_away(client: Any) -> dict[str, Any]:
    key = flows.admit(client, "T0002")
    request = flows.stay_settling(key, "20000", dscgTime="2025-03-09 10:00:00")
    info: dict[str, Any] = client.ok(
        "2304", request, mdtrtarea_admvs="110000", insuplc_admdvs="140100"
    )["setlinfo"]
    return info


def test_a_filing_keeps_its_terms_in_another_province(away: Any) -> None:
    without = _settled_away(away)
    away.ok("2305", flows.undo(without))
    filing = {"psn_no": "T0002", "biz_appy_type": "08", "begndate": "2025-01-01"}
    filing |= {"fix_srt_no": "1", "fixmedins_code": AWAY, "fixmedins_name": "外省医院"}
    away.ok("2505", {"data": filing}, mdtrtarea_admvs="110000")
    filed = _settled_away(away)
    assert filed["hifp_pay"] > without["hifp_pay"]
    asked = {"data": {name: filed[name] for name in ("psn_no", "setl_id", "mdtrt_id")}}
    shown = away.ok("5203", asked)["setlinfo"]
    assert (shown["pay_loc"], shown["insu_optins"], shown["fixmedins_poolarea"]) == (
        "4",
        "140100",
        "110000",
    )


def test_a_settlement_is_shown_to_its_own_institution_only(away: Any) -> None:
    settlement = _settled_away(away)
    asked = {"data": {name: settlement[name] for name in ("psn_no", "setl_id", "mdtrt_id")}}
    away.institution = "H14010500001"
    assert "“查看结算”只限本机构的业务" in away.refused("5203", asked)
    away.institution = AWAY
    assert away.ok("5203", asked)["setlinfo"]["fixmedins_code"] == AWAY


def test_areas_that_disagree_are_noted_and_not_refused(opened: Any) -> None:
    key = flows.register(opened, "T0001")
    plain = opened.ok("2206", flows.settling(key, 1000))["setlinfo"]
    asked = flows.settling(key, 1000, insutype="390")
    wrong = opened.ok("2206", asked, mdtrtarea_admvs="310000", insuplc_admdvs="110000")
    assert wrong["setlinfo"]["fund_pay_sumamt"] == plain["fund_pay_sumamt"]
    notes = _notes(opened)
    assert "insuplc_admdvs（参保地医保区划）：写的是 110000，登记的是 140100" in notes
    assert "mdtrtarea_admvs（就医地医保区划）：写的是 310000" in notes
    assert "与参保的 310 不同" in notes


# --- who pays ------------------------------------------------------------------------------------


def test_own_account_and_mutual_aid(opened: Any) -> None:
    """T0001 lets T0003 draw: 0 nobody's account, 1 the own one, 2 the relative's too."""
    key = flows.register(opened, "T0003")
    quotes = {
        flag: opened.ok("2206", flows.settling(key, 1000, acct_used_flag=flag))["setlinfo"]
        for flag in ("0", "1", "2")
    }
    own = quotes["0"]["psn_part_amt"]
    assert own > 0
    assert [quotes[flag]["acct_pay"] for flag in "012"] == [0, 0, own]
    assert [quotes[flag]["acct_mulaid_pay"] for flag in "012"] == [0, 0, own]
    assert [quotes[flag]["psn_cash_pay"] for flag in "012"] == [own, own, 0]
    said = opened.refused("2206", flows.settling(key, 1000, acct_used_flag="3"))
    assert "应写 0 不用、1 用本人个账、2 用共济人个账" in said


# --- maternity and assistance --------------------------------------------------------------------


def test_births(opened: Any) -> None:
    """Paid by the maternity fund for employees, by quota for residents."""
    paid: dict[str, list[Any]] = {"T0002": [], "T0003": []}
    for person, matn_type, day in (
        ("T0002", "1", "2025-03-01"),
        ("T0003", "1", "2025-03-01"),
        ("T0003", "3", "2025-03-20"),
    ):
        key = flows.admit(
            opened, person, f"{day} 10:00:00", med_type="52", matn_type=matn_type, fetus_cnt="1"
        )
        request = flows.stay_settling(key, "9000", dscgTime=f"{day} 20:00:00", med_type="52")
        output = opened.ok("2304", request)
        info = output["setlinfo"]
        assert info["fund_pay_sumamt"] + info["psn_part_amt"] == 9000
        paid[person].append((output["setldetail"][0]["fund_pay_type"], info["hifp_pay"]))
    [(fund, _)] = paid["T0002"]
    assert fund == "510100"
    (born, vaginal), (_, caesarean) = paid["T0003"]
    assert born == "390100"
    assert (vaginal, caesarean) == (1500, 3000)


def test_medical_assistance(opened: Any) -> None:
    printed = CliRunner().invoke(
        sandbox, ["person", "add", "P1", "--scheme", "resident", "--group", "extremely_poor"]
    )
    assert printed.exit_code == 0, printed.output
    who = {"mdtrt_cert_type": "02", "mdtrt_cert_no": "P1", "psn_cert_type": "99"}
    [identity] = opened.ok("1101", {"data": {**who, "certno": "P1"}})["idetinfo"]
    assert (identity["psn_idet_type"], identity["memo"]) == ("2304", "extremely_poor")
    key = flows.admit(opened, "P1")
    request = flows.stay_settling(key, "20000", dscgTime="2025-03-09 10:00:00")
    output = opened.ok("2304", request)
    info = output["setlinfo"]
    assert info["maf_pay"] > 0
    rows = {row["fund_pay_type"]: row["fund_payamt"] for row in output["setldetail"]}
    assert rows["610100"] == info["maf_pay"]


def test_a_group_that_no_pack_knows(sandbox_url: str) -> None:
    said = CliRunner().invoke(sandbox, ["person", "add", "P1", "--group", "rich"])
    assert isinstance(said.exception, InputError)
    assert "rich" in str(said.exception)


# --- 4101 ----------------------------------------------------------------------------------------


def _list(info: dict[str, Any], **more: Any) -> dict[str, Any]:
    row = {
        "mdtrt_id": info["mdtrt_id"],
        "setl_id": info["setl_id"],
        "ntly": "CHN",
        "prfs": "17",
        **dict.fromkeys(("patn_rlts", "coner_addr", "coner_tel", "dscg_caty", "biz_sn"), "1"),
        **dict.fromkeys(("bill_code", "bill_no", "medins_fill_dept", "medins_fill_psn"), "1"),
        "setl_begn_date": "2025-03-01",
        "setl_end_date": "2025-03-09",
    }
    return {"setlinfo": {**row, **more}}


@pytest.fixture
def stayed(opened: Any) -> dict[str, Any]:
    """The setlinfo of a settled stay with the own account."""
    key = flows.admit(opened, "T0002")
    request = flows.stay_settling(key, "20000", dscgTime="2025-03-09 10:00:00", acct_used_flag="1")
    info: dict[str, Any] = opened.ok("2304", request)["setlinfo"]
    return info


def test_a_list_without_psn_no_is_found_by_its_settlement(
    opened: Any, stayed: dict[str, Any]
) -> None:
    """The edition before 2022 has no psn_no, and items beside."""
    fund, account = stayed["fund_pay_sumamt"], stayed["acct_pay"]
    paid = [{"fund_pay_type": "310100", "fund_payamt": fund}]
    items = [{"med_chrgitm": "09", "amt": "15000"}, {"med_chrgitm": "05", "amt": "5000.00"}]
    request = _list(stayed, psn_name="测试乙", acct_pay=account, psn_cashpay=stayed["psn_cash_pay"])
    answer = opened.ok("4101", {**request, "payinfo": paid, "iteminfo": items})
    number = answer["data"]["setl_list_id"]
    assert answer["output"]["setl_list_id"] == number
    with_account = [*paid, {"fund_pay_type": "310200", "fund_payamt": account}]
    opened.ok("4101", {**request, "payinfo": with_account})
    record = find_record(opened.platform.database, "H14010500001", "4101", _ours(stayed["setl_id"]))
    assert record is not None
    assert len(record["payinfo"]) == 2


def _ours(wire: str) -> str:
    return f"{int(wire, 36):032x}"


@pytest.mark.parametrize(
    ("more", "nodes", "said"),
    [
        ({"psn_no": "T0001"}, {}, "不是同一人"),
        ({"setl_end_date": "2025-02-01"}, {}, "早于结算开始日期"),
        ({"acct_pay": "0.01"}, {}, "请改为一致"),
        ({}, {"payinfo": [{"fund_pay_type": "310100", "fund_payamt": "1"}]}, "各基金之和 1.00"),
        ({}, {"iteminfo": [{"med_chrgitm": "09", "amt": "1"}]}, "各收费项目之和 1.00"),
        ({"setl_id": "NONE"}, {}, "没有本机构的这笔结算"),
        ({"mdtrt_id": "NONE"}, {}, "不是同一次"),
    ],
)
def test_a_list_that_disagrees_with_its_settlement_is_refused(
    opened: Any, stayed: dict[str, Any], more: dict[str, Any], nodes: dict[str, Any], said: str
) -> None:
    assert said in opened.refused("4101", {**_list(stayed, **more), **nodes})
    record = find_record(opened.platform.database, "H14010500001", "4101", _ours(stayed["setl_id"]))
    assert record is None


def test_no_list_of_what_was_reversed_or_is_another_s(opened: Any, stayed: dict[str, Any]) -> None:
    opened.institution = "H14010500002"
    assert "没有本机构的这笔结算" in opened.refused("4101", _list(stayed))
    opened.institution = "H14010500001"
    opened.ok("2305", flows.undo(stayed))
    assert "已经撤销" in opened.refused("4101", _list(stayed))


# --- matches and stock ---------------------------------------------------------------------------


def test_stock_is_checked(opened: Any) -> None:
    goods = {
        "med_list_codg": "XNONE",
        "fixmedins_hilist_id": "1",
        "fixmedins_hilist_name": "药",
        "fixmedins_bchno": "B1",
        "rx_flag": "1",
        "invdate": "2025-03-10",
        "inv_cnt": "1",
        "manu_date": "2025-01-01",
        "expy_end": "2026-01-01",
    }
    opened.ok("3501", {"invinfo": goods})
    assert "目录里没有 XNONE" in _notes(opened)
    assert "不能为负" in opened.refused("3501", {"invinfo": {**goods, "inv_cnt": "-1"}})
    early = {**goods, "expy_end": "2024-01-01"}
    assert "早于生产日期" in opened.refused("3501", {"invinfo": early})
    assert "不是数" in opened.refused("3501", {"invinfo": {**goods, "inv_cnt": "x"}})
    assert "没有目录对照" in opened.refused("3301", {"data": []})


# --- who is known --------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [GatewaySettings(strict=True), GatewaySettings(make_up=False)])
def test_nobody_is_made_up_where_it_is_no_sandbox(
    start: Callable[..., Any], settings: GatewaySettings
) -> None:
    client = start(settings)
    who = {"mdtrt_cert_type": "02", "mdtrt_cert_no": "N1", "psn_cert_type": "99", "certno": "N1"}
    request = {"data": {**who, "psn_name": "x"}}
    head = dict.fromkeys(("sign_no", "dev_no"), "1")
    assert "没有这个证件号码的参保人" in client.refused("1101", request, **head)
