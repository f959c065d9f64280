"""Checks of a tree of packs that go beyond its format; every fault, not only the first."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from yibao.errors import InputError
from yibao.messages import CHINESE, Message, Text, message, text_of
from yibao.policy.about import faults_of_about
from yibao.policy.areas import read_areas
from yibao.policy.clashes import clashes
from yibao.policy.days import to_date
from yibao.policy.document import DocumentError, Scalar
from yibao.policy.layout import is_required
from yibao.policy.model import ASSUMED, QUARANTINED, Area, Block, Dispute, Pack, ParameterEntry
from yibao.policy.packs import read_tree
from yibao.policy.parameters import DECLARATIONS, MISSING, NONE
from yibao.policy.places import is_known_code
from yibao.policy.reading import Faults
from yibao.policy.resolve import compile_rulebook
from yibao.policy.shelves import packs_folder, shelves
from yibao.policy.standing import intervals, number_names
from yibao.policy.values import UNKNOWN_TEXT, Names, number_text, read_leaves


class Fault(NamedTuple):
    """One thing that is wrong, and where."""

    file: str
    line: int
    rule: str
    message: str


_COUNTRY = "000000"
RULES = {
    "format": "文件写法不对",
    "unknown": "不认识的键、参数、主题或选项",
    "duplicate": "写了两次",
    "dates": "同一参数的日期有重叠或空档",
    "keys": "键的组合缺值",
    "uncited": "没有来源",
    "source": "来源编号不存在",
    "plausible": "数值不合常理",
    "assumed": "不该 assumed，或没有写 basis",
    "undecided": "争议未决",
    "dispute": "争议没有记录，或缺少一方的事实",
    "gap": "缺口没有记录",
    "about": "about 写了没有取值的键，或者使某个取值没有来源",
    "stale": "下级的旧值盖住上级的新值",
    "complete": "声明完整的主题缺参数",
    "formula": "公式算不出",
    "clash": "两个选项不能并用，会算错",
}


def _names_a_gap(block: Block) -> bool:
    """Whether a block says nothing but that no source gives the figure, and where that stands."""
    value = block.value
    return bool(block.gap) and isinstance(value, Scalar) and value.text() == UNKNOWN_TEXT


def lint(root: Path, language: str = CHINESE) -> list[Fault]:
    """All faults of the packs below ``root``, by file and line, in the words of a language.

    ``InputError`` only where there is no such folder.
    """
    if not root.is_dir():
        raise InputError(message("没有这个文件夹"), place=str(root))
    errors: list[DocumentError] = []
    _Checker(root.resolve(), errors).check()
    faults = {
        Fault(error.file, error.line, error.rule, text_of(error.message, language))
        for error in errors
    }
    return sorted(faults)


def lies_outside(root: Path) -> bool:
    """Whether the packs below a folder lie over or beside those of the package.

    They do not where they begin with a country of their own, real or made up.
    """
    codes = [area.code for area in read_areas(shelves([root]), root) if area.parent is None]
    return bool(codes) and all(code != _COUNTRY and is_known_code(code) for code in codes)


class _Checker:
    def __init__(self, root: Path, errors: list[DocumentError]) -> None:
        self.kept = errors
        self.faults = Faults(errors)
        self.beneath: set[int] = set()
        """Packs of the package, which somebody else's packs are laid over: not looked at."""
        try:
            outside = lies_outside(root)
        except InputError:
            outside = False
        if outside:
            tree = read_tree(packs_folder())
            self.beneath = {id(pack) for pack in tree.every()}
            self.tree = read_tree(root, self.faults, tree)
        else:
            self.tree = read_tree(root, self.faults)
        self.disputes = {dispute.id for dispute in self.tree.disputes()}
        self.gaps = {gap.id for gap in self.tree.gaps()}

    def add(self, file: str, line: int, rule: str, what: Text, path: str = "") -> None:
        self.faults.add(DocumentError(what, file=file, line=line, path=path, rule=rule))

    def check(self) -> None:
        for pack in self.tree.every():
            if id(pack) in self.beneath:
                continue
            chain = self.tree.chain(pack.area.code)
            with self.faults.guard():
                names, _ = number_names(chain, ())
                for entry in pack.parameters.values():
                    self.entry(entry, chain, names)
                for topic, line in zip(pack.area.complete, pack.area.complete_lines, strict=True):
                    self.complete(topic, line, chain)
            for dispute in pack.disputes.values():
                self.dispute(dispute)
            for gap in pack.gaps.values():
                self.cited(gap.found, gap.file, gap.line, message("缺口 {id} ", id=gap.id))
        if not self.kept:
            own = [pack for pack in self.tree.every() if id(pack) not in self.beneath]
            for code in dict.fromkeys(pack.area.code for pack in own):
                with self.faults.guard():
                    self.clashes(self.tree.chain(code))

    def clashes(self, chain: list[Pack]) -> None:
        """Options that cannot stand together, in the rules of the lowest area."""
        for clash in clashes(compile_rulebook(chain, self.tree.sources)):
            written = next(
                pack.parameters[name].blocks[-1]
                for pack in reversed(chain)
                for name in (clash.other, clash.parameter)
                if name in pack.parameters
            )
            self.add(written.file, written.line, "clash", clash.why)

    # --- one parameter of one area ---

    def entry(self, entry: ParameterEntry, chain: list[Pack], names: Names) -> None:
        name = entry.declaration.name
        for block in entry.blocks:
            self.values(entry, block, names)
            self.block(name, block)
        standing = [block for block in entry.blocks if block.status != QUARANTINED]
        for block, after in pairwise(standing):
            self.between(name, block, after, chain[:-1])
        if standing:
            self.stale(name, standing[-1], chain)

    def values(self, entry: ParameterEntry, block: Block, names: Names) -> None:
        table = entry.declaration.table
        least, greatest = table.plausible
        leaves = read_leaves(entry, block, names, self.faults)
        for fault in faults_of_about(block, leaves):
            self.add(block.file, block.line, "about", fault)
        for leaf in leaves:
            if leaf.formula is not None or leaf.number in (MISSING, NONE):
                continue
            if not least <= leaf.number <= greatest:
                shown = [
                    number_text(entry.declaration, figure)
                    for figure in (leaf.number, *table.plausible)
                ]
                self.faults.add(
                    leaf.node.fault(
                        message(
                            "{name} 的值 {value} 不合常理（应在 {least} 到 {most} 之间）",
                            name=entry.declaration.name,
                            value=shown[0],
                            least=shown[1],
                            most=shown[2],
                        ),
                        "plausible",
                    )
                )

    def block(self, name: str, block: Block) -> None:
        where = f"{name} {to_date(block.first_day)} "
        if not block.sources and block.status != ASSUMED and not _names_a_gap(block):
            self.add(
                block.file,
                block.line,
                "uncited",
                message("{where}没有来源，也没有标 assumed", where=where),
            )
        self.cited(block.sources, block.file, block.line, where)
        for dispute in block.disputes:
            if dispute not in self.disputes:
                self.add(
                    block.file,
                    block.line,
                    "dispute",
                    message("{where}所引争议 {dispute} 没有记录", where=where, dispute=dispute),
                )
        if block.gap and block.gap not in self.gaps:
            self.add(
                block.file,
                block.line,
                "gap",
                message("{where}所引缺口 {gap} 没有记录", where=where, gap=block.gap),
            )

    def cited(self, sources: tuple[str, ...], file: str, line: int, where: Text) -> None:
        for source in sources:
            if source not in self.tree.sources:
                self.add(
                    file,
                    line,
                    "source",
                    message("{where}所引来源 {source} 不存在", where=where, source=source),
                )

    def between(self, name: str, block: Block, after: Block, above: list[Pack]) -> None:
        if block.last_day is None:
            return
        if block.last_day >= after.first_day and after.known_from is None:
            # With known_from the later block took days away from what was known before.
            self.add(
                block.file,
                block.line,
                "dates",
                message(
                    "{name} 的末日 {last_day} 与下一块的首日 {first_day} 重叠",
                    name=name,
                    last_day=to_date(block.last_day),
                    first_day=to_date(after.first_day),
                ),
            )
        elif block.last_day + 1 < after.first_day and not block.gap:
            first, last = block.last_day + 1, after.first_day - 1
            if not any(_holds_through(pack.parameters.get(name), first, last) for pack in above):
                self.add(
                    after.file,
                    after.line,
                    "dates",
                    message(
                        "{name} 在 {first} 到 {last} 没有值：请补上，或在前一块写 gap 说明",
                        name=name,
                        first=to_date(first),
                        last=to_date(last),
                    ),
                )

    def stale(self, name: str, last: Block, chain: list[Pack]) -> None:
        if last.last_day is not None:
            return
        for above in chain[:-1]:
            entry = above.parameters.get(name)
            if entry is None or _names_of(above.area) & set(last.confirmed_over):
                continue
            newer = [
                block
                for block in entry.blocks
                if block.status != QUARANTINED and block.first_day > last.first_day
            ]
            if newer:
                self.add(
                    last.file,
                    last.line,
                    "stale",
                    message(
                        "{name} 从 {first_day} 起的值盖住了{area} {newer} 起的新值："
                        "请写 to，或写 confirmed_over 确认",
                        name=name,
                        first_day=to_date(last.first_day),
                        area=above.area.name,
                        newer=to_date(newer[-1].first_day),
                    ),
                )

    # --- topics and disputes ---

    def complete(self, topic: str, line: int, chain: list[Pack]) -> None:
        """Every required parameter of a topic has a value on the latest first day."""
        area = chain[-1].area
        latest = max(
            (
                block.first_day
                for pack in chain
                for name, entry in pack.parameters.items()
                if _within(name, topic)
                for block in entry.blocks
                if block.status != QUARANTINED
            ),
            default=0,
        )
        for name, declaration in DECLARATIONS.items():
            if not _within(name, topic) or not is_required(declaration.table):
                continue
            entries = [pack.parameters[name] for pack in chain if name in pack.parameters]
            if any(_holds(entry, latest) for entry in entries):
                continue
            own = chain[-1].parameters.get(name)
            if own is not None and own.blocks:
                block = own.blocks[-1]
                self.add(
                    block.file,
                    block.line,
                    "dates",
                    message(
                        "主题 {topic} 声明完整，{name} 到 {latest} 已没有值",
                        topic=topic,
                        name=name,
                        latest=to_date(latest),
                    ),
                )
            else:
                self.add(
                    area.file,
                    line,
                    "complete",
                    message("主题 {topic} 声明完整，缺少 {name}", topic=topic, name=name),
                )

    def dispute(self, dispute: Dispute) -> None:
        def add(rule: str, what: Message) -> None:
            self.add(
                dispute.file,
                dispute.line,
                rule,
                message("争议 {id} {what}", id=dispute.id, what=what),
            )

        if dispute.choice is None:
            add("undecided", message("还没有选择（choice 是 null）"))
        if len(dispute.sides) < 2:
            add("dispute", message("要写出至少两边"))
        for at, side in enumerate(dispute.sides, start=1):
            if not side.facts:
                add("dispute", message("第 {at} 边没有事实", at=at))
            for fact in side.facts:
                if fact not in self.tree.sources:
                    add("dispute", message("第 {at} 边的事实 {fact} 不存在", at=at, fact=fact))
        for fact in dispute.facts:
            if fact not in self.tree.sources:
                add("source", message("所引来源 {fact} 不存在", fact=fact))
        for name in dispute.parameters:
            if name not in DECLARATIONS:
                add("unknown", message("所涉参数 {name} 不认识", name=name))


def _within(name: str, topic: str) -> bool:
    return name == topic or name.startswith(f"{topic}.")


def _holds(entry: ParameterEntry, day: int) -> bool:
    return any(
        first <= day and (last is None or day <= last) for first, last, _ in intervals(entry, None)
    )


def _holds_through(entry: ParameterEntry | None, first: int, last: int) -> bool:
    """Whether an area above has values on all days from ``first`` to ``last``."""
    day = first
    for begin, end, _ in intervals(entry, None) if entry else ():
        if begin <= day:
            if end is None:
                return True
            day = max(day, end + 1)
    return day > last


def _names_of(area: Area) -> set[str]:
    return {area.code, area.name.zh, area.name.en, area.folder, area.folder.rpartition("/")[2]}
