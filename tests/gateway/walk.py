"""Every transaction, by another institution and by nobody, from the registry over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from yibao.database.nature import Nature
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.gateway.app import create_app
from yibao.gateway.fields import transactions
from yibao.gateway.headers import HeaderKey, HeaderKeys
from yibao.gateway.registry import HANDLERS
from yibao.gateway.settings import GatewaySettings
from yibao.policy.compile import PolicyLibrary

from ..doors.walking import Tally
from ..support.serving import running
from . import flows
from .conftest import HOSPITAL, SECOND, Client, fill

KEYS = HeaderKeys(
    bearer=(
        HeaderKey("first", frozenset({HOSPITAL})),
        HeaderKey("second", frozenset({SECOND})),
    ),
    tif={"first": HeaderKey("word", frozenset({HOSPITAL}))},
)
FIRST_KEY = {"authorization": "Bearer first"}
SECOND_KEY = {"authorization": "Bearer second"}
_CHAIN = ("sequence", "head")
"""Where a person's chain ends moves with every look at the record."""
OF_THE_PERSON = {"account", "person"}
"""What a visit at any institution changes: people go where they like."""
REGISTRATION = {
    "data": {
        **flows.CERT,
        **flows.DEPARTMENT,
        "psn_no": "li",
        "begntime": "2025-03-10 08:00:00",
        "ipt_otp_no": "M1",
    }
}
VISITS = {
    "data": {
        "psn_no": "li",
        "begntime": "2025-03-10 08:00:00",
        "endtime": "2025-03-11 08:00:00",
        "med_type": "11",
    }
}


def rows(database: Database) -> dict[str, set[str]]:
    """Every row of every table; of people without where their chains end."""

    def read(unit: Any) -> dict[str, set[str]]:
        return {
            table.name: {
                str([value for name, value in row._asdict().items() if name not in _CHAIN])
                for row in unit.run(select(table))
            }
            for table in whole_schema().sorted_tables
            if table.name != "exchange_nonce"
        }

    return database.read(read)


def answer(client: Any, body: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = client.post(body, headers=dict(headers)).json()
    return told


def output(client: Any, infno: str, content: Any) -> dict[str, Any]:
    told = answer(client, client.envelope(infno, content), FIRST_KEY)
    assert told["infcode"] == 0, told["err_msg"]
    content_told: dict[str, Any] = told["output"]
    return content_told


def settled(client: Any) -> dict[str, Any]:
    """A settlement of the first hospital."""
    registered = output(client, "2201", REGISTRATION)["data"]
    key = {name: registered[name] for name in ("psn_no", "mdtrt_id")}
    info: dict[str, Any] = output(client, "2207", flows.settling(key, "100.00"))["setlinfo"]
    return info


_VALUES = {"date": "2025-03-10", "datetime": "2025-03-10 08:00:00", "num": "1"}


def _content(infno: str, named: Mapping[str, str]) -> dict[str, Any]:
    """An input with every field of the table, and the names of another institution's things."""
    content: dict[str, Any] = {}
    for node in transactions()[infno].input:
        row = {
            field.name: named.get(field.name, _VALUES.get(field.type, "1"))
            for field in node.fields.values()
        }
        if node.name:
            content[node.name] = [row] if node.many else row
        else:
            content |= row
    return content


def _things(client: Any) -> dict[str, str]:
    """What the first hospital did, by the fields that name it."""
    info = settled(client)
    uploaded = output(client, "9101", {"fsUploadIn": {"in": "QUJDUUFCQw==", "filename": "own.txt"}})
    disease = {"psn_no": "li", "opsp_dise_code": "hypertension", "begndate": "2025-03-10"}
    filed = output(client, "2503", {"data": disease})
    return {
        "psn_no": info["psn_no"],
        "psnNo": info["psn_no"],
        "mdtrt_id": info["mdtrt_id"],
        "mdtrtId": info["mdtrt_id"],
        "setl_id": info["setl_id"],
        "omsgid": info["medins_setl_id"],
        "oinfno": "2207",
        "trt_dcla_detl_sn": filed["result"]["trt_dcla_detl_sn"],
        "file_qury_no": uploaded["file_qury_no"],
        "fixmedins_code": HOSPITAL,
    }


def _fault_of(response: Any, things: Mapping[str, str]) -> str:
    """What is wrong with the answer to an institution that named another's things."""
    if response.status_code != 200:
        return f"answered {response.status_code}"
    if b"ABCQABC" in response.content or "own.txt" in response.text:
        return "gave another's file"
    if response.headers["content-type"] == "application/octet-stream":
        return ""
    told = response.json()
    if "平台内部错误" in (told["err_msg"] or ""):
        return "failed"
    shown = json.dumps(told["output"], ensure_ascii=False)
    return "told another's settlement" if things["setl_id"] in shown else ""


def walk(client: Any) -> Tally:
    """Each transaction three times: honestly by the second on the first's things, as the first
    with the second's key, and without a key.
    """
    tally = Tally()
    database = client.platform.database
    things = _things(client)
    before = after = rows(database)
    for infno in sorted(HANDLERS.keys() & transactions().keys()):
        tally.operations.add(infno)
        body = client.envelope(infno, _content(infno, things), fixmedins_code=SECOND)
        fault = _fault_of(client.post(body, headers=SECOND_KEY), things)
        after = rows(database)
        # Its own call may add rows, as a message that is kept; none that stood is another now.
        gone = [name for name in before if before[name] - after[name] and name not in OF_THE_PERSON]
        if fault or gone:
            tally.faults.append(f"{infno} on another's: {fault} {gone}")
        else:
            tally.denied += 1
        for headers in (SECOND_KEY, {}):
            refused = client.post({**body, "fixmedins_code": HOSPITAL}, headers=headers)
            if refused.status_code != 401 or rows(database) != after:
                tally.faults.append(f"{infno} as another: answered {refused.status_code}")
            else:
                tally.denied += 1
    # Nobody has reversed what the first hospital settled: it can.
    asked = {"data": {name: things[name] for name in ("psn_no", "mdtrt_id", "setl_id")}}
    if answer(client, client.envelope("2208", asked), FIRST_KEY)["infcode"] == 0:
        tally.granted += 1
    else:
        tally.faults.append("2208 of one's own settlement")
    return tally


def walk_gateway(folder: Path, packs: PolicyLibrary) -> Tally:
    """The walk on a sandbox of its own."""
    database: Database = open_database(f"sqlite:///{folder / 'gateway.db'}")
    whole_schema()
    database.create_all(Nature.SANDBOX)
    fill(database, packs.area("太原市").code, folder)
    app = create_app(database, packs, GatewaySettings(headers=KEYS))
    with running(app, ws="none") as port:
        client = Client(f"http://127.0.0.1:{port}", app.state.platform)
        tally = walk(client)
        client.http.close()
    database.dispose()
    return tally
