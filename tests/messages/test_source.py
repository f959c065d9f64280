"""No code looks inside a text, and no text stands beside its own translation."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import yibao

SOURCE = Path(yibao.__file__).parent
_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_LOOKS = {
    *("startswith", "endswith", "removeprefix", "removesuffix", "replace", "split", "rsplit"),
    *("partition", "rpartition", "find", "rfind", "index", "rindex", "count", "strip"),
    *("compile", "search", "match", "fullmatch", "findall", "finditer", "sub"),
}

READERS = {
    "inquiry/tidying.py": "reads what people type",
    "inquiry/words.py": "reads what people type",
    "inquiry/search.py": "reads questions in everyday words",
    "inquiry/notation.py": "reads what people type",
    "inquiry/reading.py": "reads what people type",
    "guide/question.py": "reads questions in everyday words",
    **dict.fromkeys(
        (
            f"inquiry/ask/{name}.py"
            for name in (
                *("compared", "draft", "facts", "family", "normalise", "numbers", "places"),
                *("premiums", "visits"),
            )
        ),
        "reads questions in everyday words",
    ),
    "columns/read/mapped.py": "reads the cells of somebody else's export",
    "employers/lines.py": "reads what employers write of their staff",
    "finance/files.py": "reads the headings of a channel's file",
    "guide/matching.py": "reads the names that hospitals print",
    "columns/preview.py": "reads the headings of somebody else's export",
    "prices/files.py": "reads what hospitals write of their prices",
    "prices/catalogue_files.py": "reads what an agency writes of its catalogue",
}
"""Where human input is read, and input is what people write."""
OTHERS = {
    "gateway/reading.py:": "which letters tell an undeclared encoding",
    "cli/facts.py:places_are_options": "the places of a fault are names of fields, in a row",
    "portal/calculator_pages.py:answered": "the places of a fault are names of fields, in a row",
    "portal/own/frame.py:_next_step": "the places of a fault are names of fields, in a row",
    "inquiry/sentences.py:value_text": "a stored rulebook writes ages and times with one unit",
    "guide/drugs.py:drugs_named": "the name of a drug that people type",
    "inquiry/question.py:drugs_of": "the name of a drug that people type",
    "portal/desk/firm_months.py:_lines": "reads what employers write of their staff",
    "cli/catalogue.py:catalogue": "reads a class that people type",
    "guide/drugs.py:read_own": "reads a catalogue that people write",
    "claims/bills.py:read_lines": "reads a bill that people key in",
    "claims/bills.py:_line": "reads a bill that people key in",
    "policy/titles.py:": "records were taken down for programs: remarks in a title",
    "inquiry/source_words.py:": "records were taken down for programs: addresses, numbers, days",
    "policy/places.py:_short": "names of places are looked at, which people type",
    "policy/by_name.py:_with_pack": "reads the name of an area that people type",
    "cli/text.py:": "where a line of the terminal may break",
    "portal/rendering.py:": "numbers stay with their unit, and Chinese is marked as such",
}
"""What else has a reason, by file and function."""


def _has_chinese(node: ast.AST) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(_has_chinese(part) for part in node.elts)
    if isinstance(node, ast.JoinedStr):
        return any(_has_chinese(part) for part in node.values)
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _CHINESE.search(node.value) is not None
    )


def _looks(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        return any(_has_chinese(side) for side in (node.left, *node.comparators))
    if isinstance(node, ast.MatchValue):
        return _has_chinese(node.value)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _LOOKS
        and any(_has_chinese(argument) for argument in node.args)
    )


def _places(path: Path) -> Iterator[tuple[str, int]]:
    """(file:function, line) of everything that looks for Chinese."""
    name = path.relative_to(SOURCE).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, int]]:
        for child in ast.iter_child_nodes(node):
            within = child.name if isinstance(child, ast.FunctionDef) else inside
            if _looks(child):
                yield f"{name}:{within}", child.lineno  # type: ignore[attr-defined]
            yield from walk(child, within)

    yield from walk(tree, "")


def test_no_code_looks_inside_a_text() -> None:
    looking = {
        place: line
        for path in sorted(SOURCE.rglob("*.py"))
        for place, line in _places(path)
        if place.partition(":")[0] not in READERS and place not in OTHERS
    }
    assert looking == {}


def test_no_reason_is_left_over() -> None:
    places = {place for path in SOURCE.rglob("*.py") for place, _ in _places(path)}
    files = {place.partition(":")[0] for place in places}
    assert set(OTHERS) <= places
    assert set(READERS) <= files


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _pairs(path: Path) -> Iterator[int]:
    """Lines where a Chinese literal is followed by one in another language."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts = node.args if isinstance(node, ast.Call) else getattr(node, "elts", [])
        for first, second in itertools.pairwise(parts):
            if (
                _is_text(second)
                and _has_chinese(first)
                and not _has_chinese(second)
                and re.fullmatch(r"[A-Z][a-z]+( .*)?", ast.unparse(second).strip("f'\""))
            ):
                yield node.lineno  # type: ignore[attr-defined]


def test_no_text_stands_beside_its_translation() -> None:
    pairs = [
        (path.relative_to(SOURCE).as_posix(), line)
        for path in sorted(SOURCE.rglob("*.py"))
        for line in _pairs(path)
    ]
    assert pairs == []


SPEAKING = (
    *("access", "aid", "care", "crossing", "exchange", "export", "gateway", "papers"),
    *("jobs", "record/store_check.py"),
    *("insured/enrolment", "insured/people", "ledger/checks.py", "ledger/balances.py"),
    *("database", "money", "errors.py", "registry.py"),
    *("cli/app.py", "cli/declared.py", "cli/facts.py", "cli/language.py", "cli/main.py"),
    *("cli/text.py", "cli/render.py", "cli/options.py", "cli/care.py", "cli/story.py"),
    "cli/story_sentences.py",
    *("cli/quote.py", "cli/maternity.py", "cli/contribute.py", "cli/cover.py", "cli/aid.py"),
    *("cli/retire.py", "cli/ask.py", "cli/run.py", "cli/reports.py", "cli/guide.py"),
    *("cli/policy.py", "cli/settle.py", "cli/replay.py"),
    *("cli/store.py", "cli/books.py", "cli/batch.py", "cli/sandbox.py", "cli/serve.py"),
    *(
        "cli/serving.py",
        "cli/readjudicate.py",
        "cli/export.py",
        "record/store_check.py",
        "cli/mcp.py",
    ),
    *("cli/sandbox_people.py", "cli/sandbox_store.py", "cli/reached.py", "cli/streams.py"),
)
"""Rooms (folders or files) whose Python says nothing to people but messages."""
PLAIN = {
    "cli/facts.py:places_are_options": "reads the names of fields that stand in a row",
    "cli/sandbox_people.py:add_person": "the name of a person that a sandbox makes up",
    "cli/text.py:": "where a line of the terminal may break",
    "database/sealed.py:": "what documents say again and again, part of how they are deflated",
    "gateway/reading.py:": "which letters tell an undeclared encoding",
    "gateway/answers.py:shortened": "where a message may end that is too long",
    "gateway/transactions/directories.py": "columns of files, named by the interface",
    "gateway/transactions/people.py:_identified": "the name of a person that a sandbox makes up",
}
"""Chinese that is no message and has a reason, by file or by file and function."""
_SAYS = {"message": 1, "message_in": 2, "translated": 2, "say": 1, "say_in": 2}
"""What makes a message, and how many of its first arguments are its text and context."""


def _plain_texts(path: Path) -> Iterator[tuple[str, int]]:
    """(file:function, line) of Chinese texts that are neither messages nor docstrings."""
    name = path.relative_to(SOURCE).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, int]]:
        said: list[ast.expr] = []
        if isinstance(node, ast.Call):
            callee = node.func
            called = getattr(callee, "id", "") or getattr(callee, "attr", "")
            said = node.args[: _SAYS.get(called, 0)]
        elif isinstance(node, ast.Expr):
            said = [node.value] if isinstance(node.value, ast.Constant) else []
        for child in ast.iter_child_nodes(node):
            if any(child is text for text in said) and not isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.Constant) and _has_chinese(child):
                yield f"{name}:{inside}", child.lineno
            within = child.name if isinstance(child, ast.FunctionDef) else inside
            yield from walk(child, within)

    yield from walk(tree, "")


def _speaking_files() -> Iterator[Path]:
    for room in SPEAKING:
        yield from (
            [SOURCE / room] if room.endswith(".py") else sorted((SOURCE / room).rglob("*.py"))
        )


def test_rooms_say_everything_through_the_catalogue() -> None:
    plain = [
        (place, line)
        for path in _speaking_files()
        for place, line in _plain_texts(path)
        if place not in PLAIN and place.partition(":")[0] not in PLAIN
    ]
    assert plain == []


def test_no_plain_text_keeps_a_reason_that_it_does_not_need() -> None:
    places = {place for path in _speaking_files() for place, _ in _plain_texts(path)}
    assert set(PLAIN) <= places | {place.partition(":")[0] for place in places}


_REFUSES = re.compile(r"(Error|fault|^mark|^complain|^_?refuse)$")
"""Names of calls whose arguments are said to people who ask for something that cannot be."""


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def _has_sentence(node: ast.AST) -> bool:
    """Whether Chinese stands in an expression outside a message."""
    if isinstance(node, ast.Call) and _name(node) in _SAYS:
        return False
    return _has_chinese(node) or any(map(_has_sentence, ast.iter_child_nodes(node)))


def _sentences(path: Path) -> Iterator[tuple[str, int]]:
    name = path.relative_to(SOURCE).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _REFUSES.search(_name(node)):
            said = [*node.args, *(word.value for word in node.keywords if word.arg != "place")]
            if any(map(_has_sentence, said)):
                yield name, node.lineno


def test_what_is_refused_is_a_message() -> None:
    """An error keeps what it says as a message; a place may name fields in a row."""
    sentences = [place for path in sorted(SOURCE.rglob("*.py")) for place in _sentences(path)]
    assert sentences == []


def test_no_message_is_made_inside_a_formatted_text() -> None:
    """The catalogues do not learn of one that stands between the braces of an f-string."""
    hidden = [
        (path.relative_to(SOURCE).as_posix(), node.lineno)
        for path in sorted(SOURCE.rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for node in ast.walk(text)
        if isinstance(node, ast.Call) and _name(node) in _SAYS and any(map(_is_text, node.args))
    ]
    assert hidden == []


def test_templates_say_everything_through_the_catalogue() -> None:
    chinese = [
        (path.relative_to(SOURCE).as_posix(), text)
        for path in sorted(SOURCE.rglob("*.html"))
        for text in re.findall(
            r"[^<>{}%]*[\u4e00-\u9fff][^<>{}%]*",
            re.sub(r"\{[{%].*?[%}]\}", "", path.read_text(encoding="utf-8")),
        )
    ]
    assert chinese == []
