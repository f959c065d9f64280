"""Reading the catalogue from ``data/*.yaml``; every fault names its file and line."""

from __future__ import annotations

import functools
from collections.abc import Mapping as MappingType
from dataclasses import replace
from pathlib import Path

from yibao.guide.catalogue import (
    INSTITUTION_FIELDS,
    WARNING_KINDS,
    Catalogue,
    Guide,
    GuideArea,
    GuideTopic,
    InstitutionFact,
    ListedInstitution,
    Name,
    Notice,
    Warn,
)
from yibao.messages import message
from yibao.policy.document import Mapping, Node, read_file

_DATA = Path(__file__).parent / "data"


def _texts(node: Node | None) -> tuple[str, ...]:
    return () if node is None else tuple(item.text() for item in node.sequence())


def _some(node: Node) -> tuple[str, ...]:
    texts = _texts(node)
    if not texts:
        raise node.fault(message("至少要写一项"))
    return texts


def _optional(node: Node | None) -> str | None:
    return None if node is None else node.text()


def _name(node: Node) -> Name:
    names = node.mapping()
    names.only(("zh", "en"))
    return Name(names.require("zh").text(), names.require("en").text())


def _areas(path: Path) -> dict[str, GuideArea]:
    areas: dict[str, GuideArea] = {}
    for code, node in read_file(path, path.name).mapping().items():
        entry = node.mapping()
        entry.only(("name", "aliases", "parent"))
        parent = entry.get("parent")
        # A parent stands above its areas, so that no chain can run in a circle.
        above = None if parent is None else parent.choice(areas)
        if above is None and areas:
            raise node.fault(message("只有第一个地区可以没有上级 parent"))
        areas[code] = GuideArea(
            code, _name(entry.require("name")), _some(entry.require("aliases")), above
        )
    return areas


def _topics(node: Node) -> dict[str, GuideTopic]:
    topics: dict[str, GuideTopic] = {}
    for key, item in node.mapping().items():
        entry = item.mapping()
        entry.only(("name", "keywords", "online"))
        online = entry.get("online")
        topics[key] = GuideTopic(
            key,
            _name(entry.require("name")),
            _some(entry.require("keywords")),
            online is not None and online.flag(),
        )
    return topics


def _notice(node: Node) -> Notice:
    entry = node.mapping()
    entry.only(("reference", "hotline", "hotline_note", "checked", "sources", "disputes"))
    return Notice(
        reference=entry.require("reference").text(),
        hotline=entry.require("hotline").text(),
        hotline_note=entry.require("hotline_note").text(),
        checked=entry.require("checked").text(),
        sources=_some(entry.require("sources")),
        disputes=_texts(entry.get("disputes")),
    )


def _warn(node: Node, areas: MappingType[str, GuideArea]) -> Warn:
    entry = node.mapping()
    entry.only(("kind", "text", "sources", "area", "names", "dispute"))
    kind = entry.require("kind").choice(WARNING_KINDS)
    return Warn(
        kind,
        entry.require("text").text(),
        _some(entry.require("sources")),
        area=entry.require("area").choice(areas) if kind == "other_area" else None,
        names=_some(entry.require("names")) if kind == "other_area" else (),
        dispute=entry.require("dispute").text() if kind == "dispute" else None,
    )


def _guide(entry: Mapping, base: Catalogue) -> Guide:
    entry.only(tuple(Guide.__dataclass_fields__))
    audience = entry.require("audience")
    warnings = entry.get("warnings")
    first_seen, last_checked = entry.require("first_seen"), entry.require("last_checked")
    if last_checked.date() < first_seen.date():
        raise last_checked.fault(message("最近核对的日子早于第一次看到的日子"))
    return Guide(
        id=entry.require("id").text(),
        task=entry.require("task").choice(base.tasks),
        channel=entry.require("channel").choice(base.channels),
        area=entry.require("area").choice(base.areas),
        entry=entry.require("entry").text(),
        url=_optional(entry.get("url")),
        title=_name(entry.require("title")),
        audience=tuple(item.choice(base.audiences) for item in audience.sequence()),
        steps=_some(entry.require("steps")),
        prepare=_some(entry.require("prepare")),
        check=_texts(entry.get("check")),
        result=entry.require("result").text(),
        warnings=()
        if warnings is None
        else tuple(_warn(item, base.areas) for item in warnings.sequence()),
        sources=_some(entry.require("sources")),
        first_seen=first_seen.date(),
        last_checked=last_checked.date(),
    )


def _institution(entry: Mapping, areas: MappingType[str, GuideArea]) -> ListedInstitution:
    entry.only(("name", "area", "kind", "dispute", "facts"))
    facts = []
    for item in entry.require("facts").sequence():
        fact = item.mapping()
        fact.only(tuple(InstitutionFact.__dataclass_fields__))
        facts.append(
            InstitutionFact(
                field=fact.require("field").choice(INSTITUTION_FIELDS),
                value=fact.require("value").text(),
                said=_optional(fact.get("said")),
                article=fact.require("article").text(),
                line=fact.require("line").integer(),
                seen=fact.require("seen").date(),
            )
        )
    return ListedInstitution(
        entry.require("name").text(),
        entry.require("area").choice(areas),
        entry.require("kind").text(),
        _optional(entry.get("dispute")),
        tuple(facts),
    )


def _load(folder: Path) -> Catalogue:
    path = folder / "catalogue.yaml"
    root = read_file(path, path.name).mapping()
    root.only(("tasks", "channels", "online_words", "offline_words", "audiences", "notice"))
    base = Catalogue(
        areas=_areas(folder / "areas.yaml"),
        tasks=_topics(root.require("tasks")),
        channels=_topics(root.require("channels")),
        audiences={key: node.text() for key, node in root.require("audiences").mapping().items()},
        online_words=_some(root.require("online_words")),
        offline_words=_some(root.require("offline_words")),
        notice=_notice(root.require("notice")),
        all_guides=(),
        all_institutions=(),
    )
    guides: dict[str, Guide] = {}
    for path in sorted(folder.glob("guides_*.yaml")):
        for item in read_file(path, path.name).sequence():
            guide = _guide(item.mapping(), base)
            if guide.id in guides:
                raise item.fault(message("指南 {id} 写了两次", id=guide.id))
            guides[guide.id] = guide
    path = folder / "institutions.yaml"
    institutions: dict[str, ListedInstitution] = {}
    for item in read_file(path, path.name).sequence():
        institution = _institution(item.mapping(), base.areas)
        if institution.name in institutions:
            raise item.fault(message("机构 {name} 写了两次", name=institution.name))
        institutions[institution.name] = institution
    return replace(
        base,
        all_guides=tuple(guides.values()),
        all_institutions=tuple(institutions.values()),
    )


@functools.cache
def load(folder: Path = _DATA) -> Catalogue:
    """The catalogue in ``folder``, read once; InputError with file and line where it is wrong."""
    return _load(folder)
