"""The rows that a rehearsal sends, and who carries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Given = dict[str, Any]
Send = Callable[[str, Given, str], Given]
"""infno, input and the institution that sends; gives the output, or fails."""

HOSPITAL, PHARMACY = "H14010500001", "P14010500001"
RETIRED, WORKING, RESIDENT, CHILD = "T0001", "T0002", "T0003", "T0004"
DAY = "2025-03-10"
_NUMBERS = {
    RETIRED: "140100196003010014",
    WORKING: "140100198506010023",
    RESIDENT: "140100196205010047",
    CHILD: "140100201803010059",
}
SPLIT = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")


def card(person: str) -> Given:
    """A person at the counter with an identity card."""
    number = _NUMBERS[person]
    resident = person in (RESIDENT, CHILD)
    return {
        "psn_no": person,
        "insutype": "390" if resident else "310",
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": number,
        "psn_cert_type": "01",
        "certno": number,
    }


def line(number: int, code: str, price: str, count: str, total: str, **more: Any) -> Given:
    """A fee line."""
    return {
        "feedetl_sn": str(number),
        "rxno": "CF0001",
        "rx_circ_flag": "0",
        "fee_ocur_time": f"{DAY} 09:00:00",
        "med_list_codg": code,
        "medins_list_codg": f"HIS-{code}",
        "det_item_fee_sumamt": total,
        "cnt": count,
        "pric": price,
        "bilg_dept_codg": "A03",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "D140105000001",
        "bilg_dr_name": "测试医师",
        "hosp_appr_flag": "0",
        **more,
    }


def lines(**more: Any) -> list[Given]:
    """Five lines of class A, B and C, one above its price limit: 300.00 together."""
    return [
        line(1, "XA000001", "20.00", "2", "40.00", **more),
        line(2, "XB000001", "50.00", "1", "50.00", **more),
        line(3, "SA000002", "180.00", "1", "180.00", **more),
        line(4, "XC000001", "12.50", "2", "25.00", **more),
        line(5, "TA000001", "0.500000", "10.0000", "5.00", **more),
    ]


TOTAL = "300.00"


def diagnosis(**more: Any) -> Given:
    """One diagnosis."""
    return {
        "diag_type": "1",
        "diag_srt_no": "1",
        "diag_code": "J00.x00",
        "diag_name": "急性鼻咽炎",
        "diag_dept": "内科",
        "dise_dor_no": "D140105000001",
        "dise_dor_name": "测试医师",
        "diag_time": f"{DAY} 09:00:00",
        "vali_flag": "1",
        **more,
    }


@dataclass(slots=True)
class Conversation:
    """Messages one after the other; ``send`` is whoever carries them."""

    send: Send

    def ask(self, infno: str, content: Given, institution: str = HOSPITAL) -> Given:
        """The output of a message of an institution."""
        return self.send(infno, content, institution)
