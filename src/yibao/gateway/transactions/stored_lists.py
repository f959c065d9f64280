"""Lists of settlements that were stored: their state, read back, counted. 4102, 4103, 4105."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.files import find_record, find_record_in, put_record, record_ids
from yibao.gateway.answers import Output, amount
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import FieldNode
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.message import Row
from yibao.gateway.registry import reads, writes
from yibao.gateway.transactions.asked import person_fields
from yibao.gateway.transactions.lists import LIST, LIST_NUMBER
from yibao.gateway.values import ZONE, instant_text
from yibao.messages import message

_STATE = "stas_type"
_CODES = re.compile(r"\w+")
_TOLD_AS: Mapping[str, Mapping[str, str]] = {
    "setlinfo": {
        "emp_poscode": "poscode",
        "opsp_mdtrt_time": "opsp_mdtrt_date",
        "adm_way_code": "adm_way",
        "adm_dept_codg": "adm_dept_code",
        "dscg_dept_codg": "dscg_dept_code",
        "refl_caty": "refldept_dept",
        "otp_wm_diag_dise_code": "wm_dise_code",
        "otp_tcm_diag_dise_code": "tcm_dise_code",
        "age_daus": "age_days",
        "insu_admdvs": "insuplc",
        "hsorg_name": "hsorg",
    },
    "iteminfo": {
        "med_chrgitm_type": "med_chrgitm",
        "item_sumamt": "amt",
        "item_claa_sumfee": "claa_sumfee",
        "item_clab_amt": "clab_amt",
        "item_fulamt_ownpay_amt": "fulamt_ownpay_amt",
        "item_ownpay_amt": "oth_amt",
    },
}
"""Where 4103 has another name for what 4101 told: by node and name of 4103, the name of 4101."""
_FUNDS = {
    "ybtcPay": "hifp_pay",
    "zgdePay": "hifob_pay",
    "jmdbPay": "hifmi_pay",
    "gwyPay": "cvlserv_pay",
    "yljzPay": "maf_pay",
}
"""By name of 4103, the name that the settlement answered under."""


def _listed_settlement(call: Call) -> Any:
    """The entry of the book that a message names, of the sender."""
    row = call.nodes.one()
    entry = call.service.book.entry_at(call.institution, from_wire(call.need(row, "setl_id")))
    person_number = row.get("psn_no")
    if person_number is not None and from_wire(person_number) != entry.person_id:
        raise MessageError(
            message("与 setl_id 的参保人不是同一人，请核对"), place=call.place("psn_no")
        )
    return entry


def _no_list() -> NotFoundError:
    return NotFoundError(message("这笔结算还没有上传清单，请先用 4101 上传"))


@writes("4102")
def change_state(call: Call) -> bytes:
    """4102: the state of a list that was stored, for 4103; one sent again has none yet."""
    entry = _listed_settlement(call)
    state = call.need(call.nodes.one(), _STATE)

    def operation(unit: Unit) -> Output:
        stored = find_record_in(unit, call.institution, LIST, entry.entry_id)
        if stored is None:
            raise _no_list()
        put_record(
            unit,
            call.institution,
            LIST,
            entry.entry_id,
            {**stored, _STATE: state},
            call.now,
            person_id=entry.person_id,
        )
        return {}

    return call.write(entry.person_id, operation)


@reads("4103")
def stored_list(call: Call) -> Output:
    """4103: a list as it was stored, with its state, under the names of this query."""
    entry = _listed_settlement(call)
    stored = find_record(call.service.database, call.institution, LIST, entry.entry_id)
    if stored is None:
        raise _no_list()
    ids = {
        "setl_id": to_wire(entry.entry_id),
        "mdtrt_id": to_wire(entry.visit_id),
        "psn_no": to_wire(entry.person_id),
    }
    output: Output = {}
    for node in call.nodes.transaction.output:
        own_ids = {name: number for name, number in ids.items() if name in node.fields}
        rows = [{**_as_asked(node, row), **own_ids} for row in stored.get(node.name, [])]
        output[node.name] = rows if node.many else (rows[0] if rows else own_ids)
    output["setlinfo"] = {
        **_known(call, entry),
        **output["setlinfo"],
        "setl_list_sn": stored.get(LIST_NUMBER, ""),
        _STATE: stored.get(_STATE, ""),
    }
    return output


def _as_asked(node: FieldNode, row: Row) -> Output:
    """A row of 4101 under the names that 4103 has for its fields."""
    told_as = _TOLD_AS.get(node.name, {})
    told = {name: row.get(name) or row.get(told_as.get(name, name)) for name in node.fields}
    return {name: text for name, text in told.items() if text is not None}


def _known(call: Call, entry: Any) -> Output:
    """What the platform knows of a settlement, for what a list need not tell."""
    person = person_fields(call, entry.person_id, entry.day)
    settled = msgspec.json.decode(entry.output, type=dict[str, msgspec.Raw])["setlinfo"]
    answered = msgspec.json.decode(settled, type=dict[str, msgspec.Raw])
    return {
        **person,
        "patn_cert_type": person["psn_cert_type"],
        "fixmedins_code": call.institution,
        "fixmedins_name": call.institution_on(entry.day).name,
        "insu_admdvs": entry.area,
        "acct_pay": amount(entry.account),
        "psn_cashpay": amount(entry.cash),
        "setl_time": instant_text(entry.at),
        **{name: answered[known] for name, known in _FUNDS.items() if known in answered},
    }


@reads("4105")
def counted(call: Call) -> Output:
    """4105: settlements of a range that stand, and how many of them have a list."""
    row = call.nodes.one()
    first = call.day(row, "stt_begntime", call.today.replace(day=1))
    last = call.day(row, "stt_endtime", call.today)
    kinds = set(_CODES.findall(row.get("medtype_list") or ""))
    # Up to today, as what was settled in the range may have been reversed after it.
    entries = call.service.book.of_institution(call.institution, first, max(last, call.today))
    reversed_entries = {entry.reverses for entry in entries}
    due = {
        entry.entry_id
        for entry in entries
        if entry.reverses is None
        and entry.entry_id not in reversed_entries
        and _civil_day(entry.at) <= last
        and (not kinds or _medical_type(entry) in kinds)
    }
    listed = record_ids(call.service.database, call.institution, LIST)
    return {"needUploadCnt": len(due), "uploadedCnt": len(due & listed)}


def _civil_day(at: datetime.datetime) -> datetime.date:
    return at.astimezone(ZONE).date()


def _medical_type(entry: Any) -> str:
    output = msgspec.json.decode(entry.output)
    return str(output["setlinfo"].get("med_type", ""))
