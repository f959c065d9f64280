"""The gateway road: a scenario as messages of the national interface, over real HTTP.

Amounts of a visit come from the answer's fields.  What the interface has no message for
goes through the operations on the same store and is marked ``via``.
"""

from __future__ import annotations

import csv
import datetime
import json
import os
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from yibao.access.operations import Key
from yibao.access.permissions import insured_actor
from yibao.benefit.answers import PAID, VisitAnswer
from yibao.benefit.facts import Item, Visit
from yibao.care.catalogue import COLUMNS, GROUP, load_catalogue
from yibao.care.readjudication import Readjudications
from yibao.database.identifiers import new_identifier
from yibao.database.nature import Nature
from yibao.database.place import SANDBOX_VARIABLE, data_folder
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.errors import RefusedError
from yibao.gateway import visiting
from yibao.gateway.corrections import booked_corrections
from yibao.gateway.identifiers import from_wire
from yibao.gateway.sandbox import open_sandbox
from yibao.gateway.settings import Clock
from yibao.gateway.values import ZONE, yuan
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import MISCARRIAGES, Channel, Delivery, ItemKind, VisitKind
from yibao.scenario.answers import Answer, ProposalAnswer, ReversalAnswer, StepAnswer
from yibao.scenario.database import OFFICE, SENDER, DatabaseRoad
from yibao.scenario.demo import open_house
from yibao.scenario.engine import check_names
from yibao.scenario.line import GatewayLine, serving
from yibao.scenario.model import ReverseStep, Scenario, Step, VisitStep, latest_day
from yibao.scenario.renaming import Names

_ALWAYS = "1949-10-01"
_LETTERS = {
    ItemKind.DRUG: "X",
    ItemKind.SERVICE: "S",
    ItemKind.CONSUMABLE: "C",
    ItemKind.IMPORTED_CONSUMABLE: "I",
}
_MATN_TYPES: dict[str, str] = {
    Delivery.VAGINAL: "1",
    Delivery.CAESAREAN: "3",
    Delivery.MISCARRIAGE: "5",
    Delivery.ASSISTED: "2",
    Delivery.HIGH_RISK_MISCARRIAGE: "5",
    Delivery.DRUG_MISCARRIAGE: "5",
}
_FIELDS = {
    "total": ("medfee_sumamt",),
    "out_of_catalogue": ("fulamt_ownpay_amt",),
    "over_limit": ("overlmt_selfpay",),
    "upfront": ("preselfpay_amt",),
    "eligible": ("inscp_scp_amt",),
    "deductible": ("act_pay_dedc",),
    "pooled": ("hifp_pay",),
    "upper": ("hifmi_pay", "hifob_pay"),
    "assistance": ("maf_pay",),
    "other_fund": ("oth_pay",),
    "fund": ("fund_pay_sumamt",),
    "own": ("psn_part_amt",),
    "mutual_aid": ("acct_mulaid_pay",),
    "cash": ("psn_cash_pay",),
}


def run(library: PolicyLibrary, scenario: Scenario, server: str = "") -> Iterator[StepAnswer]:
    """One answer per step: from ``server``, or from one of its own with a fresh store."""
    check_names(library, scenario)
    if server:
        yield from _through(library, scenario, server)
        return
    with tempfile.TemporaryDirectory(prefix="yibao-") as folder:
        whole_schema()
        database = open_database(f"sqlite:///{Path(folder) / 'gateway.db'}")
        try:
            database.create_all(Nature.SANDBOX)
            road = GatewayRoad(library, scenario, database)
            with serving(database, library, _clock(scenario)) as port:
                yield from road.lived(GatewayLine(f"http://127.0.0.1:{port}"))
        finally:
            database.dispose()


def _clock(scenario: Scenario) -> Clock:
    """The platform's clock: noon of the last day that the file names."""
    clock = Clock()
    noon = datetime.time(12, tzinfo=ZONE)
    if scenario.steps:
        clock.set(datetime.datetime.combine(latest_day(scenario), noon))
    return clock


def _through(library: PolicyLibrary, scenario: Scenario, server: str) -> Iterator[StepAnswer]:
    """Through a running service, whose store this machine can open (``YIBAO_SANDBOX_URL``).

    Whatever else is in that store: every run has people and institutions of its own.
    """
    line = GatewayLine(server)
    line.post({"infno": "0000"})  # nobody is set up where nothing answers
    mark = new_identifier()[-8:]
    names = Names(scenario, mark)
    named = os.environ.get(SANDBOX_VARIABLE)
    database = open_sandbox(library, named) if named else open_house(library, data_folder())
    try:
        road = GatewayRoad(library, names.renamed(scenario), database)
        road.mark = mark
        for answer in road.lived(line):
            yield names.answered(answer)
    finally:
        database.dispose()


class GatewayRoad(DatabaseRoad):
    """Visits and reversals as messages; everything else as on the database road."""

    line: GatewayLine
    """To the server."""

    def __init__(self, library: PolicyLibrary, scenario: Scenario, database: Database) -> None:
        super().__init__(library, scenario, database)
        self.readjudications = Readjudications(self.reversals, booked_corrections(database))
        self.mark = ""
        self.sent = 0
        self.settled: dict[str, tuple[str, dict[str, Any]]] = {}
        """Transaction of the reversal and setlinfo, by the scenario's visit."""

    def lived(self, line: GatewayLine) -> Iterator[StepAnswer]:
        """Everything is set up, then every step is taken."""
        self.line = line
        self.set_up()
        with tempfile.TemporaryDirectory(prefix="yibao-") as folder:
            self.load_items(Path(folder) / "catalogue.csv")
        for number, step in enumerate(self.scenario.steps, start=1):
            own_way = isinstance(step, VisitStep | ReverseStep)
            yield StepAnswer(self.live(number, step), "" if own_way else "operations")

    def _key(self, operation: str, number: int) -> Key:
        return Key(f"{SENDER}{self.mark}", operation, str(number))

    def load_items(self, path: Path) -> None:
        """A catalogue with an entry for every kind of line in the file."""
        items = {
            _code(item): item
            for step in self.scenario.steps
            if isinstance(step, VisitStep)
            for item in step.visit.items
        }
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, (*COLUMNS, GROUP))
            writer.writeheader()
            for code, item in items.items():
                writer.writerow(_entry(code, item))
        load_catalogue(self.database, path, actor=OFFICE)

    def live(self, number: int, step: Step) -> Answer:
        """Take a step and answer as the other roads do."""
        if isinstance(step, VisitStep):
            return self._visit(step.visit)
        if isinstance(step, ReverseStep):
            return self._reverse(step.visit)
        return super().live(number, step)

    # --- messages ----------------------------------------------------------------------------

    def _send(self, institution: str, infno: str, content: Any) -> Any:
        """The output of a message; ``RefusedError`` with what the platform said."""
        self.sent += 1
        body = {
            "infno": infno,
            "msgid": f"scenario{self.sent:06d}",
            "mdtrtarea_admvs": self.scenario.institutions[institution].area,
            "insuplc_admdvs": "",
            "recer_sys_code": "FSI",
            "infver": "1.0.0",
            "opter_type": "1",
            "opter": "scenario",
            "opter_name": "scenario",
            "inf_time": "",
            "fixmedins_code": institution,
            "fixmedins_name": institution,
            "input": content,
        }
        answer = self.line.post(body)
        if answer["infcode"] != 0:
            raise RefusedError(answer["err_msg"])
        return answer["output"]

    def _visit(self, visit: Visit) -> VisitAnswer:
        if visit.kind == VisitKind.PHARMACY:
            output, undo = self._purchase(visit), "2103"
        elif visit.kind == VisitKind.INPATIENT or visit.delivery is not None:
            output, undo = self._stay(visit), "2305"
        else:
            output, undo = self._outpatient(visit), "2208"
        setlinfo = output["setlinfo"]
        self.settled[visit.id] = (undo, setlinfo)
        stored = self.settlements.read(
            visit.person, from_wire(setlinfo["mdtrt_id"]), actor=insured_actor(visit.person)
        )
        return stored.changed({"visit": visit.id, **_amounts(setlinfo)})

    def _reverse(self, visit_id: str) -> ReversalAnswer:
        visit = next(
            step.visit
            for step in self.scenario.steps
            if isinstance(step, VisitStep) and step.visit.id == visit_id
        )
        undo, setlinfo = self.settled[visit_id]
        settlement_names = {name: setlinfo[name] for name in ("setl_id", "mdtrt_id", "psn_no")}
        output = self._send(visit.institution, undo, {"data": settlement_names})
        amounts = _amounts(output["setlinfo"])
        return ReversalAnswer(
            reverse=visit_id,
            **{name: amounts[name] for name in PAID},
            proposals=self._proposals(visit.person, visit_id),
        )

    def _proposals(self, person_id: str, visit_id: str) -> tuple[ProposalAnswer, ...]:
        """What is proposed for the visits after a reversed one, as the office lists it."""
        names = list(self.settled)
        later = {
            from_wire(self.settled[name][1]["mdtrt_id"]): name
            for name in names[names.index(visit_id) + 1 :]
        }
        listed = self.readjudications.list_open(actor=OFFICE, person_id=person_id)
        return tuple(
            ProposalAnswer(
                visit=later[row["visit"]], fund=row["after"]["fund"], own=row["after"]["own"]
            )
            for row in listed
            if row["visit"] in later
        )

    def _purchase(self, visit: Visit) -> Any:
        row = {
            **_who(visit),
            "begntime": _noon(visit.start),
            "medfee_sumamt": _total(visit),
            "dise_codg": visit.disease,
            **_drawing(visit),
            "med_type": "18" if visit.dual_channel else "41",
        }
        lines = _lines(visit)
        return self._send(visit.institution, "2102", {"druginfo": row, "drugdetail": lines})

    def _outpatient(self, visit: Visit) -> Any:
        med_type = {VisitKind.CHRONIC: "14", VisitKind.MATERNITY: "51"}.get(
            visit.kind, "13" if visit.emergency else "11"
        )
        registration = {
            **_who(visit),
            "begntime": _noon(visit.start),
            "ipt_otp_no": visit.id,
            "dept_code": "01",
            "dept_name": "门诊",
            "caty": "01",
        }
        opened = self._send(visit.institution, "2201", {"data": registration})["data"]
        key = {"mdtrt_id": opened["mdtrt_id"], "psn_no": visit.person}
        visit_facts = {
            **key,
            "med_type": med_type,
            "begntime": _noon(visit.start),
            "dise_codg": visit.disease or "无",
            "dise_name": visit.disease or "无",
            "geso_val": _weeks(visit),
            "fetus_cnt": str(visit.fetuses),
        }
        self._send(visit.institution, "2203", {"mdtrtinfo": visit_facts, "diseinfo": []})
        lines = [{**line, **key, "chrg_bchno": "1"} for line in _lines(visit)]
        self._send(visit.institution, "2204", {"feedetail": lines})
        row = {
            **_who(visit),
            **key,
            **_split(),
            "med_type": med_type,
            "medfee_sumamt": _total(visit),
            "chrg_bchno": "1",
            **_drawing(visit),
        }
        return self._send(visit.institution, "2207", {"data": row})

    def _stay(self, visit: Visit) -> Any:
        med_type = "52" if visit.kind == VisitKind.MATERNITY else "21"
        admission = {
            **_who(visit),
            "begntime": _noon(visit.start),
            "med_type": med_type,
            "ipt_no": visit.id,
            **dict.fromkeys(("atddr_no", "adm_dept_codg", "adm_bed", "dscg_maindiag_code"), "01"),
            **dict.fromkeys(("chfpdr_name", "adm_diag_dscr", "adm_dept_name"), "住院"),
            "dscg_maindiag_name": "住院",
            "dise_codg": visit.disease,
            "matn_type": _MATN_TYPES.get(visit.delivery or ""),
            "fetus_cnt": str(visit.fetuses),
            "geso_val": _weeks(visit),
        }
        opened = self._send(visit.institution, "2401", {"mdtrtinfo": admission, "diseinfo": []})
        key = {"mdtrt_id": opened["result"]["mdtrt_id"], "psn_no": visit.person}
        lines = [{**line, **key, "med_type": med_type} for line in _lines(visit)]
        self._send(visit.institution, "2301", {"feedetail": lines})
        discharge = {
            **key,
            "insutype": "310",
            "endtime": _noon(visit.end),
            "dscg_dept_codg": "01",
            "dscg_dept_name": "住院",
            "dscg_way": "1",
        }
        self._send(visit.institution, "2402", {"dscginfo": discharge, "diseinfo": []})
        row = {
            **_who(visit),
            **key,
            "medfee_sumamt": _total(visit),
            "mid_setl_flag": "0",
            **_drawing(visit),
        }
        return self._send(visit.institution, "2304", {"data": row})


# --- fields --------------------------------------------------------------------------------------


def _total(visit: Visit) -> str:
    return yuan(sum(item.amount for item in visit.items))


def _noon(day: datetime.date) -> str:
    return f"{day.isoformat()} 12:00:00"


def _weeks(visit: Visit) -> str | None:
    return None if visit.gestation_months is None else str(visit.gestation_months * 4)


def _who(visit: Visit) -> dict[str, Any]:
    return {
        "psn_no": visit.person,
        "insutype": "310",
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": visit.person,
        "psn_setlway": "01",
    }


def _split() -> dict[str, str]:
    """What a client confirms; the platform's own split counts."""
    names = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
    return dict.fromkeys(names, "0")


def _drawing(visit: Visit) -> dict[str, str]:
    """acct_used_flag, and what else the interface has no field for."""
    relatives = [name for name in visit.draw if name != "own"]
    flag = "2" if relatives else "1" if visit.draw else "0"
    more: dict[str, str] = {}
    if relatives:
        more[visiting.PAYER] = relatives[0]
        more[visiting.PAYER_ONLY] = "0" if "own" in visit.draw else "1"
    if visit.emergency:
        more["IPT_TYPE"] = "2"
    if visit.channel == Channel.MANUAL:
        more[visiting.MANUAL] = "1"
    if visit.delivery in MISCARRIAGES[1:]:  # the code says the first
        more[visiting.DELIVERY] = str(visit.delivery)
    for fact in visiting.EXTENSION_FACTS:
        value = getattr(visit, fact.name)
        if value != fact.default:
            more[visiting.extension_key(fact)] = "1" if value is True else str(value)
    return {"acct_used_flag": flag, "exp_content": json.dumps(more) if more else ""}


def _code(item: Item) -> str:
    share = "" if item.upfront is None else str(item.upfront)
    limit = "" if item.limit is None else str(item.limit)
    return f"{_LETTERS[item.kind]}-{item.item_class}-{share}-{limit}-{item.group or ''}"


def _entry(code: str, item: Item) -> dict[str, str]:
    return dict.fromkeys((*COLUMNS, GROUP), "") | {
        "code": code,
        "name": code,
        "class": item.item_class,
        "kind": item.kind,
        "upfront": "" if item.upfront is None else yuan(item.upfront),
        "limit": "" if item.limit is None else yuan(item.limit),
        "from": _ALWAYS,
        GROUP: item.group or "",
    }


def _lines(visit: Visit) -> list[dict[str, Any]]:
    words = {
        "rx_circ_flag": "0",
        "fee_ocur_time": _noon(visit.start),
        "bilg_dept_codg": "01",
        "bilg_dept_name": "科室",
        "bilg_dr_codg": "01",
        "bilg_dr_name": "医师",
        "hosp_appr_flag": "0",
        "cnt": "1",
    }
    return [
        {
            **words,
            "feedetl_sn": str(number),
            "med_list_codg": _code(item),
            "medins_list_codg": _code(item),
            "det_item_fee_sumamt": yuan(item.amount),
            "pric": yuan(item.amount),
        }
        for number, item in enumerate(visit.items, 1)
    ]


def _amounts(setlinfo: dict[str, Any]) -> dict[str, int]:
    """Fen, from the fields of the answer."""

    def fen(name: str) -> int:
        return int(Decimal(setlinfo[name]) * 100)

    amounts = {name: sum(map(fen, fields)) for name, fields in _FIELDS.items()}
    amounts["account"] = fen("acct_pay") - fen("acct_mulaid_pay")
    return amounts
