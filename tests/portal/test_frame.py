"""The service around the calculators: safety, display, reports, search, policies."""

from __future__ import annotations

import datetime
import json
import logging
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

from yibao.api.observe import LOGGER, JsonLines
from yibao.cli.main import app
from yibao.errors import ConflictError
from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Words
from yibao.portal.app import create_app
from yibao.portal.display import own_address
from yibao.portal.feedback import Decision, ReportFile, Throttle, new_report
from yibao.portal.navigation import ANYONE, Entry, SiteSection, Visitor, sections_for
from yibao.portal.security import HEADERS

PAGES = (
    "/",
    "/calc",
    "/policy",
    "/policy/changes",
    "/policy/area/140100",
    "/policy/area/140100?topic=employee.inpatient&on=2023-06-01",
    "/policy/parameter/employee.inpatient.ratio?area=140100",
    "/policy/disputes",
    "/policy/dispute/K03",
    "/policy/gaps",
    "/policy/source/O-EI-01",
    "/search?q=三甲报多少",
    "/guides",
    "/directory",
    "/report",
    "/settings",
    "/explore",
    "/explore/figure/15",
    "/explore/rule/employee.inpatient.ratio",
    "/services",
    "/reform",
    "/guided",
    "/style",
    "/about",
)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_safe_and_say_whom_to_ask(path: str, client: TestClient) -> None:
    page = client.get(path)
    assert page.status_code == 200
    for name, value in HEADERS.items():
        assert page.headers[name] == value
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "仅供参考，以当地医保部门为准" in page.text
    assert 'href="tel:12393"' in page.text
    assert " style=" not in page.text
    assert " onclick=" not in page.text
    assert "<style" not in page.text
    # Nothing is loaded from elsewhere; links may lead out, without a referrer.
    for tag in re.findall(r"<(?:img|script|link|iframe|source)[^>]*>", page.text):
        assert "//" not in tag.replace("http://www.w3.org", "")
    for link in re.findall(r'<a href="http[^>]*>', page.text):
        assert "noreferrer" in link
    assert page.text.count("<h1") == 1
    assert '<html lang="zh-CN"' in page.text


def test_errors_have_the_headers_too(client: TestClient) -> None:
    assert client.get("/nothing").status_code == 404
    assert client.get("/nothing").headers["X-Frame-Options"] == "DENY"
    assert client.post("/calc/visit", content=b"x" * 70_000, headers=_FORM).status_code == 413
    assert client.post("/calc/visit", content=b"{}").status_code == 415
    assert client.post("/calc/visit", content=b"a=1&" * 500, headers=_FORM).status_code == 400


_FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_an_inner_failure_is_a_page_and_logs_nothing_typed(
    service: Starlette, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: object
) -> None:
    from yibao.inquiry.search import Search

    def fail(*_: object) -> None:
        raise RuntimeError("秘密的问题")

    monkeypatch.setattr(Search, "find", fail)
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    keeper = Keep()
    LOGGER.addHandler(keeper)
    LOGGER.setLevel(logging.INFO)
    try:
        page = client.get("/search?q=秘密的问题")
    finally:
        LOGGER.removeHandler(keeper)
    assert page.status_code == 500
    assert page.headers["X-Frame-Options"] == "DENY"
    assert len(lines) == 2
    for line in lines:
        assert "秘密" not in line
        assert "%E7" not in line
    failed = json.loads(lines[0])
    assert failed["route"] == "/search"
    assert failed["error"] == "RuntimeError"


def test_metrics_hold_routes_and_no_addresses(client: TestClient) -> None:
    client.get("/calc/visit?total=123456.78")
    client.get("/made-up-by-somebody")
    assert client.get("/metrics").status_code == 403
    local = TestClient(client.app, client=("127.0.0.1", 50_000))
    text = local.get("/metrics").text
    assert 'route="/calc/{id}"' in text
    assert "123456" not in text
    assert "made-up" not in text
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json() == {"ready": True, "checks": {"packs": "ok"}}


def test_display_is_kept_and_leads_back_only_here(client: TestClient) -> None:
    done = client.get("/display?size=elder&language=en&back=/calc/visit%3Ftotal%3D8000")
    assert done.status_code == 303
    assert done.headers["location"] == "/calc/visit?total=8000"
    assert "HttpOnly" in done.headers["set-cookie"]
    page = client.get("/calc")
    assert 'data-size="elder"' in page.text
    assert '<html lang="en"' in page.text
    for away in ("//evil.example", "https://evil.example", "/\\evil", "x", "/a\nb", "/display?a"):
        assert own_address(away) == "/"


def test_static_files_are_named_by_their_content(client: TestClient) -> None:
    page = client.get("/").text
    address = re.findall(r'"(/static/[^"]+\.css)"', page)[0]
    file = client.get(address)
    assert "immutable" in file.headers["cache-control"]
    wrong = re.sub(r"/static/[0-9a-f]+/", "/static/000000000000/", address)
    assert client.get(wrong).status_code == 404


def test_pages_are_compressed_unless_somebody_has_signed_in(client: TestClient) -> None:
    query = "/calc/visit?total=8000"
    assert client.get(query).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get(query, headers={"accept-encoding": ""}).headers
    client.cookies.set("display", "en.normal.light")
    assert client.get(query).headers["content-encoding"] == "gzip"
    client.cookies.set("session", "secret")
    page = client.get(query)
    assert "content-encoding" not in page.headers
    style = re.findall(r'"(/static/[^"]+\.css)"', page.text)[0]
    assert client.get(style).headers["content-encoding"] == "gzip", "it holds no secret"


def test_a_page_that_cannot_be_shown_leads_on(packs: PolicyLibrary, tmp_path: Path) -> None:
    client = TestClient(create_app(packs, data=tmp_path))  # its own: too many reports are sent
    missing = client.get("/nowhere")
    assert missing.status_code == 404
    assert 'href="/services"' in missing.text
    assert "地址可能写错了" in missing.text
    foreign = client.post("/report", data={"wrong": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert 'href="/sign-in"' in foreign.text
    assert "没有做任何改动" in foreign.text
    client.cookies.set("display", "en.normal.light")
    assert "The address may be wrong" in client.get("/nowhere").text
    client.cookies.delete("display")
    for _ in range(25):
        much = client.post("/report", data={"wrong": "x"})
    assert much.status_code == 429
    assert "请等十分钟再试" in much.text


# --- reports ---


def test_a_report_is_kept(client: TestClient, data: Path) -> None:
    sent = {"wrong": "比例写成了 <b>80</b>", "source": "市局文件", "page": "/calc/visit?total=1"}
    page = client.post("/report", data=sent)
    assert page.status_code == 200
    number = re.findall(r"\d{6}-[0-9a-f]{8}", page.text)[0]
    reports = [json.loads(line) for line in (data / "reports.jsonl").read_text().splitlines()]
    assert reports[-1] == {
        "number": number,
        "day": "2026-11-21",
        "page": "/calc/visit",
        "wrong": "比例写成了 <b>80</b>",
        "source": "市局文件",
    }
    assert (data / "reports.jsonl").stat().st_mode & 0o077 == 0


def test_a_report_is_decided_and_the_public_sees_what_became_of_it(
    client: TestClient, data: Path
) -> None:
    numbers = []
    for wrong in ("秘密甲", "秘密乙"):
        page = client.post("/report", data={"wrong": wrong, "page": "/policy"})
        numbers.append(re.findall(r"\d{6}-[0-9a-f]{8}", page.text)[0])
    first, second = numbers
    asked = client.get(f"/report?number=%20{first}")
    assert asked.headers["location"] == f"/report/{first}"
    assert "正在核对来源" in client.get(f"/report/{first}").text
    folder = ("--data", str(data))
    run = CliRunner().invoke
    listed = run(app, ["reports", "list", "--state", "received", "--json", *folder])
    assert {first, second} <= {report["number"] for report in json.loads(listed.output)}
    assert run(app, ["reports", "close", first, "--reason", "已改", *folder]).exit_code == 0
    words = ["--question", "报几成", "--says", "市局文件：八成", "--says", "网页：七成", *folder]
    printed = run(app, ["reports", "dispute", second, *words])
    assert "question: 报几成" in printed.output
    closed = client.get(f"/report/{first}").text
    assert "已办结" in closed
    assert "已改" in closed
    assert "秘密" not in closed
    assert "网页：七成" in client.get(f"/report/{second}").text
    register = client.get("/policy/disputes").text
    assert f"/report/{second}" in register
    assert "秘密" not in register
    # Closed is closed; an unknown number and a dispute of one side are told in one line.
    for words in (
        ["close", first, "--reason", "又改"],
        ["close", "000000-00000000", "--reason", "x"],
        ["dispute", second, "--question", "x", "--says", "一边"],
    ):
        before = (data / "reports.jsonl").read_bytes()
        assert run(app, ["reports", *words, *folder]).exit_code != 0
        assert (data / "reports.jsonl").read_bytes() == before


def test_a_number_that_is_none_is_answered_next_to_its_field(client: TestClient) -> None:
    page = client.get("/report?number=abc")
    assert page.status_code == 422
    assert 'id="number-fault"' in page.text
    assert client.get("/report/261121-00000000").status_code == 404
    assert client.get("/report/nothing").status_code == 404


def test_two_decisions_at_once_close_a_report_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = tmp_path / "reports.jsonl"
    sent = new_report("/", "x", "", datetime.date(2026, 11, 21))
    ReportFile(path).keep(sent)

    def close(at: int) -> bool:
        try:
            ReportFile(path).decide(Decision(sent.number, "2026-11-22", "closed", f"{at}", "me"))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(close, range(16))) == 1
    assert len(path.read_text().splitlines()) == 2


def test_an_empty_or_foreign_report_is_not_kept(client: TestClient) -> None:
    assert client.post("/report", data={"wrong": " "}).status_code == 422
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post("/report", data={"wrong": "x"}, headers=foreign).status_code == 403
    other = {"origin": "https://evil.example"}
    assert client.post("/report", data={"wrong": "x"}, headers=other).status_code == 403


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "110105 19491231 002x", "110105491231002", "139-8765-4321"]
)
@pytest.mark.parametrize("field", ["wrong", "source", "page"])
def test_a_report_with_somebodys_number_is_not_kept(
    client: TestClient, data: Path, number: str, field: str
) -> None:
    before = (data / "reports.jsonl").read_bytes() if (data / "reports.jsonl").exists() else b""
    answer = client.post("/report", data={"wrong": "算错了", field: f"我的号码{number}。"})
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text
    after = (data / "reports.jsonl").read_bytes() if (data / "reports.jsonl").exists() else b""
    assert after == before


def test_an_address_with_long_numbers_is_no_number_of_somebodys(client: TestClient) -> None:
    sent = {"wrong": "400 420 450 380 410 不对", "source": "https://x.cn/t_110105194912310021.html"}
    assert client.post("/report", data=sent).status_code == 200


def test_a_report_that_cannot_be_kept_is_not_thanked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = ReportFile(tmp_path / "file" / "reports.jsonl")
    with pytest.raises(OSError, match="file"):
        store.keep(new_report("/", "x", "", datetime.date(2026, 11, 21)))


def test_a_flood_is_held_back() -> None:
    throttle = Throttle()
    assert [throttle.allows("a") for _ in range(22)] == [True] * 20 + [False] * 2
    assert throttle.allows("b")


# --- search and policies ---


@pytest.mark.parametrize(
    ("question", "figure", "calculator"),
    [
        ("山西医保个人缴费多少一个月", "折合每月 33.33 元", "/calc/contribute"),
        ("一保交费多少", "400.00 元一年", "/calc/contribute"),
        ("yibao jiaofei duoshao", "400.00 元一年", "/calc/contribute"),
        ("三甲报多少", "一类：60%", "/calc/visit"),
        ("sanjia baoxiao", "在职 · 一类：82%", "/calc/visit"),
        ("断保几年要等几个月", "3 个月", "/calc/cover"),
        ("退修年限", "男满 25 年", "/calc/retire"),
        ("jiating gongji", "1,000.00 元", "/calc/aid"),
        ("北京门诊报多少", "职工门诊起付线", "/calc/visit"),
        ("剖腹产报销", "生育", "/calc/maternity"),
    ],
)
def test_a_question_leads_to_the_figure_and_its_calculator(
    question: str, figure: str, calculator: str, client: TestClient
) -> None:
    page = client.get("/search", params={"q": question})
    assert figure in page.text
    assert f'href="{calculator}?' in page.text


def test_a_question_about_nothing_says_so(client: TestClient) -> None:
    assert "没有找到" in client.get("/search?q=啊啊啊").text


def test_a_rule_shows_history_sources_and_disputes(client: TestClient) -> None:
    page = client.get("/policy/parameter/mutual_aid.relation?area=140100").text
    assert page.index("2024-09-01") < page.index("2022-07-01"), "what holds now comes first"
    assert "/policy/source/O-MA-02" in page
    assert "/policy/dispute/K02" in page


def test_a_past_day_shows_what_held_then(client: TestClient) -> None:
    now = client.get("/policy/area/140100?topic=employee.outpatient&on=2025-06-01").text
    then = client.get("/policy/area/140100?topic=employee.outpatient&on=2023-06-01").text
    assert "2,500.00 元" in now
    assert "2,500.00 元" not in then
    assert client.get("/policy/area/140100?on=never").status_code == 422


def test_every_guide_and_record_has_a_page(client: TestClient, packs: object) -> None:
    from yibao.guide.reading import load

    for guide in load().all_guides:
        assert client.get(f"/guides/{guide.id}").status_code == 200
    for name in packs.disputes():  # type: ignore[attr-defined]
        assert client.get(f"/policy/dispute/{name}").status_code == 200


# --- navigation ---


def test_what_needs_a_role_is_not_shown_without_it() -> None:
    own = Entry("/mine/visits", Words("就医记录"), Words(""), "person")
    sections = (
        SiteSection("/calc", Words("我要算"), (Entry("/calc/visit", Words("报销"), Words("")),)),
        SiteSection("/mine", Words("我要查"), (own,)),
    )
    assert [section.address for section in sections_for(sections, Visitor())] == ["/calc"]
    signed_in = Visitor(frozenset({ANYONE, "person"}))
    assert [section.address for section in sections_for(sections, signed_in)] == ["/calc", "/mine"]
