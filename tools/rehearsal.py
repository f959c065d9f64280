"""Every transaction that is offered, in an order in which a client may use them.

The people, institutions and codes are those of a new sandbox.  What is sent and answered is
shown in the documents, and compared there; tests send the same in the dialect of every client.
"""

from __future__ import annotations

import base64
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
_SPLIT = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")


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
class Rehearsal:
    """The conversation; ``send`` is whoever carries it."""

    send: Send

    def run(self) -> None:
        """Send everything."""
        self._signed_in()
        self.outpatient()
        self._chronic()
        self.stay()
        self.purchase()
        self._filings()
        self._stored()
        self.mobile()
        self._directories()
        self._compared()
        self._ask("9002", {"signOut": {"sign_no": self.sign_no, "opter_no": "001"}})

    sign_no: str = ""

    def _ask(self, infno: str, content: Given, institution: str = HOSPITAL) -> Given:
        return self.send(infno, content, institution)

    # --- people and institutions -------------------------------------------------------------

    def _signed_in(self) -> None:
        signed = self._ask("9001", {"signIn": {"opter_no": "001", "mac": "00", "ip": "10.0.0.1"}})
        self.sign_no = signed["signinoutb"]["sign_no"]
        self._ask("1201", {"medinsinfo": {"fixmedins_type": "1", "fixmedins_code": HOSPITAL}})
        for person in (RETIRED, RESIDENT):
            known = card(person)
            who = {name: known[name] for name in known if name not in ("psn_no", "insutype")}
            answer = self._ask("1101", {"data": {**who, "psn_name": "", "card_sn": ""}})
            assert answer["baseinfo"]["psn_no"] == person
            asked = {"fixmedins_code": HOSPITAL, "med_type": "11", "begntime": f"{DAY} 08:00:00"}
            self._ask("2001", {"data": {**card(person), **asked}})

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
        opened = self._ask("2201", {"data": row})["data"]
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
        self._ask("2203", {"mdtrtinfo": told, "diseinfo": [diagnosis()]})

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
        self._ask("2202", {"data": {**key, "ipt_otp_no": "MZ0001"}})
        key = self._registered(RETIRED, "MZ0002")
        self._visited(key, "11", "无", "无")
        charged = {"feedetail": lines(**key, chrg_bchno="B1")}
        self._ask("2204", charged)
        self._ask("2205", {"data": {**key, "chrg_bchno": "0000"}})
        self._ask("2204", charged)
        quoted = self._ask("2206", self._settling(key, RETIRED))["setlinfo"]
        confirmed = {name: str(quoted[name]) for name in _SPLIT}
        info = self._ask("2207", self._settling(key, RETIRED, **confirmed, invono="0001"))
        info = info["setlinfo"]
        asked = {"data": {**key, "setl_id": info["setl_id"]}}
        for infno in ("5203", "5204"):
            self._ask(infno, asked)
        self._ask("5202", {"data": key})
        self._ask("2208", asked)
        self._with_mutual_aid()

    def _with_mutual_aid(self) -> None:
        """A relative's account pays; 2206A and 2207A answer as 2206 and 2207; 2601 undoes."""
        key = self._registered(RESIDENT, "MZ0003")
        self._visited(key, "11", "无", "无")
        self._ask("2204", {"feedetail": lines(**key, chrg_bchno="B1")})
        request = self._settling(key, RESIDENT, acct_used_flag="2", **dict.fromkeys(_SPLIT, "0"))
        self._ask("2206A", request)
        info = self._ask("2207A", request)["setlinfo"]
        undone = {"psn_no": RESIDENT, "omsgid": info["medins_setl_id"], "oinfno": "2207"}
        self._ask("2601", {"data": undone})

    def _chronic(self) -> None:
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
        filed = self._ask("2503", {"data": row})["result"]
        self._ask("5301", {"data": {"psn_no": WORKING}})
        number = filed["trt_dcla_detl_sn"]
        taken_back = {"psn_no": WORKING, "trt_dcla_detl_sn": number, "memo": "误报"}
        self._ask("2504", {"data": taken_back})
        key = self._registered(RESIDENT, "MZ0004")
        self._visited(key, "14", "M03900", "高血压")
        self._ask("2204", {"feedetail": lines(**key, chrg_bchno="B1", dise_codg="M03900")})
        request = self._settling(key, RESIDENT, med_type="14", acct_used_flag="0")
        self._ask("2207", {"data": request["data"] | dict.fromkeys(_SPLIT, "0")})
        days = {"begntime": f"{DAY} 00:00:00", "endtime": f"{DAY} 23:59:59"}
        self._ask("5205", {"data": {"psn_no": RESIDENT, **days}})

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
        opened = self._ask("2401", request)["result"]
        return {"mdtrt_id": opened["mdtrt_id"], "psn_no": person}

    def stay(self) -> None:
        """Admitted, changed, charged with a refund line, quoted, discharged, settled, reversed."""
        key = self._admitted(WORKING, "ZY0001", "2025-03-02")
        self._ask("2404", {"data": key})
        key = self._admitted(WORKING, "ZY0002", "2025-03-01")
        begin = {"begntime": "2025-03-01 00:00:00", "endtime": f"{DAY} 23:59:59"}
        self._ask("5303", {"data": {"psn_no": WORKING, **begin}})
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
        self._ask("2403", {"adminfo": changed, "diseinfo": [again]})
        charged = [
            *lines(**key, med_type="21"),
            line(6, "SA000001", "1500.00", "5", "7500.00", **key, med_type="21"),
            line(7, "CB000001", "300.00", "1", "300.00", **key, med_type="21"),
        ]
        self._ask("2301", {"feedetail": charged})
        self._ask("2302", {"data": {"feedetl_sn": "7", **key}})
        back = line(8, "SA000001", "1500.00", "-1", "-1500.00", **key, init_feedetl_sn="6")
        self._ask("2301", {"feedetail": [{**back, "med_type": "21"}]})
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
        self._ask("2303", request)
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
        self._ask("2402", discharged)
        self._ask("2405", {"data": key})
        self._ask("2402", discharged)
        info = self._ask("2304", request)["setlinfo"]
        self._listed(key, info)
        self._ask("5201", {"data": {"psn_no": WORKING, "med_type": "21", **begin}})
        self._ask("5206", {"data": {"psn_no": WORKING, "cum_ym": "2025"}})
        self._ask("2305", {"data": {**key, "setl_id": info["setl_id"]}})

    def _listed(self, key: Given, info: Given) -> None:
        """4101, as the edition of 2022 writes it."""
        row = {
            **key,
            "setl_id": info["setl_id"],
            "ntly": "CHN",
            "prfs": "17",
            "patn_rlts": "1",
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
            self._ask(infno, {"setlinfo": row, "diseinfo": [disease], "payinfo": [paid]})

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
        self._ask("2101", request, PHARMACY)
        info = self._ask("2102", request, PHARMACY)["setlinfo"]
        names = ("setl_id", "mdtrt_id", "psn_no")
        self._ask("2103", {"data": {name: info[name] for name in names}}, PHARMACY)
        opened = {**card(RETIRED), "begntime": f"{DAY} 15:30:00", "ipt_otp_no": "YD0001"}
        opened |= {"dept_code": "A03", "dept_name": "药店", "caty": "A03"}
        key = self._ask("2201", {"data": opened}, PHARMACY)["data"]
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
        self._ask("2203A", {"mdtrtinfo": visit_facts, "diseinfo": [diagnosis()]}, PHARMACY)

    # --- filings -----------------------------------------------------------------------------

    def _filings(self) -> None:
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
        filed = self._ask("2501", {"refmedin": referral})["result"]["trt_dcla_detl_sn"]
        self._ask("5304", {"data": {"psn_no": WORKING, "begntime": f"{DAY} 00:00:00"}})
        undo = {"psn_no": WORKING, "memo": "改期"}
        self._ask("2502", {"data": {**undo, "trt_dcla_detl_sn": filed}})
        place = {
            "psn_no": WORKING,
            "biz_appy_type": "03",
            "begndate": DAY,
            "fix_srt_no": "1",
            "fixmedins_code": HOSPITAL,
            "fixmedins_name": "沙箱第一人民医院",
        }
        filed = self._ask("2505", {"data": place})["result"]["trt_dcla_detl_sn"]
        self._ask("5302", {"data": {"psn_no": WORKING, "biz_appy_type": "03"}})
        self._ask("2506", {"data": {**undo, "trt_dcla_detl_sn": filed}})

    # --- stored ------------------------------------------------------------------------------

    def _stored(self) -> None:
        """Catalogue matches and stock: checked and stored, no money."""
        match = {
            "fixmedins_hilist_id": "HIS-XA000001",
            "fixmedins_hilist_name": "甲类药示例",
            "list_type": "101",
            "med_list_codg": "XA000001",
            "begndate": "2025-01-01",
            "enddate": "2099-12-31",
        }
        self._ask("3301", {"data": match})
        self._ask("1317", self._page(query_date=DAY, fixmedins_code=HOSPITAL))
        self._ask("3302", {"fixmedins_code": HOSPITAL, **match})
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
        self._ask("3501", {"invinfo": {**goods, **taken}}, PHARMACY)
        changed = {
            "inv_chg_type": "101",
            "pric": "20.00",
            "cnt": "2",
            "inv_chg_time": f"{DAY} 10:00:00",
        }
        self._ask("3502", {"invinfo": {**goods, **changed}}, PHARMACY)
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
            self._ask(infno, {"purcinfo": bought}, PHARMACY)
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
        }
        for infno in ("3505", "3506"):
            self._ask(infno, {"selinfo": sold}, PHARMACY)
        gone = {"fixmedins_bchno": "PC0001", "inv_data_type": "1"}
        self._ask("3507", {"data": gone}, PHARMACY)
        self._departments()
        self._ask("5102", {"data": {"prac_psn_type": "1"}})

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
        self._ask("3401", {"deptinfo": department})
        self._ask("3402", {"deptinfo": {**department, "aprv_bed_cnt": "45"}})
        more = [{**department, "hosp_dept_codg": code} for code in ("A04", "A05")]
        self._ask("3401A", {"deptinfo": more})
        gone = {"hosp_dept_codg": "A05", "hosp_dept_name": "内科", "begntime": "2020-01-01"}
        self._ask("3403", {"data": gone})
        self._ask("5101", {"data": {}})

    # --- mobile payment ----------------------------------------------------------------------

    def mobile(self) -> None:
        """An order withdrawn; another one paid, asked for and refunded."""
        order = self._order("DD0001")
        self._ask("6401", {"data": order})
        order = self._order("DD0002")
        self._ask("6301", {"data": order})
        paid = {**order, "orgBizSer": "DD0002", "payAuthNo": "AUTH1"}
        self._ask("6202", {"data": paid})
        self._ask("6301", {"data": order})
        refund = {
            **order,
            "appRefdSn": "TK0001",
            "appRefdTime": "20250310160000",
            "totlRefdAmt": "40.00",
            "cashRefdAmt": "0",
            "refdType": "ALL",
        }
        self._ask("6203", {"data": refund})

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
        uploaded = self._ask("6201", {"data": row})["data"]
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

    def _directories(self) -> None:
        for infno in ("1301", "1302", "1303", *map(str, range(1305, 1312)), "1313", "1314", "1315"):
            directory = self._ask(infno, {"data": {"ver": "0"}})
        self.fetch(directory)
        for infno in ("1304", "1312", "1316", "1318", "1319"):
            self._ask(infno, self._page())
        self._ask("1901", {"data": {"type": "insutype", "admdvs": "140100", "date": DAY}})

    def fetch(self, file_answer: Given) -> None:
        """9102 of a file that an answer named."""
        row = {
            "file_qury_no": file_answer["file_qury_no"],
            "filename": file_answer["filename"],
            "fixmedins_code": "plc",
        }
        self._ask("9102", {"fsDownloadIn": row})

    # --- comparing books ---------------------------------------------------------------------

    def _compared(self) -> None:
        days = {"stmt_begndate": DAY, "stmt_enddate": DAY}
        sums = dict.fromkeys(("medfee_sumamt", "fund_pay_sumamt", "acct_pay"), "0.00")
        row = {"insutype": "310", "clr_type": "21", "setl_optins": "140100", **days, **sums}
        self._ask("3201", {"data": {**row, "fixmedins_setl_cnt": "2"}})
        text = "\t".join(("S1", "M1", RETIRED, "1.00", "0.00", "1.00", "0")) + "\n"
        content = base64.b64encode(text.encode()).decode()
        told = {"in": content, "filename": "dz.txt", "fixmedins_code": HOSPITAL}
        sent = self._ask("9101", {"fsUploadIn": told})
        detail = {
            **row,
            "file_qury_no": sent["file_qury_no"],
            "cash_payamt": "0.00",
            "fixmedins_setl_cnt": "1",
        }
        self.fetch(self._ask("3202", {"data": detail})["fileinfo"])
