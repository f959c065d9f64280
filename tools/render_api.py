"""The description of the JSON API as ``docs/openapi.json``, and the examples of ``docs/api.md``.

``python tools/render_api.py`` rewrites both; ``--check`` exits with 1 where they are not what
the program says now.  In a document

    <!-- api: OPERATION -->

stands before a fenced block, which shows the operation's request and its answer.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from yibao import library
from yibao.api.acting import RecordService
from yibao.api.app import all_operations
from yibao.api.openapi import description
from yibao.api.serving import ROOT as API
from yibao.database.unit import open_database
from yibao.guide.reading import load as load_guide
from yibao.inquiry.calculators import Context, all_calculators
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.reading import today
from yibao.inquiry.search import Search

ROOT = Path(__file__).resolve().parents[1]
DESCRIPTION = ROOT / "docs" / "openapi.json"
PAGE = ROOT / "docs" / "api.md"
_MARKER = re.compile(r"<!-- api: (\w+) -->\n```http\n.*?```\n", re.DOTALL)
_MOST_ITEMS = 2
"""Items of a list that an example in the page shows."""


def described() -> dict[str, Any]:
    """The description of every operation, those on records included."""
    packs = library.load()
    calculators = all_calculators(packs)
    search = Search(packs, load_guide(), calculators.values(), area_choices(packs)[0].code)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'none.db'}")
        service = RecordService(database, packs, lambda request: None, {})
        operations = all_operations(calculators, lambda: Context(packs, today()), search, service)
        whole = description(calculators, operations)
        database.dispose()
    return whole


def page(text: str, said: dict[str, Any]) -> str:
    """A document with its examples as the description has them."""
    return _MARKER.sub(lambda match: _block(match[1], said), text)


def _block(name: str, whole: dict[str, Any]) -> str:
    path, method, operation = next(
        (path, method, operation)
        for path, methods in whole["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] == name
    )
    lines = [f"<!-- api: {name} -->", "```http", _request_line(method, path, operation)]
    if operation["security"]:
        lines.append("Authorization: Bearer yibao_…")
    for parameter in operation["parameters"]:
        if parameter["in"] == "header":
            lines.append(f"{parameter['name']}: {parameter['example']}")
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]["example"]
        lines += ["Content-Type: application/json", "", _json(body)]
    status = next(iter(operation["responses"]))
    answer = whole["components"]["examples"][name]["value"]
    return "\n".join([*lines, "", f"HTTP/1.1 {status}", _json(_shortened(answer)), "```", ""])


def _request_line(method: str, path: str, operation: dict[str, Any]) -> str:
    query = []
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(parameter["example"]))
        elif parameter["in"] == "query" and parameter["required"]:
            query.append(f"{parameter['name']}={parameter['example']}")
    return f"{method.upper()} {API}{path}" + (f"?{'&'.join(query)}" if query else "")


def _shortened(value: Any) -> Any:
    """The same with the first items of each list, and a word that there are more."""
    if isinstance(value, list):
        first_items = [_shortened(part) for part in value[:_MOST_ITEMS]]
        return [*first_items, "……"] if len(value) > _MOST_ITEMS else first_items
    if isinstance(value, dict):
        return {name: _shortened(part) for name, part in value.items()}
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def main(arguments: list[str]) -> int:
    """Rewrite, or compare."""
    said = described()
    wanted = {
        DESCRIPTION: _json(said) + "\n",
        PAGE: page(PAGE.read_text(encoding="utf-8"), said),
    }
    stale = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} 不是现在的样子，请运行 make docs", file=sys.stderr)
        else:
            path.write_text(wanted[path], encoding="utf-8")
            print(f"已更新 {path.relative_to(ROOT)}")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
