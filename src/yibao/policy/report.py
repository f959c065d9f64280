"""What the packs say, as typed answers for the command line, pages and programs."""

from __future__ import annotations

import datetime
import difflib
import itertools
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from yibao.errors import NotFoundError
from yibao.messages import Listed, Message, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.keys import COUNTED, FIXED, KEYS
from yibao.policy.kinds import ValueStatus
from yibao.policy.labels import member_label
from yibao.policy.layout import default_of, is_required, table_key
from yibao.policy.model import Area, Dispute, Pack, ParameterEntry, Source
from yibao.policy.parameters import DECLARATIONS, MISSING, Declaration
from yibao.policy.reported import (
    AreaCounts,
    AreaDifferences,
    AreaRules,
    Cited,
    NamedArea,
    ParameterDifference,
    PlacedDispute,
    PlacedGap,
    PlacedSource,
    PlacedValue,
    RuleInForce,
    SideAnswer,
    Valued,
)
from yibao.policy.rulebook import Citation, Rulebook, Segment
from yibao.written import plain_json

if TYPE_CHECKING:
    from yibao.policy.values import Leaf

Record = TypeVar("Record")


def _date(day: int | None) -> datetime.date | None:
    return None if day is None else to_date(day)


def topic_of(parameter: str) -> str:
    """The topic of a parameter: its name without the last part."""
    return parameter.rpartition(".")[0]


# --- list ---


def list_areas(library: PolicyLibrary) -> tuple[AreaCounts, ...]:
    """All areas with their topics, how many parameters and values each has, and open ends."""
    return tuple(area_counts(library, area.code) for area in library.areas())


def area_counts(library: PolicyLibrary, code: str) -> AreaCounts:
    """One area's row of the same, from the cache where nothing has changed."""
    row = library.remembered(
        f"counts-{code}",
        [(code, library.key_of(code).encode())],
        lambda: plain_json(_counted(library.packs_of(code))),
    )
    topics, complete = row["topics"], tuple(row["complete"])
    return AreaCounts(**{**row, "topics": topics, "complete": complete})


def _counted(packs: list[Pack]) -> AreaCounts:
    area = packs[0].area
    names = dict.fromkeys(name for pack in packs for name in pack.parameters)
    blocks = [
        block for pack in packs for entry in pack.parameters.values() for block in entry.blocks
    ]
    return AreaCounts(
        code=area.code,
        name=area.name.zh,
        name_en=area.name.en,
        parent=area.parent,
        folder=area.folder,
        assumptions=area.assumptions,
        complete=area.complete,
        topics=dict(sorted(Counter(map(topic_of, names)).items())),
        parameters=len(names),
        values=len(blocks),
        assumed=sum(block.status == ValueStatus.ASSUMED for block in blocks),
        quarantined=sum(block.status == ValueStatus.QUARANTINED for block in blocks),
        disputes=sum(len(pack.disputes) for pack in packs),
        gaps=sum(len(pack.gaps) for pack in packs),
    )


# --- show ---


def _cited(library: PolicyLibrary, names: tuple[str, ...]) -> tuple[Cited, ...]:
    known = library.sources()
    return tuple(Cited(name, known[name].grade if name in known else "") for name in names)


def _behind(rulebook: Rulebook, segment: Segment, declaration: Declaration) -> list[Citation]:
    numbers = dict.fromkeys(segment.cells[cell] for cell in rulebook.layout.cells(declaration))
    return [rulebook.citations[number] for number in numbers if number]


def _values(citations: Iterable[Citation]) -> tuple[Valued, ...]:
    return tuple(Valued(citation.keys, citation.value) for citation in citations)


def _in_force(library: PolicyLibrary, citations: list[Citation]) -> RuleInForce:
    first = citations[0]
    return RuleInForce(
        parameter=first.parameter,
        name=first.name,
        values=_values(citations),
        area=first.area,
        first_day=to_date(first.first_day),
        last_day=_date(first.last_day),
        from_basis=first.from_basis,
        sources=_cited(library, first.sources),
        grade=first.grade,
        status=first.status,
        basis=first.basis,
        gap=first.gap,
        disputes=tuple(first.disputes),
        note=first.note,
    )


def show(library: PolicyLibrary, area: str, topic: str | None, on: datetime.date) -> AreaRules:
    """What is in force in an area on a day; ``topic`` is a dotted beginning of names."""
    place = library.area(area)
    names = _within(topic)
    rulebook = library.rulebook(place.code)
    segment = rulebook.segment(day_number(on))
    rules, missing = [], []
    for name in names:
        declaration = DECLARATIONS[name]
        citations = _behind(rulebook, segment, declaration)
        if citations:
            rules.append(_in_force(library, citations))
        elif is_required(declaration.table):
            missing.append(name)
    return AreaRules(
        area=place.code,
        name=place.name.zh,
        on=on,
        rulebook=rulebook.hash,
        parameters=tuple(rules),
        missing=tuple(missing),
    )


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


def history(
    library: PolicyLibrary,
    parameter: str,
    area: str | None = None,
    *,
    areas: Container[str] | None = None,
) -> tuple[PlacedValue, ...]:
    """All dated values of a parameter in all areas, or one, or some, by first day."""
    from yibao.policy.standing import number_names
    from yibao.policy.values import read_leaves

    name = parameter_named(parameter).name
    only = library.area(area).code if area else None
    dated = []
    wanted = [
        place.code
        for place in library.areas()
        if only in (None, place.code) and (areas is None or place.code in areas)
    ]
    for pack in (pack for code in wanted for pack in library.packs_of(code)):
        entry = pack.parameters.get(name)
        if entry is None:
            continue
        positions, texts = number_names(library.chain_of(pack.area.code), ())
        dated += [
            PlacedValue(
                area=pack.area.code,
                area_name=pack.area.name.zh,
                first_day=to_date(block.first_day),
                last_day=_date(block.last_day),
                known_from=_date(block.known_from),
                values=tuple(
                    _leaf(entry, leaf, texts) for leaf in read_leaves(entry, block, positions)
                ),
                sources=_cited(library, block.sources),
                status=block.status,
                basis=block.basis,
                gap=block.gap,
                disputes=block.disputes,
                from_basis=block.from_basis,
                note=block.note.zh,
                file=block.file,
                line=block.line,
            )
            for block in entry.blocks
        ]
    return tuple(sorted(dated, key=lambda value: (value.first_day, value.area)))


def _leaf(entry: ParameterEntry, leaf: Leaf, texts: Mapping[str, Mapping[str, str]]) -> Valued:
    from yibao.policy.values import formula_text, number_text

    keys = " · ".join(
        member_label(
            key, KEYS[key].members.index(member) if KEYS[key].kind == FIXED else 0, member, texts
        )
        for key, member in leaf.members
    )
    if leaf.formula is not None:
        return Valued(keys, formula_text(leaf.formula))
    return Valued(keys, number_text(entry.declaration, leaf.number))


# --- diff ---


_ByMember = dict[tuple[str, ...], int]


def _by_member(
    rulebook: Rulebook, segment: Segment, declaration: Declaration, counts: dict[str, int]
) -> _ByMember:
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


def _same(declaration: Declaration, values: _ByMember, others: _ByMember) -> bool:
    """Whether two areas give the same; a group that one does not name has the default."""
    default = default_of(declaration.table)
    return all(
        values.get(members, default) == others.get(members, default)
        for members in {*values, *others}
    )


def diff(library: PolicyLibrary, area: str, other_area: str, on: datetime.date) -> AreaDifferences:
    """The parameters that differ between two areas on a day, with both values."""
    areas: list[Area] = [library.area(area), library.area(other_area)]
    books = [library.rulebook(area.code) for area in areas]
    segments = [book.segment(day_number(on)) for book in books]
    differences = []
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
            unstated = (Valued("", _unstated(declaration, value)),)
            sides.append(_values(citations) if citations else unstated)
        differences.append(ParameterDifference(name, title or name, tuple(sides)))
    return AreaDifferences(
        areas=tuple(NamedArea(area.code, area.name.zh) for area in areas),
        on=on,
        parameters=tuple(differences),
    )


def _unstated(declaration: Declaration, values: _ByMember) -> str:
    from yibao.policy.values import number_text

    if not values:
        return "缺省"
    number = next(iter(values.values()))
    text = number_text(declaration, number)
    return "没有来源" if number == MISSING else f"缺省：{text}"


# --- records ---


def _dispute(dispute: Dispute) -> PlacedDispute:
    return PlacedDispute(
        id=dispute.id,
        area=dispute.area,
        topic=dispute.topic,
        parameters=dispute.parameters,
        question=dispute.question.zh,
        sides=tuple(SideAnswer(side.says.zh, side.facts) for side in dispute.sides),
        choice=dispute.choice,
        reason=dispute.reason.zh,
        confidence=dispute.confidence,
        facts=dispute.facts,
        decided=_date(dispute.decided),
        file=dispute.file,
        line=dispute.line,
    )


def disputes(library: PolicyLibrary, wanted: str | None = None) -> tuple[PlacedDispute, ...]:
    """All recorded disputes, or one."""
    return tuple(map(_dispute, _chosen(library.disputes(), wanted, message("争议"))))


def gaps(library: PolicyLibrary) -> tuple[PlacedGap, ...]:
    """All recorded gaps."""
    return tuple(
        PlacedGap(
            id=gap.id,
            area=gap.area,
            parameters=gap.parameters,
            missing=gap.missing.zh,
            found=gap.found,
            handled=gap.handled,
            note=gap.note.zh,
            file=gap.file,
            line=gap.line,
        )
        for gap in library.gaps().values()
    )


def _source(source: Source) -> PlacedSource:
    return PlacedSource(
        id=source.id,
        region_name=source.region_name,
        region_code=source.region_code,
        scheme=source.scheme,
        topic=source.topic,
        parameter=source.parameter,
        value=source.value,
        unit=source.unit,
        grade=source.grade,
        effective=source.effective,
        documents=tuple(dict(document.fields) for document in source.documents),
        note=source.note,
        fields=dict(source.fields),
        file=source.file,
        line=source.line,
    )


def sources(library: PolicyLibrary, wanted: str | None = None) -> tuple[PlacedSource, ...]:
    """All facts, or one."""
    return tuple(map(_source, _chosen(library.sources(), wanted, message("来源"))))


def _chosen(known: Mapping[str, Record], wanted: str | None, kind: Message) -> Iterable[Record]:
    if wanted is None:
        return known.values()
    if wanted not in known:
        raise NotFoundError(message("没有{kind} {wanted}", kind=kind, wanted=wanted))
    return (known[wanted],)
