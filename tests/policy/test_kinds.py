"""An enum of facts is its plain text wherever it goes, and is read back as a member."""

from __future__ import annotations

import json
import pickle
from enum import StrEnum

import jinja2
import msgspec
import pyarrow as pa
import pytest

from yibao.errors import InputError
from yibao.policy import keys, kinds
from yibao.policy.document import read_text
from yibao.policy.kinds import RelationKind, Scheme, VisitKind, member

ENUMS = [
    value
    for value in vars(kinds).values()
    if isinstance(value, type) and issubclass(value, StrEnum) and len(value)
]


class Row(msgspec.Struct):
    """A stored row with a member in it."""

    scheme: Scheme
    kind: VisitKind | None = None


@pytest.mark.parametrize("enum", ENUMS)
def test_a_member_is_its_text(enum: type[StrEnum]) -> None:
    for name in enum:
        assert str(name) == f"{name}" == name.value == "".join([name])
        assert hash(name) == hash(name.value)
        assert repr(name) == repr(name.value)
        assert {name.value: 1}[name] == 1
        assert enum(name.value) is name
        assert member(enum, name.value) is name
        assert pickle.loads(pickle.dumps(name)) is name
    assert json.loads(json.dumps(list(enum))) == list(enum)
    assert msgspec.json.encode(list(enum)) == json.dumps(list(enum), separators=(",", ":")).encode()
    assert pa.array(list(enum), pa.string()).to_pylist() == [name.value for name in enum]


def test_the_order_of_members_is_the_order_of_the_keys() -> None:
    assert keys.SCHEMES[keys.EMPLOYEE] is Scheme.EMPLOYEE
    assert keys.VISIT_KINDS[keys.KIND_MATERNITY] is VisitKind.MATERNITY
    assert keys.KEYS["relation"].members == tuple(RelationKind)
    for key in keys.KEYS.values():
        assert bool(key.members) == (key.kind == keys.FIXED)


def test_a_typed_reader_makes_members() -> None:
    row = msgspec.json.decode(b'{"scheme": "resident", "kind": "chronic"}', type=Row)
    assert row.scheme is Scheme.RESIDENT
    assert row.kind is VisitKind.CHRONIC
    assert msgspec.json.encode(row) == b'{"scheme":"resident","kind":"chronic"}'
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"scheme": "other"}', type=Row)


def test_a_choice_of_a_document_is_a_member() -> None:
    node = read_text("scheme: resident\n", "a.yaml").mapping().require("scheme")
    assert node.choice(Scheme) is Scheme.RESIDENT
    assert type(node.choice(("employee", "resident"))) is str


def test_a_template_writes_the_text() -> None:
    template = jinja2.Environment(autoescape=True).from_string(
        '<i class="{{ kind }}">{{ kind }}</i>'
    )
    assert template.render(kind=VisitKind.CHRONIC) == '<i class="chronic">chronic</i>'


def test_an_unknown_text_names_the_choices() -> None:
    with pytest.raises(InputError, match=r"--scheme：'other' 不认识，可以写：resident、employee"):
        member(Scheme, "other", "--scheme")
