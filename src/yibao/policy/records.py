"""Reading of sources, disputes and gaps."""

from __future__ import annotations

from pathlib import Path

from yibao.messages import Listed, message
from yibao.policy.document import Mapping, Node, Sequence, read_file
from yibao.policy.kinds import Handling, SourceGrade
from yibao.policy.model import Dispute, Document, Gap, Side, Source
from yibao.policy.reading import (
    Faults,
    choice_of,
    day_of,
    key_fault,
    one_line,
    plain,
    text_of,
    texts_of,
    words,
)

_DISPUTE = (
    "topic", "parameters", "question", "sides", "choice", "reason", "confidence", "facts",
    "decided", "note",
)  # fmt: skip
_GAP = ("parameter", "parameters", "topic", "missing", "found", "handled", "note")
_LISTS = ("facts", "records")
_READ = (
    "id", "region", "scheme", "topic", "param", "value", "unit", "grade", "effective", "source",
    "note",
)  # fmt: skip
GRADES = tuple(grade.value for grade in SourceGrade)
HANDLED = tuple(handling.value for handling in Handling)


def _document(node: Node) -> Document:
    if not isinstance(node, Mapping):
        text = node.text()
        return Document(text, "", "", "", (("title", text),))
    fields = {key: one_line(plain(value)) for key, value in node.items()}
    title = fields.get("title") or fields.get("heading") or fields.get("file") or ""
    return Document(
        title,
        fields.get("url", ""),
        fields.get("doc_no", ""),
        fields.get("line", ""),
        tuple(fields.items()),
    )


def _source(node: Node) -> Source:
    record = node.mapping()
    fields = {key: plain(value) for key, value in record.items()}
    name = code = ""
    region = record.get("region")
    if isinstance(region, Mapping):
        name, code = text_of(region, "name"), text_of(region, "code")
    elif region is not None and not region.is_none():
        name = region.text()
    where = record.get("source")
    documents = where if isinstance(where, Sequence) else [where] if where is not None else []
    return Source(
        id=record.require("id").text(),
        region_name=name,
        region_code=code,
        scheme=one_line(fields.get("scheme")),
        topic=one_line(fields.get("topic")),
        parameter=one_line(fields.get("param")),
        value=one_line(fields.get("value")),
        unit=one_line(fields.get("unit")),
        grade=choice_of(record, "grade", GRADES, ""),
        effective=one_line(fields.get("effective")),
        documents=tuple(_document(item) for item in documents),
        note=one_line(fields.get("note")),
        fields={key: value for key, value in fields.items() if key not in _READ},
        file=record.file,
        line=record.line,
    )


def read_sources(path: Path, shown: str, into: dict[str, Source], faults: Faults) -> None:
    """Add the facts of one file of ``packs/sources``; other top keys are for people."""
    with faults.guard():
        root = read_file(path, shown).mapping()
        lists = [node for key, node in root.items() if key in _LISTS]
        if not lists:
            raise root.fault(message("来源文件要有列表 {lists}", lists=Listed(_LISTS)))
        for node in lists:
            for item in node.sequence():
                with faults.guard():
                    source = _source(item)
                    if source.id in into:
                        raise item.fault(
                            message("来源 {id} 写了两次", id=source.id), rule="duplicate"
                        )
                    into[source.id] = source


def read_disputes(
    path: Path, shown: str, area: str, into: dict[str, Dispute], faults: Faults
) -> None:
    """Add the disputes that one area records."""
    with faults.guard():
        root = read_file(path, shown).mapping()
        for name, node in root.items():
            with faults.guard():
                record = node.mapping()
                record.only(_DISPUTE)
                choice = record.require("choice")
                into[name] = Dispute(
                    id=name,
                    area=area,
                    topic=text_of(record, "topic"),
                    parameters=texts_of(record, "parameters"),
                    question=words(record.require("question")),
                    sides=tuple(_side(side) for side in record.require("sides").sequence()),
                    choice=None if choice.is_none() else one_line(plain(choice)),
                    reason=words(record.get("reason")),
                    confidence=choice_of(record, "confidence", ("high", "medium", "low"), ""),
                    facts=texts_of(record, "facts"),
                    decided=day_of(record, "decided"),
                    file=shown,
                    line=root.lines[name],
                )


def _side(node: Node) -> Side:
    side = node.mapping()
    side.only(("says", "facts"))
    return Side(words(side.require("says")), texts_of(side, "facts"))


def read_gaps(path: Path, shown: str, area: str, into: dict[str, Gap], faults: Faults) -> None:
    """Add the gaps that one area records."""
    with faults.guard():
        root = read_file(path, shown).mapping()
        for name, node in root.items():
            with faults.guard():
                record = node.mapping()
                record.only(_GAP)
                into[name] = Gap(
                    id=name,
                    area=area,
                    parameters=texts_of(record, "parameter") + texts_of(record, "parameters"),
                    missing=words(record.require("missing")),
                    found=texts_of(record, "found"),
                    handled=record.require("handled").choice(HANDLED),
                    note=words(record.get("note")),
                    file=shown,
                    line=root.lines[name],
                )


def read_names(path: Path, shown: str, into: dict[str, str], faults: Faults) -> None:
    """Add the groups or diseases that one area names: identifier to Chinese name."""
    with faults.guard():
        root = read_file(path, shown).mapping()
        for name, node in root.items():
            with faults.guard():
                text = words(node).zh
                if not text:
                    raise key_fault(root, name, message("{name} 没有中文名", name=name))
                into[name] = text
