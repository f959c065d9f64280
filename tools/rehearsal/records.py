"""What is told beside visits and settlements in a rehearsal, and read back."""

from __future__ import annotations

from .forms import DAY, HOSPITAL, PHARMACY, WORKING, Conversation, Given, card


class Records(Conversation):
    """Fees of people who pay by themselves, medical records, prescriptions, accidents."""

    def selfpaid(self) -> None:
        """Two visits that no fund pays: their lines told, compared, and what differs."""
        number = card(WORKING)["certno"]
        line = {
            "psn_cert_type": "01",
            "certno": number,
            "psn_name": "测试丙",
            "mdtrt_sn": "ZF0001",
            "ipt_otp_no": "ZF0001",
            "med_type": "11",
            "chrg_bchno": "B1",
            "feedetl_sn": "1",
            "fee_ocur_time": f"{DAY} 09:00:00",
            "cnt": "2",
            "pric": "20.00",
            "det_item_fee_sumamt": "40.00",
            "med_list_codg": "XA000001",
            "medins_list_codg": "HIS-XA000001",
            "medins_list_name": "甲类药",
            "med_chrgitm_type": "09",
            "prodname": "甲类药",
            "bilg_dept_codg": "A03",
            "bilg_dept_name": "内科",
            "bilg_dr_codg": "D140105000001",
            "bilg_dr_name": "测试医师",
        }
        self.ask("4201", {"feedetail": [line, {**line, "feedetl_sn": "2"}]})
        place = {"fixmedinsCode": HOSPITAL, "fixmedinsName": "沙箱第一人民医院"}
        visit = {
            **place,
            "mdtrtId": "ZF0002",
            "psnCertType": "01",
            "certno": number,
            "psnName": "测试丙",
            "begntime": f"{DAY} 08:30:00",
            "medType": "11",
            "inhospStas": "0",
            "valiFlag": "1",
        }
        disease = {
            "fixmedinsCode": HOSPITAL,
            "mdtrtId": "ZF0002",
            "diagSrtNo": "1",
            "inoutDiagType": "1",
            "diagType": "1",
            "maindiagFlag": "1",
            "diagCode": "J00.x00",
            "diagName": "急性鼻咽炎",
        }
        fee = {
            **place,
            "bkkpSn": "1",
            "feeOcurTime": f"{DAY} 09:00:00",
            "cnt": "1",
            "pric": "60.00",
            "detItemFeeSumamt": "60.00",
            "valiFlag": "1",
        }
        told = {
            "fmiOwnpayPatnMdtrtDDTO": visit,
            "fmiOwnpayPatnDiseListDDTOS": [disease],
            "fmiOwnpayPatnFeeListDDTO": [fee],
            "upType": "1",
        }
        self.ask("4261", told)
        for visit_number, total in (("ZF0001", "80.00"), ("ZF0002", "61.00")):
            stated = {"mdtrtId": visit_number, "fixmedinsCode": HOSPITAL, "totalFeeSumamt": total}
            self.ask("4262", {"data": stated})
        asked = {"fixmedinsCode": HOSPITAL, "pageNum": "1", "pageSize": "10"}
        self.ask("4263", {"data": asked})

    def records(self) -> None:
        """Medical records of a visit, reports, a prescription; asked for, fetched, revoked."""
        opened = self.ask("2201", {"data": _registration()})["data"]
        key = {"mdtrt_sn": "YW0001", "mdtrt_id": opened["mdtrt_id"], "psn_no": WORKING}
        self._told(key)
        self._reports(key)
        self._prescription(opened["mdtrt_id"])
        accident = {
            **card(WORKING),
            "dcla_souc": "01",
            "psn_name": "测试乙",
            "insu_admdvs": "140100",
            "fixmedins_code": HOSPITAL,
            "trum_time": DAY,
            "trum_site": "测试路",
            "trum_rea": "跌倒",
            "chk_pay_flag": "1",
            "begndate": DAY,
        }
        self.ask("2507", {"data": accident})
        asked = {"fixmedins_code": PHARMACY, "begndate": DAY, "enddate": DAY}
        self.ask("3513", {"data": asked}, PHARMACY)

    def _told(self, key: Given) -> None:
        """4301, 4401, 4402, 4601, 4701; the first is fetched again with 9102."""
        valid = {"vali_flag": "1"}
        disease = {"maindiag_flag": "1", "diag_code": "J00.x00", "diag_name": "急性鼻咽炎"}
        outpatient = {
            "rgstinfo": {**key, **valid, "rgst_serv_fee": "5.00"},
            "caseinfo": {
                "mdtrt_date": DAY,
                "chfcomp": "咳嗽",
                "dept_code": "A03",
                "dept_name": "内科",
                **valid,
            },
            "diseinfo": [{**disease, **valid}],
            "rxinfo": [{"rxno": "CF0001", "rx_detl_name": "甲类药", "medc_days": "3", **valid}],
        }
        self.ask("4301", outpatient)
        asked = {
            "file_qury_no": f"4301/{key['mdtrt_sn']}",
            "filename": "4301.json",
            "fixmedins_code": HOSPITAL,
        }
        self.ask("9102", {"fsDownloadIn": asked})
        first_page = {
            **key,
            "medcasno": "BA0001",
            "psn_name": "测试乙",
            "adm_date": "2025-03-01",
            "dscg_date": DAY,
            "ipt_days": "9",
            "medfee_sumamt": "300.00",
            **valid,
        }
        self.ask("4401", {"baseinfo": first_page, "diseinfo": [{**disease, **valid}]})
        order = {
            **key,
            "medcas_drord_detl_id": "YZ0001",
            "drord_no": "YZ0001",
            "drord_detl_name": "甲类药",
            "medc_begntime": f"{DAY} 09:00:00",
            "drug_used_sdose": "0.5",
            **valid,
        }
        self.ask("4402", {"data": [order]})
        blood = {
            **key,
            "abo_code": "1",
            "bld_abo_code": "1",
            "bld_rh_code": "1",
            "bld_amt": "200",
            "bld_amt_unt": "ml",
            "bld_time": f"{DAY} 10:00:00",
            **valid,
        }
        self.ask("4601", {"data": blood})
        stay = {**key, "mdtrtsn": "ZY0002", "name": "测试乙", "gend": "2", **valid}
        leaving = {"dscg_date": DAY, "dscg_dise_dscr": "肺炎", **valid}
        self.ask("4701", {"adminfo": stay, "dscginfo": leaving})

    def _reports(self, key: Given) -> None:
        """An examination and a laboratory's report, listed and opened."""
        examination = {
            **key,
            "rpotc_no": "BG0001",
            "rpotc_type_code": "1",
            "exam_rpotc_name": "胸部平片",
            "exam_date": DAY,
            "rpt_date": DAY,
            "exam_item_code": "JC01",
            "exam_item_name": "胸部平片",
            "exam_rslt_poit_flag": "0",
            "exam_rslt_abn": "0",
            "exam_ccls": "未见异常",
            "bilg_dr_name": "测试医师",
            "vali_flag": "1",
        }
        self.ask("4501", {"examinfo": examination})
        laboratory = {
            **key,
            "rpotc_no": "BG0002",
            "exam_item_code": "JY01",
            "exam_item_name": "血常规",
            "rpt_date": DAY,
            "rpot_doc": "测试医师",
            "vali_flag": "1",
        }
        result = {
            "rpotc_no": "BG0002",
            "exam_item_detl_code": "WBC",
            "exam_item_detl_name": "白细胞",
            "exam_rslt_val": "5.6",
            "exam_unt": "10^9/L",
            "ref_val": "4-10",
            "exam_rslt_abn": "0",
        }
        self.ask("4502", {"labinfo": laboratory, "iteminfo": [result]})
        self.ask("5401", {"bilgiteminfo": {"psn_no": WORKING}})
        asked = {"psn_no": WORKING, "rpotc_no": "BG0002", "fixmedins_code": HOSPITAL}
        self.ask("5402", {"rptdetailinfo": asked})

    def _prescription(self, visit_number: str) -> None:
        """Checked and numbered; revoked."""
        number = card(WORKING)["certno"]
        prescription = {
            "mdtrtCertType": "02",
            "hospRxno": "CF0001",
            "rxTypeCode": "1",
            "prscTime": f"{DAY} 09:00:00",
            "rxDrugCnt": "1",
            "valiDays": "3",
            "valiEndTime": "2025-03-13 09:00:00",
            "rxCotnFlag": "0",
        }
        drug = {
            "medListCodg": "XA000001",
            "rxItemTypeCode": "11",
            "drugGenname": "甲类药",
            "drugDosform": "片剂",
            "drugSpec": "10mg",
            "medcWayCodg": "1",
            "medcDays": "3",
            "sinDosunt": "mg",
            "sinDoscnt": "10",
            "drugDosunt": "盒",
            "drugCnt": "1",
            "hospApprFlag": "0",
        }
        visit = {
            "fixmedinsName": "沙箱第一人民医院",
            "fixmedinsCode": HOSPITAL,
            "mdtrtId": visit_number,
            "medType": "11",
            "iptOtpNo": "MZ0005",
            "psnNo": WORKING,
            "patnName": "测试乙",
            "psnCertType": "01",
            "certno": number,
            "gend": "2",
            "prscDrName": "测试医师",
            "maindiagCode": "J00.x00",
            "maindiagName": "急性鼻咽炎",
        }
        disease = {
            "diagType": "1",
            "maindiagFlag": "1",
            "diagSrtNo": "1",
            "diagCode": "J00.x00",
            "diagName": "急性鼻咽炎",
        }
        told = {"data": prescription, "rxdrugdetail": [drug], "mdtrtinfo": visit}
        numbers = self.ask("7101", {**told, "diseinfo": [disease]})["data"]
        revocation = {
            "hiRxno": numbers["hiRxno"],
            "fixmedinsCode": HOSPITAL,
            "drCode": "D140105000001",
            "undoDrName": "测试医师",
            "undoRea": "开错",
            "undoTime": f"{DAY} 10:00:00",
        }
        self.ask("7104", {"data": revocation})


def _registration() -> Given:
    return {
        **card(WORKING),
        "begntime": f"{DAY} 08:40:00",
        "ipt_otp_no": "MZ0005",
        "atddr_no": "D140105000001",
        "dr_name": "测试医师",
        "dept_code": "A03",
        "dept_name": "内科",
        "caty": "A03",
    }
