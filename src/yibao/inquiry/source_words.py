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
from yibao.policy.titles import LATIN, TOKEN, plain_title

_VOCABULARY = Path(__file__).with_suffix(".json")
_VERDICTS = {
    "confirmed": message("文章那句话属实"),
    "corrected": message("文章那句话有出入"),
    "refuted": message("文章那句话不实"),
    "open": message("文章那句话未定"),
}
_NUMBER = re.compile(r"[^\s，（(]{1,12}〔\d{4}〕\d+号")
_DAY = re.compile(r"(20\d{2})[-年](\d{1,2})[-月](\d{1,2})日?")
_OFFICE = re.compile(
    r"[\u4e00-\u9fff]{2,24}?(?:医疗保障局|医保局|人民政府|人社局|税务局|国务院办公厅|财政局)"
)
_OF_YEAR = re.compile(r"\b(?:coverage_)?year (\d{4})\b(?!\.)")
_YEAR_SAID = r"\1 年度"
_BOUND = re.compile(r"\b(below|under|from|to|above)_?(\d+)\b(?!-)")
_BOUNDS = {"below": "以下", "under": "以下", "from": "起", "to": "以下", "above": "以上"}
_DAY_KEY = re.compile(r"(?<!\d)(20\d\d)_(\d\d)_(\d\d)(?!\d)")
_RANGE = re.compile(r"(?<![\d._])(\d{1,3})_(\d{1,3})(?![\d._])")
"""From a number to one: an age band as a key of a record."""
_RANGE_SAID = r"\1 至 \2"
_JOINED = ("%", "（")
"""How units begin that stand right behind a number."""
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
    site: str
    """Whose page that is."""
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
    title: str
    """What the paper is called; what the record is about where that was not taken down."""
    region: str
    code: str
    """Of the region, six digits."""
    about: str
    says: str
    """A sentence; empty where only the rules that rest on the record say what it means."""
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
    grade = SourceGrade(source.grade) if source.grade else None
    papers = tuple(map(_paper, _joined(source.documents)))
    about = _about(source)
    return SourceShown(
        id=source.id,
        title=next(
            (paper.title for paper in papers if paper.title), f"{source.region_name}{about}"
        ),
        region=source.region_name,
        code=source.region_code,
        about=about,
        says=_said(source),
        printed=chinese(str(source.fields.get("as_printed") or "")),
        applies=applies_of(source),
        grade=source.grade,
        meaning=NO_GRADE if grade is None else GRADES[grade],
        verdict=_VERDICTS.get(str(source.fields.get("seed_verdict")), ""),
        note=chinese(source.note),
        papers=papers,
        uses=tuple(_uses(packs, source)),
    )


class SourceNamed(NamedTuple):
    """A record as the rule that rests on it names it."""

    id: str
    title: str
    place: str
    """The article, page or line; empty where the record does not say."""
    grade: str


def named_source(packs: PolicyLibrary, name: str) -> SourceNamed:
    """What paper a record is of, and where in it; an unknown one by its id."""
    source = packs.sources().get(name)
    if source is None:
        return SourceNamed(name, name, "", "")
    papers = tuple(map(_paper, _joined(source.documents)))
    title = next((paper.title for paper in papers if paper.title), "")
    return SourceNamed(
        name,
        title or f"{source.region_name}{_about(source)}",
        next((paper.place for paper in papers if paper.place), ""),
        source.grade,
    )


def sentence_of(source: Source) -> str:
    """What a record says of its place, in one sentence of Chinese; it names the place."""
    return f"{source.region_name}{_about(source)}：{_said(source) or '没有记下具体的数'}"


def _about(source: Source) -> str:
    known = _vocabulary()
    scheme, topic = known["schemes"].get(source.scheme, ""), known["topics"].get(source.topic, "")
    return topic if topic.startswith(scheme) else scheme + topic


def _said(source: Source) -> str:
    """What it says, without the place: as a person wrote it, or from its keys."""
    written = str(source.fields.get("says") or "")
    if written:
        return written
    known = _vocabulary()
    title = known["titles"].get(source.parameter) or chinese(source.parameter)
    if source.unit == "bool":
        return title if source.value == "true" else f"{title}：不是"
    value = chinese(source.value)
    if not value:
        return ""
    unit = known["units"].get(source.unit, "")
    joined = "" if unit[:1] in _JOINED else " "
    return f"{title} {value}{joined}{unit}".strip()


def applies_of(source: Source) -> str:
    """When its figure holds, as words; the days alone where the words are not Chinese."""
    said = chinese(source.effective)
    return said or "，".join(match[0] for match in _DAY.finditer(source.effective))


def chinese(text: str) -> str:
    """A text of a record with its keys as words; empty where English would be left."""

    def word(match: re.Match[str]) -> str:
        token = match[0]
        return token if token in LATIN else _vocabulary()["words"].get(token.strip("_"), "\0")

    text = _DAY_KEY.sub(r"\1-\2-\3", _OF_YEAR.sub(_YEAR_SAID, text))
    text = _RANGE.sub(_RANGE_SAID, text)
    said = TOKEN.sub(word, _BOUND.sub(lambda match: f"{match[2]}{_BOUNDS[match[1]]}", text))
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
        title = title or f"五篇文章，第 {int(number_said) + 1} 篇"
        place = place or f"第 {line} 行"
    path: Text = message("文章原文")
    if url:
        path = message("政府网站") if host.endswith(".gov.cn") else message("转载或报道的网页")
    elif "article" not in fields:
        path = message("只记了名称，没有记网址")
    return PaperShown(
        title=plain_title(title) or number,
        issuer=fields.get("issuer", "") or _found(_OFFICE, title),
        number=number,
        date="" if day is None else f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}",
        place=place,
        url=url,
        site=host,
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
