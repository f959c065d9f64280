"""The calculators' pages: the same fen as the engine, and why."""

from __future__ import annotations

import contextlib
import datetime
import html
import io
import re
import shlex
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from starlette.testclient import TestClient

from yibao.cli.main import app
from yibao.inquiry.asking import reproduced
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.curves import breaks, sample, turns
from yibao.inquiry.fields import Field, Rows, all_fields
from yibao.inquiry.filling import read, shared
from yibao.inquiry.words import CHOICE
from yibao.messages import message
from yibao.policy.parameters import DECLARATIONS

HEADLINES = {
    "contribute": "城乡居民 2025 年度个人缴费 400.00 元，折合每月 33.33 元",
    "family": "一家 3 人 2025 年度共缴 6,176.56 元",
    "cover": "2026-06-01 还没有待遇，2026-08-10 起享受（等待 5 个月）",
    "visit": "总费用 8,000.00 元，基金支付 4,200.00 元，个人负担 3,800.00 元",
    "year": "2025 年 3 次就诊：总费用 19,180.00 元，基金支付 14,958.00 元，个人负担 4,222.00 元",
    "maternity": "基金支付 9,000.00 元，个人负担 0.00 元；生育津贴 98 天，22,866.67 元",
    "aid": "父母 2026-11-21 最多可用 1,000.00 元",
    "retire": "还差 2 年，一次补足约需 11,882.64 元",  # 7% of 7,073 (T-MY-01), 24 months
    "compare": "北京市基金支付 42,895.00 元，比太原市多 2,551.00 元",
    "change": "按 2025-06-01 的规定基金支付 286.00 元，比按 2023-06-01 的规定多 26.00 元",
}


def _text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize("name", HEADLINES)
def test_the_example_is_answered(
    name: str, client: TestClient, calculators: dict[str, Calculator]
) -> None:
    page = client.get(f"/calc/{name}?{urlencode(calculators[name].example)}")
    assert page.status_code == 200
    said = _text(page.text)
    assert HEADLINES[name] in said
    assert "仅供参考，以当地医保部门为准" in said
    assert "12393" in said
    assert "/policy/source/" in page.text
    assert "/policy/parameter/" in page.text


def test_every_calculator_has_an_expected_answer(calculators: dict[str, Calculator]) -> None:
    assert set(HEADLINES) == set(calculators)


@pytest.mark.parametrize("name", HEADLINES)
def test_a_form_leads_to_an_address_that_gives_the_same(
    name: str, client: TestClient, calculators: dict[str, Calculator]
) -> None:
    sent = client.post(f"/calc/{name}", data=dict(calculators[name].example))
    assert sent.status_code == 303
    assert HEADLINES[name] in _text(client.get(sent.headers["location"]).text)


@pytest.mark.parametrize("name", HEADLINES)
def test_an_empty_form_is_shown_and_a_bad_one_answers_next_to_its_field(
    name: str, client: TestClient, calculators: dict[str, Calculator]
) -> None:
    assert client.get(f"/calc/{name}").status_code == 200
    amounts = [asked for asked in calculators[name].inputs if isinstance(asked, Field)]
    field = next(asked for asked in amounts if not asked.when)
    bad = client.post(f"/calc/{name}", data={**calculators[name].example, field.name: "？？"})
    assert bad.status_code == 422
    assert f'href="#{field.name}"' in bad.text
    assert f'id="{field.name}-fault"' in bad.text


def test_a_refusal_names_the_gap(client: TestClient, packs: object) -> None:
    query = "area=110000&scheme=resident&kind=chronic&disease=hypertension&total=500&age=40"
    page = client.get(f"/calc/visit?{query}")
    assert page.status_code == 200
    assert "没有来源的数字我们不代为估计" in page.text
    said = _text(page.text)
    # No name of the program, and a way on.
    assert re.search(r"[a-z]+\.[a-z_.]+ 在", said) is None
    assert "北京市在" in said
    assert "area=140100" in page.text


def test_a_form_offers_the_groups_of_its_area_and_none_that_follow_from_the_age(
    client: TestClient,
) -> None:
    def offered(area: str) -> list[str]:
        page = client.get(f"/calc/contribute?area={area}&fill=1").text
        return re.findall(r'value="([a-z0-9_]+)"', page[page.index('name="group"') :])

    shanghai, taiyuan = offered("310000"), offered("140100")
    assert "student_child" in shanghai
    assert not {"age_60_69", "age_70", "age_60", "sent_on"} & {*shanghai, *taiyuan}
    assert "student_child" not in taiyuan
    aged = client.get(
        "/calc/contribute?area=310000&scheme=resident&year=2026&age=72&paid_on=2025-12-01"
    )
    assert "个人缴费 700.00 元" in _text(aged.text)  # O-SH-27: by age, nobody says the group


def test_what_does_not_apply_is_not_read(calculators: dict[str, Calculator]) -> None:
    visit = calculators["visit"]
    written = {"kind": "pharmacy", "total": "60", "disease": "nonsense", "admissions": "x"}
    reading = read(visit.inputs, written, _today())
    assert reading.faults == {}
    assert shared(visit.inputs, reading) == {"kind": "pharmacy", "total": "60"}


def _today() -> datetime.date:
    return datetime.date(2026, 11, 21)


def test_rows_can_be_added_without_script(client: TestClient) -> None:
    page = client.post("/calc/family", data={"scheme-1": "resident", "rows-members": "4"})
    assert page.status_code == 200
    assert 'name="scheme-4"' in page.text
    assert 'name="scheme-5"' not in page.text


def test_a_form_filled_in_part_is_no_question(client: TestClient) -> None:
    page = client.get("/calc/visit?institution=class-2&fill=1")
    assert page.status_code == 200
    assert 'value="class-2" selected' in page.text


def test_an_unknown_institution_gives_a_range(client: TestClient) -> None:
    page = client.get("/calc/visit?institution=unknown&total=8000&on=2025-06-01")
    assert "基金支付 4,200.00 元到 6,715.00 元" in _text(page.text)


@pytest.mark.parametrize(
    "query",
    [
        "kind=住院&institution=三甲&total=８０００&on=2025/6/1",
        "kind=inpatient&institution=三级甲等&total=8,000元&on=2025年6月1日&area=太原",
        "kind=Inpatient stay&institution=GRADE-3A&total=0.8万&on=2025.06.01&area=太原市",
        "kind=inpatient&institution=grade-3A&total= 8000 &on=20250601&unknown=1",
    ],
)
def test_what_is_plain_is_understood(query: str, client: TestClient) -> None:
    page = client.get(f"/calc/visit?{query}")
    assert page.status_code == 200
    assert "基金支付 4,200.00 元" in _text(page.text)


def test_what_is_not_plain_is_answered_next_to_its_field(client: TestClient) -> None:
    page = client.get("/calc/visit?kind=住&institution=医院&total=一万&area=火星&on=昨天")
    assert page.status_code == 422
    for name in ("institution", "total", "area", "on"):
        assert f'id="{name}-fault"' in page.text


def test_the_curve_as_a_file(client: TestClient) -> None:
    file = client.get("/calc/visit/curve.csv?total=8000&on=2025-06-01")
    lines = file.text.lstrip("\ufeff").splitlines()
    assert lines[0] == "费用总额,基金支付,个人负担"
    assert lines[1] == "0.00,0.00,0.00"
    assert "20000.00,11400.00,8600.00" in lines


@pytest.mark.parametrize("name", HEADLINES)
@pytest.mark.parametrize("look", ["zh.normal.auto", "en.normal.auto"])
def test_every_chart_and_the_paper_are_files(
    name: str, look: str, client: TestClient, calculators: dict[str, Calculator]
) -> None:
    query = urlencode(calculators[name].example)
    client.cookies.set("display", look)
    page = client.get(f"/calc/{name}?{query}").text
    charts = set(re.findall(rf"/calc/{name}/(\w+)\.svg", page))
    assert charts
    for chart in charts:
        picture = client.get(f"/calc/{name}/{chart}.svg?{query}")
        root = ElementTree.fromstring(picture.text)
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        assert "http" not in picture.text.replace("http://www.w3.org/2000/svg", "")
        rows = client.get(f"/calc/{name}/{chart}.csv?{query}").text.splitlines()
        assert len({row.count(",") for row in rows}) == 1
        assert len(rows) > 2
    paper = client.get(f"/calc/{name}/answer.pdf?{query}")
    assert paper.headers["content-type"] == "application/pdf"
    said = PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()
    if look.startswith("zh"):
        assert HEADLINES[name].split("，")[0] in said.replace("\n", "")


def test_a_file_of_no_answer_is_refused(client: TestClient) -> None:
    assert client.get("/calc/visit/answer.pdf?total=abc").status_code == 422
    assert client.get("/calc/visit/curve.svg?total=abc").status_code == 422
    assert client.get("/calc/visit/nothing.svg?total=8000").status_code == 404
    assert client.get("/calc/visit/curve.exe?total=8000").status_code == 404


@pytest.mark.parametrize("name", HEADLINES)
def test_a_page_is_reproduced_by_its_address(name: str, calculators: dict[str, Calculator]) -> None:
    query = urlencode(calculators[name].example)
    shell, python = reproduced(name, query, datetime.date(2026, 11, 21))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(python, {})
    assert HEADLINES[name] in out.getvalue()
    words = shlex.split(shell)
    done = CliRunner().invoke(app, words[1:])
    assert done.exit_code == 0
    assert HEADLINES[name].replace(" ", "") in "".join(done.output.split())


def test_pages_are_light(client: TestClient, calculators: dict[str, Calculator]) -> None:
    for name, calculator in calculators.items():
        page = client.get(f"/calc/{name}?{urlencode(calculator.example)}")
        styles = client.get(re.findall(r'href="(/static/[^"]+\.css)"', page.text)[0])
        assert len(page.content) + len(styles.content) < 100_000


def test_a_curve_turns_where_the_rules_do() -> None:
    def paid(amount: int) -> int:
        return min(max(0, amount - 1_000_00) * 60 // 100, 30_000_00)

    points = sample(paid, 0, 80_000_00)
    assert [at for at, _, _ in turns(points)] == [1_000_00, 51_000_00]
    said = [point.what.text() for point in breaks(points, message("基金付的"))]
    assert said == [
        "超过 1,000.00 元以后，每多 100 元，基金付的由 0 元变为 60 元",
        "超过 51,000.00 元以后，每多 100 元，基金付的由 60 元变为 0 元",
    ]


def test_waterfall_pieces_make_up_the_whole(
    calculators: dict[str, Calculator], context: Context
) -> None:
    for name in ("visit", "year", "maternity"):
        calculator = calculators[name]
        reading = read(calculator.inputs, calculator.example, context.today)
        answer = calculator.answer(context, reading.values)
        whole, *pieces = answer.bars
        assert sum(bar.amount for bar in pieces) == whole.amount
        assert [bar.start for bar in pieces[1:]] == [bar.end for bar in pieces[:-1]]


def test_everything_has_english(calculators: dict[str, Calculator]) -> None:
    from yibao.benefit.steps import STEP_KINDS

    for kind in STEP_KINDS.values():
        assert kind.label.text("en") != kind.label.text()
        assert kind.why.text("en") != kind.why.text()
    for calculator in calculators.values():
        for field in all_fields(calculator.inputs):
            told = [field.label, *(choice.label for choice in field.choices), field.hint]
            for text in told:
                assert not text or text.text("en") != text.text(), field.name
        for rows in calculator.inputs:
            if isinstance(rows, Rows):
                assert rows.row_label.text("en") != rows.row_label.text()


def test_choices_of_rules_have_words() -> None:
    numbers = {"1", "2", "3"}
    known = {
        choice for declaration in DECLARATIONS.values() for choice in declaration.table.choices
    }
    assert known - numbers <= set(CHOICE)


def test_every_condition_has_a_rule_in_the_stylesheet(
    client: TestClient, calculators: dict[str, Calculator]
) -> None:
    page = client.get("/calc").text
    styles = client.get(re.findall(r'href="(/static/[^"]+\.css)"', page)[0]).text
    for name in calculators:
        classes = re.findall(r'class="field ([^"]+)"', client.get(f"/calc/{name}").text)
        for class_name in {word for text in classes for word in text.split() if "needs-" in word}:
            assert f".{class_name}{{" in styles
