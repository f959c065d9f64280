"""Write ``docs/benchmarks/safety.md`` from the lines that long runs and recorded tests left.

    python tools/safety_report.py                   write the page
    python tools/safety_report.py --record edits    run those tests first, and keep their count

Every number stands beside the command that it comes from; nothing is counted that did not run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.simulator.lines import FOLDER, add_line, read_lines  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks" / "safety.md"
WANTED_STEPS, ALL_STEPS, WANTED_KILLS = 200_000, 10_000_000, 1_000
WANTED_VISITS = 10_000_000
RECORDED = {
    "edits": (
        "直接改库：31 种改动（另 2 种原来就看得见的），两种数据库，由该说的命令说出表和行",
        ["tests/cli/test_tampering.py"],
    ),
    "restart": (
        "负载下重启、杀掉 PostgreSQL：网关、API、网页各一句话，之后照办",
        ["tests/gateway/test_gateway_restart.py"],
    ),
    "numbers": (
        "不是数的数（1e30、true、٣、nan……）：接口的每个数、每个计算器、情景文件、每一列",
        [
            "tests/gateway/test_gateway_numbers.py",
            "tests/api/test_numbers.py",
            "tests/columns/test_numbers.py",
        ],
    ),
    "hostile": (
        "报文变形与恶意的连接",
        ["tests/gateway/test_gateway_fuzz.py", "tests/gateway/test_gateway_hostile.py"],
    ),
}
"""Tests whose passing is kept as a line, by name: what they show, and where they are."""


def record(kind: str) -> int:
    """Run the tests of a kind and keep how many passed; the exit code of pytest."""
    paths = RECORDED[kind][1]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={results}", *paths]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        report = ElementTree.parse(results)
        cases = list(report.iter("testcase"))
        variants = [
            int(each.attrib["value"])
            for each in report.iter("property")
            if each.attrib["name"] == "variants"
        ]
    if code == 0:
        seconds = round(time.monotonic() - began, 1)
        line: dict[str, Any] = {"kind": kind, "passed": len(cases), "seconds": seconds}
        if variants:
            line["variants"] = sum(variants)
        add_line(FOLDER / "tests.jsonl", line)
    return code


def page(folder: Path = FOLDER) -> str:
    """The page, from the lines alone."""
    steps, kills, tests = (
        read_lines(folder / name) for name in ("simulated.jsonl", "killed.jsonl", "tests.jsonl")
    )
    latest = {line["kind"]: line for line in tests}
    lines = [
        "# 安全：跑过多少",
        "",
        "由 `python tools/safety_report.py` 从 `docs/benchmarks/safety/` 的记录写成；"
        "没有跑过的不算。",
        "每个数旁边是得到它的命令；接着跑同一条命令，记录和总数就往上加。",
        "",
        *_steps(steps),
        "",
        *_agency(read_lines(folder / "agency.jsonl")),
        "",
        *_kills(kills),
        "",
        *_visits(read_lines(folder / "visits.jsonl")),
        "",
        *_doors(read_lines(folder / "doors.jsonl")),
        "",
        "## 记下次数的测试",
        "",
        "| 查什么 | 通过 | 哪天、哪个提交 | 命令 |",
        "|---|---:|---|---|",
    ]
    for kind, (what, _) in RECORDED.items():
        line = latest.get(kind)
        command = f"`python tools/safety_report.py --record {kind}`"
        if line is None:
            lines.append(f"| {what} | 没有记录 | | {command} |")
        else:
            when = f"{line['day']} {line['commit']}"
            passed = f"{line['passed']}"
            if "variants" in line:
                passed += f"（变形 {line['variants']:,} 条）"
                command = f"`YIBAO_VARIANTS={line['variants']} python {command[8:]}"
            lines.append(f"| {what} | {passed} | {when} | {command} |")
    return "\n".join(lines) + "\n"


def _steps(lines: list[dict[str, Any]]) -> list[str]:
    total = sum(line["steps"] for line in lines)
    by_seed: defaultdict[int, Counter[str]] = defaultdict(Counter)
    by_store: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    for line in lines:
        sums = by_seed[line["seed"]]
        sums["pieces"] += 1
        for name in ("steps", "settlements", "reversals"):
            sums[name] += line[name]
        sums["seconds"] += round(line["seconds"])
        by_store[f"{line['store']}{'，合写' if line['grouped'] else ''}"] += line["steps"]
        operations.update(line["operations"])
    missing = WANTED_STEPS - total
    reached = (
        f"还差 {missing:,} 步到第一个目标 {WANTED_STEPS:,}"
        if missing > 0
        else f"第一个目标 {WANTED_STEPS:,} 已过"
    )
    text = [
        "## 随机操作，不变量全部成立",
        "",
        f"**共 {total:,} 步**；{reached}，以后加到 {ALL_STEPS:,}。"
        "每步核对账、改过的人的累计与余额；"
        "每 40 步核对全库（账、累计、重放、封顶、审计链、行与事件）。",
        "",
        "| 种子 | 段 | 步 | 结算 | 冲销 | 秒 | 接着跑 |",
        "|---:|---:|---:|---:|---:|---:|---|",
    ]
    for seed, sums in sorted(by_seed.items()):
        figures = " | ".join(f"{sums[name]:,}" for name in ("pieces", "steps"))
        more = " | ".join(f"{sums[name]:,}" for name in ("settlements", "reversals", "seconds"))
        command = f"`make simulate SEED={seed} STEPS={max(WANTED_STEPS, sums['steps'])}`"
        text.append(f"| {seed} | {figures} | {more} | {command} |")
    stores = "；".join(f"{name} {count:,} 步" for name, count in sorted(by_store.items()))
    kinds = "、".join(f"{name} {count:,}" for name, count in operations.most_common())
    return [*text, "", f"在哪种库上：{stores}。", "", f"做了什么：{kinds}。"]


def _agency(lines: list[dict[str, Any]]) -> list[str]:
    sums: Counter[str] = Counter()
    by_store: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    names = ("steps", "asked", "refused", "denied", "same", "two", "closed_months")
    for line in lines:
        sums.update({name: line[name] for name in names})
        sums["seconds"] += round(line["seconds"])
        by_store[f"{line['store']}{'，合写' if line['grouped'] else ''}"] += line["steps"]
        operations.update(line["operations"])
    rooms: Counter[str] = Counter()
    for name, count in operations.items():
        rooms[_ROOMS[name.split(".")[0]]] += count
    stores = "；".join(f"{name} {count:,} 步" for name, count in sorted(by_store.items()))
    kinds = "、".join(f"{name} {count:,}" for name, count in rooms.most_common())
    # Run before it was rebased, a commit has another name on the main line.
    names_of = {line["commit"]: line.get("landed") for line in lines}
    commits = "、".join(
        f"{name}（在主线上是 {landed}）" if landed else name
        for name, landed in sorted(names_of.items())
    )
    return [
        f"## 经办的随机操作：{'、'.join(name for name in _ROOMS.values() if rooms[name])}",
        "",
        f"**共 {sums['steps']:,} 步**（{stores or '没有跑过'}；{sums['seconds']:,} 秒；"
        f"提交 {commits or '无'}）。"
        f"办了 {sums['asked']:,} 次，按规则拒绝 {sums['refused']:,} 次、"
        f"无权的 {sums['denied']:,} 次，每次拒绝前后全库逐行相同；"
        f"同一报文同时两份 {sums['same']:,} 次、两人同时办一件事 {sums['two']:,} 次，只成一个；"
        f"结了 {sums['closed_months']:,} 个月的账，之后不变。",
        "",
        "每步以后，账本每个科目的余额与旁边只做加减的一本 Python 账相等；"
        "每 25 步核对 `db check` 的各项、重放、收入减支出等于结余的变动、"
        "应收应付与案件相符、没有一笔付两次。",
        "",
        f"做了什么：{kinds or '无'}。",
        "",
        f"命令：`make simulate WHAT=agency STEPS={max(sums['steps'], 400)}`。",
    ]


_ROOMS = {
    "Employers": "单位",
    "Claims": "手工报销",
    "Payments": "拨付",
    "Clearing": "清算",
    "Conduct": "稽核",
    "Moving": "转移与销户",
    "Finance": "财务",
    "Imports": "导入",
    "Goods": "货款代付",
    "Between": "两地清算",
    "Listing": "价格与目录",
    "Budgets": "预算",
    "Reminding": "催办",
    "Counter": "柜台收款与多收",
    "Benefits": "津贴、补贴与用药资格",
    "Merging": "合并档案",
}


def _kills(lines: list[dict[str, Any]]) -> list[str]:
    total = sum(line["kills"] for line in lines)
    acknowledged = sum(line["acknowledged"] for line in lines)
    unanswered = sum(line["unanswered"] for line in lines)
    by_store: Counter[str] = Counter()
    for line in lines:
        by_store[line["store"]] += line["kills"]
    stores = "；".join(f"{name} {count:,} 次" for name, count in sorted(by_store.items()))
    missing = WANTED_KILLS - total
    reached = f"还差 {missing:,} 次" if missing > 0 else f"目标 {WANTED_KILLS:,} 次已到"
    return [
        "## 随机杀死正在结算的进程",
        "",
        f"**共 {total:,} 次 SIGKILL**（{stores}），{reached}："
        f"答复过的 {acknowledged:,} 笔一笔不少，重发答复相同；"
        f"没有来得及答复而已经写下的 {unanswered:,} 笔，各一份，完整；不变量全部成立。",
        "",
        f"命令：`make kills COUNT={max(WANTED_KILLS, total)}`。"
        "数据库服务器自己被杀：`tests/simulator/test_crashes.py`。",
    ]


def _visits(lines: list[dict[str, Any]]) -> list[str]:
    sums: Counter[str] = Counter()
    for line in lines:
        for name in ("visits", "settled", "reversals", "refused"):
            sums[name] += line[name]
    visits = sums["visits"]
    missing = WANTED_VISITS - visits
    reached = f"还差 {missing:,} 次" if missing > 0 else f"目标 {WANTED_VISITS:,} 次已到"
    first = min((line["first"] for line in lines), default="")
    last = max((line["last"] for line in lines), default="")
    commits = len({line["commit"] for line in lines})
    return [
        "## 随机就诊：逐次计算与编译的到分相同",
        "",
        f"**共 {visits:,} 次**，{reached}："
        f"有政策包的 {max((line['areas'] for line in lines), default=0)} 个地区，"
        f"{first} 至 {last}，{commits} 个提交的政策包；"
        f"结算 {sums['settled']:,}、冲销 {sums['reversals']:,}、按名拒绝 {sums['refused']:,}。"
        "每一笔的每个金额、每个拒绝、累计与余额、各基金的合计都相同。",
        "",
        f"命令：`make visits COUNT={max(WANTED_VISITS, visits)}`。"
        "随机的规则对分数算法：`tests/benefit/test_oracle.py`。",
    ]


_DOORS = {"pages": "网页", "API": "数据接口", "gateway": "网关"}


def _doors(lines: list[dict[str, Any]]) -> list[str]:
    latest = {line["door"]: line for line in lines}
    text = [
        "## 每个操作 × 每种角色 × 别人的东西",
        "",
        "操作来自 OpenAPI、网页的路由和网关的登记表；没有授权的一律拒绝，前后逐行相同。",
        "",
        "| 门 | 操作 | 拒绝而没有留下任何东西 | 准许 | 哪天、哪个提交 |",
        "|---|---:|---:|---:|---|",
    ]
    for door, name in _DOORS.items():
        line = latest.get(door)
        if line is not None:
            figures = " | ".join(f"{line[key]:,}" for key in ("operations", "denied", "granted"))
            text.append(f"| {name} | {figures} | {line['day']} {line['commit']} |")
    return [*text, "", "命令：`make doors`。"]


def main() -> int:
    """Record what is named, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", choices=sorted(RECORDED), action="append", default=[])
    options = parser.parse_args()
    codes = [record(kind) for kind in options.record]
    PAGE.write_text(page(), encoding="utf-8")
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main())
