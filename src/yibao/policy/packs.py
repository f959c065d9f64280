"""Reading of the tree of packs: one folder per area, parents above children."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from yibao.messages import Listed, message
from yibao.policy.areas import area_above, read_area, taken
from yibao.policy.document import DocumentError, Mapping, read_file
from yibao.policy.model import (
    ASSUMED,
    SOURCED,
    STATUSES,
    About,
    Area,
    AssumedPart,
    Block,
    Pack,
    ParameterEntry,
    Tree,
)
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.reading import (
    Faults,
    choice_of,
    day_of,
    key_day,
    key_fault,
    text_of,
    texts_of,
    words,
)
from yibao.policy.records import read_disputes, read_gaps, read_names, read_sources
from yibao.policy.shelves import AREA_FILE, NO_PACKS, SOURCES_FOLDER, TESTS_FOLDER

PARAMETER_KEYS = ("name", "description", "unit", "keys", "values")
BLOCK_KEYS = (
    "value", "sources", "to", "status", "basis", "gap", "disputes", "from_basis", "known_from",
    "note", "confirmed_over", "partial", "assumed", "about",
)  # fmt: skip


def _flag(node: Mapping, key: str) -> bool:
    value = node.get(key)
    return value is not None and value.flag()


def _assumed_parts(node: Mapping, assumptions: bool, faults: Faults) -> tuple[AssumedPart, ...]:
    """The parts of a sourced block that no source gives."""
    written = node.get("assumed")
    if written is None:
        return ()
    if not assumptions:
        faults.add(
            key_fault(
                node,
                "assumed",
                message("这个地区不允许 assumed（area.yaml 的 assumptions）"),
                "assumed",
            )
        )
    parts = []
    for item in written.sequence():
        part = item.mapping()
        part.only(("keys", "basis", "gap"))
        parts.append(
            AssumedPart(
                frozenset(member.text() for member in part.require("keys").sequence()),
                part.require("basis").text(),
                text_of(part, "gap"),
            )
        )
    return tuple(parts)


def _about(node: Mapping) -> tuple[About, ...]:
    """Which sources and disputes of a block are about some of its values only."""
    written = node.get("about")
    if written is None:
        return ()
    names = {*texts_of(node, "sources"), *texts_of(node, "disputes")}
    told = written.mapping()
    told.only(sorted(names))
    return tuple(
        About(name, frozenset(member.text() for member in told.require(name).sequence()))
        for name in told.entries
    )


def read_block(
    values: Mapping, key: str, assumptions: bool, faults: Faults, *, partial: bool = False
) -> Block:
    """One dated value; ``assumptions`` says whether it may be assumed here.

    A ``partial`` block states some keys only; the others keep what stands above it.
    """
    first_day = key_day(values, key)
    node = values.entries[key].mapping()
    node.only(BLOCK_KEYS)
    last_day = day_of(node, "to")
    if last_day is not None and last_day < first_day:
        raise node.entries["to"].fault(message("末日早于首日"), rule="dates")
    status = choice_of(node, "status", STATUSES, SOURCED)
    basis = text_of(node, "basis")
    if status == ASSUMED and not basis:
        faults.add(
            key_fault(node, "status", message("assumed 的值要写 basis：为什么这样取"), "assumed")
        )
    if status == ASSUMED and not assumptions:
        faults.add(
            key_fault(
                node,
                "status",
                message("这个地区不允许 assumed（area.yaml 的 assumptions）"),
                "assumed",
            )
        )
    return Block(
        first_day=first_day,
        last_day=last_day,
        value=node.require("value"),
        sources=texts_of(node, "sources"),
        status=status,
        basis=basis,
        gap=text_of(node, "gap"),
        disputes=texts_of(node, "disputes"),
        from_basis=choice_of(node, "from_basis", (ASSUMED,), ""),
        known_from=day_of(node, "known_from"),
        note=words(node.get("note")),
        confirmed_over=texts_of(node, "confirmed_over"),
        assumed=_assumed_parts(node, assumptions, faults),
        about=_about(node),
        partial=partial or _flag(node, "partial"),
        file=values.file,
        line=values.lines[key],
    )


def read_parameter(
    parent: Mapping,
    key: str,
    name: str,
    assumptions: bool,
    faults: Faults,
    *,
    partial: bool = False,
) -> ParameterEntry:
    """One parameter with all its blocks."""
    declaration = DECLARATIONS.get(name)
    if declaration is None:
        raise key_fault(
            parent,
            key,
            message("不认识的参数 {name}（见 yibao policy schema）", name=name),
            "unknown",
        )
    node = parent.entries[key].mapping()
    node.only(PARAMETER_KEYS)
    unit = node.get("unit")
    if unit is not None and unit.text() != declaration.table.unit:
        faults.add(
            unit.fault(message("{name} 的单位是 {unit}", name=name, unit=declaration.table.unit))
        )
    keys = texts_of(node, "keys")
    for at, key_name in enumerate(keys):
        if key_name not in declaration.keys:
            allowed = Listed(declaration.keys) or message("（不随键变化）")
            raise node.entries["keys"].fault(
                message(
                    "{name} 没有键 {key_name}，可用：{allowed}",
                    name=name,
                    key_name=key_name,
                    allowed=allowed,
                ),
                "unknown",
            )
        if key_name in keys[:at]:
            raise node.entries["keys"].fault(message("键 {key} 写了两次", key=key_name))
    values = node.require("values").mapping()
    blocks = []
    for day in values.entries:
        with faults.guard():
            blocks.append(read_block(values, day, assumptions, faults, partial=partial))
    blocks.sort(key=lambda block: block.first_day)
    return ParameterEntry(
        declaration=declaration,
        name=words(node.get("name")),
        description=words(node.get("description")),
        keys=keys,
        blocks=tuple(blocks),
        file=parent.file,
        line=parent.lines[key],
    )


class _TreeReader:
    def __init__(self, root: Path, faults: Faults, beneath: Tree | None = None) -> None:
        self.root = root
        self.faults = faults
        self.tree = Tree() if beneath is None else beneath
        self.outside = beneath is not None

    def shown(self, path: Path) -> str:
        return f"{self.root.name}/{path.relative_to(self.root).as_posix()}"

    def read(self) -> Tree:
        sources = self.root / SOURCES_FOLDER
        for path in _files(sources):
            read_sources(path, self.shown(path), self.tree.sources, self.faults)
        for folder in _folders(self.root):
            if folder.name not in NO_PACKS:
                self.area(folder, None)
        for path in _files(self.root):
            self.stray(path)
        return self.tree

    def stray(self, path: Path) -> None:
        self.faults.add(
            DocumentError(message("这个文件不在任何地区的文件夹里"), file=self.shown(path), line=1)
        )

    def area(self, folder: Path, parent: str | None) -> None:
        file = folder / AREA_FILE
        with self.faults.guard():
            shown = self.shown(file)
            if not file.is_file():
                raise DocumentError(message("地区的文件夹缺少 area.yaml"), file=shown, line=1)
            relative = folder.relative_to(self.root).as_posix()
            area = read_area(file, shown, relative, parent, self.faults)
            pack = Pack(area)
            if self.outside and parent is None:
                parent = area_above(area.code, self.tree.packs, self._top())
                pack.area = area = replace(area, parent=parent)
            if self.outside and area.code in self.tree.packs:
                self.tree.layers.setdefault(area.code, []).append(pack)
            elif area.code in self.tree.packs:
                other = self.tree.packs[area.code].area.file
                raise taken(area.code, other, shown)
            else:
                self.tree.packs[area.code] = pack
            children: list[Path] = []
            self.pack(folder, pack, children)
            for child in children:
                self.area(child, area.code)

    def _top(self) -> str | None:
        return next((code for code, pack in self.tree.packs.items() if not pack.area.parent), None)

    def pack(self, folder: Path, pack: Pack, children: list[Path]) -> None:
        """Fill a pack with what its folder holds."""
        self.folder(folder, "", pack, children)
        limit = pack.area.refuse_after
        if limit is not None:
            for name, entry in pack.parameters.items():
                pack.parameters[name] = _until(entry, limit)

    def folder(self, folder: Path, prefix: str, pack: Pack, children: list[Path]) -> None:
        for path in _files(folder):
            shown = self.shown(path)
            if path.suffix != ".yaml":
                self.faults.add(DocumentError(message("文件名请以 .yaml 结尾"), file=shown, line=1))
            elif prefix or not self.special(path, shown, pack):
                self.parameters(path, shown, f"{prefix}{path.stem}", pack)
        for sub in _folders(folder):
            if sub.name == TESTS_FOLDER:
                continue
            if (sub / AREA_FILE).is_file():
                children.append(sub)
            else:
                self.folder(sub, f"{prefix}{sub.name}.", pack, children)

    def special(self, path: Path, shown: str, pack: Pack) -> bool:
        code = pack.area.code
        match path.name:
            case "area.yaml":
                pass
            case "groups.yaml":
                read_names(path, shown, pack.groups, self.faults)
            case "diseases.yaml":
                read_names(path, shown, pack.diseases, self.faults)
            case "disputes.yaml":
                read_disputes(path, shown, code, pack.disputes, self.faults)
                self.unique(pack, {key: item.line for key, item in pack.disputes.items()}, shown)
            case "gaps.yaml":
                read_gaps(path, shown, code, pack.gaps, self.faults)
                self.unique(pack, {key: item.line for key, item in pack.gaps.items()}, shown)
            case _:
                return False
        return True

    def unique(self, pack: Pack, lines: dict[str, int], shown: str) -> None:
        for other in self.tree.every():
            if other is pack:
                continue
            for key in lines.keys() & (other.disputes.keys() | other.gaps.keys()):
                self.faults.add(
                    DocumentError(
                        message("{key} 已记在 {area}", key=key, area=other.area.name),
                        file=shown,
                        line=lines[key],
                        rule="duplicate",
                    )
                )

    def parameters(self, path: Path, shown: str, prefix: str, pack: Pack) -> None:
        if _only_comments(path):
            return  # questions that nobody has answered yet
        with self.faults.guard():
            root = read_file(path, shown).mapping()
            for key in root.entries:
                with self.faults.guard():
                    name = f"{prefix}.{key}"
                    entry = read_parameter(root, key, name, pack.area.assumptions, self.faults)
                    if name in pack.parameters:
                        first = pack.parameters[name]
                        raise key_fault(
                            root,
                            key,
                            message(
                                "{name} 已写在 {file} 第 {line} 行",
                                name=name,
                                file=first.file,
                                line=first.line,
                            ),
                            "duplicate",
                        )
                    pack.parameters[name] = entry


def _only_comments(path: Path) -> bool:
    """Whether a file says something, and nothing but comments."""
    try:
        lines = [line.lstrip() for line in path.read_bytes().splitlines()]
    except OSError:
        return False
    return any(lines) and all(not line or line.startswith(b"#") for line in lines)


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix in (".yaml", ".yml") and path.is_file():
                yield path


def _folders(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith((".", "_")):
            yield path


def read_tree(root: Path, faults: Faults | None = None, beneath: Tree | None = None) -> Tree:
    """All packs below ``root``; the first fault is raised unless ``faults`` keeps them.

    With ``beneath`` they are laid over or beside the packs of that tree, which grows.
    """
    return _TreeReader(root, faults or Faults(), beneath).read()


def read_pack(root: Path, folder: Path, area: Area) -> Pack:
    """One area's pack alone; the first fault is raised."""
    pack = Pack(area)
    _TreeReader(root, Faults()).pack(folder, pack, [])
    return pack


def read_records(root: Path, folder: Path, area: Area) -> Pack:
    """The disputes and gaps alone of one area; the first fault is raised."""
    pack = Pack(area)
    reader = _TreeReader(root, Faults())
    for name in ("disputes.yaml", "gaps.yaml"):
        path = folder / name
        if path.is_file():
            reader.special(path, reader.shown(path), pack)
    return pack


def source_files(root: Path) -> Iterator[tuple[Path, str]]:
    """The files of facts below a root, each with the name that faults call it by."""
    for path in _files(root / SOURCES_FOLDER):
        yield path, f"{root.name}/{path.relative_to(root).as_posix()}"


def _until(entry: ParameterEntry, limit: int) -> ParameterEntry:
    """A parameter that holds no longer than to a day."""
    return replace(
        entry,
        blocks=tuple(
            replace(block, last_day=limit)
            if block.first_day <= limit and (block.last_day is None or block.last_day > limit)
            else block
            for block in entry.blocks
        ),
    )
