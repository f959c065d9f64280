"""The JSON Schema: valid itself, accepts what the reader accepts, refuses what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from yibao.policy.compile import packs_folder
from yibao.policy.document import read_file, read_text
from yibao.policy.reading import plain
from yibao.policy.schema import json_schema

SCHEMA = json_schema()
SPECIAL = {
    "area.yaml": "area",
    "groups.yaml": "names",
    "diseases.yaml": "names",
    "disputes.yaml": "disputes",
    "gaps.yaml": "gaps",
}


def faults(kind: str, value: Any) -> list[str]:
    schema = {"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]}
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


def kind_of(path: Path) -> str:
    if path.name in SPECIAL:
        return SPECIAL[path.name]
    folder, parts = path.parent, [path.stem]
    while not (folder / "area.yaml").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return "file." + ".".join(parts)


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_real_files_are_valid() -> None:
    checked = 0
    for path in sorted(packs_folder().rglob("*.yaml")):
        if path.parent.name != "sources":
            assert faults(kind_of(path), plain(read_file(path))) == [], path
            checked += 1
    assert checked > 10


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("ratio: {values: {2020-01-01: {value: 60}}}", True),
        ("ratio: {keys: [status], values: {2020-01-01: {value: {working: 60}}}}", True),
        ("ratio: {keys: [sex], values: {}}", False),
        ("ratio: {unit: yuan, values: {}}", False),
        ("ratio: {values: {2020-1-1: {value: 60}}}", False),
        ("ratio: {values: {2020-01-01: {value: many}}}", False),
        ("ratio: {values: {2020-01-01: {value: {nobody: 60}}}}", False),
        ("ratio: {values: {2020-01-01: {value: 60, colour: red}}}", False),
        ("rate: {values: {}}", False),
        (
            "annual_ceiling: {values: {2020-01-01: "
            "{value: {formula: {times: 6, of: employee.contribution.average_wage_year}}}}}",
            True,
        ),
        ("annual_ceiling: {values: {2020-01-01: {value: {formula: {times: 6}}}}}", False),
    ],
)
def test_parameter_files(text: str, valid: bool) -> None:
    assert (faults("file.employee.outpatient", plain(read_text(text, "f"))) == []) is valid


def test_numbers_as_an_editor_reads_them() -> None:
    value = {"ratio": {"values": {"2020-01-01": {"value": {"working": 60.5, "retired": 70}}}}}
    assert faults("file.employee.outpatient", value) == []
