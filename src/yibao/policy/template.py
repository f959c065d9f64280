"""A folder for the packs of one more area: what has to be found out, as questions to fill in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from yibao.errors import ConflictError, InputError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.layout import is_required
from yibao.policy.model import Words
from yibao.policy.parameters import DECLARATIONS, Declaration
from yibao.policy.places import NamedRegion, letters_of
from yibao.policy.shelves import AREA_FILE, SOURCES_FOLDER, TESTS_FOLDER

_TEXTS = Path(__file__).with_name("new_pack")
_UNITS = {
    "yuan": "元", "percent": "百分比", "points": "百分点，可以是负的", "months": "个月",
    "years": "年", "days": "天", "count": "次", "date": "日期", "flag": "true 或 false",
    "choice": "选项名",
}  # fmt: skip


def start_packs(packs: PolicyLibrary, place: NamedRegion, root: Path) -> list[Path]:
    """Write a folder for a place's pack below ``root``; the files, in order.

    ``ConflictError`` where there is something already.
    """
    english = letters_of(place.name)
    folder = root.joinpath(english.lower())
    if folder.exists():
        raise ConflictError(message("已经有 {folder}，请换一个文件夹", folder=str(folder)))
    name, code = place.name, place.code
    said = {
        "name": name, "code": code, "english": english, "folder": folder.name,
        "prefix": english[:2].upper(),
    }  # fmt: skip
    titles = _titles(packs)
    files = {
        root.joinpath("README.md"): _text("README.md", said),
        folder.joinpath(AREA_FILE): _text("area.txt", said),
        root.joinpath(SOURCES_FOLDER, f"{code}.yaml"): _text("sources.txt", said),
        root.joinpath(TESTS_FOLDER, f"{code}.yaml"): _text("test.txt", said),
    }
    for topic, declarations in _by_topic().items():
        path = folder.joinpath(*topic.split(".")).with_suffix(".yaml")
        files[path] = _questions(topic, declarations, titles)
    written = []
    try:
        for path, text in files.items():
            if path.exists():
                continue  # a second area in the same repository shares what is there
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise InputError(
            message("写不了：{reason}", reason=error.strerror), place=str(root)
        ) from None
    return written


def _text(name: str, said: dict[str, str]) -> str:
    return _TEXTS.joinpath(name).read_text("utf-8").format(**said)


def _by_topic() -> dict[str, list[Declaration]]:
    topics: dict[str, list[Declaration]] = {}
    for name in sorted(DECLARATIONS):
        topics.setdefault(name.rpartition(".")[0], []).append(DECLARATIONS[name])
    return topics


def _titles(packs: PolicyLibrary) -> dict[str, Words]:
    """What the packs that there are call each parameter."""
    titles: dict[str, Words] = {}
    for area in packs.areas():
        for pack in packs.packs_of(area.code):
            for name, entry in pack.parameters.items():
                if entry.name.zh:
                    titles.setdefault(name, entry.name)
    return titles


def _questions(topic: str, declarations: Iterable[Declaration], titles: dict[str, Words]) -> str:
    lines = [f"# {topic}：每个参数一个问题；答了的去掉行首的“# ”，没有这条规定的整条删去。"]
    for declaration in declarations:
        title = titles.get(declaration.name, Words(declaration.name)).zh
        needed = "算这一项必须有" if is_required(declaration.table) else "不写就按缺省"
        varies = f"，随 {'、'.join(declaration.keys)} 变化" if declaration.keys else ""
        unit = _UNITS.get(declaration.table.unit, declaration.table.unit)
        key = declaration.name.rpartition(".")[2]
        lines += [
            "",
            f"# {title}（{unit}{varies}；{needed}）：多少？从哪天起？哪份文件第几条？",
            f"# {key}:",
        ]
        if declaration.keys:
            lines.append(f"#   keys: [{', '.join(declaration.keys)}]")
        lines += ["#   values:", "#     2025-01-01: {value: , sources: []}"]
    return "\n".join(lines) + "\n"
