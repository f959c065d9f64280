"""House rules for the sources that no linter knows; prints ``file:line: what`` per fault.

A city is YAML: no Python file holds an area code, the name of an area or a figure that a
pack gives.  Money is never a float.  A file that outgrows its limit should be two.
Nothing in the tree names a path of somebody's machine.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

LONGEST_FILE = 450
INTEGER_ROOMS = ("money", "benefit", "policy", "scenario")

AS_HANDED_OVER = Path("tests/questions/score.py")
"""The scorer of questions: it stands as it came, so that others score alike."""
VAGUE_NAMES = frozenset(("one", "found", "held", "made", "kept", "given"))
"""Names of variables that say nothing about what they hold."""
NAMED_FOLDERS = ("benchmarks", "src", "tests", "tools")
"""Where every variable says what it holds."""

_PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])"
_AREA_CODE = re.compile(rf"""["'`]({_PROVINCES}\d{{4}})["'`]""")
# Whoever computes for one place would name it, or a neighbour, in one of these forms.
_AREA_NAME = re.compile(
    "北京(?!时间)|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南"
    "|广东|广西|海南|重庆|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|太原|大同|阳泉|长治|晋城"
    "|朔州|晋中|运城|忻州|临汾|吕梁|(?i:taiyuan|shanxi|beijing)"
)

# A number in YAML that stands alone: no part of a date, a version or a word.
_PACK_NUMBER = re.compile(r"(?<![\w.\-/])\d+(?:\.\d+)?(?![\w\-/]|\.\d)")
_STATUSES = frozenset(status.value for status in HTTPStatus)
"""What HTTP answers with says nothing of a pack either."""
_CALENDAR = {360, 365, 366}
_SIZES = frozenset(1 << power for power in range(7, 33))
"""Bits of keys, lengths of queues and buffers: no figure of a pack has to be looked for there."""

_MACHINE_PATH = re.compile(r"(?<![\w.:/*-])/(?:work|root|home|opt|Users)/\w")
_OUTSIDE_FOLDER = re.compile(r"(?<![\w/.\-])(?:\.\./)+\w*shar" + r"ed/|(?<![\w/.\-])shar" + r"ed/")
_TEXT_SUFFIXES = {".py", ".md", ".yaml", ".yml", ".toml", ".sh", ".lock", ".json", ".txt", ""}
_SKIPPED = {
    ".git", ".venv", "__pycache__", "build", "dist", "node_modules",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis",
}  # fmt: skip


def python_files(root: Path) -> list[Path]:
    """The files of the package, in order."""
    return sorted((root / "src").rglob("*.py"))


def area_faults(source: str) -> Iterator[tuple[int, str]]:
    """Area codes in quotes, and names of areas."""
    for number, line in enumerate(source.splitlines(), 1):
        for match in _AREA_CODE.finditer(line):
            yield number, f"地区代码 {match[1]} 应写在政策包里"
        for match in _AREA_NAME.finditer(line):
            yield number, f"地名“{match[0]}”应写在政策包里"


def float_faults(source: str) -> Iterator[tuple[int, str]]:
    """Float literals, ``float(...)`` and true division."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"小数 {node.value}：金额用整数分，比例用整数基点"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno, "不用 float：金额用整数分，比例用整数基点"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _joins_path(node):
            yield node.lineno, "不用 /：整数相除写 //"


def _joins_path(node: ast.BinOp) -> bool:
    """Whether ``/`` joins a path, by the look of its operands."""

    def is_text(part: ast.expr) -> bool:
        return isinstance(part, ast.JoinedStr) or (
            isinstance(part, ast.Constant) and isinstance(part.value, str)
        )

    named = ast.unparse(node).lower()
    return is_text(node.right) or any(word in named for word in ("path", "folder", "root", "file"))


def pack_figures(root: Path) -> set[int]:
    """Whole numbers that betray a pack: its figures of three or more digits, also in hundredths.

    Round figures, years, days of a year, powers of two and statuses of HTTP say nothing about
    where they come from.
    """
    figures: set[int] = set()
    for file in sorted((root / "src" / "yibao" / "packs").rglob("*.yaml")):
        if "sources" in file.parts:
            continue
        for line in file.read_text(encoding="utf-8").splitlines():
            for text in _PACK_NUMBER.findall(line.partition(" #")[0]):
                whole, _, fraction = text.partition(".")
                digits = (whole + fraction).strip("0")
                if len(digits) < 3 or len(fraction) > 2:
                    continue
                hundredths = int(whole + fraction.ljust(2, "0"))
                figures.add(hundredths)
                if hundredths % 100 == 0:
                    figures.add(hundredths // 100)
    return {figure for figure in figures - _SIZES if not _is_calendar(figure)}


def _is_calendar(number: int) -> bool:
    return number in _CALENDAR or 1900 <= number <= 2100 or number in _STATUSES


def figure_faults(source: str, figures: set[int]) -> Iterator[tuple[int, str]]:
    """Numbers of a pack, as a literal or as a text of digits."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Constant):
            continue
        number = node.value
        if isinstance(number, bool) or not isinstance(number, int | str):
            continue
        if isinstance(number, str) and re.fullmatch(r"\d{3,12}(?:\.\d{1,2})?", number):
            whole, _, fraction = number.partition(".")
            number = int(whole + fraction.ljust(2, "0")) if fraction else int(whole)
        if number in figures:
            yield node.lineno, f"数字 {node.value!r} 是政策包里的数，应从政策包取"


def name_faults(source: str) -> Iterator[tuple[int, str]]:
    """Variables and parameters whose name says nothing about what they hold.

    The fields of a class are not looked at: a reader sees them with what they belong to.
    """
    tree = ast.parse(source)
    fields = {
        id(statement.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign)
    }
    for node in ast.walk(tree):
        if id(node) in fields:
            continue
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                pass
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                pass
            case _:
                continue
        if name in VAGUE_NAMES:
            yield node.lineno, f"变量名 {name} 没有说它是什么，请写它装的东西"


def path_faults(text: str) -> Iterator[tuple[int, str]]:
    """Paths of one machine, and folders outside the project."""
    for number, line in enumerate(text.splitlines(), 1):
        if _MACHINE_PATH.search(line) or _OUTSIDE_FOLDER.search(line):
            yield number, "不写某台机器上的路径，也不写项目之外的文件夹"


def _tree_files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if _SKIPPED.isdisjoint(path.relative_to(root).parts) and path.is_file():
            yield path


def faults(root: Path) -> list[str]:
    """Every fault under ``root``, as ``file:line: what``."""
    lines: list[str] = []

    def note(file: Path, rows: Iterator[tuple[int, str]]) -> None:
        lines.extend(f"{file.relative_to(root)}:{line}: {what}" for line, what in rows)

    figures = pack_figures(root)
    for file in python_files(root):
        source = file.read_text(encoding="utf-8")
        note(file, area_faults(source))
        note(file, figure_faults(source, figures))
        room = file.relative_to(root / "src" / "yibao").parts[0]
        if room in INTEGER_ROOMS:
            note(file, float_faults(source))
        length = source.count("\n")
        if length > LONGEST_FILE:
            note(file, iter([(length, f"共 {length} 行，超过 {LONGEST_FILE} 行，应分成两个文件")]))
    for folder in NAMED_FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            if file.relative_to(root) == AS_HANDED_OVER:
                continue
            note(file, name_faults(file.read_text(encoding="utf-8")))
    for file in _tree_files(root):
        if file.suffix in _TEXT_SUFFIXES:
            note(file, path_faults(file.read_text(encoding="utf-8", errors="replace")))
    return lines


def main() -> int:
    """Print what is wrong in this tree; 1 where anything is."""
    lines = faults(Path(__file__).resolve().parents[1])
    print("\n".join(lines) if lines else "源代码检查：没有问题")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
