"""The footer of a Parquet file as a tree, for what no library offers: shifting its offsets.

A footer is one structure in Thrift's compact protocol.  It is read without its schema: a
structure is its fields by number, each with the type it was written in, so that what this
file does not know is written back as it was.
"""

from __future__ import annotations

import struct
from typing import Any

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_WHOLE = (_I16, _I32, _I64)
_LONG = 15
"""A count, or a step between numbers of fields, that does not fit into half a byte."""

Struct = dict[int, tuple[int, Any]]
"""Number of a field -> its type and value; a list is its elements' type and its elements."""


class Footer:
    """Reads one structure from bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def read(self) -> Struct:
        """The structure that begins here."""
        fields: Struct = {}
        number = 0
        while True:
            head = self._byte()
            if head == 0:
                return fields
            kind, step = head & 0x0F, head >> 4
            number = number + step if step else self._zigzag()
            fields[number] = (kind, kind == _TRUE if kind <= _FALSE else self._value(kind))

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _varint(self) -> int:
        shift = number = 0
        while True:
            part = self._byte()
            number |= (part & 0x7F) << shift
            if part < 0x80:
                return number
            shift += 7

    def _zigzag(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._content[self._at - count : self._at]

    def _value(self, kind: int) -> Any:
        if kind in _WHOLE:
            return self._zigzag()
        if kind == _STRUCT:
            return self.read()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_LIST, _SET):
            head = self._byte()
            count = head >> 4
            count = self._varint() if count == _LONG else count
            kind_of_elements = head & 0x0F
            return kind_of_elements, [self._value(kind_of_elements) for _ in range(count)]
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind == _DOUBLE:
            return self._bytes(8)
        raise ValueError(f"a footer has no type {kind}")


def written(fields: Struct) -> bytes:
    """The bytes of a structure."""
    out = bytearray()
    _write_struct(out, fields)
    return bytes(out)


def _write_varint(out: bytearray, number: int) -> None:
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _write_zigzag(out: bytearray, number: int) -> None:
    _write_varint(out, number << 1 if number >= 0 else (-number << 1) - 1)


def _write_struct(out: bytearray, fields: Struct) -> None:
    last = 0
    for number, (kind, value) in sorted(fields.items()):
        if kind <= _FALSE:
            kind = _TRUE if value else _FALSE
        if 0 < number - last <= _LONG:
            out.append((number - last) << 4 | kind)
        else:
            out.append(kind)
            _write_zigzag(out, number)
        last = number
        if kind > _FALSE:
            _write_value(out, kind, value)
    out.append(0)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in _WHOLE:
        _write_zigzag(out, value)
    elif kind == _STRUCT:
        _write_struct(out, value)
    elif kind == _BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind in (_LIST, _SET):
        kind_of_elements, elements = value
        if len(elements) < _LONG:
            out.append(len(elements) << 4 | kind_of_elements)
        else:
            out.append(_LONG << 4 | kind_of_elements)
            _write_varint(out, len(elements))
        for element in elements:
            _write_value(out, kind_of_elements, element)
    elif kind == _DOUBLE:
        out += value
    else:
        out.append(value)


LENGTH = struct.Struct("<I")
"""The length of a footer, before the last four bytes of its file."""
