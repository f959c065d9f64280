"""Facts, disputes and gaps as the cache holds them: plain rows, made into records again."""

from __future__ import annotations

from typing import Any

from yibao.policy.model import Dispute, Document, Gap, Side, Source, Words


def unnamed(value: Any) -> Any:
    """Named tuples as plain ones, which is what the cache can hold."""
    if isinstance(value, dict):
        return {key: unnamed(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(unnamed(item) for item in value)
    if isinstance(value, list):
        return [unnamed(item) for item in value]
    return value


def source_of(row: dict[str, Any]) -> Source:
    """The fact of such a row."""
    return Source(
        **{**row, "documents": tuple(Document(**document) for document in row["documents"])}
    )


def dispute_of(row: dict[str, Any]) -> Dispute:
    """The dispute of such a row."""
    sides = tuple(Side(Words(*side["says"]), side["facts"]) for side in row["sides"])
    return Dispute(
        **{
            **row,
            "question": Words(*row["question"]),
            "reason": Words(*row["reason"]),
            "sides": sides,
        }
    )


def gap_of(row: dict[str, Any]) -> Gap:
    """The gap of such a row."""
    return Gap(**{**row, "missing": Words(*row["missing"]), "note": Words(*row["note"])})
