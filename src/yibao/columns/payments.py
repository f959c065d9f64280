"""Who may pay the person's part: own account, a relative's, and the reason where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from yibao.benefit.rules import same_province
from yibao.columns.backend import Backend
from yibao.columns.lookups import no_pack, pairs, same_area
from yibao.columns.reading import NONE, Bools, Codes, Faults, Ints, Reader
from yibao.columns.rulebooks import Rulebooks

if TYPE_CHECKING:
    from yibao.columns.state_of_rows import People


@dataclass(slots=True)
class Payments:
    """How each row's own part may be paid."""

    version: Ints
    """Rules of the area whose account pays."""
    own: Ints
    by_relative: Ints
    relative: Ints
    """Number of the person who lets draw, or -1."""
    limit: Ints
    reason: Ints
    """Step code of why the relative may not pay; 0 where one may or none is named."""
    cell: Ints
    any_relative: bool
    any_draw: bool


_NOTHING = np.zeros(0, dtype=np.int64)


def read_payments(
    reader: Reader,
    rulebooks: Rulebooks,
    backend: Backend,
    faults: Faults,
    people: People,
    area: Codes,
    end_day: Ints,
    end_version: Ints,
    entitled: Ints,
    is_visit: Bools,
) -> Payments:
    """The accounts that each row names, and whether they may pay today."""
    rows = reader.rows
    none = np.zeros(rows, dtype=np.int64)
    no_one = np.full(rows, NONE, dtype=np.int64)
    own = np.where(is_visit, reader.flag("draw_own"), 0)
    relative = people.relative if len(people.relative) else no_one
    named = (relative >= 0) & is_visit
    if not own.any() and not named.any():
        return Payments(
            none, none, none, relative, _NOTHING, none, no_one, bool((relative >= 0).any()), False
        )
    grantor_area = reader.codes("grantor_area")
    account_area = reader.codes("account_area")
    payer = _else(account_area, area)
    of_grantor = _else(grantor_area, area)
    grantee_home = payer
    payer = _pick(named, of_grantor, payer)
    in_area = no_pack(payer, rulebooks, faults, "account_area")
    version = np.zeros(rows, dtype=np.int64)
    books = rulebooks.books(in_area, end_day)
    backend.call("find_versions", books, in_area, end_day, end_day, version)
    lacking = rulebooks.refusals[version] != 0
    faults.at(
        lacking & (named | (own == 1)), "account_area", "账户所在地区在当日缺少舍入方式，不能计算"
    )
    if not named.any():
        return Payments(version, own, none, relative, _NOTHING, none, no_one, False, True)
    faults.at(named & (relative == people.person), "draw_relative", "授权人是本人，请改用 draw_own")
    relation = reader.choice("relation")
    in_force = reader.flag("grant_in_force")
    faults.at(named & (relation == NONE) & (in_force == 1), "relation", "授权有效时必须写亲属关系")
    grantee = reader.flag("grantee_in_order", NONE)
    grantee = np.where(grantee == NONE, entitled, grantee)
    same = pairs(grantee_home, of_grantor, same_area, named)
    province = pairs(grantee_home, of_grantor, same_province, named)
    reason, cell = none.copy(), no_one.copy()
    backend.call(
        "aid_reasons",
        backend.rules(rulebooks),
        version,
        np.maximum(relation, 0),
        in_force,
        grantee,
        reader.flag("grantor_in_order"),
        same,
        province,
        reason,
        cell,
    )
    reason = np.where(named, reason, 0)
    return Payments(
        version,
        own,
        (named & (reason == 0)).astype(np.int64),
        relative,
        reader.number("grant_limit_fen"),
        reason,
        cell,
        True,
        True,
    )


def _else(codes: Codes, other: Codes) -> Codes:
    """``codes``, and ``other`` where a cell is empty."""
    if not codes.texts:
        return other
    if (codes.numbers >= 0).all():
        return codes
    return _pick(codes.numbers >= 0, codes, other)


def _pick(where: Bools, one: Codes, other: Codes) -> Codes:
    """``one`` in the rows of ``where``, ``other`` elsewhere."""
    if one is other or not where.any():
        return other
    shifted = np.where(other.numbers >= 0, other.numbers + len(one.texts), NONE)
    return Codes(np.where(where, one.numbers, shifted), [*one.texts, *other.texts])
