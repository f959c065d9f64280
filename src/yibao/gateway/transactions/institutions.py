"""Signing in and out, what is known of an institution, and its staff."""

from __future__ import annotations

from yibao.care.institutions import InstitutionVersion
from yibao.database.identifiers import new_identifier
from yibao.exchange.files import records
from yibao.exchange.reading import institutions_matching
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import to_wire
from yibao.gateway.registry import reads
from yibao.gateway.values import instant_text
from yibao.messages import message


@reads("9001")
def sign_in(call: Call) -> Output:
    """9001: a number for the sender to repeat; nothing here hangs on it."""
    call.institution_on(call.today)
    return {
        "signinoutb": {
            "sign_time": instant_text(call.now),
            "sign_no": to_wire(new_identifier()),
        }
    }


@reads("9002")
def sign_out(call: Call) -> Output:
    """9002."""
    return {"sign_time": {"sign_time": instant_text(call.now)}}


@reads("1201")
def institution(call: Call) -> Output:
    """1201: by code, by part of the name, or all of a kind; where nothing is asked, the sender."""
    row = call.nodes.one()
    code, name, kind = (row.get(f"fixmedins_{asked}") for asked in ("code", "name", "type"))
    if (code, name, kind) == (None, None, None):
        code = call.institution
        call.note("input.medinsinfo", message("没有写查谁，按本机构处理"))
    versions = institutions_matching(call.service.database, call.today, code=code, name=name)
    listed = [_row(version) for version in versions]
    matching = [
        listed_row for listed_row in listed if kind is None or listed_row["fixmedins_type"] == kind
    ]
    alone = len(matching) == 1 and not call.message.lists
    return {"medinsinfo": matching[0] if alone else matching}


def _row(version: InstitutionVersion) -> Output:
    words = terms()
    return {
        "fixmedins_code": version.facts.id,
        "fixmedins_name": version.name,
        "uscc": "",
        "fixmedins_type": words["fixmedins_type"][version.facts.kind],
        "hosp_lv": words["hosp_lv"].get(version.facts.grade, ""),
        "exp_content": "",
    }


@reads("5101", "5102")
def staff(call: Call) -> Output:
    """5101 and 5102: departments and practitioners that were told to the platform."""
    return {"feedetail": list(records(call.service.database, call.institution, call.infno))}
