"""Stays and purchases, filings, queries and both books, over HTTP."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from yibao.policy.days import day_number, to_date

from . import flows

Line = Callable[..., dict[str, Any]]


def _stay_lines(key: dict[str, str], *lines: dict[str, Any]) -> dict[str, Any]:
    return {"feedetail": [{**fee_line, **key, "med_type": "21"} for fee_line in lines]}


# --- stays ---------------------------------------------------------------------------------------


def test_a_stay_from_admission_to_reversal(client: Any, line: Line) -> None:
    key = flows.admit(client, "wang")
    client.ok("2301", _stay_lines(key, line(1, "5000.00"), line(2, "2000.00", "XB01")))
    quoted = client.ok("2303", flows.stay_settling(key, 7000, dscgTime="2025-03-09"))["setlinfo"]
    client.ok("2402", flows.discharge(key, "2025-03-09 09:00:00"))
    info = client.ok("2304", flows.stay_settling(key, "7000.00"))["setlinfo"]
    assert info["fund_pay_sumamt"] == quoted["fund_pay_sumamt"] > 0
    assert info["enddate"] == "2025-03-09"
    assert info["preselfpay_amt"] == 200
    assert "已经结算" in client.refused("2405", {"data": key})
    undone = client.ok("2305", flows.undo(info))["setlinfo"]
    assert undone["fund_pay_sumamt"] == -info["fund_pay_sumamt"]
    client.ok("2405", {"data": key})
    client.ok("2402", flows.discharge(key, "2025-03-10 09:00:00"))
    later = client.ok("2304", flows.stay_settling(key, 7000))["setlinfo"]
    assert later["enddate"] == "2025-03-10"


def test_settled_before_the_discharge(client: Any, line: Line) -> None:
    key = flows.admit(client, "wang")
    client.ok("2301", _stay_lines(key, line(1, "5000.00")))
    client.ok("2304", flows.stay_settling(key, 5000, dscgTime="2025-03-09"))
    for other in ("2026-01-01 09:00:00", "2024-12-31 09:00:00"):
        said = client.refused("2402", flows.discharge(key, other))
        assert "2305" in said or "早于入院日" in said
    client.ok("2402", flows.discharge(key, "2025-03-09 09:00:00"))


def test_settled_without_a_day_and_discharged_on_another(client: Any) -> None:
    """Editions without dscgTime settle on the day of the message; the money stays the same."""
    today = client.platform.clock.today()
    last = today - datetime.timedelta(days=2)
    key = flows.admit(client, "wang", f"{last} 08:00:00")
    settled = client.ok("2304", flows.stay_settling(key, 5000))["setlinfo"]
    assert settled["enddate"] == today.isoformat()
    rules = client.platform.library.rulebook("140100")
    since, then = (to_date(rules.segment(day_number(day)).first_day) for day in (today, last))
    answer = client.send("2402", flows.discharge(key, f"{last} 09:00:00"))
    # Most days of a year have the rules of two days before.
    assert (answer["infcode"] == 0) is (since == then and last.year == today.year)


def test_refund_lines_take_back_part_or_all(client: Any, line: Line) -> None:
    key = flows.admit(client, "wang")
    client.ok("2301", _stay_lines(key, line(1, "30.00", count="3", price="10"), line(2, "5.00")))
    back = line(3, "-10.00", count="-1", price="10", init_feedetl_sn="1")
    result = client.ok("2301", _stay_lines(key, back))["result"]
    assert result[0]["inscp_scp_amt"] == -10
    assert "超过原明细 1 余下" in client.refused(
        "2301", _stay_lines(key, line(4, "-30.00", count="-3", price="10", init_feedetl_sn="1"))
    )
    client.ok(
        "2301", _stay_lines(key, line(5, "-5.00", count="-1", price="5", init_feedetl_sn="2"))
    )
    assert "费用明细之和 20.00" in client.refused("2303", flows.stay_settling(key, 35))
    client.ok("2303", flows.stay_settling(key, 20))
    client.ok("2302", {"data": [{**key, "feedetl_sn": "0000"}]})
    assert client.ok("2303", flows.stay_settling(key, 20))


def test_admission_changed_and_cancelled(client: Any) -> None:
    key = flows.admit(client, "wang")
    told = flows.admission("wang", "2025-03-02 08:00:00")["mdtrtinfo"]
    change = {**told, **key, "ipt_otp_no": "Z2", "adm_bed": "7"}
    client.ok("2403", {"adminfo": change, "diseinfo": []})
    asked = {"data": {**key, "begntime": "2025-03-01", "endtime": "2025-03-31"}}
    (inside,) = client.ok("5303", asked)["data"]
    assert (inside["begndate"], inside["ipt_otp_no"]) == ("2025-03-02", "Z2")
    client.ok("2404", {"data": key})
    assert client.ok("5303", asked)["data"] == []
    assert "已经撤销" in client.refused("2402", flows.discharge(key, "2025-03-09 09:00:00"))


def test_an_admission_of_unknown_outcome(client: Any) -> None:
    request = flows.admission("wang", "2025-03-01 10:00:00")
    opened = client.ok("2401", request, msgid="A-1")["result"]
    client.ok("2601", {"psn_no": "wang", "omsgid": "A-1", "oinfno": "2401"})
    key = {"psn_no": "wang", "mdtrt_id": opened["mdtrt_id"]}
    assert "已经撤销" in client.refused("2402", flows.discharge(key, "2025-03-09 09:00:00"))


def test_a_stay_is_refunded_whatever_came_later(client: Any) -> None:
    """The answer says how many later settlements the office is asked to settle anew."""
    first = flows.admit(client, "wang")
    first_settlement = client.ok("2304", flows.stay_settling(first, 9000, dscgTime="2025-03-05"))[
        "setlinfo"
    ]
    second = flows.admit(client, "wang", "2025-04-01 10:00:00")
    second_settlement = client.ok("2304", flows.stay_settling(second, 9000, dscgTime="2025-04-05"))[
        "setlinfo"
    ]
    assert second_settlement["act_pay_dedc"] < first_settlement["act_pay_dedc"]
    undone = client.ok("2305", flows.undo(first_settlement))["setlinfo"]
    assert undone["fund_pay_sumamt"] == -first_settlement["fund_pay_sumamt"]
    assert json.loads(undone["exp_content"]) == {"proposals": 1}
    assert client.ok("2305", flows.undo(second_settlement))["setlinfo"]["exp_content"] == ""


def test_stays_and_visits_are_not_mixed_up(client: Any) -> None:
    stay, visit = flows.admit(client, "wang"), flows.register(client, "wang")
    assert "请用 2303 或 2304" in client.refused("2207", flows.settling(stay, 1))
    assert "请用 2206 或 2207" in client.refused("2304", flows.stay_settling(visit, 1))
    assert "中途结算要先用 2301 上传明细" in client.refused(
        "2304", flows.stay_settling(stay, 1, mid_setl_flag="1")
    )
    assert "住院类别" in client.refused("2207", flows.settling(visit, 1, med_type="21"))


# --- purchases -----------------------------------------------------------------------------------


def test_a_purchase(client: Any, line: Line) -> None:
    client.institution = "P14010500001"
    request = flows.purchase("zhao", "25.00", [line(1, "20.00"), line(2, "5.00", "XC01")])
    quoted = client.ok("2101", request)
    output = client.ok("2102", request)
    info = output["setlinfo"]
    assert [row["fulamt_ownpay_amt"] for row in output["detlcutinfo"]] == [0, 5]
    assert info["acct_pay"] == 25 == quoted["setlinfo"]["acct_pay"]
    assert info["balc"] == 95
    assert client.ok("2103", flows.undo(info))["setlinfo"]["balc"] == 120
    assert "费用明细之和" in client.refused(
        "2102", flows.purchase("zhao", "26", request["drugdetail"])
    )


# --- filings -------------------------------------------------------------------------------------


def test_a_chronic_disease_is_filed_settled_and_taken_back(client: Any) -> None:
    key = flows.register(client, "wang")
    asked = flows.settling(key, 500, med_type="14")
    assert "没有门诊慢特病备案" in client.refused("2207", asked)
    filing = {
        "psn_no": "wang",
        "insutype": "390",
        "opsp_dise_code": "M03900",
        "opsp_dise_name": "高血压",
        "begndate": "2025-01-01",
    }
    filed = client.ok("2503", {"data": filing})["result"]
    listed = client.ok("5301", {"data": {"psn_no": "wang"}})["feedetail"]
    assert [row["opsp_dise_code"] for row in listed] == ["M03900"]
    assert "已有同样的备案" in client.refused("2503", {"data": filing})
    assert client.ok("2207", asked)["setlinfo"]["fund_pay_sumamt"] > 0
    back = {**filed, "psn_no": "wang", "memo": "误报"}
    client.ok("2504", {"data": back}, msgid="F-1")
    client.ok("2504", {"data": back}, msgid="F-1")
    assert "不在病种目录里" in client.refused(
        "2503", {"data": {**filing, "opsp_dise_code": "Z", "opsp_dise_name": "Z"}}
    )


def test_out_of_area_filings(client: Any) -> None:
    data = {
        "psn_no": "li",
        "biz_appy_type": "08",
        "begndate": "2025-01-01",
        "fix_srt_no": "1",
        "fixmedins_code": "H1",
        "fixmedins_name": "x",
    }
    filed = client.ok("2505", {"data": data}, mdtrtarea_admvs="110000")["result"]
    (row,) = client.ok("5302", {"data": {"psn_no": "li", "biz_appy_type": "08"}})["psnfixmedin"]
    assert row["memo"] == "110000"
    client.ok("2506", {"data": {**filed, "psn_no": "li", "memo": "x"}})
    place = client.ok("2505", {"data": {**data, "biz_appy_type": "03"}})["result"]
    asked = {"data": {"psn_no": "li", "biz_appy_type": "03"}}
    assert len(client.ok("5302", asked)["psnfixmedin"]) == 1
    client.ok("2506", {"data": {**place, "psn_no": "li", "memo": "x"}})
    assert client.ok("5302", asked)["psnfixmedin"] == []
    referral = {
        "psn_no": "li",
        "diag_code": "C00",
        "diag_name": "x",
        "reflin_medins_no": "H1",
        "reflin_medins_name": "x",
        "mdtrtarea_admdvs": "110000",
        "refl_type": "3",
        "refl_date": "2025-05-01",
        "refl_rea": "x",
        "refl_opnn": "x",
    }
    filed = client.ok("2501", {"refmedin": referral})["result"]
    (row,) = client.ok("5304", {"data": {"psn_no": "li", "begntime": "2025-01-01"}})["refmedin"]
    assert row["trt_dcla_detl_sn"] == filed["trt_dcla_detl_sn"]
    client.ok("2502", {"data": {**filed, "psn_no": "li"}})
    inside = client.ok("2501", {"refmedin": {**referral, "refl_type": "1"}})["result"]
    client.ok("2502", {"data": {**inside, "psn_no": "li"}})


def test_benefit_check(client: Any) -> None:
    data = {
        "psn_no": "wang",
        "insutype": "390",
        "fixmedins_code": "H14010500001",
        "med_type": "11",
        "begntime": "2025-03-10 00:00:00",
    }
    rows = client.ok("2001", {"data": data})["trtinfo"]
    assert [(row["trt_enjymnt_flag"], row["fund_pay_type"]) for row in rows] == [
        ("1", "390100"),
        ("1", "390200"),
    ]
    for unentitled in ({"begntime": "2010-01-01"}, {"med_type": "14"}):
        for row in client.ok("2001", {"data": data | unentitled})["trtinfo"]:
            assert row["trt_enjymnt_flag"] == "0"
            assert row["trt_chk_rslt"]


# --- queries -------------------------------------------------------------------------------------


def test_queries_after_a_settlement(client: Any, line: Line) -> None:
    key = flows.register(client)
    visit_facts = {**key, "med_type": "11", "begntime": "2025-03-10 08:00:00"}
    visit_facts |= {"dise_codg": "x", "dise_name": "x"}
    client.ok("2203", {"mdtrtinfo": visit_facts, "diseinfo": [flows.DIAGNOSIS]})
    client.ok("2204", {"feedetail": [{**line(1, "500.00"), **key, "chrg_bchno": "B1"}]})
    info = client.ok("2207", flows.settling(key, 500))["setlinfo"]
    (visit,) = client.ok(
        "5201",
        {"data": {**key, "begntime": "2025-03-01", "endtime": "2025-03-31", "med_type": "11"}},
    )["mdtrtinfo"]
    assert visit["mdtrt_id"] == key["mdtrt_id"]
    assert client.ok("5202", {"data": key})["diseinfo"][0]["diag_code"] == "J00.x00"
    shown = client.ok("5203", {"data": {**key, "setl_id": info["setl_id"]}})["setlinfo"]
    assert (shown["psn_pay"], shown["refd_setl_flag"]) == (info["psn_part_amt"], "0")
    (row,) = client.ok("5204", {"data": {**key, "setl_id": info["setl_id"]}})
    assert (row["med_list_codg"], row["det_item_fee_sumamt"]) == ("XA01", 500)
    rows = client.ok("5206", {"data": {"psn_no": "li", "cum_ym": "2025"}})["cuminfo"]
    used = {row["cum_type_code"]: row["cum"] for row in rows}
    assert used["D310100"] == info["hifp_pay"]
    assert used["Q_310"] == info["act_pay_dedc"]
    client.ok("2208", flows.undo(info))
    shown = client.ok("5203", {"data": {**key, "setl_id": info["setl_id"]}})["setlinfo"]
    assert shown["refd_setl_flag"] == "1"
    assert client.ok("5205", {"data": {"psn_no": "li", "begntime": "2025-01-01"}}) == {
        "feedetail": []
    }


def test_institution_and_staff(client: Any) -> None:
    asked = {"fixmedins_type": "1", "fixmedins_code": "H14010500001"}
    shown = client.ok("1201", {"medinsinfo": asked})["medinsinfo"]
    assert shown["hosp_lv"] == "2"
    of_guangdong = client.envelope("1201", {"medinsinfo": asked})
    listed = client.post(of_guangdong, "/ebus/a/poc/hsa/hgs/1201").json()["output"]["medinsinfo"]
    assert listed == [shown]
    shown = client.ok("1201", {"medinsinfo": {"fixmedins_type": "2", "fixmedins_name": "测试"}})
    assert shown["medinsinfo"]["fixmedins_code"] == "P14010500001"
    assert client.ok("5101", {})["feedetail"] == []


# --- books ---------------------------------------------------------------------------------------


def test_totals_and_lines_are_compared(client: Any) -> None:
    infos = [flows.settle(client, "li", "100.00"), flows.settle(client, "zhao", "50.00")]
    back = client.ok("2208", flows.undo(infos[1]))["setlinfo"]
    day = infos[0]["setl_time"][:10]
    asked = {
        "insutype": "310",
        "clr_type": "11",
        "setl_optins": "140100",
        "stmt_begndate": day,
        "stmt_enddate": day,
        "medfee_sumamt": "100.00",
        "fund_pay_sumamt": infos[0]["fund_pay_sumamt"],
        "acct_pay": "0",
        "fixmedins_setl_cnt": "3",
    }
    assert client.ok("3201", {"data": asked})["stmtinfo"]["stmt_rslt"] == "0"
    assert (
        client.ok("3201", {"data": {**asked, "fixmedins_setl_cnt": 1}})["stmtinfo"]["stmt_rslt"]
        == "0"
    )
    wrong = client.ok("3201", asked | {"medfee_sumamt": "99"})["stmtinfo"]
    assert wrong["stmt_rslt"] == "1"
    assert "机构 99.00、平台 100.00" in wrong["stmt_rslt_dscr"]
    rows = [
        [info[name] for name in ("setl_id", "mdtrt_id", "psn_no")]
        + [str(info[name]) for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")]
        + [flag]
        for info, flag in zip([infos[0], back], "01", strict=True)
    ]
    rows[0][3] = "99.00"
    rows.append(["none", "none", "li", "1", "0", "0", "0"])
    text = "".join("\t".join(row) + "\n" for row in rows)
    head = client.envelope("9101", {"fsUploadIn": {"filename": "a.txt", "fixmedins_code": "x"}})
    sent = client.http.post(
        client.url + "/fsi/api/fileupload/upload",
        files={"file": ("a.txt", text.encode())},
        data={"jsonStr": json.dumps(head)},
    ).json()
    number = sent["output"]["file_qury_no"]
    result = client.ok("3202", {"data": {**asked, "cash_payamt": "0", "file_qury_no": number}})[
        "fileinfo"
    ]
    got = client.post(client.envelope("9102", {"fsDownloadIn": {**result, "fixmedins_code": "x"}}))
    with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
        lines = archive.read(archive.namelist()[0]).decode().splitlines()
    verdicts = [(line.split("\t")[2], line.split("\t")[4]) for line in lines]
    assert verdicts == [
        (infos[0]["setl_id"], "1"),
        (back["setl_id"], "0"),
        ("none", "1"),
        (infos[1]["setl_id"], "1"),
    ]


# --- directories and records ---------------------------------------------------------------------


def test_directories_come_as_files(client: Any) -> None:
    for infno in ("1301", "1305", "1309", "1307"):
        directory = client.ok(infno, {"data": {"ver": "0"}})
        request = {"fsDownloadIn": {**directory, "fixmedins_code": "plc"}}
        response = client.post(client.envelope("9102", request))
        assert response.headers["content-type"] == "application/octet-stream"
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            rows = archive.read(archive.namelist()[0]).decode().splitlines()
        assert len(rows) == directory["data_cnt"]
        if infno == "1301":
            assert {row.split("\t")[0] for row in rows} == {"XA01", "XB01", "XC01", "XD01"}
            assert {len(row.split("\t")) for row in rows} == {97}
            again = client.ok("1301", {"data": {"ver": directory["file_qury_no"].split("-")[2]}})
            assert again["data_cnt"] == 0
    missing = client.post(
        client.envelope(
            "9102",
            {"fsDownloadIn": {"file_qury_no": "no", "filename": "x", "fixmedins_code": "x"}},
        )
    ).json()
    assert "没有文件 no" in missing["err_msg"]


def test_paged_directories(client: Any) -> None:
    page = {"updt_time": "2020-01-01", "page_num": "2", "page_size": "3"}
    output = client.ok("1312", {"data": page})
    assert (output["recordCounts"], output["pages"], len(output["data"])) == (5, 2, 2)
    limits = client.ok("1318", {"data": {**page, "page_num": 1}})["data"]
    assert [(row["hilist_code"], row["hilist_pric_uplmt_amt"]) for row in limits] == [("SA01", 4.5)]
    shares = client.ok("1319", {"data": {**page, "page_num": 1}})["data"]
    assert [(row["hilist_code"], row["selfpay_prop"]) for row in shares] == [("XB01", 0.1)]
    for infno in ("1304", "1316", "1317"):
        client.ok(infno, {"data": page})
    listed = client.ok(
        "1901", {"data": {"type": "insutype", "admdvs": "140100", "date": "2025-01-01"}}
    )["list"]
    assert {"value": "310", "label": "职工基本医疗保险"}.items() <= listed[0].items()


def test_matches_and_stock_are_checked_and_kept(client: Any) -> None:
    match = {
        "fixmedins_hilist_id": "own1",
        "fixmedins_hilist_name": "x",
        "list_type": "101",
        "med_list_codg": "XA01",
        "begndate": "2025-01-01",
        "enddate": "2099-12-31",
    }
    client.ok("3301", {"data": [match, {**match, "fixmedins_hilist_id": "own2"}]})
    page = {"page_num": 1, "page_size": 10}
    data = {**dict.fromkeys(("query_date", "updt_time", "begndate"), "2025-01-01"), **page}
    assert client.ok("1317", {"data": data})["recordCounts"] == 2
    match["fixmedins_code"] = client.institution
    client.ok("3302", match)
    assert "没有目录对照" in client.refused("3302", match)
    stock = {
        **match,
        "fixmedins_bchno": "L1",
        "rx_flag": "0",
        "invdate": "2025-01-01",
        "inv_cnt": "3",
        "manu_date": "2025-01-01",
        "expy_end": "2026-01-01",
    }
    client.ok("3501", {"invinfo": stock})
    client.ok("3507", {"data": {"fixmedins_bchno": "L1", "inv_data_type": "1"}})
    assert "没有批次 L1" in client.refused(
        "3507", {"data": {"fixmedins_bchno": "L1", "inv_data_type": "1"}}
    )
