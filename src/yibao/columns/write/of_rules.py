"""What the answer says of the rules themselves: which rulebook, which layers it leaves out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from yibao.columns import packing as k
from yibao.columns.backend import Backend
from yibao.columns.frame import PATTERN_GROUPS, PATTERN_VERSION, PATTERN_WORD
from yibao.columns.prepare.pipeline import PreparedRows
from yibao.columns.read.cells import Ints
from yibao.columns.rulebooks import Rulebooks

_UNKNOWN = (None, "upper", "assistance", "upper assistance")
"""What the output says for each mask of layers."""


def unknown_column(
    ready: PreparedRows, rulebooks: Rulebooks, backend: Backend, kind: Ints, rows: Ints | None
) -> pa.Array:
    """The layers that each settled visit leaves out, as no source gives their terms.

    Looked up once for each pattern: rows of one have the same facts under the same rules.
    """
    count = len(kind) if rows is None else len(rows)
    patterns = np.asarray(ready.patterns)
    facts, groups, version = (
        np.ascontiguousarray(patterns[:, place])
        for place in (PATTERN_WORD, PATTERN_GROUPS, PATTERN_VERSION)
    )
    possible = rulebooks.may_be_unknown[version] == 1
    asked = np.flatnonzero(possible & (facts & k.KIND_MASK < k.KIND_CARRY))
    if len(asked) == 0:
        return pa.nulls(count, pa.string())
    unknown = np.zeros(len(patterns), dtype=np.int64)
    backend.call(
        "unknown_of_rows", backend.rules(rulebooks), asked, facts, groups, version, unknown
    )
    if not unknown.any():
        return pa.nulls(count, pa.string())
    pattern = np.asarray(ready.visits.pattern)
    of_row = unknown[pattern if rows is None else pattern[rows]]
    return pa.array(_UNKNOWN, pa.string()).take(pa.array(of_row))


def rulebook_column(rulebooks: Rulebooks, version: Ints) -> pa.Array:
    """The hashes of the rulebooks of versions, coded."""
    hashes = pa.array([rulebook.hash for rulebook in rulebooks.rulebooks], pa.string())
    indices = rulebooks.rulebook_numbers[version].astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(indices), hashes)
