"""Step 5: who may pay the person's part: own account, a relative's, and why not."""

from __future__ import annotations

import operator
from dataclasses import dataclass

import numpy as np

from yibao.benefit.rules import same_province
from yibao.columns import packing as k
from yibao.columns.prepare.batch import Batch
from yibao.columns.prepare.lookups import areas_of_rules, pairs
from yibao.columns.prepare.row_loops import AidColumns
from yibao.columns.prepare.row_person import RowPerson
from yibao.columns.prepare.row_rules import RowDays, RowRules
from yibao.columns.read.cells import NONE, Bools, Codes, Ints
from yibao.messages import message


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
    aid: Ints
    """What decides whether the relative may pay: see ``packing.AID_FIELDS``."""
    any_relative: bool
    any_draw: bool


_NO_INTS = np.zeros(0, dtype=np.int64)


def read_payments(batch: Batch, days: RowDays, rules: RowRules, person: RowPerson) -> Payments:
    """The accounts that each row names, and whether they may pay today."""
    reader, faults = batch.reader, batch.faults
    none = reader.constant(0)
    no_one = reader.constant(NONE)
    own = np.where(batch.is_visit, reader.flag("draw_own"), 0)
    relative = batch.people.relative if len(batch.people.relative) else no_one
    named = np.zeros(batch.rows, dtype=np.bool_)
    if relative is not no_one:
        named = (relative >= 0) & batch.is_visit
    # A row that only carries state in may name one too, for what is on that account.
    any_relative = relative is not no_one and bool((relative >= 0).any())
    if not own.any() and not named.any():
        return Payments(none, none, none, relative, _NO_INTS, none, any_relative, False)
    own_home = _else(reader.codes("account_area"), rules.area)
    grantor_home = _else(reader.codes("grantor_area"), rules.area)
    payer_home = _pick(named, grantor_home, own_home)
    area_number = areas_of_rules(
        payer_home,
        reader.codes("account_rulebook"),
        batch.rulebooks,
        faults,
        ("account_area", "account_rulebook"),
    )
    version = rules.end_version
    if not np.array_equal(area_number, rules.area_number):
        version = batch.versions(area_number, days.end, days.end)
    lacking = batch.rulebooks.refusals[version] != 0
    faults.mark(
        lacking & (named | (own == 1)),
        "account_area",
        message("账户所在地区在当日缺少舍入方式，不能计算"),
    )
    if not named.any():
        return Payments(version, own, none, relative, _NO_INTS, none, any_relative, True)
    faults.mark(
        named & (relative == batch.people.person),
        "draw_relative",
        message("授权人是本人，请改用 draw_own"),
    )
    relation = reader.choice("relation")
    in_force = reader.flag("grant_in_force")
    faults.mark(
        named & (relation == NONE) & (in_force == 1),
        "relation",
        message("授权有效时必须写亲属关系"),
    )
    grantee = reader.flag("grantee_in_order", NONE)
    grantee = np.where(grantee == NONE, person.entitled, grantee)
    facts = AidColumns(
        np.maximum(relation, 0),
        in_force,
        grantee,
        reader.flag("grantor_in_order"),
        pairs(own_home, grantor_home, operator.eq, named),
        pairs(own_home, grantor_home, same_province, named),
    )
    may_pay = none.copy()
    batch.call("aid_allowed", batch.rules, version, named.astype(np.int64), facts, may_pay)
    return Payments(
        version,
        own,
        may_pay,
        relative,
        np.where(named, reader.number("grant_limit_fen"), NONE),
        _packed(named, facts),
        True,
        True,
    )


def _packed(named: Bools, facts: AidColumns) -> Ints:
    """What decides about each row's relative in one integer; 0 where it names none."""
    word = np.ones(len(named), dtype=np.int64)
    for name, column in facts._asdict().items():
        word |= column << k.AID_FIELDS[name].shift
    return np.where(named, word, 0)


def _else(codes: Codes, other: Codes) -> Codes:
    """``codes``, and ``other`` where a cell is empty."""
    if not codes.texts:
        return other
    if (codes.numbers >= 0).all():
        return codes
    return _pick(codes.numbers >= 0, codes, other)


def _pick(where: Bools, codes: Codes, other: Codes) -> Codes:
    """``codes`` in the rows of ``where``, ``other`` elsewhere."""
    if codes is other or not where.any():
        return other
    shifted = np.where(other.numbers >= 0, other.numbers + len(codes.texts), NONE)
    return Codes(np.where(where, codes.numbers, shifted), [*codes.texts, *other.texts])
