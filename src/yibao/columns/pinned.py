"""Rulebooks that rows name by their hash, from the file that carries them.

What an export wrote is settled by the rules that were pinned on each settlement, whatever
the packs say since; the rulebooks travel with the rows, in the file's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.explain import forms_of
from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.rulebook import Rulebook


class CarriedRulebooks:
    """Stored forms by hash; a rulebook is read when a row first names it."""

    def __init__(self, *metadata: Mapping[bytes, bytes] | None) -> None:
        """``metadata``: of the files or tables that may carry rulebooks."""
        self._forms: dict[str, Mapping[str, Any]] = {}
        for of_file in metadata:
            self._forms |= forms_of(of_file)

    @classmethod
    def of_table(cls, table: pa.Table) -> CarriedRulebooks:
        """Those of a table of rulebooks beside the data (``hash`` and ``form``, which is JSON)."""
        carried = cls()
        forms = zip(table.column("hash").to_pylist(), table.column("form").to_pylist(), strict=True)
        carried._forms = {name: json.loads(form) for name, form in forms}
        return carried

    def hashes(self) -> list[str]:
        """The hashes of all that are carried."""
        return list(self._forms)

    def rulebook(self, name: str) -> Rulebook | None:
        """The rulebook of this hash; None where no file carries it.

        ``InputError`` where its content is not what the hash says.
        """
        form = self._forms.get(name)
        if form is None:
            return None
        rulebook = Rulebook.from_canonical(form)
        if rulebook.hash != name:
            raise InputError(message("规则书的内容与它的校验值不符，可能被改动过"), place=name)
        return rulebook


def metadata_of(path: Path) -> Mapping[bytes, bytes]:
    """The metadata of a Parquet file that has to carry rulebooks."""
    if not path.is_file():
        raise InputError(message("没有这个文件"), place=str(path))
    try:
        metadata: Mapping[bytes, bytes] | None = pq.read_metadata(path).metadata
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            message("读不出这个文件：{error}", error=str(error)), place=str(path)
        ) from None
    if metadata is None or not forms_of(metadata):
        raise InputError(
            message("这个文件没有规则书：请用 yibao export 或 yibao batch 写出的文件"),
            place=str(path),
        )
    return metadata


def rulebooks_in(path: Path) -> CarriedRulebooks:
    """The rulebooks of a Parquet file beside the data: a table of them (``hash``, ``form``), or
    a file that carries them in its metadata.
    """
    if path.is_file() and {"hash", "form"} <= set(pq.read_schema(path).names):
        return CarriedRulebooks.of_table(pq.read_table(path, columns=["hash", "form"]))
    return CarriedRulebooks(metadata_of(path))


def rulebooks_beside(path: Path) -> dict[str, Rulebook]:
    """The same, read, by hash."""
    carried = rulebooks_in(path)
    read = ((name, carried.rulebook(name)) for name in carried.hashes())
    return {name: rulebook for name, rulebook in read if rulebook is not None}
