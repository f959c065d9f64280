"""Compiling ahead: everything that the first file would wait for, into the cache."""

from __future__ import annotations

import datetime
import time

import pyarrow as pa

from yibao.columns.backend import choose
from yibao.columns.engine import run
from yibao.messages import CHINESE
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import InstitutionKind, Scheme, VisitKind

_SMALL, _LARGE = 10_000, 10**12
"""Fen of a visit whose amounts are of 32 bits, and of one whose amounts are of 64."""


def warm(library: PolicyLibrary, *, quiet: bool = False, language: str = CHINESE) -> float:
    """Compile the loops for amounts of either width; the seconds that it took."""
    started = time.monotonic()
    choose("numba", quiet=quiet, language=language)
    for total in (_SMALL, _LARGE):
        for with_state in (False, True):
            run(
                _visits(library, total), library, backend="numba", quiet=True, with_state=with_state
            )
    return time.monotonic() - started


def _visits(library: PolicyLibrary, total: int) -> pa.Table:
    """Two visits of somebody made up, one of which is reversed."""
    area = max(
        (area.code for area in library.areas() if area.parent is not None),
        key=lambda code: len(library.rulebook(code).days),
    )
    day = datetime.date(2025, 3, 1)
    rows = [
        {
            "person": "a",
            "visit": visit,
            "area": area,
            "scheme": Scheme.RESIDENT.value,
            "birth_day": datetime.date(1980, 1, 1),
            "entitled": True,
            "institution_kind": InstitutionKind.HOSPITAL.value,
            "price_class": "1",
            "kind": kind,
            "end_day": day,
            "total_fen": total if kind == VisitKind.OUTPATIENT else None,
            "reverses": reverses,
        }
        for visit, kind, reverses in (
            ("v1", VisitKind.OUTPATIENT.value, None),
            ("v2", VisitKind.OUTPATIENT.value, None),
            (None, "reverse", "v2"),
        )
    ]
    return pa.Table.from_pylist(rows)
