"""Step 4: the four amounts of a visit: as totals, as totals by class, or as item rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefit.functions.catalogue import CLASS_A, CLASS_B, CLASS_C
from yibao.benefit.rules import lies_in
from yibao.benefit.terms import MOST_FEN
from yibao.columns.prepare.batch import Batch
from yibao.columns.prepare.item_loops import Items, ItemVisits
from yibao.columns.prepare.lookups import no_pack, pairs
from yibao.columns.prepare.row_care import RowCare
from yibao.columns.prepare.row_person import RowPerson
from yibao.columns.prepare.row_rules import RowDays, RowRules
from yibao.columns.read.cells import (
    FIRST_STATUS,
    NONE,
    BatchFaults,
    Bools,
    Codes,
    Ints,
    Reader,
    check_names,
)
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import ITEM_COLUMNS
from yibao.errors import InputError
from yibao.messages import Listed, message

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
_TOTALS = (
    "total_fen",
    "out_of_catalogue_fen",
    "over_limit_fen",
    "upfront_fen",
    "essential_drug_fen",
    "chinese_medicine_fen",
)


class VisitAmounts(NamedTuple):
    """What each visit comes to, in fen."""

    total: Ints
    out_of_catalogue: Ints
    over_limit: Ints
    upfront: Ints
    essential_drugs: Ints
    chinese_medicine: Ints


def read_amounts(
    batch: Batch,
    items: pa.Table | None,
    days: RowDays,
    rules: RowRules,
    person: RowPerson,
    care: RowCare,
) -> VisitAmounts:
    """The amounts, checked: each row writes them in exactly one way."""
    reader, faults, is_visit = batch.reader, batch.faults, batch.is_visit
    by_class = any(reader.has(name) for name in _BY_CLASS)
    amounts = VisitAmounts(*(batch.zeros() for _ in VisitAmounts._fields))
    written = np.zeros(batch.rows, dtype=np.bool_)
    if reader.has("total_fen"):
        total = reader.number("total_fen")
        written = (total != NONE) & is_visit
        columns = [total, *(reader.number(name, 0) for name in _TOTALS[1:])]
        if by_class or items is not None or not written.all():
            columns = [np.where(written, column, 0) for column in columns]
        amounts = VisitAmounts(*columns)
    elif lone_parts := [name for name in _TOTALS[1:] if reader.has(name)]:
        raise InputError(message("写了 {parts}，缺少 total_fen", parts=Listed(lone_parts)))
    if by_class or items is not None:
        lists = []
        if by_class:
            lists.append(_class_items(batch, amounts, written))
        if items is not None:
            lists.append(_item_rows(batch, items, written))
        lines = Items(*(np.concatenate(parts) for parts in zip(*lists, strict=True)))
        _split(batch, lines, amounts, days, rules, person, care)
    faults.mark(
        is_visit & ~written & batch.fine,
        "total_fen",
        message("没有金额：写 total_fen、分类合计或明细之一"),
    )
    faults.mark(amounts.total > MOST_FEN, "total_fen", message("金额过大，超出可计算的范围"))
    parts = amounts.out_of_catalogue + amounts.over_limit + amounts.upfront
    faults.mark(parts > amounts.total, "total_fen", message("小于全自费、超限价与先行自付之和"))
    grouped = amounts.essential_drugs + amounts.chinese_medicine
    faults.mark(
        grouped > amounts.total - parts, "essential_drug_fen", message("大于进入报销的费用")
    )
    fine = batch.fine
    if not fine.all():
        amounts = VisitAmounts(*(np.where(fine, column, 0) for column in amounts))
    return amounts


def _split(
    batch: Batch,
    items: Items,
    amounts: VisitAmounts,
    days: RowDays,
    rules: RowRules,
    person: RowPerson,
    care: RowCare,
) -> None:
    """Add the items to the amounts of their visits."""
    catalogue = _catalogue(batch, items, days, rules, care)
    status = batch.zeros()
    batch.call(
        "split_item_rows",
        batch.rules,
        items,
        ItemVisits(rules.version, catalogue, care.kind, person.scheme, care.disease),
        *amounts,
        status,
    )
    batch.refuse("class_b_upfront_basis_points", catalogue, rules.rule_day, status)


def _class_items(batch: Batch, amounts: VisitAmounts, written: Bools) -> Items:
    """Totals by class as one line for each class; marks the rows in ``written``."""
    reader, faults = batch.reader, batch.faults
    a, b, c = (reader.number(name) for name in ("class_a_fen", "class_b_fen", "class_c_fen"))
    by_class = ((a != NONE) | (b != NONE) | (c != NONE)) & batch.is_visit
    faults.mark(
        by_class & written, "class_a_fen", message("金额只能用一种写法：total_fen 或分类合计")
    )
    written |= by_class
    a_over = reader.number("class_a_over_limit_fen", 0)
    b_over = reader.number("class_b_over_limit_fen", 0)
    a, b, c = (np.maximum(column, 0) for column in (a, b, c))
    faults.mark(a_over > a, "class_a_over_limit_fen", message("大于 class_a_fen"))
    faults.mark(b_over > b, "class_b_over_limit_fen", message("大于 class_b_fen"))
    upfront = reader.number("class_b_upfront_fen")
    share = reader.number("class_b_upfront_basis_points")
    faults.mark(
        (upfront != NONE) & (share != NONE),
        "class_b_upfront_fen",
        message("class_b_upfront_fen 与 class_b_upfront_basis_points 只写一个"),
    )
    faults.mark(upfront > b - b_over, "class_b_upfront_fen", message("大于限价内的 class_b_fen"))
    kind_of_b = reader.choice("class_b_kind", 0)
    fine = by_class & batch.fine
    # An upfront amount that is given needs no share: the line enters at a share of nothing.
    share = np.where(upfront != NONE, 0, share)
    amounts.upfront[fine & (upfront != NONE)] += upfront[fine & (upfront != NONE)]
    lists = []
    for item_class, amount, over in (
        (CLASS_A, a, a_over),
        (CLASS_B, b, b_over),
        (CLASS_C, c, np.zeros_like(c)),
    ):
        row = np.flatnonzero(fine & (amount > 0))
        lists.append(
            Items(
                row,
                np.full(len(row), item_class),
                kind_of_b[row],
                amount[row],
                share[row] if item_class == CLASS_B else np.full(len(row), NONE),
                (amount - over)[row],
                np.full(len(row), NONE),
            )
        )
    return Items(*(np.concatenate(parts) for parts in zip(*lists, strict=True)))


def _item_rows(batch: Batch, items: pa.Table, written: Bools) -> Items:
    """Item rows joined to their visits; a faulty one refuses its visit."""
    reader, faults = batch.reader, batch.faults
    check_names(items.column_names, ITEM_COLUMNS)
    if not reader.has("visit"):
        raise InputError(message("有明细文件时，就诊文件必须有 visit 列"))
    of_items = BatchFaults(items.num_rows)
    item_reader = Reader(items, ITEM_COLUMNS, of_items)
    visit, named = reader.codes("visit"), item_reader.codes("visit")
    code_of = {text: code for code, text in enumerate(visit.texts)}
    row_of_code = np.full(len(visit.texts) + 1, NONE, dtype=np.int64)
    # Of a number written twice the earlier row has the items; the later one is refused.
    for where in (batch.is_visit, batch.is_visit & batch.fine):
        rows = np.flatnonzero((visit.numbers >= 0) & where)[::-1]
        row_of_code[visit.numbers[rows]] = rows
    table = np.array([code_of.get(text, NONE) for text in named.texts] + [NONE], dtype=np.int64)
    row = row_of_code[table[named.numbers]]
    item_class = item_reader.choice("item_class")
    upfront = item_reader.number("upfront_basis_points")
    limit = item_reader.number("limit_fen")
    of_items.mark(
        (upfront != NONE) & (item_class != CLASS_B), "upfront_basis_points", message("只用于乙类")
    )
    of_items.mark(
        (limit != NONE) & (item_class == CLASS_C), "limit_fen", message("只用于甲类和乙类")
    )
    of_items.mark(
        (item_reader.choice("item_group") != NONE) & (item_class == CLASS_C),
        "item_group",
        message("只用于甲类和乙类"),
    )
    amount = item_reader.number("amount_fen", 0)
    kind = item_reader.choice("item_kind", 0)
    group = item_reader.choice("item_group")
    item_reader.require("item_class", item_class == NONE)
    wrong = np.flatnonzero((of_items.status != 0) & (row >= 0))
    for item in wrong.tolist():
        column, text = of_items.texts[int(of_items.status[item]) - FIRST_STATUS]
        faults.by_row(row[item : item + 1], f"items.{column}", [text])
    listed = np.zeros(batch.rows, dtype=np.bool_)
    listed[row[row >= 0]] = True
    faults.mark(listed & written, "total_fen", message("金额只能用一种写法：明细或合计"))
    written |= listed
    row = np.where(row >= 0, np.where(faults.status[row] == 0, row, NONE), NONE)
    return Items(row, np.maximum(item_class, 0), kind, amount, upfront, limit, group)


def _catalogue(batch: Batch, items: Items, days: RowDays, rules: RowRules, care: RowCare) -> Ints:
    """The rules whose catalogue gives the upfront shares: the home area's, or the care area's."""
    manual = batch.reader.choice("channel", 0)
    asks, of_care_area = batch.zeros(), batch.zeros()
    batch.call("open_shares", items, asks)
    batch.call("catalogue_areas", batch.rules, rules.version, asks, manual, of_care_area)
    batch.refuse("channel", rules.version, rules.rule_day, of_care_area)
    away = (of_care_area == 1) & (care.care_area.numbers >= 0)
    if away.any():
        away &= pairs(care.care_area, _covering(rules.area, batch.rulebooks), lies_in, away) == 0
    rows = np.flatnonzero(away)
    if len(rows) == 0:
        return rules.version
    number = no_pack(care.care_area, batch.rulebooks, BatchFaults(batch.rows), "institution_area")
    batch.faults.mark(
        away & (number < 0),
        "institution_area",
        message("就医地没有政策包，不能取其目录的先行自付比例"),
    )
    catalogue = rules.version.copy()
    catalogue[rows] = batch.versions(number[rows], days.end[rows], rules.rule_day[rows])
    return catalogue


def _covering(area: Codes, rulebooks: Rulebooks) -> Codes:
    """The area of the rulebook that covers each area."""
    texts = []
    for text in area.texts:
        covering = rulebooks.library.covering(text)
        texts.append(text if covering is None else covering.code)
    return Codes(area.numbers, texts)


def orphans(table: pa.Table, items: pa.Table) -> pa.Array:
    """The visits that item rows name and the table does not hold."""
    known = pc.unique(table.column("visit").cast(pa.string()))
    named = pc.unique(items.column("visit").cast(pa.string()))
    return named.filter(pc.invert(pc.is_in(named, value_set=known)))
