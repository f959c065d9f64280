"""``yibao replay``, ``rebuild`` and ``impact``: what is stored follows from what is stored.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from yibao.cli.declared import Option
from yibao.cli.language import say, worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import CheckFailedError, Url, opened, operator
from yibao.cli.text import write
from yibao.errors import InputError
from yibao.messages import Fen, Message, Phrases, message, message_in

if TYPE_CHECKING:
    from yibao.care.impact import Impact
    from yibao.care.replay import Difference

Packs = Annotated[
    Path | None,
    Option("--packs", metavar=message("文件夹"), help=message("另一套政策包；缺省是自带的。")),
]
Overlays = Annotated[
    list[Path],
    Option("--with", metavar=message("叠加包"), help=message("叠加的小政策包，可以写几次。")),
]
_NAMES = {
    "fund": message_in("who pays", "基金"),
    "own": message_in("who pays", "个人"),
    "account": message_in("who pays", "账户"),
    "mutual_aid": message_in("who pays", "共济"),
    "cash": message_in("who pays", "现金"),
}
_LAYERS = {"upper": message("大病/大额"), "assistance": message("医疗救助")}


def _progress() -> Callable[[int], None]:
    """Counts people on a terminal's stderr; nothing where nobody watches."""
    done = [0]

    def seen(more: int) -> None:
        done[0] += more
        if sys.stderr.isatty():
            sys.stderr.write("\r" + say("已核对 {count} 人", count=done[0]))
            sys.stderr.flush()

    return seen


def _report(compared: Iterable[Difference], good: Message, as_json: bool) -> None:
    differences = list(compared)
    if as_json:
        print_json(
            {
                "differences": [
                    {
                        "person": difference.person_id,
                        "what": worded(difference.what),
                        "stored": difference.stored,
                        "found": difference.rebuilt,
                        "erratum": difference.erratum.name if difference.erratum else "",
                    }
                    for difference in differences
                ]
            }
        )
    else:
        write(map(_difference, differences) if differences else [worded(good)])
    unexplained = sum(not difference.erratum for difference in differences)
    if unexplained:
        sys.stdout.flush()
        raise CheckFailedError(message("有 {count} 处与重算不符", count=unexplained))


def _difference(difference: Difference) -> str:
    text = say(
        "{person} {what}：存的是 {stored}，重算是 {rebuilt}",
        person=difference.person_id,
        what=difference.what,
        stored=difference.stored,
        rebuilt=difference.rebuilt,
    )
    if difference.erratum:
        text += say(
            "（勘误 {name}：{reason}）",
            name=difference.erratum.name,
            reason=difference.erratum.reason,
        )
    return text


def replay(url: Url = "", as_json: AsJson = False) -> None:
    """按留存的输入和规则书把每笔结算重算一遍，逐分比对；不读政策包。

    已更正的内核缺陷按名列出，不算不符。有其他不符时退出码 1。

    例子：
      yibao replay
    """
    with opened(url) as database:
        from yibao.care.replay import replay as check

        _report(
            check(database, actor=operator("auditor"), progress=_progress()),
            message("每笔结算重算后都一分不差"),
            as_json,
        )


def rebuild(url: Url = "", as_json: AsJson = False) -> None:
    """由结算重建累计、由分录重建个人账户余额，与存的比对；不写入。

    已更正的内核缺陷留下的按名列出，不算不符。
    """
    with opened(url) as database:
        from yibao.care.replay import rebuild as check

        _report(
            check(database, actor=operator("auditor"), progress=_progress()),
            message("累计和余额都与重建的相等"),
            as_json,
        )


def impact(
    url: Url = "",
    packs: Packs = None,
    overlay: Overlays = [],  # noqa: B006 - nobody changes it
    approve: Annotated[
        str,
        Option(
            "--approve",
            metavar=message("方案"),
            help=message("批准并更正这个方案（先不带它运行）。"),
        ),
    ] = "",
    actor: Annotated[
        str, Option("--actor", metavar=message("谁"), help=message("批准人，写入审计链。"))
    ] = "",
    as_json: AsJson = False,
) -> None:
    """换一套政策包或叠加包，哪些已有结算会变；只列出，批准后才成对冲正和更正。

    当时因为没有来源而没有算大病、大额或救助的结算，有了来源就列出，金额不变的也列。

    例子：
      yibao impact --with 追溯调整.yaml
      yibao impact --with 追溯调整.yaml --approve 方案 --actor 张三
    """
    if approve and not actor:
        raise InputError(message("批准更正要写明是谁批准的"), place="--actor")
    from yibao.policy.compile import PolicyLibrary

    library = PolicyLibrary.load(packs, overlays=overlay)
    with opened(url) as database:
        from yibao.access.operations import Key
        from yibao.access.permissions import officer
        from yibao.care.impact import apply_impact
        from yibao.care.impact import impact as look
        from yibao.gateway.corrections import booked_corrections

        impacts = list(look(database, library, actor=operator("officer"), progress=_progress()))
        if approve:
            chosen = [
                person_impact for person_impact in impacts if person_impact.proposal == approve
            ]
            if not chosen:
                raise InputError(
                    message("没有这个方案；有了新的结算后请重新列出"), place="--approve"
                )
            for person_impact in chosen:
                key = Key(actor, "impact", person_impact.proposal)
                apply_impact(
                    database,
                    library,
                    key,
                    person_impact.person_id,
                    person_impact.proposal,
                    actor=officer(actor),
                    corrected=booked_corrections(database),
                )
            impacts = chosen
    if as_json:
        print_json({"people": [_plain(person_impact) for person_impact in impacts]})
    else:
        write(_lines(impacts, applied=bool(approve)))


def _plain(person_impact: Impact) -> dict[str, Any]:
    return {
        "person": person_impact.person_id,
        "proposal": person_impact.proposal,
        "changes": person_impact.changes,
    }


def _lines(impacts: list[Impact], *, applied: bool) -> list[str]:
    if not impacts:
        return [say("没有结算会改变")]
    lines = []
    for person_impact in impacts:
        state = "  " + say("已更正") if applied else ""
        proposal = say("方案 {number}", number=person_impact.proposal)
        lines.append(f"{person_impact.person_id}  {proposal}{state}")
        for change in person_impact.changes:
            moved = [
                message(
                    "{name} {amount}",
                    name=name,
                    amount=_signed(change["after"][key] - change["before"][key]),
                )
                for key, name in _NAMES.items()
                if change["after"][key] != change["before"][key]
            ]
            what = Phrases(moved) or message("金额不变，换用新规则")
            if layers := [_LAYERS[layer] for layer in change.get("now_known", ())]:
                known = message("{layers}当时没有来源，现在有了", layers=Phrases(layers))
                what = Phrases([known, what])
            lines.append("  " + say("就诊 {visit}：{what}", visit=change["visit"], what=what))
    return lines


def _signed(fen: int) -> str:
    return ("+" if fen > 0 else "-") + worded(Fen(abs(fen)))
