"""Answers for programs: the JSON, and its schema, both made from the types of the answer.

Every amount says its unit in its name, because its type says so.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yibao import written
from yibao.benefit.explain import Step
from yibao.messages import CHINESE, Wording
from yibao.money.text import format_yuan
from yibao.money.units import unit_of
from yibao.policy.kinds import ValueStatus
from yibao.written import SourceIds, TypedAnswer, plain_json

Json = dict[str, Any]
FenAmount = Annotated[int, Meta(description="整数分。")]
YuanText = Annotated[str, Meta(description="元的文本。")]
DayText = Annotated[str, Meta(extra_json_schema={"format": "date"})]
_REFERENCE = "#/components/schemas/{name}"


class PublishedStep(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A step; its amount is named after its unit, and one without a unit has none."""

    label: str
    amount_fen: FenAmount | UnsetType = UNSET
    amount_yuan: YuanText | UnsetType = UNSET
    amount_basis_points: (
        Annotated[int, Meta(description="整数基点，10000 是 100%。")] | UnsetType
    ) = UNSET
    amount_months: int | UnsetType = UNSET
    amount_days: int | UnsetType = UNSET
    amount_count: int | UnsetType = UNSET
    why: str
    parameter: Annotated[str, Meta(description="依据的规定。")] | UnsetType = UNSET
    grade: Annotated[str, Meta(description="来源的等级，A 最高；空的是推定。")] | UnsetType = UNSET
    status: ValueStatus | UnsetType = UNSET
    first_day: DayText | UnsetType = UNSET
    sources: list[str] | UnsetType = UNSET


_AMOUNT_MEMBERS = {
    "fen": "amount_fen",
    "ratio": "amount_basis_points",
    "months": "amount_months",
    "days": "amount_days",
    "count": "amount_count",
}


def published_step(step: Step, language: str = CHINESE) -> PublishedStep:
    """A step for programs, its words in a language."""
    members: Json = {}
    if step.unit in _AMOUNT_MEMBERS:
        members[_AMOUNT_MEMBERS[step.unit]] = step.amount
    if step.unit == "fen":
        members["amount_yuan"] = format_yuan(step.amount, grouped=False)
    if step.parameter:
        members["parameter"] = step.parameter
        members["grade"] = step.grade
        members["status"] = ValueStatus(step.status)
        members["first_day"] = step.first_day
    if step.source:
        members["sources"] = list(step.source_names)
    return PublishedStep(label=step.label.text(language), why=step.why.text(language), **members)


_MEMBERS: dict[type[TypedAnswer], tuple[tuple[str, str, Any], ...]] = {}
_TYPES: dict[type[TypedAnswer], type[msgspec.Struct]] = {}
"""What was made for a kind of answer: once."""


def _members(kind: type[TypedAnswer]) -> tuple[tuple[str, str, Any], ...]:
    """(attribute, published name, annotation) of the members of an answer."""
    if kind not in _MEMBERS:
        annotations = get_type_hints(kind, include_extras=True)
        _MEMBERS[kind] = tuple(
            (name, _published_name(kind, name, annotations[name]), annotations[name])
            for name in kind.member_names
        )
    return _MEMBERS[kind]


def _published_name(kind: type[TypedAnswer], attribute: str, annotation: Any) -> str:
    name = kind.json_names.get(attribute, attribute)
    return f"{name}_fen" if unit_of(annotation) == "fen" else name


def published(answer: TypedAnswer, language: str = CHINESE) -> Json:
    """An answer for programs: ``_fen`` behind the name of every amount; texts in a language."""
    return {
        name: _json(getattr(answer, attribute), language)
        for attribute, name, _ in _members(type(answer))
        if getattr(answer, attribute) is not written.UNSET
    }


def _json(value: Any, language: str) -> Any:
    if isinstance(value, TypedAnswer):
        return published(value, language)
    if isinstance(value, Step):
        return msgspec.to_builtins(published_step(value, language))
    if type(value) is tuple:
        return [_json(element, language) for element in value]
    return plain_json(value, language)


def published_type(kind: type[TypedAnswer]) -> type[msgspec.Struct]:
    """The type of what :func:`published` makes of an answer, for its schema."""
    if kind not in _TYPES:
        members = _members(kind)
        _TYPES[kind] = msgspec.defstruct(
            kind.__name__,
            [
                (attribute, _published_annotation(annotation), UNSET)
                if getattr(kind, attribute, None) is written.UNSET
                else (attribute, _published_annotation(annotation))
                for attribute, _, annotation in members
            ],
            rename={attribute: name for attribute, name, _ in members},
            kw_only=True,
            forbid_unknown_fields=True,
        )
    return _TYPES[kind]


def _published_annotation(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        return Union[tuple(map(_published_annotation, get_args(annotation)))]  # noqa: UP007
    if unit_of(annotation) == "fen":
        return FenAmount
    if get_origin(annotation) is tuple:
        return list[_published_annotation(get_args(annotation)[0])]  # type: ignore[misc]
    if annotation in (Wording, SourceIds):
        return str
    if annotation is written.UnsetType:
        return UnsetType
    if annotation is Step:
        return PublishedStep
    if isinstance(annotation, type) and issubclass(annotation, TypedAnswer):
        return published_type(annotation)
    return annotation


def schemas_of(kinds: Iterable[type[msgspec.Struct]]) -> tuple[tuple[Json, ...], Json]:
    """The schemas of published types, and the components of a description that they name."""
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    for component in components.values():
        component.pop("description", None)  # of the class, in English
    return schemas, components
