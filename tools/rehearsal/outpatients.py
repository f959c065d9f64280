"""Outpatients and pharmacies in a rehearsal."""

from __future__ import annotations

from typing import Any

from .forms import (
    DAY,
    HOSPITAL,
    PHARMACY,
    RESIDENT,
    RETIRED,
    SPLIT,
    TOTAL,
    WORKING,
    Conversation,
    Given,
    card,
    diagnosis,
    line,
    lines,
)


class Outpatients(Conversation):
    """Visits that are registered, charged, quoted, settled and reversed."""

    # --- outpatients -------------------------------------------------------------------------

    def _registered(self, person: str, number: str) -> Given:
        row = {
            **card(person),
            "begntime": f"{DAY} 08:30:00",
            "ipt_otp_no": number,
            "atddr_no": "D140105000001",
            "dr_name": "测试医师",
            "dept_code": "A03",
            "dept_name": "内科",
            "caty": "A03",
        }
        opened = self.ask("2201", {"data": row})["data"]
        return {"mdtrt_id": opened["mdtrt_id"], "psn_no": person}

    def _visited(self, key: Given, med_type: str, code: str, name: str) -> None:
        told = {
            **key,
            "med_type": med_type,
            "begntime": f"{DAY} 08:30:00",
            "main_cond_dscr": "咳嗽",
            "dise_codg": code,
            "dise_name": name,
        }
        self.ask("2203", {"mdtrtinfo": told, "diseinfo": [diagnosis()]})

    def _settling(self, key: Given, person: str, **more: Any) -> Given:
        return {
            "data": {
                **card(person),
                **key,
                "med_type": "11",
                "medfee_sumamt": TOTAL,
                "psn_setlway": "01",
                "chrg_bchno": "B1",
                "acct_used_flag": "1",
                **more,
            }
        }

    def outpatient(self) -> None:
        """Registered, charged, quoted, settled with the own account, asked for, reversed."""
        key = self._registered(RETIRED, "MZ0001")
        self.ask("2202", {"data": {**key, "ipt_otp_no": "MZ0001"}})
        key = self._registered(RETIRED, "MZ0002")
        self._visited(key, "11", "无", "无")
        charged = {"feedetail": lines(**key, chrg_bchno="B1")}
        self.ask("2204", charged)
        self.ask("2205", {"data": {**key, "chrg_bchno": "0000"}})
        self.ask("2204", charged)
        quoted = self.ask("2206", self._settling(key, RETIRED))["setlinfo"]
        confirmed = {name: str(quoted[name]) for name in SPLIT}
        info = self.ask("2207", self._settling(key, RETIRED, **confirmed, invono="0001"))
        info = info["setlinfo"]
        asked = {"data": {**key, "setl_id": info["setl_id"]}}
        for infno in ("5203", "5204"):
            self.ask(infno, asked)
        self.ask("5202", {"data": key})
        self.ask("2208", asked)
        self._with_mutual_aid()

    def _with_mutual_aid(self) -> None:
        """A relative's account pays; 2206A and 2207A answer as 2206 and 2207; 2601 undoes."""
        key = self._registered(RESIDENT, "MZ0003")
        self._visited(key, "11", "无", "无")
        self.ask("2204", {"feedetail": lines(**key, chrg_bchno="B1")})
        request = self._settling(key, RESIDENT, acct_used_flag="2", **dict.fromkeys(SPLIT, "0"))
        self.ask("2206A", request)
        info = self.ask("2207A", request)["setlinfo"]
        undone = {"psn_no": RESIDENT, "omsgid": info["medins_setl_id"], "oinfno": "2207"}
        self.ask("2601", {"data": undone})

    def chronic(self) -> None:
        """A chronic disease filed, a visit on its terms, the drugs it was given."""
        row = {
            "psn_no": WORKING,
            "insutype": "310",
            "opsp_dise_code": "M03900",
            "opsp_dise_name": "高血压",
            "insu_optins": "140100",
            "ide_fixmedins_no": HOSPITAL,
            "ide_fixmedins_name": "沙箱第一人民医院",
            "hosp_ide_date": DAY,
            "diag_dr_codg": "D140105000001",
            "diag_dr_name": "测试医师",
            "begndate": DAY,
        }
        filed = self.ask("2503", {"data": row})["result"]
        self.ask("5301", {"data": {"psn_no": WORKING}})
        number = filed["trt_dcla_detl_sn"]
        taken_back = {"psn_no": WORKING, "trt_dcla_detl_sn": number, "memo": "误报"}
        self.ask("2504", {"data": taken_back})
        key = self._registered(RESIDENT, "MZ0004")
        self._visited(key, "14", "M03900", "高血压")
        self.ask("2204", {"feedetail": lines(**key, chrg_bchno="B1", dise_codg="M03900")})
        request = self._settling(key, RESIDENT, med_type="14", acct_used_flag="0")
        self.ask("2207", {"data": request["data"] | dict.fromkeys(SPLIT, "0")})
        days = {"begntime": f"{DAY} 00:00:00", "endtime": f"{DAY} 23:59:59"}
        self.ask("5205", {"data": {"psn_no": RESIDENT, **days}})

    # --- pharmacies --------------------------------------------------------------------------

    def purchase(self) -> None:
        """Quoted, bought and given back."""
        row = {
            **card(RETIRED),
            "psn_type": "12",
            "psn_name": "测试甲",
            "begntime": f"{DAY} 15:00:00",
            "medfee_sumamt": "90.00",
            "acct_used_flag": "1",
            "med_type": "41",
        }
        sold = [
            line(1, "XA000001", "20.00", "2", "40.00"),
            line(2, "XB000001", "50.00", "1", "50.00"),
        ]
        request = {"druginfo": row, "drugdetail": sold}
        self.ask("2101", request, PHARMACY)
        info = self.ask("2102", request, PHARMACY)["setlinfo"]
        names = ("setl_id", "mdtrt_id", "psn_no")
        self.ask("2103", {"data": {name: info[name] for name in names}}, PHARMACY)
        opened = {**card(RETIRED), "begntime": f"{DAY} 15:30:00", "ipt_otp_no": "YD0001"}
        opened |= {"dept_code": "A03", "dept_name": "药店", "caty": "A03"}
        key = self.ask("2201", {"data": opened}, PHARMACY)["data"]
        visit_facts = {
            "mdtrt_id": key["mdtrt_id"],
            "psn_no": RETIRED,
            "med_type": "11",
            "begntime": f"{DAY} 15:30:00",
            "dise_codg": "无",
            "dise_name": "无",
            "rxfixmedinsCode": HOSPITAL,
            "rxfixmedinsName": "沙箱第一人民医院",
        }
        self.ask("2203A", {"mdtrtinfo": visit_facts, "diseinfo": [diagnosis()]}, PHARMACY)
