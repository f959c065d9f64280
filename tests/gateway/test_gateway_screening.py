"""3101 and 3102: what the rules say before and during care, and nothing else happens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yibao.access.trail import latest_events
from yibao.sanctions.states import ProviderKind

from . import flows
from .conftest import HOSPITAL, SECOND
from .test_gateway_suspended import suspend

BOTH = pytest.mark.parametrize("infno", ["3101", "3102"])


def order(number: str, code: str, amount: str, **more: Any) -> dict[str, Any]:
    """An order as it stands in a visit."""
    row = {"rx_id": number, "hilist_code": code, "cnt": "1", "pric": amount, "sumamt": amount}
    return {**row, "drord_begn_date": "2025-03-10 09:00:00", **more}


def asked(person: str = "li", *orders: dict[str, Any], **visit: Any) -> dict[str, Any]:
    """The input of 3101: one visit of one person."""
    row = {
        "mdtrt_id": "HIS-1",
        "medins_id": HOSPITAL,
        "adm_date": "2025-03-10",
        "med_type": "11",
        "fsi_order_dtos": list(orders),
        **visit,
    }
    patient = {"patn_id": person, "curr_mdtrt_id": "HIS-1", "fsi_encounter_dtos": [row]}
    return {"data": {"patient_dtos": [patient]}}


def found(client: Any, content: Any, infno: str = "3101") -> list[tuple[str, str]]:
    """Rule and words of everything that is found."""
    rows = client.ok(infno, content)["result"]
    return [(row["rule_id"], row["vola_cont"]) for row in rows]


@BOTH
def test_each_violation_has_its_place_and_reason(client: Any, infno: str) -> None:
    """The same drug charged on the same day by another visit, and an item above its limit."""
    flows_key = flows.with_a_line(client, "li", "20.00")
    client.ok("2207", flows.settling(flows_key, "20.00"))
    content = asked("li", order("r1", "SA01", "5.00"), order("r2", "XA01", "20.00"))
    assert client.ok(infno, asked("li", order("r9", "XA01", "19.00")))["result"] == []
    twice, above = client.ok(infno, content)["result"]
    assert (twice["rule_id"], twice["sev_deg"], twice["vola_bhvr_type"]) == ("RC4", "2", "2")
    assert twice["rule_name"] == "重复收费"
    assert twice["vola_cont"] == "甲类药 同一天同样金额收了两次，共 1 行"
    assert "第三十八条" in twice["vola_evid"]
    (line,) = twice["judge_result_detail_dtos"]
    assert (line["rx_id"], line["vola_amt"], line["vola_item_type"]) == ("r2", 20.00, "1")
    assert (line["patn_id"], line["mdtrt_id"]) == ("li", "HIS-1")
    assert (above["rule_id"], above["vola_cont"]) == ("RC13", "限价项目 等 1 行的单价高于限价")
    assert (above["vola_amt"], above["vola_amt_stas"]) == (5.00, "1")
    assert above["judge_result_detail_dtos"][0]["rx_id"] == "r1"
    again = client.ok(infno, content)["result"]
    assert [row["jr_id"] for row in again] == [twice["jr_id"], above["jr_id"]]
    chosen = {"data": {**content["data"], "rule_ids": ["RC13"]}}
    assert [row["rule_id"] for row in client.ok(infno, chosen)["result"]] == ["RC13"]


def _operations(client: Any, person: str) -> list[str]:
    """What stands on a person's chain, the latest first."""
    rows = client.platform.database.read(lambda unit: latest_events(unit, person, 100))
    return [row.operation for row in rows]


def test_a_finding_refuses_nothing_and_stores_only_that_it_was_read(client: Any) -> None:
    key = flows.register(client)
    line = {**flows.fee_line(1, "5.00", "SA01"), **key, "chrg_bchno": "B1"}
    client.ok("2204", {"feedetail": [line]})
    before = _operations(client, "li")
    assert found(client, asked("li", order("r1", "SA01", "5.00")))[0][0] == "RC13"
    assert _operations(client, "li") == ["read_person", *before]
    info = client.ok("2207", flows.settling(key, "5.00"))["setlinfo"]
    assert info["overlmt_selfpay"] == 0.50


def test_care_elsewhere_is_told_to_who_treats_the_person(client: Any) -> None:
    """A stay at another hospital is in nobody's answer who never registered the person."""
    stay = flows.admit(client, "wang", "2025-03-01 10:00:00")
    client.ok("2402", flows.discharge(stay, "2025-03-08 10:00:00"))
    client.ok("2304", flows.stay_settling(stay, "3000.00"))
    again = {"med_type": "21", "adm_date": "2025-03-12", "hifp_payamt": "100.00"}
    again |= {"medins_id": SECOND, "dscg_date": "2025-03-14"}
    own = asked("wang", **{**again, "medins_id": HOSPITAL})
    assert [rule for rule, _ in found(client, own, "3102")] == ["RC1"]
    client.institution = SECOND
    assert found(client, asked("wang", **again), "3102") == []
    flows.register(client, "wang", "2025-03-12")
    (row,) = client.ok("3102", asked("wang", **again))["result"]
    assert (row["rule_id"], row["vola_amt"], row["vola_amt_stas"]) == ("RC1", 100.00, "1")
    assert row["vola_cont"] == "2025-03-08 出院后 4 天又住院，规则看 15 天"
    assert row["judge_result_detail_dtos"][0]["rx_id"] == ""
    inside = {**again, "adm_date": "2025-03-05"}
    assert [rule for rule, _ in found(client, asked("wang", **inside))] == ["RC2"]
    emergency = {**again, "med_type": "2109"}
    assert found(client, asked("wang", **emergency)) == []
    untold = {name: value for name, value in again.items() if name != "hifp_payamt"}
    (row,) = client.ok("3102", asked("wang", **untold))["result"]
    assert (row["vola_amt"], row["vola_amt_stas"]) == (0, "0")


def test_what_is_wrong_is_told_by_name(client: Any) -> None:
    right = asked("li", order("r1", "XA01", "20.00"), order("r2", "XA01", "10.00"))
    (patient,) = right["data"]["patient_dtos"]
    (visit,) = patient["fsi_encounter_dtos"]

    def refused(**changes: Any) -> str:
        """The patient with changed fields."""
        return str(client.refused("3101", {"data": {"patient_dtos": [{**patient, **changes}]}}))

    def visit_refused(**changes: Any) -> str:
        return refused(fsi_encounter_dtos=[{**visit, **changes}])

    assert "data" in client.refused("3101", {})
    assert "input.data.patient_dtos（参保人信息）" in client.refused("3101", {"data": {}})
    assert "patn_id（参保人标识）" in refused(patn_id="")
    assert "没有这个人" in refused(patn_id="nobody")
    assert "恰有一次是当前就诊，收到 0 次" in refused(curr_mdtrt_id="HIS-2")
    assert "fsi_encounter_dtos：每一行应是 JSON 对象" in refused(fsi_encounter_dtos="x")
    assert "adm_date（入院日期）" in visit_refused(adm_date="")
    assert "不是日期" in visit_refused(adm_date="昨天")
    assert "早于入院日期" in visit_refused(dscg_date="2025-03-01")
    assert "报文头是 H14010500001" in visit_refused(medins_id=SECOND)
    orders = [visit["fsi_order_dtos"][0], {**visit["fsi_order_dtos"][1], "sumamt": "一元"}]
    said = visit_refused(fsi_order_dtos=orders)
    assert "input.data.patient_dtos.fsi_encounter_dtos.fsi_order_dtos[2].sumamt（总费用）" in said
    assert "不是数" in said
    orders[1] = {"hilist_code": "XA01"}
    said = visit_refused(fsi_order_dtos=orders)
    assert "rx_id（处方(医嘱)标识）" in said
    assert "sumamt（总费用）" in said
    unknown = {"data": {**right["data"], "rule_ids": ["RC99"]}}
    assert "没有规则 RC99；有的是 RC2、" in client.refused("3101", unknown)
    assert _operations(client, "li") == ["register"], "nothing of it was read"


def test_other_ways_to_write_it(client: Any) -> None:
    """Lists as objects or as text, fields without data around them, numbers as numbers."""
    content = asked("li", order("r1", "SA01", "5.00"))["data"]
    (patient,) = content["patient_dtos"]
    plain = {**patient, "fsi_encounter_dtos": patient["fsi_encounter_dtos"][0]}
    for other in (
        content,
        {"data": {"patient_dtos": plain}},
        {"data": {"patient_dtos": json.dumps([patient])}},
        {"data": {**content, "rule_ids": "RC13,RC4"}},
    ):
        assert [rule for rule, _ in found(client, other)] == ["RC13"]


@BOTH
def test_a_suspended_department_or_practitioner_is_a_warning_and_refuses_nothing(
    client: Any, infno: str
) -> None:
    suspend(client, ProviderKind.DEPARTMENT, "A03")
    suspend(client, ProviderKind.PRACTITIONER, "D140100000001", "case2")
    theirs = {"drord_dept_codg": "A03", "drord_dr_codg": "D140100000001"}
    orders = order("r1", "XA01", "19.00", **theirs), order("r2", "XA01", "7.00")
    department, practitioner = client.ok(infno, asked("li", *orders))["result"]
    assert (department["rule_id"], department["sev_deg"]) == ("PS1", "1")
    assert "科室 A03 到 2025-09-04 为止暂停医保服务" in department["vola_cont"]
    assert "结算会被拒绝" in department["vola_cont"]
    assert "医护人员 D140100000001" in practitioner["vola_cont"]
    for row in (department, practitioner):
        (line,) = row["judge_result_detail_dtos"]
        assert (line["rx_id"], row["vola_amt"]) == ("r1", 19.00)
    emergency = asked("li", *orders, med_type="13")
    assert client.ok(infno, emergency)["result"] == []
    before = order("r1", "XA01", "19.00", **theirs, drord_begn_date="2025-03-04 09:00:00")
    assert client.ok(infno, asked("li", before))["result"] == []
    visit = {"adm_dept_codg": "A03", "hifp_payamt": "50.00"}
    (row,) = client.ok(infno, asked("li", **visit))["result"]
    assert (row["vola_amt"], row["judge_result_detail_dtos"][0]["rx_id"]) == (50.00, "")
    content = asked("li", *orders)
    content["data"]["rule_ids"] = ["RC13"]
    assert client.ok(infno, content)["result"] == []
    content["data"]["rule_ids"] = ["RC14"]
    assert "没有规则 RC14" in client.refused(infno, content)
