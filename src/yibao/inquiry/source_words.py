"""A record of a source as people read it: its papers, what it says, and which rules rest on it.

Records were taken down for programs, with English keys; nothing of that is shown.  A key that
has a word becomes that word; where a sentence has none, the rules that rest on the record say
what it means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from yibao.inquiry.sentences import values_text
from yibao.inquiry.survey_words import GRADES, NO_GRADE
from yibao.messages import Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date
from yibao.policy.kinds import SourceGrade
from yibao.policy.model import Document, Source
from yibao.policy.reported import Valued
from yibao.policy.rulebook import Citation

_VOCABULARY = Path(__file__).with_suffix(".json")
_VERDICTS = {
    "confirmed": message("文章那句话属实"),
    "corrected": message("文章那句话有出入"),
    "refuted": message("文章那句话不实"),
    "open": message("文章那句话未定"),
}
_TOKEN = re.compile(r"[A-Za-z][A-Za-z_/]*[A-Za-z]|[A-Za-z]")
_KEPT = frozenset(
    ("APP", "QR", "ID", "PDF", "DRG", "DIP", "CT", "A", "B", "C", "X", "I", "II", "III")
)
_NUMBER = re.compile(r"[^\s，（(]{1,12}〔\d{4}〕\d+号")
_DAY = re.compile(r"(20\d{2})[-年](\d{1,2})[-月](\d{1,2})日?")
_OFFICE = re.compile(
    r"[\u4e00-\u9fff]{2,24}?(?:医疗保障局|医保局|人民政府|人社局|税务局|国务院办公厅|财政局)"
)
_MOST_USES = 40


@cache
def _vocabulary() -> dict[str, dict[str, str]]:
    """Words for the keys of records, by what they stand for."""
    vocabulary: dict[str, dict[str, str]] = json.loads(_VOCABULARY.read_text("utf-8"))
    return vocabulary


class PaperShown(NamedTuple):
    """Where a record was read."""

    title: str
    issuer: str
    number: str
    date: str
    place: str
    """The article or the line in it."""
    url: str
    path: Text
    """How it was read."""


class UseShown(NamedTuple):
    """A rule that rests on a record, with what it says."""

    name: str
    area: str
    since: str
    values: str
    address: str


class SourceShown(NamedTuple):
    """A record of a source as a page shows it."""

    id: str
    region: str
    about: str
    says: str
    printed: str
    applies: str
    grade: str
    meaning: Text
    verdict: Text
    note: str
    papers: tuple[PaperShown, ...]
    uses: tuple[UseShown, ...]


def source_shown(packs: PolicyLibrary, source: Source) -> SourceShown:
    """A record in people's words, with the rules that rest on it."""
    known = _vocabulary()
    unit = known["units"].get(source.unit, "")
    value = chinese(source.value)
    grade = SourceGrade(source.grade) if source.grade else None
    return SourceShown(
        id=source.id,
        region=" ".join(filter(None, (source.region_name, source.region_code))),
        about="".join(
            (
                _vocabulary()["schemes"].get(source.scheme, ""),
                _vocabulary()["topics"].get(source.topic, ""),
            )
        ),
        says=f"{value} {unit}".strip() if value else "",
        printed=chinese(str(source.fields.get("as_printed") or "")),
        applies=chinese(source.effective),
        grade=source.grade,
        meaning=NO_GRADE if grade is None else GRADES[grade],
        verdict=_VERDICTS.get(str(source.fields.get("seed_verdict")), ""),
        note=chinese(source.note),
        papers=tuple(map(_paper, _joined(source.documents))),
        uses=tuple(_uses(packs, source)),
    )


def chinese(text: str) -> str:
    """A text of a record with its keys as words; empty where English would be left."""

    def word(match: re.Match[str]) -> str:
        token = match[0]
        return token if token in _KEPT else _vocabulary()["words"].get(token.strip("_"), "\0")

    said = _TOKEN.sub(word, text)
    return "" if "\0" in said else said.replace("_", "")


def _joined(documents: Iterable[Document]) -> list[dict[str, str]]:
    """The papers of a record; an address alone belongs to the paper named before it."""
    papers: list[dict[str, str]] = []
    for document in documents:
        fields = dict(document.fields)
        alone = set(fields) == {"url"}
        if alone and papers and "url" not in papers[-1]:
            papers[-1] |= fields
        else:
            papers.append(fields)
    return papers


def _paper(fields: Mapping[str, str]) -> PaperShown:
    title = fields.get("title", "")
    number = fields.get("doc_no", "") or _found(_NUMBER, title)
    url = fields.get("url", "")
    day = _DAY.search(fields.get("date", "") or fields.get("page_date", "") or title)
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    place = fields.get("place", "") or fields.get("page", "")
    if "article" in fields and "line" in fields:
        number_said, line = fields["article"], fields["line"]
        title = title or f"五篇文章，第 {number_said} 篇"
        place = place or f"第 {line} 行"
    path: Text = message("文章原文")
    if url:
        path = message("政府网站") if host.endswith(".gov.cn") else message("转载或报道的网页")
    elif "article" not in fields:
        path = message("只记了名称，没有记网址")
    return PaperShown(
        title=title if chinese(title) or not _TOKEN.search(title) else number,
        issuer=fields.get("issuer", "") or _found(_OFFICE, title),
        number=number,
        date="" if day is None else f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}",
        place=place,
        url=url,
        path=path,
    )


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return "" if match is None else match[0]


def _uses(packs: PolicyLibrary, source: Source) -> Iterable[UseShown]:
    """The rules of the record's own place, and of those below it, that rest on it."""
    lies_in = {source.region_code, f"{source.region_code[:4]}00", f"{source.region_code[:2]}0000"}
    stated: dict[tuple[str, str, int], list[Citation]] = {}
    for area in packs.areas():
        if area.parent is None or not lies_in & {place.code for place in packs.chain(area.code)}:
            continue
        for citation in packs.rulebook(area.code).citations:
            if source.id in citation.sources:
                key = (citation.parameter, citation.area, citation.first_day)
                stated.setdefault(key, []).append(citation)
        if len(stated) >= _MOST_USES:
            break
    for (parameter, code, first_day), citations in list(stated.items())[:_MOST_USES]:
        values = dict.fromkeys(Valued(cited.keys, cited.value) for cited in citations)
        yield UseShown(
            name=citations[0].name,
            area=packs.area(code).name.zh,
            since=str(to_date(first_day)),
            values=values_text(list(values)),
            address=f"/policy/parameter/{parameter}?area={code}",
        )
