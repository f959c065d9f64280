"""What ``yibao reform`` prints when it is asked for more: fifths, contributions, the next yuan."""

from __future__ import annotations

from typing import Any

from yibao.cli.language import say, worded
from yibao.cli.text import headed
from yibao.messages import message

_FEN = 100
_OF_FIFTHS = (
    message("组"),
    message("人均年收入，元"),
    message("看过病的家庭"),
    message("自己付的占收入，改前"),
    message("改后"),
    message("灾难性支出，改前"),
    message("改后"),
)
_OF_CONTRIBUTIONS = (
    message("谁"),
    message("谁缴"),
    message("改前"),
    message("改后"),
    message("变化"),
)
_OF_MARGINS = (
    message("谁"),
    message("看什么"),
    message("多花一元自己付，改前"),
    message("改后"),
    message("平均自己付，改前"),
    message("改后"),
)


def fifth_lines(answer: dict[str, Any]) -> list[str]:
    """What care takes of each fifth's stated income."""
    if not answer.get("fifths"):
        return []
    rows = [
        (
            str(number),
            f"{fifth['income_fen'] / _FEN:,.0f}",
            f"{fifth['families']:,}",
            *(f"{share:.2%}" for share in fifth["own_share"]),
            *(f"{share:.2%}" for share in fifth["above"]),
        )
        for number, fifth in enumerate(answer["fifths"], 1)
    ]
    title = say("收入五等分（收入是所写的；病与收入的关系没有来源，各组看同样的病）")
    return ["", *headed(title, tuple(map(worded, _OF_FIFTHS)), rows, "<>>>>>>")]


def contribution_lines(answer: dict[str, Any]) -> list[str]:
    """The fund's income a head by both rulebooks."""
    from yibao.policy.kinds import Scheme, Status
    from yibao.reform import words

    rows, refused = [], []
    for membership, paid in answer["contributions"].items():
        who = worded(words.MEMBERSHIPS[membership])
        if "why_not" in paid:
            refused.append(say("  {who}：规则没有给出：{why}", who=who, why=paid["why_not"]))
            continue
        beside = say("财政补助") if membership == Scheme.RESIDENT else say("单位")
        for payer, name in ((say("个人"), "individual"), (beside, "beside")):
            before, after = (fen / _FEN for fen in paid[name])
            cells = (f"{before:,.2f}", f"{after:,.2f}", f"{after - before:+,.2f}")
            rows.append((who, payer, *cells))
    title = say("缴费，每人一年多少元（基金的收入）")
    lines = ["", *headed(title, tuple(map(worded, _OF_CONTRIBUTIONS)), rows, "<<>>>"), *refused]
    if Status.WORKING not in answer["contributions"]:
        lines.append(say("没有写职工的月缴费基数（--base），不说职工的缴费"))
    return lines


def margin_lines(answer: dict[str, Any]) -> list[str]:
    """The own share of the next yuan."""
    from yibao.reform import words

    if not answer.get("marginal"):
        return []
    rows = [
        (
            worded(words.MEMBERSHIPS[row["membership"]]),
            worded(words.KINDS[row["kind"]]),
            *(f"{share:.1%}" for share in row["own_share"]),
            *(f"{share:.1%}" for share in row["mean_share"]),
        )
        for row in answer["marginal"]
    ]
    title = say("多花一元自己付多少（每次就诊贵 1%）")
    return ["", *headed(title, tuple(map(worded, _OF_MARGINS)), rows, "<<>>>>")]
