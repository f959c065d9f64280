"""Several Parquet files of one schema as one, without decoding a value: bytes are copied.

Decoding and encoding again would cost more than settling; only where something lies in the
file changes, and the footer says that.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.write.footers import LENGTH, Footer, Struct, written
from yibao.private_files import reserve

_MAGIC = b"PAR1"
_TAIL = LENGTH.size + len(_MAGIC)
_PIECE = 16 << 20
# Numbers of fields in Parquet's own description (parquet.thrift).
_ROWS, _GROUPS = 3, 4
_COLUMNS, _GROUP_AT, _ORDINAL = 1, 5, 7
_CHUNK_AT, _CHUNK, _OFFSET_INDEX_AT, _COLUMN_INDEX_AT = 2, 3, 4, 6
_PLACES_OF_PAGES = (9, 10, 11, 14)
_MOST_ORDINALS = 1 << 15


def join(
    parts: Sequence[Path], target: Path, schema: pa.Schema, metadata: Mapping[str, str]
) -> None:
    """Write the rows of files of this schema, in their order, into a new file.

    ``metadata``: what the file carries beside its schema.
    """
    frame = target.with_suffix(".frame")
    with pq.ParquetWriter(reserve(frame), schema) as writer:
        writer.add_key_value_metadata(dict(metadata))
    footer = _footer(frame)
    of_groups = footer[_GROUPS][1][0]
    frame.unlink()
    rows = 0
    groups: list[Struct] = []
    with reserve(target).open("wb") as out:
        out.write(_MAGIC)
        for part in parts:
            of_part = _footer(part)
            size = part.stat().st_size
            with part.open("rb") as source:
                source.seek(size - _TAIL)
                content = size - _TAIL - LENGTH.unpack(source.read(LENGTH.size))[0]
                shift = out.tell() - len(_MAGIC)
                _copy(source, out, len(_MAGIC), content - len(_MAGIC))
            rows += of_part[_ROWS][1]
            of_groups, added = of_part[_GROUPS][1]
            for group in added:
                _shift(group, shift)
            groups += added
        for number, group in enumerate(groups):
            if len(groups) < _MOST_ORDINALS and _ORDINAL in group:
                group[_ORDINAL] = (group[_ORDINAL][0], number)
            else:
                group.pop(_ORDINAL, None)
        footer[_ROWS] = (footer[_ROWS][0], rows)
        footer[_GROUPS] = (footer[_GROUPS][0], (of_groups, groups))
        content_of_footer = written(footer)
        out.write(content_of_footer + LENGTH.pack(len(content_of_footer)) + _MAGIC)


def _footer(path: Path) -> Struct:
    with path.open("rb") as file:
        file.seek(-_TAIL, os.SEEK_END)
        length = LENGTH.unpack(file.read(LENGTH.size))[0]
        file.seek(-_TAIL - length, os.SEEK_END)
        return Footer(file.read(length)).read()


def _shift(group: Struct, by: int) -> None:
    """Move everything that a group of rows says about where it lies."""
    _move(group, (_GROUP_AT,), by)
    for chunk in group[_COLUMNS][1][1]:
        _move(chunk, (_CHUNK_AT, _OFFSET_INDEX_AT, _COLUMN_INDEX_AT), by)
        _move(chunk[_CHUNK][1], _PLACES_OF_PAGES, by)


def _move(fields: Struct, numbers: Sequence[int], by: int) -> None:
    for number in numbers:
        kind, place = fields.get(number, (0, 0))
        if place > 0:
            fields[number] = (kind, place + by)


def _copy(source: BinaryIO, out: BinaryIO, first: int, count: int) -> None:
    source.seek(first)
    while count:
        piece = source.read(min(_PIECE, count))
        if not piece:
            raise OSError(f"{source.name} ends too early")
        out.write(piece)
        count -= len(piece)
