"""``yibao reports``: what people have reported as wrong, for the policy people who decide it."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import click

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.text import columns, wrap, write
from yibao.database.place import data_folder
from yibao.errors import InputError
from yibao.inquiry.reading import today
from yibao.messages import message
from yibao.portal.feedback import MOST_WORDS, REPORTS_FILE, Decision, Entry, ReportFile

app = App(about=message("报错：列出、查看、办结，或记成争议。"))

_STATES = {"closed": message("已办结"), "dispute": message("争议")}
DataFolder = Annotated[
    str,
    Option(
        "--data",
        metavar=message("文件夹"),
        help=message("服务的数据文件夹；缺省用 YIBAO_DATA_DIR。"),
    ),
]
Number = Annotated[
    str, Argument(metavar=message("编号"), help=message("页面给的编号，如 261121-1a2b3c4d。"))
]
By = Annotated[
    str, Option("--by", metavar=message("姓名"), help=message("谁办的；缺省是本机的用户名。"))
]


def _store(data: str) -> ReportFile:
    return ReportFile((Path(data) if data else data_folder()) / REPORTS_FILE)


def _row(entry: Entry) -> dict[str, object]:
    report, decision = entry
    row: dict[str, object] = {
        "number": report.number,
        "day": report.day,
        "state": decision.state if decision else "received",
        "page": report.page,
        "wrong": report.wrong,
        "source": report.source,
    }
    if decision:
        row |= {"decided": decision.day, "by": decision.by, "reason": decision.reason}
    if decision and decision.question:
        row |= {"question": decision.question, "sides": list(decision.sides)}
    return row


def _lines(entry: Entry) -> list[str]:
    report, decision = entry
    state = worded(_STATES[decision.state]) if decision else say("待办")
    said = [f"  {report.wrong}"]
    said += ["  " + say("出处：{source}", source=report.source)] if report.source else []
    if decision:
        said += [f"  {decision.question}"] if decision.question else []
        said += [f"  · {side}" for side in decision.sides]
        conclusion = say(
            "{day} {by}：{reason}",
            day=decision.day,
            by=decision.by,
            reason=decision.reason or message("还没有定论"),
        )
        said.append(f"  {conclusion}")
    head = f"{report.number}  {report.day}  {state}  {report.page}"
    return [head, *(line for text in said for line in wrap(text, columns()))]


@app.register("list")
def list_(
    state: Annotated[
        str,
        Option("--state", metavar=message("情况"), help=message("received、closed、dispute。")),
    ] = "",
    data: DataFolder = "",
    as_json: AsJson = False,
) -> None:
    """列出报错，最早的在前。"""
    if state not in ("", "received", *_STATES):
        raise InputError(
            message("{state} 不认识，可以写：received、closed、dispute", state=repr(state)),
            place="--state",
        )
    entries = [
        entry for entry in _store(data).entries() if not state or _row(entry)["state"] == state
    ]
    if as_json:
        print_json([_row(entry) for entry in entries])
        return
    write([line for entry in entries for line in _lines(entry)] or [say("没有报错。")])


@app.register()
def close(
    number: Number,
    reason: Annotated[
        str, Option("--reason", metavar=message("结论"), help=message("给报错人看的一句话。"))
    ],
    by: By = "",
    data: DataFolder = "",
) -> None:
    """办结一条报错，写明理由；网页上凭编号看得到。"""
    _decide(data, Decision(number, str(today()), "closed", _said(reason, "--reason"), _who(by)))


@app.register()
def dispute(
    number: Number,
    question: Annotated[
        str, Option("--question", metavar=message("问题"), help=message("哪里说法不一。"))
    ],
    says: Annotated[
        list[str],
        Option("--says", metavar=message("说法"), help=message("一边怎么说、出处；写两次以上。")),
    ],
    choice: Annotated[
        str,
        Option(
            "--choice", metavar=message("取法"), help=message("取哪一边、为什么；没有定论不写。")
        ),
    ] = "",
    by: By = "",
    data: DataFolder = "",
) -> None:
    """把一条报错记成争议，网页的争议登记立刻列出。

    打印政策包的写法，核对来源后并入 disputes.yaml。
    """
    if len(says) < 2:
        raise InputError(message("争议要写出至少两边"), place="--says")
    sides = tuple(_said(side, "--says") for side in says)
    decision = Decision(
        number,
        str(today()),
        "dispute",
        choice.strip(),
        _who(by),
        _said(question, "--question"),
        sides,
    )
    _decide(data, decision)
    sys.stdout.write(_record(decision))


def _decide(data: str, decision: Decision) -> None:
    _store(data).decide(decision)
    state = _STATES[decision.state]
    click.echo(say("{number}：{state}", number=decision.number, state=state), err=True)


def _said(text: str, option: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise InputError(message("不能是空的"), place=option)
    if len(said) > MOST_WORDS:
        raise InputError(message("太长了，最多 {most} 个字", most=MOST_WORDS), place=option)
    return said


def _who(by: str) -> str:
    return by.strip() or getpass.getuser()


def _record(decision: Decision) -> str:
    """The dispute as a policy pack writes it; its facts are to be filled in."""
    import yaml

    record = {
        "parameters": [],
        "question": decision.question,
        "sides": [{"says": side, "facts": []} for side in decision.sides],
        "choice": decision.reason or None,
        "note": str(message("报错 {number}", number=decision.number)),
    }
    return yaml.safe_dump({"X99": record}, allow_unicode=True, sort_keys=False)
