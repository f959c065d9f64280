"""The inspector: encrypted, masked, behind its token, forgotten in time; the conformance report."""

from __future__ import annotations

import datetime
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from yibao.cli.sandbox import sandbox
from yibao.database import identifiers
from yibao.exchange import raw
from yibao.gateway.app import beside, create_app
from yibao.gateway.conformance import Conformance
from yibao.gateway.fields import transactions
from yibao.gateway.inspector.keeping import conformance, forgetting, masked
from yibao.gateway.inspector.pages import PATH, Inspector
from yibao.gateway.sandbox import open_sandbox, seed
from yibao.gateway.settings import GatewaySettings
from yibao.policy.compile import PolicyLibrary

from . import flows

ADDRESS = "https://yibao.example.org"
TOKEN = "token-of-the-test"
NUMBER = seed()["people"][0]["number"]
NAME = seed()["people"][0]["name"]


@pytest.fixture
def opened(packs: PolicyLibrary, sandbox_url: str, start: Callable[..., Any]) -> Any:
    """A client of a sandbox that keeps messages."""
    settings = GatewaySettings(sandbox=True, inspect=True)
    return start(settings, database=open_sandbox(packs, sandbox_url))


@pytest.fixture
def pages(opened: Any, packs: PolicyLibrary) -> TestClient:
    """A browser at the inspector that has the token."""
    browser = TestClient(Inspector(opened.platform.database, packs, TOKEN, ADDRESS).app())
    assert browser.get(f"{PATH}/?token={TOKEN}").status_code == 200
    return browser


def _read(client: Any, **more: str) -> None:
    data = {"mdtrt_cert_type": "02", "mdtrt_cert_no": NUMBER, "psn_cert_type": "01"}
    client.ok("1101", {"data": {**data, "certno": NUMBER, "psn_name": NAME, **more}})


def test_only_who_has_the_token_sees_anything(opened: Any, packs: PolicyLibrary) -> None:
    _read(opened)
    database = opened.platform.database
    stranger = TestClient(Inspector(database, packs, TOKEN, ADDRESS).app(), follow_redirects=False)
    raw_id = raw.latest(database)[0]["raw_id"]
    for page in ("/", f"/{raw_id}", f"/{raw_id}/curl", "/report/H14010500001", "/?token=wrong"):
        answer = stranger.get(PATH + page)
        assert answer.status_code == 403
        assert NUMBER not in answer.text
        assert "1101" not in answer.text
    answer = stranger.get(f"{PATH}/?token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert stranger.get(f"{PATH}/").status_code == 200


def test_messages_are_encrypted_and_shown_masked(opened: Any, pages: TestClient) -> None:
    _read(opened, extra="1")
    wrapped = json.dumps({"data": {"certno": NUMBER, "psn_name": NAME}})
    opened.ok("1101", wrapped)
    opened.refused("2207", {"data": {}})
    database = opened.platform.database
    rows = raw.latest(database)
    assert [row["infno"] for row in rows] == ["2207", "1101", "1101"]
    with database.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT cipher FROM exchange_raw").scalars().all()
    assert not any(NUMBER in text or NAME in text for text in stored)
    listed = pages.get(f"{PATH}/").text
    assert "1101 人员信息获取" in listed
    assert "✗ 失败" in listed
    assert "2207" not in pages.get(f"{PATH}/?institution=none").text
    for row in rows[1:]:
        page = pages.get(f"{PATH}/{row['raw_id']}").text
        assert NUMBER not in page
        assert NAME not in page
        assert "curl -X POST" in page
    assert "extra" in pages.get(f"{PATH}/{rows[2]['raw_id']}").text
    assert "以 JSON 文本传来" in pages.get(f"{PATH}/{rows[1]['raw_id']}").text
    plain = pages.get(f"{PATH}/{rows[2]['raw_id']}/curl")
    assert NUMBER in plain.text
    assert plain.headers["cache-control"] == "no-store"
    assert pages.get(f"{PATH}/none").status_code == 404
    assert pages.get(f"{PATH}/none/curl").status_code == 404
    assert pages.get(f"{PATH}/style.css").headers["content-type"].startswith("text/css")


def test_the_curl_of_a_message_can_be_run(opened: Any, pages: TestClient) -> None:
    _read(opened)
    raw_id = raw.latest(opened.platform.database)[0]["raw_id"]
    shown = pages.get(f"{PATH}/{raw_id}/curl").text
    body = shown.rsplit("--data-binary ", 1)[1].strip().strip("'")
    again = opened.post(body.encode()).json()
    assert again["output"]["baseinfo"]["psn_no"] == "T0001"


def test_steps_of_a_quote_and_of_a_settlement(opened: Any, pages: TestClient) -> None:
    key = flows.register(opened, "T0001")
    opened.ok("2206", flows.settling(key, 1000))
    opened.ok("2207", flows.settling(key, 1000))
    database = opened.platform.database
    for row in raw.latest(database, count=2):
        page = pages.get(f"{PATH}/{row['raw_id']}").text
        assert "钱是怎样算出来的" in page
        assert "本次由个人先付起付线 80.00 元" in page
        assert "O-EO-01" in page
        assert "总额按一行甲类项目结算" in page
    assert "钱是怎样算出来的" not in pages.get(f"{PATH}/{raw.latest(database)[2]['raw_id']}").text


def _own_words(page: str) -> str:
    """A page without what was received and answered, the interface's own names and titles of
    papers, which are marked as Chinese."""
    page = re.sub(r"<pre>.*?</pre>|<nav>.*?</nav>", "", page, flags=re.DOTALL)
    for transaction in transactions().values():
        page = page.replace(f"{transaction.infno} {transaction.zh}", transaction.infno)
    page = re.sub(r'<td lang="zh-CN">[^<]*</td>', "", page)
    return re.sub(r"\([^()a-z]*\)", "", page)


def test_an_english_reader_gets_english_pages(opened: Any, pages: TestClient) -> None:
    key = flows.register(opened, "T0001")
    opened.ok("2206", flows.settling(key, 1000))
    opened.refused("2207", {"data": {}})
    database = opened.platform.database
    refused, quoted = raw.latest(database, count=2)
    assert "下面打了码" in pages.get(f"{PATH}/{quoted['raw_id']}").text
    asked = {"accept-language": "en-GB,en;q=0.9"}
    assert 'lang="en"' in pages.get(f"{PATH}/", headers=asked).text
    assert pages.get(f"{PATH}/language/en").status_code == 200
    listed = pages.get(f"{PATH}/").text
    assert "✗ failed" in listed
    page = pages.get(f"{PATH}/{quoted['raw_id']}").text
    assert "How the amounts came about" in page
    assert "¥80.00" in page
    # A source is told by the title of its paper.
    assert re.search(r'<td lang="zh-CN">[^<]*\(O-EO-\d\d\)', page)
    assert "the total is settled as one class A item" in page
    why = pages.get(f"{PATH}/{refused['raw_id']}").text
    assert "required fields are missing: fill them in and send again" in why
    report = pages.get(f"{PATH}/report/H14010500001").text
    assert "Put right or ignored by the platform" in report
    exported = pages.get(f"{PATH}/report/H14010500001/text")
    assert "attachment" in exported.headers["content-disposition"]
    assert "Put right or ignored by the platform" in exported.text
    assert pages.get(f"{PATH}/none").status_code == 404
    assert "No such message" in pages.get(f"{PATH}/none").text
    for text in (listed, page, why, report):
        assert re.findall(r"[\u4e00-\u9fff]+", _own_words(text)) == []
    pages.get(f"{PATH}/language/zh", headers=asked)
    assert "✗ 失败" in pages.get(f"{PATH}/", headers=asked).text


def test_what_was_kept_as_text_is_shown_as_it_is(opened: Any, pages: TestClient) -> None:
    database = opened.platform.database
    content = {
        "path": "/",
        "headers": {},
        "body": "{}",
        "answer": "{}",
        "status": 200,
        "error": "以前的错",
        "understood": None,
        "notes": [["input", "以前的补正"]],
        "steps": [{"label": "起付线", "why": "以前的步骤", "source": "F1", "amount": 1}],
    }
    raw_id = raw.keep(database, "H1", "1101", "m", -1, content)
    page = pages.get(f"{PATH}/{raw_id}").text
    for text in ("以前的错", "以前的补正", "以前的步骤"):
        assert text in page
    assert [str(what) for what, _ in conformance(database, "H1").wrong] == ["1101 以前的错"]


def test_signatures_and_tokens_are_not_kept(opened: Any, pages: TestClient) -> None:
    asked = opened.envelope("9001", {"signIn": {"opter_no": "1", "mac": "1", "ip": "1"}})
    opened.post(asked, headers={"authorization": "Bearer s3cret", "x-tif-signature": "s3cret"})
    content = raw.open_raw(
        opened.platform.database, raw.latest(opened.platform.database)[0]["raw_id"]
    )
    assert "s3cret" not in json.dumps(content)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"certno":"140100196003010014"}', '{"certno":"1401**********0014"}'),
        ('{"psn_name": "王小明"}', '{"psn_name": "王**"}'),
        (r'{"psn_name":"\u738b\u5c0f"}', r'{"psn_name":"\u738b**"}'),
        (r'"{\"certno\":\"140100196003010014\"}"', r'"{\"certno\":\"1401**********0014\"}"'),
        ('{"tel":""}', '{"tel":""}'),
        ("140100196003010014 没有登记", "1401**********0014 没有登记"),
    ],
)
def test_masking(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_old_messages_are_forgotten_at_start_and_by_the_timer(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened.platform.database
    old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=raw.DAYS_KEPT, minutes=1)

    def keep_old() -> None:
        with monkeypatch.context() as patched:
            identifier = identifiers.identifier_at(old)[:-1] + "1"
            patched.setattr(raw, "new_identifier", lambda: identifier)
            raw.keep(database, "H1", "1101", "m", 0, {})

    def left(until: int) -> bool:
        for _ in range(500):
            if len(raw.latest(database)) == until:
                return True
            time.sleep(0.01)
        return False

    keep_old()
    _read(opened)
    with forgetting(database, seconds=0.05):
        assert left(1)
        keep_old()
        assert left(1)
    assert raw.latest(database)[0]["infno"] == "1101"


def test_pages_inspector_and_interface_on_one_address(opened: Any, packs: PolicyLibrary) -> None:
    async def home(_: Request) -> PlainTextResponse:
        return PlainTextResponse("网页")

    database = opened.platform.database
    gateway = create_app(database, packs)
    site = Starlette(routes=[Route("/", home, methods=["GET", "POST"])])
    both = TestClient(
        beside(site, gateway, {PATH: Inspector(database, packs, TOKEN, ADDRESS).app()})
    )
    assert both.get("/").text == "网页"
    assert both.post("/").text == "网页"
    assert both.get(f"{PATH}/").status_code == 403
    assert both.get(f"{PATH}s/").status_code == 404
    assert both.post("/anything", content=b"{}").json()["infcode"] == -1


# --- the conformance report ----------------------------------------------------------------------


def _untried(report: Conformance) -> dict[str, list[str]]:
    return {str(kind): names for kind, names in report.untried}


def test_a_client_that_has_something_to_learn(opened: Any, pages: TestClient) -> None:
    _read(opened, extra="1")
    key = flows.register(opened, "T0001")
    opened.ok("2207", flows.settling(key, 100), msgid="short")
    opened.refused("2206", {"data": {**flows.settling(key, 100)["data"], "medfee_sumamt": "x"}})
    opened.refused("3103", {"data": {}})
    report = conformance(opened.platform.database, "H14010500001")
    assert report.messages == 5
    assert [transaction.infno for transaction in report.used] == [
        "1101",
        "2201",
        "2207",
        "2206",
        "3103",
    ]
    assert [transaction.failed for transaction in report.used] == [0, 0, 0, 1, 1]
    assert any("不提供交易 3103" in what for what in map(str, dict(report.wrong)))
    assert any("medfee_sumamt" in what for what in map(str, dict(report.wrong)))
    assert list(map(str, report.order)) == [
        "2207 门诊结算 之前没有 2206 门诊预结算",
        "没有签到（9001）；沙箱不要求，真的平台要求先签到",
    ]
    notes = "\n".join(map(str, dict(report.put_right)))
    assert "extra" in notes
    assert "msgid：5 位" in notes
    assert "总额按一行甲类项目结算（2207）" in notes
    assert _untried(report)["药店"] == ["2101", "2102", "2103"]
    page = pages.get(f"{PATH}/report/H14010500001").text
    for line in report.order:
        assert str(line) in page
    assert NUMBER not in page
    printed = CliRunner().invoke(sandbox, ["report", "H14010500001"])
    assert printed.exit_code == 0
    assert "先后不合规范的" in printed.output
    assert NUMBER not in printed.output
    as_json = CliRunner().invoke(sandbox, ["report", "H14010500001", "--json"])
    assert json.loads(as_json.output)["messages"] == 5
    nobody = CliRunner().invoke(sandbox, ["report", "H0"])
    assert nobody.output == "H0 还没有报文\n"


def test_a_client_that_does_everything_right(opened: Any, line: Any) -> None:
    opened.ok("9001", {"signIn": {"opter_no": "1", "mac": "x", "ip": "x"}})
    _read(opened)
    key = flows.register(opened, "T0001")
    visit = {**key, "med_type": "11", "begntime": "2025-03-10", "dise_codg": "x", "dise_name": "x"}
    opened.ok("2203", {"mdtrtinfo": visit, "diseinfo": [flows.DIAGNOSIS]})
    opened.ok("2204", {"feedetail": [{**line(1, "20.00"), **key, "chrg_bchno": "B1"}]})
    opened.ok("2206", flows.settling(key, "20.00"))
    info = opened.ok("2207", flows.settling(key, "20.00"))["setlinfo"]
    opened.ok("2208", flows.undo(info))
    report = conformance(opened.platform.database, "H14010500001")
    assert not report.wrong
    assert not report.order
    assert "门诊" in _untried(report)  # 5203 has not been tried
    assert _untried(report)["门诊"] == ["5203"]


def test_an_empty_inspector_says_how_to_begin(pages: TestClient) -> None:
    assert "还没有报文" in pages.get(f"{PATH}/").text
