"""Stays in a rehearsal."""

from __future__ import annotations

from .forms import (
    DAY,
    HOSPITAL,
    WORKING,
    Conversation,
    Given,
    card,
    diagnosis,
    line,
    lines,
)


class Stays(Conversation):
    """An admission, its charges, its discharge and its settlement."""

    # --- stays -------------------------------------------------------------------------------

    def _admitted(self, person: str, number: str, begin: str) -> Given:
        row = {
            **card(person),
            "begntime": f"{begin} 10:00:00",
            "cert_type": "01",
            "med_type": "21",
            "ipt_no": number,
            "medrcdno": f"BA{number}",
            "atddr_no": "D140105000001",
            "chfpdr_name": "测试医师",
            "adm_diag_dscr": "肺炎",
            "adm_dept_codg": "A03",
            "adm_dept_name": "内科",
            "adm_bed": "12",
            "dscg_maindiag_code": "J18.900",
            "dscg_maindiag_name": "肺炎",
            "exp_content": '{"IPT_TYPE":"1"}',
        }
        request = {
            "mdtrtinfo": row,
            "diseinfo": [diagnosis(psn_no=person, maindiag_flag="1", diag_code="J18.900")],
        }
        opened = self.ask("2401", request)["result"]
        return {"mdtrt_id": opened["mdtrt_id"], "psn_no": person}

    def stay(self) -> None:
        """Admitted, changed, charged with a refund line, quoted, discharged, settled, reversed."""
        key = self._admitted(WORKING, "ZY0001", "2025-03-02")
        self.ask("2404", {"data": key})
        key = self._admitted(WORKING, "ZY0002", "2025-03-01")
        begin = {"begntime": "2025-03-01 00:00:00", "endtime": f"{DAY} 23:59:59"}
        self.ask("5303", {"data": {"psn_no": WORKING, **begin}})
        changed = {
            **key,
            "begntime": "2025-03-01 10:00:00",
            "mdtrt_cert_type": "02",
            "med_type": "21",
            **dict.fromkeys(("atddr_no", "adm_dept_codg"), "A03"),
            **dict.fromkeys(("chfpdr_name", "adm_dept_name"), "内科"),
            "adm_diag_dscr": "肺炎",
            "adm_bed": "15",
            "dscg_maindiag_code": "J18.900",
            "dscg_maindiag_name": "肺炎",
        }
        again = diagnosis(**key, maindiag_flag="1", diag_code="J18.901")
        self.ask("2403", {"adminfo": changed, "diseinfo": [again]})
        charged = [
            *lines(**key, med_type="21"),
            line(6, "SA000001", "1500.00", "5", "7500.00", **key, med_type="21"),
            line(7, "CB000001", "300.00", "1", "300.00", **key, med_type="21"),
        ]
        self.ask("2301", {"feedetail": charged})
        self.ask("2302", {"data": {"feedetl_sn": "7", **key}})
        back = line(8, "SA000001", "1500.00", "-1", "-1500.00", **key, init_feedetl_sn="6")
        self.ask("2301", {"feedetail": [{**back, "med_type": "21"}]})
        request = {
            "data": {
                **card(WORKING),
                **key,
                "medfee_sumamt": "6300.00",
                "psn_setlway": "01",
                "acct_used_flag": "1",
                "mid_setl_flag": "0",
                "dscgTime": "2025-03-09 10:00:00",
            }
        }
        self.ask("2303", request)
        discharged = {
            "dscginfo": {
                **key,
                "insutype": "310",
                "endtime": "2025-03-09 10:00:00",
                "dscg_dept_codg": "A03",
                "dscg_dept_name": "内科",
                "dscg_bed": "15",
                "dscg_way": "1",
            },
            "diseinfo": [diagnosis(**key, maindiag_flag="1", diag_code="J18.900")],
        }
        self.ask("2402", discharged)
        self.ask("2405", {"data": key})
        self.ask("2402", discharged)
        info = self.ask("2304", request)["setlinfo"]
        self._listed(key, info)
        self.ask("5201", {"data": {"psn_no": WORKING, "med_type": "21", **begin}})
        self.ask("5206", {"data": {"psn_no": WORKING, "cum_ym": "2025"}})
        self.ask("2305", {"data": {**key, "setl_id": info["setl_id"]}})

    def _listed(self, key: Given, info: Given) -> None:
        """4101 as the edition of 2022 writes it, its state, read back and counted."""
        row = {
            **key,
            "setl_id": info["setl_id"],
            "ntly": "CHN",
            "prfs": "17",
            "patn_rlts": "01",
            "coner_addr": "测试地址",
            "coner_tel": "0351-0000000",
            "adm_time": "2025-03-01 10:00:00",
            "dscg_time": "2025-03-09 10:00:00",
            "dscg_caty": "A03",
            "bill_code": "14060121",
            "bill_no": "0000000001",
            "biz_sn": "Y0001",
            "setl_begn_date": "2025-03-01",
            "setl_end_date": "2025-03-09",
            "medins_fill_dept": "医保办",
            "medins_fill_psn": "测试",
            "hi_paymtd": "1",
        }
        disease = {
            "diag_type": "1",
            "diag_code": "J18.900",
            "diag_name": "肺炎",
            "adm_cond_type": "1",
            "maindiag_flag": "1",
        }
        paid = {"fund_pay_type": "310100", "fund_payamt": str(info["fund_pay_sumamt"])}
        for infno in ("4101", "4101A"):
            self.ask(infno, {"setlinfo": row, "diseinfo": [disease], "payinfo": [paid]})
        named = {name: info[name] for name in ("psn_no", "setl_id")}
        self.ask("4102", {"stastinfo": {**named, "stas_type": "1"}})
        self.ask("4103", {"data": named})
        month = {"stt_begntime": "2025-03-01 00:00:00", "stt_endtime": "2025-03-31 23:59:59"}
        asked = {"fixmedins_code": HOSPITAL, "medtype_list": "11,21", **month}
        self.ask("4105", {"data": asked})
        attribute = {
            **key,
            "psn_cert_type": "01",
            "certno": card(key["psn_no"])["certno"],
            "psn_name": "测试乙",
            "ipt_otp_no": "ZY0002",
            "ipt_psn_sp_flag_type": "01",
            "ipt_psn_sp_flag": "1",
        }
        self.ask("2406", {"data": attribute})
        self.ask("2407", {"data": {"page_num": "1", "page_size": "10", **key}})
