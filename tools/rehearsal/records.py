"""What is told beside visits and settlements in a rehearsal, and read back."""

from __future__ import annotations

from .forms import DAY, HOSPITAL, WORKING, Conversation, card


class Records(Conversation):
    """Fees of people who pay by themselves."""

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
