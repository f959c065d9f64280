"""What keeps a real client from finishing: shapes, names, numbers and encodings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from yibao.gateway.fields import codes, names
from yibao.gateway.message import Received
from yibao.gateway.registry import PROVINCIAL, UNPUBLISHED
from yibao.messages import text_of

from . import flows
from .conftest import HOSPITAL, PHARMACY, SECOND

Line = Callable[..., dict[str, Any]]


def _notes(client: Any, infno: str, content: Any) -> str:
    """What the developer is told of a message."""
    body = json.dumps(client.envelope(infno, content), ensure_ascii=False).encode()
    reply = client.platform.answer(Received("/", {}, body))
    return "\n".join(f"{text_of(note.place)}：{text_of(note.what)}" for note in reply.message.notes)


def test_an_ordinary_visit_needs_no_disease(client: Any, line: Line) -> None:
    key = flows.register(client)
    visit = {**key, "med_type": "11", "begntime": "2025-03-10 08:00:00"}
    assert client.ok("2203", {"mdtrtinfo": visit, "diseinfo": [flows.DIAGNOSIS]}) is None
    client.ok("2204", {"feedetail": [{**line(1, "50.00"), **key, "chrg_bchno": "B1"}]})
    told = flows.settling(key, "50.00")
    for name in flows.SPLIT:
        del told["data"][name]
    assert client.ok("2207", told)["setlinfo"]["medfee_sumamt"] == 50


def test_settlement_and_fees_by_person_and_visit_alone(client: Any, line: Line) -> None:
    """Before settling as after; the rows of 5204 stand in output itself."""
    key = flows.register(client)
    client.ok("2204", {"feedetail": [{**line(1, "50.00"), **key, "chrg_bchno": "B1"}]})
    before = client.ok("5203", {"data": key})
    assert (before["setlinfo"]["setl_id"], before["setlinfo"]["medfee_sumamt"]) == ("", 0)
    assert (before["setlinfo"]["psn_no"], before["setldetail"]) == ("li", [])
    [row] = client.ok("5204", {"data": key})
    assert (row["det_item_fee_sumamt"], row["setl_id"]) == (50, "")
    settled = client.ok("2207", flows.settling(key, "50.00"))["setlinfo"]
    after = client.ok("5203", {"data": key})["setlinfo"]
    assert (after["setl_id"], after["medfee_sumamt"]) == (settled["setl_id"], 50)
    for asked in (key, {"psn_no": "li", "setl_id": settled["setl_id"]}):
        [row] = client.ok("5204", {"data": asked})
        assert row["setl_id"] == settled["setl_id"]


def test_queries_keep_the_time_of_day_and_the_operator(client: Any, line: Line) -> None:
    key = flows.admit(client, "li", "2025-03-01 10:20:30")
    client.ok("2301", {"feedetail": [{**line(1, "50.00"), **key}]})
    client.ok("2402", flows.discharge(key, "2025-03-05 16:05:00"))
    client.ok("2304", flows.stay_settling(key, "50.00"))
    asked = {"psn_no": "li", "begntime": "2025-01-01", "endtime": "2025-12-31"}
    [visit] = client.ok("5201", {"data": asked})["mdtrtinfo"]
    assert visit["begntime"] == "2025-03-01 10:20:30"
    assert visit["endtime"] == "2025-03-05 16:05:00"
    [diagnosis] = client.ok("5202", {"data": key})["diseinfo"]
    settled = client.ok("5203", {"data": key})["setlinfo"]
    [fee] = client.ok("5204", {"data": key})
    for row in (visit, diagnosis, settled, fee):
        assert (row["opter_id"], row["opter_name"]) == ("001", "测试")
        assert row["opt_time"]
    assert (visit["age"], settled["age"]) == (70, 70)


def test_a_name_that_differs_is_noted(client: Any) -> None:
    person = {"mdtrt_cert_type": "02", "mdtrt_cert_no": "110101199003074557", "psn_name": "甲"}
    client.ok("1101", {"data": person})
    notes = _notes(client, "1101", {"data": {**person, "psn_name": "乙"}})
    assert "与登记的姓名 甲** 不同" in notes


def test_institutions_by_kind_alone(client: Any) -> None:
    listed = client.ok("1201", {"medinsinfo": {"fixmedins_type": "1"}})["medinsinfo"]
    assert [row["fixmedins_code"] for row in listed] == [HOSPITAL, SECOND]
    alone = client.ok("1201", {"medinsinfo": {"fixmedins_type": "2"}})["medinsinfo"]
    assert alone["fixmedins_code"] == PHARMACY
    assert client.ok("1201", {})["medinsinfo"]["fixmedins_code"] == HOSPITAL


def test_a_match_under_the_node_of_other_editions(client: Any) -> None:
    row = {
        "fixmedins_hilist_id": "Y1",
        "fixmedins_hilist_name": "甲类药",
        "list_type": "101",
        "med_list_codg": "XA01",
    }
    client.ok("3301", {"catalogcompin": [row]})
    client.ok("3302", row)


def test_departments_are_told_changed_and_taken_back(client: Any) -> None:
    department = {"hosp_dept_codg": "01", "hosp_dept_name": "内科", "aprv_bed_cnt": "40"}
    client.ok("3401", {"deptinfo": department})
    client.ok("3402", {"deptinfo": {"hosp_dept_codg": "01", "aprv_bed_cnt": "45"}})
    client.ok("3401A", {"deptinfo": [{**department, "hosp_dept_codg": "02"}]})
    rows = client.ok("5101", {"data": {}})["feedetail"]
    assert [(row["hosp_dept_codg"], row["aprv_bed_cnt"]) for row in rows] == [
        ("01", 45),
        ("02", 40),
    ]
    client.ok("3403", {"data": {"hosp_dept_codg": "01"}})
    assert len(client.ok("5101", {"data": {}})["feedetail"]) == 1
    assert "请先用 3401 上传" in client.refused("3402", {"deptinfo": department})
    assert "请先用 3401 上传" in client.refused("3403", {"data": {"hosp_dept_codg": "01"}})
    assert "已" not in _notes(client, "3401", {"deptinfo": department})
    late = {**department, "begntime": "2025-01-02 00:00:00", "endtime": "2025-01-01 00:00:00"}
    assert "早于开始时间" in client.refused("3401", {"deptinfo": late})


def test_no_word_of_ours_for_a_transaction_reaches_a_person(client: Any) -> None:
    for infno, name in names().items():
        assert not re.search("[a-z(]", name), (infno, name)
    for infno in sorted(UNPUBLISHED):
        assert "字段表没有公开" in client.refused(infno, {"data": {}})
    for infno in sorted(PROVINCIAL):
        assert "个别省自己的" in client.refused(infno, {"data": {}})
    assert {"11", "12", "13", "14", "21", "22", "28", "41", "51", "52"} <= set(
        codes()["med_type"]["codes"]
    )
    key = flows.admit(client, "li")
    assert "21" not in _notes(client, "2403", {"adminfo": {**key, "med_type": "21"}})


def test_every_number_in_an_error_is_one_that_the_sender_has(client: Any, line: Line) -> None:
    """Of a visit that is not there, of one that is cancelled: 25 characters, never ours."""
    key = flows.register(client)
    why = client.refused("2205", {"data": {**key, "mdtrt_id": "0" * 25, "chrg_bchno": "B1"}})
    assert "0" * 25 in why
    client.ok("2202", {"data": {**key, "ipt_otp_no": "M1"}})
    assert key["mdtrt_id"] in client.refused("2202", {"data": {**key, "ipt_otp_no": "M1"}})


def test_a_settlement_is_reversed_by_the_number_of_its_visit(client: Any) -> None:
    info = flows.settle(client, "li", "50.00")
    named = {**flows.undo(info)["data"], "setl_id": info["mdtrt_id"]}
    assert client.ok("2208", {"data": named})["setlinfo"]["medfee_sumamt"] == -50
    assert "没有这笔结算" in client.refused("2208", {"data": named})


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_chinese_that_can_only_be_gbk_is_read(client: Any, encoding: str) -> None:
    person = {"mdtrt_cert_type": "02", "mdtrt_cert_no": "110101199003074557", "psn_name": "张三"}
    text = json.dumps(client.envelope("1101", {"data": person}), ensure_ascii=False)
    answer = client.post(text.encode(encoding)).json()
    assert answer["output"]["baseinfo"]["psn_name"] == "张三"
    plain = json.dumps(client.envelope("1101", {"data": {**person, "psn_name": "?"}}))
    for other in (plain.replace("?", "é").encode("latin-1"), text.encode()[:-1] + b"\xe5"):
        assert "UTF-8" in client.post(other).json()["err_msg"]
