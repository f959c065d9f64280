"""Made-up people, hospitals and a catalogue for the load, and the messages of a visit."""

from __future__ import annotations

import csv
import datetime
import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from stdnum.cn import ric

from yibao.access.permissions import officer
from yibao.benefit.facts import Enrolment, Institution, Person
from yibao.care.catalogue import COLUMNS, load_catalogue
from yibao.care.institutions import register_institution
from yibao.database.unit import Database
from yibao.exchange.tables import exchange_visit
from yibao.exchange.visits import new_document
from yibao.insured.people.certificates import RESIDENT, read_number
from yibao.insured.people.registration import Named
from yibao.insured.people.registration import register as register_person
from yibao.policy.kinds import Sex

LOADER = officer("load")
TOKEN = b"a token of the load"
AREA = "140100"
HOSPITALS = ("H14010500001", "H14010500002", "H14010500003", "H14010500004")
LINES = 5
_PRICES = (1_250, 3_380, 560, 12_000, 895)
_CODES = ("XA001", "XB001", "SA001", "XC001", "XA002")
_SINCE = datetime.date(2018, 1, 1)


def number_of(person: int) -> str:
    """A well-formed identity number of a made-up person born in 1970 or later."""
    born = datetime.date(1970, 1, 1) + datetime.timedelta(days=person // 400)
    body = f"{AREA[:4]}05{born:%Y%m%d}{person % 400 + 1:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def fill(database: Database, people: int) -> None:
    """Write hospitals, a catalogue and people with money on their accounts."""
    for code in HOSPITALS:
        register_institution(
            database, Institution(code, AREA, "hospital", 1, "3A"), actor=LOADER, name=code
        )
    _catalogue(database)
    for person in range(people):
        enrolment = Enrolment("employee", "working", _SINCE, None, AREA)
        birth = datetime.date(1970, 1, 1) + datetime.timedelta(days=person // 400)
        number = number_of(person)
        sex = read_number(RESIDENT, number).sex or Sex.MALE
        facts = Person(f"{person:08d}", sex, birth, AREA, (), (enrolment,), None, None)
        register_person(
            database,
            facts,
            actor=LOADER,
            balance=10_000_000,
            day=_SINCE,
            named=Named(f"测试{person}", RESIDENT, number),
        )


def _catalogue(database: Database) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="")
            writer.writeheader()
            for code in _CODES:
                row = {"code": code, "name": f"项目{code}", "class": code[1], "from": "2018-01-01"}
                row["kind"] = "service" if code.startswith("S") else "drug"
                row["limit"] = "5.00" if code == "SA001" else ""
                writer.writerow(row)
        load_catalogue(database, path, actor=LOADER)


def registered(person: int, number: int, run: str) -> str:
    """The mdtrt_id of a visit that :func:`register` opened."""
    return f"{run}-{person}-{number}"


def register(database: Database, people: int, visits: int, run: str) -> None:
    """Open visits (2201) before the time is taken: the goal counts the three messages after."""
    day = datetime.date(2025, 3, 10)
    rows = [
        {
            "person_id": f"{person:08d}",
            "visit_id": registered(person, number, run),
            "institution_id": _hospital(person),
            "opened_on": day,
            "stay": False,
            "revision": 1,
            "document": new_document(psn_no=f"{person:08d}", begin=day.isoformat()),
        }
        for person in range(people)
        for number in range(visits)
    ]
    database.write(lambda unit: unit.run(insert(exchange_visit), rows))


def _hospital(person: int) -> str:
    return HOSPITALS[person % len(HOSPITALS)]


class Visits:
    """The messages of one counter's visits, one visit after the other, filled into templates.

    Each counter has people of its own, as the counters of real hospitals do at one moment.
    """

    def __init__(self, counter: int, counters: int, people: int, run: str) -> None:
        self._run = run
        self._people = itertools.cycle(range(counter, people, counters))
        self._seen: dict[int, int] = {}
        self._templates = {"1101": _read(), "2204": _fees(), "2207": _settle()}

    def next_visit(self) -> list[tuple[str, bytes]]:
        """1101, 2204 of five lines, 2207."""
        person = next(self._people)
        number = self._seen[person] = self._seen.get(person, -1) + 1
        visit = registered(person, number, self._run)
        filled = {
            b"@visit@": visit.encode(),
            b"@person@": f"{person:08d}".encode(),
            b"@number@": number_of(person).encode(),
            b"@name@": f"测试{person}".encode(),
            b"@hospital@": _hospital(person).encode(),
        }
        messages = []
        for infno, template in self._templates.items():
            body = template
            for place, value in filled.items():
                body = body.replace(place, value)
            messages.append((infno, body))
        return messages


def _read() -> bytes:
    """1101 by the number of the identity card."""
    data = {
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": "@number@",
        "psn_cert_type": "01",
        "certno": "@number@",
        "psn_name": "@name@",
        "begntime": "2025-03-10 08:00:00",
    }
    return _envelope("1101", {"data": data})


def _fees() -> bytes:
    """2204 with every field that the Java client of the captures fills in."""
    empty = (
        "dise_codg rxno acord_dept_codg acord_dept_name orders_dr_code orders_dr_name "
        "tcmdrug_used_way etip_flag etip_hosp_code dscg_tkdrug_flag matn_fee_flag"
    ).split()
    lines = [
        {
            "feedetl_sn": f"@visit@-{number}",
            "mdtrt_id": "@visit@",
            "psn_no": "@person@",
            "chrg_bchno": "1",
            "rx_circ_flag": "0",
            "fee_ocur_time": "2025-03-10 09:00:00",
            "med_list_codg": code,
            "medins_list_codg": f"own-{code}",
            "det_item_fee_sumamt": f"{price * 2 / 100:.2f}",
            "cnt": "2.0000",
            "pric": f"{price / 100:.6f}",
            "sin_dos_dscr": "1片",
            "used_frqu_dscr": "每日三次",
            "prd_days": "3",
            "medc_way_dscr": "口服",
            "bilg_dept_codg": "A03",
            "bilg_dept_name": "内科",
            "bilg_dr_codg": "D140100000001",
            "bilg_dr_name": "测试医师",
            "hosp_appr_flag": "1",
            **dict.fromkeys(empty, ""),
        }
        for number, (code, price) in enumerate(zip(_CODES, _PRICES, strict=True))
    ]
    return _envelope("2204", {"feedetail": lines})


def _settle() -> bytes:
    """2207 on the own account."""
    data = {
        "psn_no": "@person@",
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": "@number@",
        "med_type": "11",
        "medfee_sumamt": f"{sum(_PRICES) * 2 / 100:.2f}",
        "psn_setlway": "01",
        "mdtrt_id": "@visit@",
        "chrg_bchno": "1",
        "insutype": "310",
        "acct_used_flag": "1",
        "invono": "",
        **dict.fromkeys(
            ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), "0"
        ),
        "pub_hosp_rfom_flag": "0",
    }
    return _envelope("2207", {"data": data})


def _envelope(infno: str, content: dict[str, Any]) -> bytes:
    message = {
        "infno": infno,
        "msgid": f"@hospital@@visit@{infno}",
        "mdtrtarea_admvs": AREA,
        "insuplc_admdvs": AREA,
        "recer_sys_code": "MBS",
        "dev_no": "",
        "dev_safe_info": "",
        "cainfo": "",
        "signtype": "SM3",
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "0001",
        "opter_name": "测试员",
        "inf_time": "2025-03-10 09:00:00",
        "fixmedins_code": "@hospital@",
        "fixmedins_name": "测试医院",
        "sign_no": "1",
        "input": content,
    }
    return json.dumps(message, ensure_ascii=False).encode()
