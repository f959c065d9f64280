"""The entries of settlements and reversals, and the balances that they move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.benefit.terms import Settlement
from yibao.care.records import Row, taken_by
from yibao.database.unit import Unit
from yibao.ledger import operations as ledger


def post_settlement(unit: Unit, row: Row, *, sent_to: Mapping[str, str] | None = None) -> None:
    """What funds and accounts owe, the institution is owed; a reversal has the other sign.

    ``sent_to`` names another account of the ledger in place of a person's.
    """
    done = Settlement(*row["amounts"])
    explanation: dict[str, Any] = row["explanation"]
    area, scheme = explanation["area"], explanation["scheme"]
    layers = {
        "pooled": done.pooled,
        "upper": done.upper,
        "assistance": done.assistance,
        "other": done.other_fund,
    }
    lines = [(ledger.fund(area, scheme, layer), amount) for layer, amount in layers.items()]
    lines += [
        ((sent_to or {}).get(name, ledger.personal(name)), amount)
        for name, amount in taken_by(row).items()
    ]
    owed = sum(amount for _, amount in lines)
    ledger.post(
        unit,
        row["person_id"],
        row["settlement_id"],
        row["end"],
        [*lines, (ledger.payable(row["institution_id"]), -owed)],
    )
