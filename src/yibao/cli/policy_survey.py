"""``yibao policy coverage`` and ``yibao policy review``: what there is and what to check again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Annotated

from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.cli.text import headed, write
from yibao.inquiry.changes import subject_name
from yibao.inquiry.reading import day_or_today
from yibao.inquiry.sentences import values_text
from yibao.inquiry.survey_words import COVERAGE, REASONS
from yibao.messages import Phrases, Text, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import SourceGrade
from yibao.policy.reported import Valued
from yibao.policy.survey import Coverage, ReviewItem, ReviewReason, review
from yibao.policy.survey import coverage as covered
from yibao.written import TypedAnswer, plain_json

Areas = Annotated[
    list[str],
    Argument(metavar=message("地区"), help=message("只看这些地区；缺省全部。"), show_default=False),
]
AsJson = Annotated[bool, Option("--json", help=message("输出 JSON。"))]


def _print(answers: tuple[TypedAnswer, ...]) -> None:
    text = json.dumps(plain_json(answers, language()), ensure_ascii=False, indent=2)
    sys.stdout.write(f"{text}\n")


def coverage(areas: Areas = [], as_json: AsJson = False) -> None:  # noqa: B006
    """地区与主题的矩阵：完整、部分、没有；从哪天起；各等级几个值，推定几个。"""
    rows = covered(PolicyLibrary.load(), areas)
    if as_json:
        _print(rows)
        return
    headings: list[Text] = [
        message_in("of a pack", "主题"), message("状态"), message("最早"),
        *(SourceGrade.A, SourceGrade.B, SourceGrade.C), message_in("status of a value", "推定"),
    ]  # fmt: skip
    for area in rows:
        lines = [
            (
                worded(subject_name(topic.topic)),
                worded(COVERAGE[Coverage(topic.state)]),
                "" if topic.since is None else str(topic.since),
                *(
                    str(count or "")
                    for count in (topic.grade_a, topic.grade_b, topic.grade_c, topic.assumed)
                ),
            )
            for topic in area.topics
        ]
        title = f"{area.name} {area.code}"
        said = [worded(heading) for heading in headings]
        write(headed(title, said, lines, aligned="<<<>>>>"))


def look_again(
    areas: Areas = [],  # noqa: B006
    on: Annotated[str, Option("--on", help=message("哪一天；缺省今天。"))] = "",
    as_json: AsJson = False,
) -> None:
    """要复核的值：一年以上没有再说、推定、有争议、只有一个弱来源。"""
    items = review(PolicyLibrary.load(), day_or_today(on), areas)
    if as_json:
        _print(items)
        return
    headings = (
        *(message("地区"), message("参数名"), message("取值"), message("首日")),
        *(message("来源与等级"), message("为什么复核")),
    )
    lines = [
        (
            alike[0].area_name,
            alike[0].name,
            values_text([Valued(item.keys, item.value) for item in alike]),
            str(alike[0].first_day),
            " ".join((*alike[0].sources, alike[0].grade, *alike[0].disputes)),
            worded(Phrases(REASONS[ReviewReason(reason)] for reason in alike[0].reasons)),
        )
        for alike in _by_block(items)
    ]
    title = say("要复核的值：{count} 个", count=len(items))
    write(headed(title, list(map(worded, headings)), lines))


def _by_block(items: Iterable[ReviewItem]) -> list[list[ReviewItem]]:
    """Values that are written down together are one thing to look at."""
    blocks: dict[tuple[object, ...], list[ReviewItem]] = {}
    for item in items:
        block = (item.area, item.parameter, item.first_day, item.sources, item.reasons)
        blocks.setdefault(block, []).append(item)
    return list(blocks.values())
