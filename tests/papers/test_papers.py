"""Papers are data in, a tagged PDF out; what stands in them reads back."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from pypdf import PdfReader

from yibao.papers import Paper, Row, Section, render

PAPER = Paper(
    title="基本医疗保险结算单",
    issuer="yibao",
    number="S1",
    headline="基金支付 7,544.00 元",
    sections=(
        Section("就诊", facts=(("机构", "示例医院 #1 *三甲* $x$ @y"),)),
        Section(
            "费用",
            columns=("项目", "金额（元）"),
            figures=(1,),
            rows=(Row(("总费用", "10,000.00"), strong=True), Row(("起付线", "800.00"), level=1)),
        ),
    ),
    notes=("仅供参考，以当地医保部门为准；咨询 12393。",),
)


def _read(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def test_what_is_on_the_paper_reads_back() -> None:
    text = _read(render(PAPER))
    for expected in ("结算单", "S1", "7,544.00", "10,000.00", "800.00", "12393"):
        assert expected in text


def test_nothing_in_the_data_is_markup() -> None:
    assert "示例医院 #1 *三甲* $x$ @y" in _read(render(PAPER))


def test_the_paper_is_tagged_and_says_its_language() -> None:
    catalogue = PdfReader(io.BytesIO(render(PAPER))).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert str(catalogue["/Lang"]).startswith("zh")


def test_a_long_table_goes_over_pages_with_its_heading() -> None:
    rows = tuple(Row((f"第 {number} 行", f"{number}.00")) for number in range(1, 121))
    paper = Paper("费用清单", "yibao", sections=(Section("", (), ("项目", "金额"), (1,), rows),))
    pages = PdfReader(io.BytesIO(render(paper))).pages
    assert len(pages) > 1
    assert all("金额" in page.extract_text() for page in pages)
    assert "120.00" in pages[-1].extract_text()


def test_two_people_ask_for_a_paper_at_once(
    together: Callable[[Sequence[Callable[[], Any]]], list[Any]],
) -> None:
    """The compiler fails where a second thread comes in: each waits for its turn."""
    papers = [Paper(f"第 {number} 张", "yibao", number=f"N{number}") for number in range(8)]
    results = together([lambda paper=paper: render(paper) for paper in papers])
    for number, result in enumerate(results):
        assert isinstance(result, bytes), result
        assert f"N{number}" in _read(result)
