"""What is filed, kept, ordered, fetched and compared in a rehearsal."""

from __future__ import annotations

import base64
from typing import Any

from .forms import (
    DAY,
    HOSPITAL,
    PHARMACY,
    RETIRED,
    WORKING,
    Conversation,
    Given,
    card,
)


class Books(Conversation):
    """Everything that is no visit."""

    # --- filings -----------------------------------------------------------------------------

    def filings(self) -> None:
        """A referral out of the province, a long stay away; both asked for and taken back."""
        referral = {
            **card(WORKING),
            "diag_code": "C34.900",
            "diag_name": "肺恶性肿瘤",
            "reflin_medins_no": "H11010100001",
            "reflin_medins_name": "外省医院",
            "mdtrtarea_admdvs": "110000",
            "refl_type": "3",
            "refl_date": DAY,
            "refl_rea": "本地无法治疗",
            "refl_opnn": "同意",
            "begndate": DAY,
        }
        filed = self.ask("2501", {"refmedin": referral})["result"]["trt_dcla_detl_sn"]
        self.ask("5304", {"data": {"psn_no": WORKING, "begntime": f"{DAY} 00:00:00"}})
        undo = {"psn_no": WORKING, "memo": "改期"}
        self.ask("2502", {"data": {**undo, "trt_dcla_detl_sn": filed}})
        place = {
            "psn_no": WORKING,
            "biz_appy_type": "03",
            "begndate": DAY,
            "fix_srt_no": "1",
            "fixmedins_code": HOSPITAL,
            "fixmedins_name": "沙箱第一人民医院",
        }
        filed = self.ask("2505", {"data": place})["result"]["trt_dcla_detl_sn"]
        self.ask("5302", {"data": {"psn_no": WORKING, "biz_appy_type": "03"}})
        self.ask("2506", {"data": {**undo, "trt_dcla_detl_sn": filed}})

    # --- stored ------------------------------------------------------------------------------

    def stored(self) -> None:
        """Catalogue matches and stock: checked and stored, no money."""
        match = {
            "fixmedins_hilist_id": "HIS-XA000001",
            "fixmedins_hilist_name": "甲类药示例",
            "list_type": "101",
            "med_list_codg": "XA000001",
            "begndate": "2025-01-01",
            "enddate": "2099-12-31",
        }
        self.ask("3301", {"data": match})
        self.ask("1317", self._page(query_date=DAY, fixmedins_code=HOSPITAL))
        self.ask("3302", {"fixmedins_code": HOSPITAL, **match})
        goods = {
            "med_list_codg": "XA000001",
            "fixmedins_hilist_id": "HIS-XA000001",
            "fixmedins_hilist_name": "甲类药示例",
            "fixmedins_bchno": "PC0001",
            "rx_flag": "1",
            "manu_lotnum": "L1",
            "manu_date": "2024-06-01",
            "expy_end": "2027-05-31",
        }
        taken = {"invdate": DAY, "inv_cnt": "100"}
        self.ask("3501", {"invinfo": {**goods, **taken}}, PHARMACY)
        changed = {
            "inv_chg_type": "101",
            "pric": "20.00",
            "cnt": "2",
            "inv_chg_time": f"{DAY} 10:00:00",
        }
        self.ask("3502", {"invinfo": {**goods, **changed}}, PHARMACY)
        bought = {
            **goods,
            "spler_name": "供应商",
            "prodentp_name": "药厂",
            "aprvno": "国药准字",
            "purc_retn_cnt": "100",
            "purc_invo_no": "F1",
            "purc_retn_stoin_time": f"{DAY} 09:00:00",
            "purc_retn_opter_name": "测试",
        }
        for infno in ("3503", "3504"):
            self.ask(infno, {"purcinfo": bought}, PHARMACY)
        sold = {
            **goods,
            "prsc_dr_name": "测试医师",
            "phar_name": "测试药师",
            "phar_prac_cert_no": "Y1",
            "mdtrt_sn": "1",
            "trdn_flag": "0",
            "rtal_docno": "X1",
            "sel_retn_cnt": "1",
            "sel_retn_time": f"{DAY} 11:00:00",
            "sel_retn_opter_name": "测试",
            "drugtracinfo": [{"drug_trac_codg": "81000000000000000001"}],
        }
        for infno in ("3505", "3506"):
            self.ask(infno, {"selinfo": sold}, PHARMACY)
        gone = {"fixmedins_bchno": "PC0001", "inv_data_type": "1"}
        self.ask("3507", {"data": gone}, PHARMACY)
        self._departments()
        self.ask("5102", {"data": {"prac_psn_type": "1"}})

    def _departments(self) -> None:
        """Told, changed and read; another two at once, one taken back."""
        department = {
            "hosp_dept_codg": "A03",
            "caty": "A03",
            "hosp_dept_name": "内科",
            "begntime": "2020-01-01 00:00:00",
            "itro": "内科门诊与病房",
            "dept_resper_name": "测试主任",
            "dept_resper_tel": "03510000000",
            "dept_estbdat": "1990-01-01 00:00:00",
            "aprv_bed_cnt": "40",
            "poolarea_no": "140100",
            "dr_psncnt": "12",
            "phar_psncnt": "0",
            "nurs_psncnt": "20",
            "tecn_psncnt": "1",
        }
        self.ask("3401", {"deptinfo": department})
        self.ask("3402", {"deptinfo": {**department, "aprv_bed_cnt": "45"}})
        more = [{**department, "hosp_dept_codg": code} for code in ("A04", "A05")]
        self.ask("3401A", {"deptinfo": more})
        gone = {"hosp_dept_codg": "A05", "hosp_dept_name": "内科", "begntime": "2020-01-01"}
        self.ask("3403", {"data": gone})
        self.ask("5101", {"data": {}})

    # --- mobile payment ----------------------------------------------------------------------

    def mobile(self) -> None:
        """An order withdrawn; another one paid, asked for and refunded."""
        order = self._order("DD0001")
        self.ask("6401", {"data": order})
        order = self._order("DD0002")
        self.ask("6301", {"data": order})
        paid = {**order, "orgBizSer": "DD0002", "payAuthNo": "AUTH1"}
        self.ask("6202", {"data": paid})
        self.ask("6301", {"data": order})
        refund = {
            **order,
            "appRefdSn": "TK0001",
            "appRefdTime": "20250310160000",
            "totlRefdAmt": "40.00",
            "cashRefdAmt": "0",
            "refdType": "ALL",
        }
        self.ask("6203", {"data": refund})

    def _order(self, number: str) -> Given:
        sold = {
            "feedetlSn": "1",
            "rxCircFlag": "0",
            "feeOcurTime": f"{DAY} 14:00:00",
            "medListCodg": "XA000001",
            "medinsListCodg": "HIS-XA000001",
            "detItemFeeSumamt": "40.00",
            "cnt": "2",
            "pric": "20.00",
        }
        row = {
            "orgCodg": HOSPITAL,
            "psnNo": RETIRED,
            "insutype": "310",
            "medOrgOrd": number,
            "begntime": f"{DAY} 14:00:00",
            "iptOtpNo": number,
            "medType": "11",
            "medfeeSumamt": "40.00",
            "acctUsedFlag": "1",
            "chrgBchno": number,
            "feedetailList": [sold],
        }
        uploaded = self.ask("6201", {"data": row})["data"]
        return {
            "payOrdId": uploaded["payOrdId"],
            "payToken": uploaded["payToken"],
            "orgCodg": HOSPITAL,
        }

    # --- directories and files ---------------------------------------------------------------

    @staticmethod
    def _page(**more: Any) -> Given:
        row = {"updt_time": "2018-01-01", "page_num": "1", "page_size": "3"}
        return {"data": {**row, **more}}

    def directories(self) -> None:
        for infno in ("1301", "1302", "1303", *map(str, range(1305, 1312)), "1313", "1314", "1315"):
            directory = self.ask(infno, {"data": {"ver": "0"}})
        self.fetch(directory)
        for infno in ("1304", "1312", "1316", "1318", "1319"):
            self.ask(infno, self._page())
        self.ask("1901", {"data": {"type": "insutype", "admdvs": "140100", "date": DAY}})

    def fetch(self, file_answer: Given) -> None:
        """9102 of a file that an answer named."""
        row = {
            "file_qury_no": file_answer["file_qury_no"],
            "filename": file_answer["filename"],
            "fixmedins_code": "plc",
        }
        self.ask("9102", {"fsDownloadIn": row})

    # --- what the rules say before and during care ---------------------------------------------

    def screened(self) -> None:
        """An order above its price limit, before care and once more during it."""
        order = {
            "rx_id": "YZ0001",
            "rxno": "CF0001",
            "long_drord_flag": "0",
            "hilist_type": "201",
            "chrg_type": "03",
            "drord_bhvr": "1",
            "hilist_code": "SA000002",
            "hilist_name": "限价项目示例",
            "hilist_lv": "1",
            "hilist_pric": "150.00",
            "hosplist_code": "HIS-SA000002",
            "hosplist_name": "限价项目示例",
            "cnt": "1",
            "pric": "180.00",
            "sumamt": "180.00",
            "ownpay_amt": "0",
            "selfpay_amt": "0",
            "spec": "次",
            "spec_unt": "次",
            "drord_begn_date": f"{DAY} 10:00:00",
            "drord_dept_codg": "A03",
            "drord_dept_name": "内科",
            "drord_dr_codg": "D140105000001",
            "drord_dr_name": "测试医师",
            "drord_dr_profttl": "3",
            "curr_drord_flag": "1",
        }
        visit = {
            "mdtrt_id": "HIS0001",
            "medins_id": HOSPITAL,
            "medins_name": "沙箱第一人民医院",
            "medins_admdvs": "140100",
            "medins_type": "1",
            "medins_lv": "06",
            "adm_date": DAY,
            "dscg_date": DAY,
            "dscg_main_dise_codg": "J00.x00",
            "dscg_main_dise_name": "急性鼻咽炎",
            "fsi_diagnose_dtos": [],
            "dr_codg": "D140105000001",
            "adm_dept_codg": "A03",
            "adm_dept_name": "内科",
            "dscg_dept_codg": "A03",
            "dscg_dept_name": "内科",
            "med_mdtrt_type": "1",
            "med_type": "11",
            "fsi_order_dtos": [order],
            "matn_stas": "0",
            "medfee_sumamt": "180.00",
            "ownpay_amt": "0",
            "selfpay_amt": "0",
            "setl_totlnum": "0",
            "insutype": "310",
            "reim_flag": "2",
            "out_setl_flag": "0",
        }
        patient = {
            "patn_id": RETIRED,
            "patn_name": "测试",
            "gend": "1",
            "brdy": "1960-03-01",
            "poolarea": "140100",
            "curr_mdtrt_id": "HIS0001",
            "fsi_encounter_dtos": [visit],
        }
        asked = {"data": {"patient_dtos": [patient], "trig_scen": "1"}}
        for infno in ("3101", "3102"):
            (finding,) = self.ask(infno, asked)["result"]
            assert finding["rule_id"] == "RC13"

    # --- comparing books ---------------------------------------------------------------------

    def compared(self) -> None:
        days = {"stmt_begndate": DAY, "stmt_enddate": DAY}
        sums = dict.fromkeys(("medfee_sumamt", "fund_pay_sumamt", "acct_pay"), "0.00")
        row = {"insutype": "310", "clr_type": "21", "setl_optins": "140100", **days, **sums}
        self.ask("3201", {"data": {**row, "fixmedins_setl_cnt": "2"}})
        text = "\t".join(("S1", "M1", RETIRED, "1.00", "0.00", "1.00", "0")) + "\n"
        content = base64.b64encode(text.encode()).decode()
        told = {"in": content, "filename": "dz.txt", "fixmedins_code": HOSPITAL}
        sent = self.ask("9101", {"fsUploadIn": told})
        detail = {
            **row,
            "file_qury_no": sent["file_qury_no"],
            "cash_payamt": "0.00",
            "fixmedins_setl_cnt": "1",
        }
        self.fetch(self.ask("3202", {"data": detail})["fileinfo"])
