"""Loops over item rows: each asks a registered function once for every item.

Written, like the benefit functions, in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.benefit.functions.catalogue import fee_item
from yibao.benefit.functions.catalogue_area import asks_catalogue, catalogue_of_care_area
from yibao.benefit.functions.disease_terms import catalogue_setting
from yibao.benefit.terms import Rules
from yibao.columns.frame import Column, Written


class Items(NamedTuple):
    """Fee items; amounts are fen."""

    row: Column
    """Row of the visit; -1 for none."""
    item_class: Column
    item_kind: Column
    amount: Column
    upfront: Column
    """Basis points; -1: the catalogue's."""
    limit: Column
    """-1: none."""
    group: Column
    """Position, or -1."""


def open_shares(items: Items, asks: Written) -> None:
    """1 for each visit of which an item leaves its share to the catalogue."""
    for item in range(len(items.row)):
        row = items.row[item]
        if row >= 0 and asks_catalogue(items.item_class[item] + 0, items.upfront[item] + 0) == 1:
            asks[row] = 1


def catalogue_areas(
    rules: Sequence[Rules], version: Column, asks: Column, manual: Column, of_care_area: Written
) -> None:
    """1 where the care area's catalogue counts; or a status."""
    for row in range(len(of_care_area)):
        if asks[row] == 1:
            of_care_area[row] = catalogue_of_care_area(rules[version[row]], manual[row] + 0)


class ItemVisits(NamedTuple):
    """What an item needs to know of its visit."""

    version: Column
    catalogue: Column
    """Rules of the area whose catalogue counts."""
    kind: Column
    scheme: Column
    disease: Column


def split_item_rows(
    rules: Sequence[Rules],
    items: Items,
    visits: ItemVisits,
    total: Written,
    out_of_catalogue: Written,
    over_limit: Written,
    upfront: Written,
    essential_drugs: Written,
    chinese_medicine: Written,
    status: Written,
) -> None:
    """Add up the items of each visit; ``status`` names the cell that has no source."""
    for item in range(len(items.row)):
        row = items.row[item]
        if row < 0:
            continue
        scheme = visits.scheme[row] + 0
        part = fee_item(
            rules[visits.catalogue[row]],
            scheme,
            catalogue_setting(
                rules[visits.version[row]], visits.kind[row] + 0, scheme, visits.disease[row] + 0
            ),
            items.item_kind[item] + 0,
            items.item_class[item] + 0,
            items.amount[item] + 0,
            items.upfront[item] + 0,
            items.limit[item] + 0,
            None,
        )
        if part.status < 0:
            status[row] = part.status
            continue
        total[row] += items.amount[item]
        out_of_catalogue[row] += part.out_of_catalogue
        over_limit[row] += part.over_limit
        upfront[row] += part.upfront
        if items.group[item] >= 0:
            of_group = essential_drugs if items.group[item] == 0 else chinese_medicine
            of_group[row] += (
                items.amount[item] - part.out_of_catalogue - part.over_limit - part.upfront
            )


ITEM_FUNCTIONS: list[Callable[..., Any]] = [open_shares, catalogue_areas, split_item_rows]
"""Callees before callers, as the compiler wants them."""
