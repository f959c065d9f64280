"""What the pages of institutions and of clearing share: whose they are, their words, forms."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yibao.access.operations import Key
from yibao.access.permissions import require
from yibao.clearing.groups import METHOD_WORDS
from yibao.clearing.states import clear_type_label
from yibao.errors import InputError, YibaoError
from yibao.inquiry.clearing_forms import KIND_WORDS, RULE_WORDS
from yibao.inquiry.fields import Field, Values
from yibao.inquiry.filling import FieldsError, read
from yibao.inquiry.notation import NOTATIONS
from yibao.messages import Text, message
from yibao.portal.desk.firm_parts import month_text
from yibao.portal.desk.frame import DESK, PLACE, DeskCall

INSTITUTIONS, CLEARING = f"{DESK}/institutions", f"{DESK}/clearing"


@dataclass(frozen=True, slots=True)
class InstitutionPlace:
    """Which institution a page is of, and where its pages are."""

    institution_id: str
    base: str
    clearing: str
    """Where its applications are."""

    @property
    def is_own(self) -> bool:
        """Whether its own login looks."""
        return self.base == PLACE


def place_of(call: DeskCall, operation: str) -> InstitutionPlace:
    """``DeniedError`` for whoever may do this at no institution, before anything is read."""
    institution_id = call.parameters.get("institution")
    if institution_id is None and call.request.url.path.startswith(PLACE):
        require(call.actor, operation, institution_id=call.actor.institution_id)
        return InstitutionPlace(call.actor.institution_id or "", PLACE, f"{PLACE}/clearing")
    require(call.actor, operation, area=call.actor.area)
    return InstitutionPlace(institution_id or "", f"{INSTITUTIONS}/{institution_id}", CLEARING)


def form_key(call: DeskCall, operation: str) -> Key:
    return Key(call.actor.id, f"desk_{operation}"[:30], call.once())


def form_values(call: DeskCall, fields: Sequence[Field]) -> Values:
    """What a form says; ``FieldsError``."""
    reading = read(fields, call.sent, call.today)
    if reading.faults:
        raise FieldsError(list(reading.faults.items()))
    return reading.values


def faults_of(error: YibaoError) -> Mapping[str, Text]:
    """What is wrong beside which field; empty where it is no field's."""
    if isinstance(error, FieldsError):
        return dict(error.faults)
    if isinstance(error, InputError) and error.place:
        return {error.place: error.message}
    return {}


def words() -> dict[str, Any]:
    return {
        "kind_words": KIND_WORDS,
        "rule_words": RULE_WORDS,
        "method_words": METHOD_WORDS,
        "type_label": clear_type_label,
        "month_text": period_text,
        "percent": _percent,
        "once": secrets.token_hex(14),
    }


def period_text(month: int) -> str:
    """A month as people write it, or the year of the paper of a whole year."""
    return month_text(month) if month % 100 else str(month // 100)


def _percent(share: int) -> str:
    """Basis points as people write them."""
    return f"{NOTATIONS['basis_points'].text(share)}%"


def asked_month(call: DeskCall) -> int | None:
    """The month that an address asks for; None: none, or none that is one."""
    text = call.sent.get("month", "").replace("-", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) == 6 and 1 <= int(text[4:]) <= 12):
        return None
    return int(text) if 1990 <= int(text[:4]) <= 2199 else None


def reason_of(call: DeskCall) -> str:
    """What was written as the reason."""
    text = call.sent.get("reason", "").strip()
    if len(text) > 500:
        raise InputError(message("请写理由，不超过 500 个字"), place="reason")
    return text
