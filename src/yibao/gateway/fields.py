"""The protocol's tables: fields of every transaction, code tables, service paths, terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import msgspec
import yaml

_DATA = resources.files("yibao.gateway") / "data"


class NodeField(NamedTuple):
    """One field of a node."""

    name: str
    zh: str
    type: str
    """``str``, ``num``, ``date``, ``datetime``, ``object``, or ``rows`` of the node of its name."""
    length: str
    """As the table writes it: ``30``, or ``16,2`` for digits and decimals."""
    marked: bool
    """Whether the document says that it is never empty; of an input, that decides nothing."""
    coded: str
    """The code table, or empty."""
    why: str = ""
    """Of an input: what cannot be done without its value; empty where everything can."""
    instead: str = ""
    """Another field of the node whose value does as well."""

    @property
    def required(self) -> bool:
        """Whether a message without it is refused."""
        return bool(self.why)

    @property
    def places(self) -> int:
        """Decimals of a number."""
        _, _, places = self.length.partition(",")
        return int(places) if places.strip().isdigit() else 0

    @property
    def longest(self) -> int:
        """Characters of a text; 0: as many as one likes."""
        return int(self.length) if self.length.isdigit() else 0


class Expected(NamedTuple):
    """What a field must look like, worked out once: see :class:`NodeField`."""

    field: NodeField
    number: bool
    places: int
    longest: int
    codes: Mapping[str, Any] | None
    """The code table."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldNode:
    """One node of an input or output."""

    name: str
    """Empty: the fields stand directly in ``input`` or ``output``."""
    many: bool
    fields: Mapping[str, NodeField]
    by_small: Mapping[str, str]
    """Names by the same in small letters."""
    expected: tuple[Expected, ...]
    """Of every field, in the order of the table."""
    needed: tuple[NodeField, ...]
    """The fields that are required."""
    inside: str = ""
    """The node whose rows hold rows of this one, in a field of its name; empty: none does."""


class Transaction(NamedTuple):
    """A transaction as the tables know it."""

    infno: str
    zh: str
    input: tuple[FieldNode, ...]
    output: tuple[FieldNode, ...]


def _json(name: str) -> Any:
    return msgspec.json.decode((_DATA / name).read_bytes())


def _field(row: list[Any]) -> NodeField:
    return NodeField(row[0], row[1], row[2], row[3], bool(row[4]), *row[5:])


def _node(document: dict[str, Any]) -> FieldNode:
    fields = {row[0]: _field(row) for row in document["fields"]}
    expected = tuple(
        Expected(
            field,
            field.type == "num",
            field.places,
            0 if field.type in ("num", "date", "datetime", "rows") else field.longest,
            codes().get(field.coded) if field.coded else None,
        )
        for field in fields.values()
    )
    return FieldNode(
        document["node"],
        bool(document["many"]),
        fields,
        {name.lower(): name for name in fields},
        expected,
        tuple(field for field in fields.values() if field.required),
        document.get("in", ""),
    )


@cache
def transactions() -> Mapping[str, Transaction]:
    """Every transaction that has a table of fields, by infno."""
    return {
        infno: Transaction(
            infno,
            document["zh"],
            tuple(_node(node) for node in document["input"]),
            tuple(_node(node) for node in document["output"]),
        )
        for infno, document in _json("fields.json").items()
    }


@cache
def envelope_fields() -> tuple[NodeField, ...]:
    """The fields around ``input``."""
    return tuple(_field(row) for row in _json("envelope.json")["request"])


@cache
def names() -> Mapping[str, str]:
    """Chinese names of all transactions that any edition knows, offered here or not."""
    names_by_infno: dict[str, str] = _json("names.json")
    return names_by_infno


@cache
def codes() -> Mapping[str, Mapping[str, Any]]:
    """Code tables: ``zh`` and ``codes`` by name."""
    tables: dict[str, dict[str, Any]] = _json("codes.json")
    return tables


@cache
def columns() -> Mapping[str, Mapping[str, Any]]:
    """Columns of the files that directory downloads give, by infno."""
    columns_by_infno: dict[str, dict[str, Any]] = _json("columns.json")
    return columns_by_infno


@cache
def service_paths() -> Mapping[str, str]:
    """infno by service path."""
    paths: dict[str, str] = _json("paths.json")
    return {path: infno for infno, path in paths.items()}


@cache
def terms() -> Mapping[str, Any]:
    """How codes become our terms."""
    terms_by_field: dict[str, Any] = yaml.safe_load(
        (_DATA / "terms.yaml").read_text(encoding="utf-8")
    )
    return terms_by_field


def shown_name(infno: str) -> str:
    """``2207 门诊结算`` where the name is known."""
    known = transactions().get(infno)
    name = known.zh if known is not None else names().get(infno, "")
    return f"{infno} {name}".strip()
