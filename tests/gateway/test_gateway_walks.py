"""Every client of the notes walked to the end: its fields, its node names, its dialect.

``clients.json`` holds the fields that the models of three clients have; what a client
does not have is not sent.  Of the others only the way to write is known: they send what no
transaction can do without.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rehearsal import Rehearsal
from yibao.gateway.fields import transactions
from yibao.gateway.registry import ALIASES
from yibao.gateway.sandbox import open_sandbox
from yibao.policy.compile import PolicyLibrary

from .test_gateway_dialects import _KEYS, DIALECTS, Carrier

_CLIENTS = Path(__file__).with_name("clients.json")
_LETTERS = {
    "S": "form",
    "G": "guangdong",
    "Z": "zhongshan",
    "K": "pharmacy",
    "L": "jilin",
    "A": "rows",
    "X": "relayed",
}
"""By letter of the notes, the dialect in which the client writes."""
_NEVER_SENT = {
    ("2203", "dise_codg"),
    ("2203", "dise_name"),
    ("2207", "inscp_scp_amt"),
    ("2207", "fulamt_ownpay_amt"),
}
"""What models have and clients leave out: the disease of an ordinary visit, sums of 2207."""
_ALWAYS = {
    ("2301", "init_feedetl_sn"),
    ("9101", "in"),
    ("2204", "dise_codg"),
    ("4501", "psn_no"),
    ("4502", "psn_no"),
}
"""What a message is about, whoever sends it."""


@cache
def _fields() -> Mapping[str, Mapping[str, Mapping[str, list[str]]]]:
    """Field names by client, infno and node."""
    loaded: dict[str, dict[str, dict[str, list[str]]]] = json.loads(
        _CLIENTS.read_text(encoding="utf-8")
    )
    return loaded


@dataclass
class Walk:
    """Leaves out of the rehearsal what a client does not send."""

    letter: str
    carrier: Carrier

    def send(self, infno: str, content: dict[str, Any], institution: str) -> dict[str, Any]:
        base = ALIASES.get(infno, infno)
        told: dict[str, Any] = {}
        for name, part in content.items():
            sends = self._sends(base, name)
            if isinstance(part, list):
                told[name] = [_less(row, sends) for row in part]
            else:
                told[name] = _less(part, sends) if isinstance(part, dict) else part
        return self.carrier.send(infno, told, institution)

    def _sends(self, infno: str, node: str) -> Callable[[str], bool]:
        needed = {
            field.name
            for known in transactions()[infno].input
            for field in known.fields.values()
            if field.required or field.type == "object"
        }
        listed = _fields().get(self.letter, {}).get(infno)
        if listed is None and self.letter in _fields():
            return lambda _: True  # not among the models of this client: as the document has it
        has = set((listed or {}).get(node, ())) | needed
        return lambda name: (
            (infno, name) in _ALWAYS
            or infno.startswith("6")
            or (name in has and (infno, name) not in _NEVER_SENT)
        )


def _less(row: dict[str, Any], sends: Callable[[str], bool]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if sends(name)}


@pytest.mark.parametrize("letter", _LETTERS)
def test_a_client_is_walked_to_the_end(
    letter: str, packs: PolicyLibrary, sandbox_url: str, start: Callable[..., Any]
) -> None:
    database = open_sandbox(packs, sandbox_url)
    dialect = _LETTERS[letter]
    carrier = Carrier(start(_KEYS.get(dialect), database=database), DIALECTS[dialect])
    Rehearsal(Walk(letter, carrier).send).run()
    assert carrier.count > 80
    assert all(
        info["psn_part_amt"] + info["fund_pay_sumamt"] == info["medfee_sumamt"]
        for info in carrier.amounts
        if "psn_part_amt" in info
    )
