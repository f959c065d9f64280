"""Conversations that several tests begin with."""

from __future__ import annotations

from typing import Any

CERT = {"mdtrt_cert_type": "02", "mdtrt_cert_no": "x", "psn_setlway": "01", "insutype": "310"}
SPLIT = dict.fromkeys(
    ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), "0"
)
DEPARTMENT = {"dept_code": "01", "dept_name": "内科", "caty": "A03"}
DIAGNOSIS = {
    "diag_type": "1",
    "diag_srt_no": 1,
    "diag_code": "J00.x00",
    "diag_name": "急性鼻咽炎",
    "diag_dept": "内科",
    "dise_dor_no": "D1",
    "dise_dor_name": "测试医师",
    "diag_time": "2025-03-10 09:00:00",
    "vali_flag": "1",
}


def register(client: Any, person: str = "li", day: str = "2025-03-10") -> dict[str, str]:
    """2201: the key of an outpatient visit."""
    data = {**CERT, **DEPARTMENT, "psn_no": person, "begntime": f"{day} 08:00:00"}
    opened = client.ok("2201", {"data": {**data, "ipt_otp_no": "M1"}})["data"]
    return {"psn_no": person, "mdtrt_id": opened["mdtrt_id"]}


def fee_line(
    number: int,
    amount: str,
    code: str = "XA01",
    *,
    count: str = "1",
    price: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A fee line of 2204 or 2301."""
    return {
        "feedetl_sn": str(number),
        "rx_circ_flag": "0",
        "fee_ocur_time": "2025-03-10 09:00:00",
        "med_list_codg": code,
        "medins_list_codg": f"own-{code}",
        "det_item_fee_sumamt": amount,
        "cnt": count,
        "pric": price or amount,
        "bilg_dept_codg": "A03",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "D140100000001",
        "bilg_dr_name": "测试医师",
        "hosp_appr_flag": "0",
        **more,
    }


def with_a_line(client: Any, person: str = "li", amount: str = "20.00") -> dict[str, str]:
    """2201 and 2204: the key of a visit that a strict platform settles."""
    key = register(client, person)
    client.ok("2204", {"feedetail": [{**fee_line(1, amount), **key, "chrg_bchno": "B1"}]})
    return key


def settling(key: dict[str, str], total: Any, **more: Any) -> dict[str, Any]:
    """The input of 2206 and 2207."""
    row = {
        **CERT,
        **SPLIT,
        **key,
        "med_type": "11",
        "medfee_sumamt": total,
        "chrg_bchno": "B1",
        "acct_used_flag": "0",
    }
    return {"data": {**row, **more}}


def settle(client: Any, person: str, total: Any, **more: Any) -> dict[str, Any]:
    """A visit without lines, settled: its setlinfo."""
    key = register(client, person)
    info: dict[str, Any] = client.ok("2207", settling(key, total, **more))["setlinfo"]
    return info


def undo(info: dict[str, Any]) -> dict[str, Any]:
    """The input of 2208, 2305 and 2103."""
    return {"data": {name: info[name] for name in ("setl_id", "mdtrt_id", "psn_no")}}


def admission(person: str, begin: str, **more: Any) -> dict[str, Any]:
    """The input of 2401."""
    row = {
        **CERT,
        "psn_no": person,
        "begntime": begin,
        "med_type": "21",
        "ipt_no": "Z1",
        "atddr_no": "D1",
        "chfpdr_name": "测试医师",
        "adm_diag_dscr": "肺炎",
        "adm_dept_codg": "01",
        "adm_dept_name": "内科",
        "adm_bed": "1",
        "dscg_maindiag_code": "J18",
        "dscg_maindiag_name": "肺炎",
    }
    diagnosis = {**DIAGNOSIS, "psn_no": person, "maindiag_flag": "1"}
    return {"mdtrtinfo": {**row, **more}, "diseinfo": [diagnosis]}


def admit(
    client: Any, person: str, begin: str = "2025-03-01 10:00:00", **more: Any
) -> dict[str, str]:
    """2401: the key of a stay."""
    opened = client.ok("2401", admission(person, begin, **more))["result"]
    return {"psn_no": person, "mdtrt_id": opened["mdtrt_id"]}


def stay_settling(key: dict[str, str], total: Any, **more: Any) -> dict[str, Any]:
    """The input of 2303 and 2304."""
    row = {**CERT, **key, "medfee_sumamt": total, "mid_setl_flag": "0", "acct_used_flag": "0"}
    return {"data": {**row, **more}}


def discharge(key: dict[str, str], end: str) -> dict[str, Any]:
    """The input of 2402."""
    row = {
        **key,
        "insutype": "310",
        "endtime": end,
        "dscg_dept_codg": "01",
        "dscg_dept_name": "内科",
        "dscg_way": "1",
    }
    return {"dscginfo": row, "diseinfo": []}


def purchase(person: str, total: str, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The input of 2101 and 2102."""
    row = {
        **CERT,
        "psn_no": person,
        "begntime": "2025-03-10 10:00:00",
        "medfee_sumamt": total,
        "acct_used_flag": "1",
        "med_type": "41",
    }
    return {"druginfo": {**row, **more}, "drugdetail": lines}
