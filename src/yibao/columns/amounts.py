"""The four amounts of a visit: given as totals, as totals by class, or as item rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefit.rules import lies_in
from yibao.benefit.terms import MOST_FEN
from yibao.columns.backend import Backend
from yibao.columns.lookups import no_pack, pairs
from yibao.columns.reading import NONE, Bools, Codes, Faults, Ints, Reader, check_names
from yibao.columns.rows import Items
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import ITEM_COLUMNS
from yibao.errors import InputError
from yibao.policy import parameters as p

_BY_CLASS = (
    "class_a_fen",
    "class_a_over_limit_fen",
    "class_b_fen",
    "class_b_over_limit_fen",
    "class_b_upfront_fen",
    "class_b_upfront_basis_points",
    "class_b_kind",
    "class_c_fen",
)
_TOTALS = ("total_fen", "out_of_catalogue_fen", "over_limit_fen", "upfront_fen")
_CLASS_A, _CLASS_B, _CLASS_C = range(3)


class Amounts(NamedTuple):
    """What each visit comes to, in fen."""

    total: Ints
    out_of_catalogue: Ints
    over_limit: Ints
    upfront: Ints

    def columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        """The four in their order."""
        return self.total, self.out_of_catalogue, self.over_limit, self.upfront


def read_amounts(
    reader: Reader,
    rulebooks: Rulebooks,
    backend: Backend,
    faults: Faults,
    items: pa.Table | None,
    version: Ints,
    rule_day: Ints,
    end_day: Ints,
    scheme: Ints,
    setting: Ints,
    area: Codes,
    care_area: Codes,
    is_visit: Bools,
) -> Amounts:
    """The amounts, checked: each row writes them in exactly one way."""
    rows = reader.rows
    by_class = any(reader.has(name) for name in _BY_CLASS)
    amounts = Amounts(*(np.zeros(rows, dtype=np.int64) for _ in range(4)))
    given = np.zeros(rows, dtype=np.bool_)
    if reader.has("total_fen"):
        total = reader.number("total_fen")
        given = (total != NONE) & is_visit
        columns = [total, *(reader.number(name, 0) for name in _TOTALS[1:])]
        if by_class or items is not None or not given.all():
            columns = [np.where(given, column, 0) for column in columns]
        amounts = Amounts(*columns)
    elif any(reader.has(name) for name in _TOTALS[1:]):
        raise InputError("写了 out_of_catalogue_fen、over_limit_fen 或 upfront_fen，缺少 total_fen")
    if by_class or items is not None:
        lists = []
        if by_class:
            lists.append(_class_items(reader, amounts, given, is_visit, faults))
        if items is not None:
            lists.append(_item_rows(reader, items, given, is_visit, faults))
        every = Items(*(np.concatenate(parts) for parts in zip(*lists, strict=True)))
        catalogue = _catalogue(
            reader, rulebooks, backend, faults, every, version, rule_day, end_day, area, care_area
        )
        status = np.zeros(rows, dtype=np.int64)
        backend.call(
            "split_item_rows",
            backend.rules(rulebooks),
            every,
            catalogue,
            scheme,
            setting,
            *amounts,
            status,
        )
        for at in np.flatnonzero(status & (faults.status == 0)).tolist():
            text = rulebooks.refusal_text(int(catalogue[at]), int(rule_day[at]), int(status[at]))
            faults.by_row(np.array([at]), "class_b_upfront_basis_points", [text])
    faults.at(
        is_visit & ~given & (faults.status == 0),
        "total_fen",
        "没有金额：写 total_fen、分类合计或明细之一",
    )
    faults.at(amounts.total > MOST_FEN, "total_fen", "金额过大，超出可计算的范围")
    parts = amounts.out_of_catalogue + amounts.over_limit + amounts.upfront
    faults.at(parts > amounts.total, "total_fen", "小于全自费、超限价与先行自付之和")
    if (faults.status != 0).any():
        fine = faults.status == 0
        amounts = Amounts(*(np.where(fine, column, 0) for column in amounts))
    return amounts


def _class_items(
    reader: Reader, amounts: Amounts, given: Bools, is_visit: Bools, faults: Faults
) -> Items:
    """Totals by class as one line for each class; marks the rows in ``given``."""
    a, b, c = (reader.number(name) for name in ("class_a_fen", "class_b_fen", "class_c_fen"))
    written = ((a != NONE) | (b != NONE) | (c != NONE)) & is_visit
    faults.at(written & given, "class_a_fen", "金额只能用一种写法：total_fen 或分类合计")
    given |= written
    a_over = reader.number("class_a_over_limit_fen", 0)
    b_over = reader.number("class_b_over_limit_fen", 0)
    a, b, c = (np.maximum(column, 0) for column in (a, b, c))
    faults.at(a_over > a, "class_a_over_limit_fen", "大于 class_a_fen")
    faults.at(b_over > b, "class_b_over_limit_fen", "大于 class_b_fen")
    upfront = reader.number("class_b_upfront_fen")
    share = reader.number("class_b_upfront_basis_points")
    faults.at(
        (upfront != NONE) & (share != NONE),
        "class_b_upfront_fen",
        "class_b_upfront_fen 与 class_b_upfront_basis_points 只写一个",
    )
    faults.at(upfront > b - b_over, "class_b_upfront_fen", "大于限价内的 class_b_fen")
    kind_of_b = reader.choice("class_b_kind", 0)
    fine = written & (faults.status == 0)
    # An upfront amount that is given needs no share: the line enters at a share of nothing.
    share = np.where(upfront != NONE, 0, share)
    amounts.upfront[fine & (upfront != NONE)] += upfront[fine & (upfront != NONE)]
    lists = []
    for item_class, amount, over in (
        (_CLASS_A, a, a_over),
        (_CLASS_B, b, b_over),
        (_CLASS_C, c, np.zeros_like(c)),
    ):
        at = np.flatnonzero(fine & (amount > 0))
        lists.append(
            Items(
                at,
                np.full(len(at), item_class),
                kind_of_b[at],
                amount[at],
                share[at] if item_class == _CLASS_B else np.full(len(at), NONE),
                (amount - over)[at],
            )
        )
    return Items(*(np.concatenate(parts) for parts in zip(*lists, strict=True)))


def _item_rows(
    reader: Reader, items: pa.Table, given: Bools, is_visit: Bools, faults: Faults
) -> Items:
    """Item rows joined to their visits; a faulty one refuses its visit."""
    check_names(items.column_names, ITEM_COLUMNS)
    if not reader.has("visit"):
        raise InputError("有明细文件时，就诊文件必须有 visit 列")
    of_items = Faults(items.num_rows)
    item_reader = Reader(items, ITEM_COLUMNS, of_items)
    visit, named = reader.codes("visit"), item_reader.codes("visit")
    place = {text: at for at, text in enumerate(visit.texts)}
    row_of_code = np.full(len(visit.texts) + 1, NONE, dtype=np.int64)
    rows = np.flatnonzero((visit.numbers >= 0) & is_visit)
    row_of_code[visit.numbers[rows]] = rows
    table = np.array([place.get(text, NONE) for text in named.texts] + [NONE], dtype=np.int64)
    row = row_of_code[table[named.numbers]]
    item_class = item_reader.choice("item_class")
    upfront = item_reader.number("upfront_basis_points")
    limit = item_reader.number("limit_fen")
    of_items.at((upfront != NONE) & (item_class != _CLASS_B), "upfront_basis_points", "只用于乙类")
    of_items.at((limit != NONE) & (item_class == _CLASS_C), "limit_fen", "只用于甲类和乙类")
    amount = item_reader.number("amount_fen", 0)
    kind = item_reader.choice("item_kind", 0)
    item_reader._require("item_class", item_class == NONE)
    wrong = np.flatnonzero((of_items.status != 0) & (row >= 0))
    for at in wrong.tolist():
        column, text = of_items.texts[int(of_items.status[at]) - 1_000]
        faults.by_row(row[at : at + 1], f"items.{column}", [text])
    listed = np.zeros(len(given), dtype=np.bool_)
    listed[row[row >= 0]] = True
    faults.at(listed & given, "total_fen", "金额只能用一种写法：明细或合计")
    given |= listed
    row = np.where(row >= 0, np.where(faults.status[row] == 0, row, NONE), NONE)
    return Items(row, np.maximum(item_class, 0), kind, amount, upfront, limit)


def orphans(table: pa.Table, items: pa.Table) -> pa.Array:
    """The visits that item rows name and the table does not hold."""
    known = pc.unique(table.column("visit").cast(pa.string()))
    named = pc.unique(items.column("visit").cast(pa.string()))
    return named.filter(pc.invert(pc.is_in(named, value_set=known)))


def _catalogue(
    reader: Reader,
    rulebooks: Rulebooks,
    backend: Backend,
    faults: Faults,
    items: Items,
    version: Ints,
    rule_day: Ints,
    end_day: Ints,
    area: Codes,
    care_area: Codes,
) -> Ints:
    """Whose catalogue gives the upfront shares: that of the home area, or of the care area."""
    channel = reader.choice("channel", 0)
    needs = np.zeros(len(version), dtype=np.bool_)
    open_share = (items.row >= 0) & (items.item_class == _CLASS_B) & (items.upfront == NONE)
    needs[items.row[open_share]] = True
    matrix = rulebooks.matrix
    catalogue = version
    for position, cell, care in ((0, p.CATALOGUE_DIRECT, 0), (1, p.CATALOGUE_MANUAL, 1)):
        asked = needs & (channel == position)
        chosen = matrix[:, cell][version]
        lacking = asked & (chosen == p.MISSING)
        for at in np.unique(version[lacking]).tolist():
            where = lacking & (version == at)
            day = int(rule_day[np.flatnonzero(where)[0]])
            faults.at(where, "channel", rulebooks.refusal_text(at, day, -2 - cell))
        away = asked & (chosen == care) & (care_area.numbers >= 0)
        if not away.any():
            continue
        homes = _covering(area, rulebooks)
        away &= pairs(care_area, homes, lies_in, away) == 0
        if away.any():
            rows = np.flatnonzero(away)
            local = Faults(len(version))
            care_number = no_pack(care_area, rulebooks, local, "institution_area")
            without = away & (care_number < 0)
            if without.any():
                faults.at(
                    without, "institution_area", "就医地没有政策包，不能取其目录的先行自付比例"
                )
            books = rulebooks.books(care_number[rows], end_day[rows])
            found = np.zeros(len(rows), dtype=np.int64)
            backend.call(
                "find_versions", books, care_number[rows], end_day[rows], rule_day[rows], found
            )
            catalogue = catalogue.copy()
            catalogue[rows] = found
    return catalogue


def _covering(area: Codes, rulebooks: Rulebooks) -> Codes:
    """The area of the rulebook that covers each area."""
    texts = []
    for text in area.texts:
        covering = rulebooks.library.covering(text)
        texts.append(text if covering is None else covering.code)
    return Codes(area.numbers, texts)
