"""Plain data about the packs, for the command line, pages and charts."""

from __future__ import annotations

import datetime
import difflib
import itertools
from collections import Counter
from dataclasses import asdict
from typing import Any

from yibao.errors import NotFoundError
from yibao.messages import Listed, Message, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.keys import COUNTED, FIXED, KEYS
from yibao.policy.labels import member_label
from yibao.policy.layout import default_of, is_required, table_key
from yibao.policy.model import Area, Dispute, Gap, ParameterEntry, Source
from yibao.policy.parameters import DECLARATIONS, MISSING, Declaration
from yibao.policy.rulebook import Citation, Rulebook, Segment

Row = dict[str, Any]


def _date(day: int | None) -> str | None:
    return None if day is None else to_date(day).isoformat()


def topic_of(parameter: str) -> str:
    """The topic of a parameter: its name without the last part."""
    return parameter.rpartition(".")[0]


# --- list ---


def list_areas(library: PolicyLibrary) -> list[Row]:
    """All areas with their topics, how many parameters and values each has, and open ends."""
    rows = []
    for pack in library.tree.packs.values():
        area = pack.area
        blocks = [block for entry in pack.parameters.values() for block in entry.blocks]
        rows.append(
            {
                "code": area.code,
                "name": area.name.zh,
                "name_en": area.name.en,
                "parent": area.parent,
                "folder": area.folder,
                "assumptions": area.assumptions,
                "complete": list(area.complete),
                "topics": dict(sorted(Counter(map(topic_of, pack.parameters)).items())),
                "parameters": len(pack.parameters),
                "values": len(blocks),
                "assumed": sum(block.status == "assumed" for block in blocks),
                "quarantined": sum(block.status == "quarantined" for block in blocks),
                "disputes": len(pack.disputes),
                "gaps": len(pack.gaps),
            }
        )
    return rows


# --- show ---


def _cited(library: PolicyLibrary, sources: tuple[str, ...]) -> list[Row]:
    known = library.sources()
    return [
        {"id": source, "grade": known[source].grade if source in known else ""}
        for source in sources
    ]


def _behind(rulebook: Rulebook, segment: Segment, declaration: Declaration) -> list[Citation]:
    numbers = dict.fromkeys(segment.cells[cell] for cell in rulebook.layout.cells(declaration))
    return [rulebook.citations[number] for number in numbers if number]


def _row(library: PolicyLibrary, citations: list[Citation]) -> Row:
    first = citations[0]
    return {
        "parameter": first.parameter,
        "name": first.name,
        "values": [{"keys": citation.keys, "value": citation.value} for citation in citations],
        "area": first.area,
        "first_day": _date(first.first_day),
        "last_day": _date(first.last_day),
        "from_basis": first.from_basis,
        "sources": _cited(library, first.sources),
        "grade": first.grade,
        "status": first.status,
        "basis": first.basis,
        "gap": first.gap,
        "disputes": list(first.disputes),
        "note": first.note,
    }


def show(library: PolicyLibrary, area: str, topic: str | None, on: datetime.date) -> Row:
    """What is in force in an area on a day; ``topic`` is a dotted beginning of names."""
    place = library.area(area)
    names = _within(topic)
    rulebook = library.rulebook(place.code)
    segment = rulebook.segment(day_number(on))
    rows, missing = [], []
    for name in names:
        declaration = DECLARATIONS[name]
        citations = _behind(rulebook, segment, declaration)
        if citations:
            rows.append(_row(library, citations))
        elif is_required(declaration.table):
            missing.append(name)
    return {
        "area": place.code,
        "name": place.name.zh,
        "on": on.isoformat(),
        "rulebook": rulebook.hash,
        "parameters": rows,
        "missing": missing,
    }


def _within(topic: str | None) -> list[str]:
    names = [
        name
        for name in DECLARATIONS
        if topic is None or name == topic or name.startswith(f"{topic}.")
    ]
    if not names:
        known = sorted({topic_of(name) for name in DECLARATIONS})
        raise NotFoundError(
            message("没有主题 {topic}；现有：{known}", topic=topic, known=Listed(known))
        )
    return sorted(names)


# --- history ---


def parameter_named(name: str) -> Declaration:
    """The declaration of a parameter; ``NotFoundError`` suggests what is close."""
    if name in DECLARATIONS:
        return DECLARATIONS[name]
    close = difflib.get_close_matches(name, DECLARATIONS, 5)
    if not close:
        raise NotFoundError(message("没有参数 {name}", name=name))
    raise NotFoundError(
        message("没有参数 {name}；是否想找：{close}", name=name, close=Listed(close))
    )


def history(library: PolicyLibrary, parameter: str, area: str | None = None) -> list[Row]:
    """All dated values of a parameter in all areas (or one), by first day."""
    from yibao.policy.standing import number_names
    from yibao.policy.values import read_leaves

    name = parameter_named(parameter).name
    only = library.area(area).code if area else None
    rows = []
    for pack in library.tree.packs.values():
        entry = pack.parameters.get(name)
        if entry is None or (only and pack.area.code != only):
            continue
        positions, texts = number_names(library.tree.chain(pack.area.code), ())
        for block in entry.blocks:
            leaves = read_leaves(entry, block, positions)
            rows.append(
                {
                    "area": pack.area.code,
                    "area_name": pack.area.name.zh,
                    "first_day": _date(block.first_day),
                    "last_day": _date(block.last_day),
                    "known_from": _date(block.known_from),
                    "values": [_leaf_row(entry, leaf, texts) for leaf in leaves],
                    "sources": _cited(library, block.sources),
                    "status": block.status,
                    "basis": block.basis,
                    "gap": block.gap,
                    "disputes": list(block.disputes),
                    "from_basis": block.from_basis,
                    "note": block.note.zh,
                    "file": block.file,
                    "line": block.line,
                }
            )
    return sorted(rows, key=lambda row: (row["first_day"], row["area"]))


def _leaf_row(entry: ParameterEntry, leaf: Any, texts: dict[str, dict[str, str]]) -> Row:
    from yibao.policy.values import formula_text, number_text

    keys = " · ".join(
        member_label(
            key, KEYS[key].members.index(member) if KEYS[key].kind == FIXED else 0, member, texts
        )
        for key, member in leaf.members
    )
    if leaf.formula is not None:
        return {"keys": keys, "value": formula_text(leaf.formula)}
    return {"keys": keys, "value": number_text(entry.declaration, leaf.number)}


# --- diff ---


_Values = dict[tuple[str, ...], int]


def _by_member(
    rulebook: Rulebook, segment: Segment, declaration: Declaration, counts: dict[str, int]
) -> _Values:
    """Every value of a parameter by its members, so that two areas' layouts do not matter.

    ``counts`` says how many members of counted keys to look at.
    """
    named = {"group": rulebook.groups, "disease": rulebook.diseases}
    members = []
    for key in declaration.keys:
        if key in counts:
            members.append(tuple(str(count + 1) for count in range(counts[key])))
        else:
            members.append(tuple(named.get(key, KEYS[key].members)))
    return {
        combination: segment.rules[
            rulebook.layout.cell(declaration, dict(zip(declaration.keys, combination, strict=True)))
        ]
        for combination in itertools.product(*members)
    }


def _counts(books: list[Rulebook], declaration: Declaration) -> dict[str, int]:
    return {
        key: max(len(book.layout.slots[table_key(key)]) for book in books)
        for key in declaration.keys
        if KEYS[key].kind == COUNTED
    }


def _same(declaration: Declaration, values: _Values, others: _Values) -> bool:
    """Whether two areas give the same; a group that one does not name has the default."""
    default = default_of(declaration.table)
    return all(
        values.get(members, default) == others.get(members, default)
        for members in {*values, *others}
    )


def diff(library: PolicyLibrary, area: str, other_area: str, on: datetime.date) -> Row:
    """The parameters that differ between two areas on a day, with both values."""
    areas: list[Area] = [library.area(area), library.area(other_area)]
    books = [library.rulebook(area.code) for area in areas]
    segments = [book.segment(day_number(on)) for book in books]
    rows = []
    for name in sorted(DECLARATIONS):
        declaration = DECLARATIONS[name]
        values = [
            _by_member(book, segment, declaration, _counts(books, declaration))
            for book, segment in zip(books, segments, strict=True)
        ]
        if _same(declaration, values[0], values[1]):
            continue
        sides = []
        title = ""
        for book, segment, value in zip(books, segments, values, strict=True):
            citations = _behind(book, segment, declaration)
            title = title or (citations[0].name if citations else "")
            sides.append(
                _row(library, citations)["values"]
                if citations
                else [{"keys": "", "value": _unstated(declaration, value)}]
            )
        rows.append({"parameter": name, "name": title or name, "values": sides})
    return {
        "areas": [{"code": area.code, "name": area.name.zh} for area in areas],
        "on": on.isoformat(),
        "parameters": rows,
    }


def _unstated(declaration: Declaration, values: _Values) -> str:
    from yibao.policy.values import number_text

    if not values:
        return "缺省"
    number = next(iter(values.values()))
    text = number_text(declaration, number)
    return "没有来源" if number == MISSING else f"缺省：{text}"


# --- records ---


def _dispute_row(dispute: Dispute) -> Row:
    row = asdict(dispute)
    row["question"], row["reason"] = dispute.question.zh, dispute.reason.zh
    row["sides"] = [{"says": side.says.zh, "facts": list(side.facts)} for side in dispute.sides]
    row["decided"] = _date(dispute.decided)
    return row


def disputes(library: PolicyLibrary, wanted: str | None = None) -> list[Row]:
    """All recorded disputes, or one."""
    known = library.disputes()
    return [_dispute_row(dispute) for dispute in _chosen(known, wanted, message("争议"))]


def _gap_row(gap: Gap) -> Row:
    row = asdict(gap)
    row["missing"], row["note"] = gap.missing.zh, gap.note.zh
    return row


def gaps(library: PolicyLibrary) -> list[Row]:
    """All recorded gaps."""
    return [_gap_row(gap) for gap in library.gaps().values()]


def _source_row(source: Source) -> Row:
    row = asdict(source)
    row["documents"] = [dict(document.fields) for document in source.documents]
    return row


def sources(library: PolicyLibrary, wanted: str | None = None) -> list[Row]:
    """All facts, or one."""
    return [_source_row(source) for source in _chosen(library.sources(), wanted, message("来源"))]


def _chosen(known: Any, wanted: str | None, kind: Message) -> list[Any]:
    if wanted is None:
        return list(known.values())
    if wanted not in known:
        raise NotFoundError(message("没有{kind} {wanted}", kind=kind, wanted=wanted))
    return [known[wanted]]
