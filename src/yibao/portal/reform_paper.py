"""A reform on paper: what the page says, on two pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yibao.messages import message
from yibao.papers import Paper, Row, Section, render
from yibao.portal.display import Speech
from yibao.reform.changes import ChangeableRule

_FEN = 100
_GROUPS_SHOWN = ("membership", "age", "kind", "level")
_SIDE_BY_SIDE = (message("方案一"), message("方案二"), message("方案三"))


def reform_pdf(
    rule: ChangeableRule,
    proposals: Sequence[Sequence[str]],
    answers: Sequence[dict[str, Any]],
    place: str,
    t: Speech,
    address: str,
) -> bytes:
    """The PDF; the proposals stand side by side, the first one in full."""
    from yibao.reform import words

    answer = answers[0]
    heads = max(answer["people"], 1)
    unit = "%" if rule.unit == "percent" else " " + t(message("元"))
    titles = [t(title) for title in _SIDE_BY_SIDE[: len(answers)]]
    values = [
        Row(
            [
                cell.label or t(rule.rule.name),
                f"{cell.value}{unit}",
                *(f"{written[number]}{unit}" for written in proposals),
            ]
        )
        for number, cell in enumerate(rule.cells)
    ]
    effects = [
        Row(
            [
                t(name),
                "",
                *(_change(each["per_head"][figure]) for each in answers),
            ],
            strong=True,
        )
        for name, figure in (
            (message("基金，元/人"), "fund_change"),
            (message("自己付，元/人"), "own_change"),
        )
    ]
    sections = [
        Section(
            t(message("几个方案")),
            columns=("", t(message("现在")), *titles),
            figures=tuple(range(1, 2 + len(titles))),
            rows=[*values, *effects],
        ),
        Section(
            t(message("基金多付在哪里")),
            columns=(
                t(message("哪一层")),
                t(message("改前")),
                t(message("改后")),
                t(message("变化，元/人")),
            ),
            figures=(1, 2, 3),
            rows=[
                Row(
                    [
                        t(name),
                        _yuan(answer["totals"][layer][0] / heads),
                        _yuan(answer["totals"][layer][1] / heads),
                        _change((answer["totals"][layer][1] - answer["totals"][layer][0]) / heads),
                    ],
                    strong=layer in words.WHOLE,
                )
                for layer, name in {**words.LAYERS, **words.WHOLE}.items()
                if any(answer["totals"][layer])
            ],
        ),
        Section(
            t(message("看过病的人，一年自己付的变多少")),
            columns=(t(message("变化")), t(message("人数"))),
            figures=(1,),
            rows=[
                Row([t(name), f"{count:,}"])
                for name, count in zip(
                    words.bin_names(), answer["distribution"]["people"], strict=True
                )
                if count
            ],
        ),
        Section(
            t(message("谁少付，谁多付")),
            columns=(
                t(message("谁")),
                t(message("看过病的人")),
                t(message("少付的人")),
                t(message("多付的人")),
                t(message("自己付，元/人")),
            ),
            figures=(1, 2, 3, 4),
            rows=[
                Row(
                    [
                        t(words.group_name(dimension, name, {})),
                        *(f"{group[count]:,}" for count in ("people", "winners", "losers")),
                        _change((group["own"][1] - group["own"][0]) / max(group["people"], 1)),
                    ]
                )
                for dimension in _GROUPS_SHOWN
                for name, group in answer["groups"].get(dimension, {}).items()
            ],
        ),
    ]
    return render(
        Paper(
            title=t(message("改规则试算")),
            issuer=t(message("医保明白账")),
            headline=t(
                message(
                    "{place}，{rule}：基金每人一年 {change} 元",
                    place=place,
                    rule=rule.rule.name,
                    change=_change(answer["per_head"]["fund_change"]),
                )
            ),
            sections=sections,
            notes=(t(words.INVENTED), t(message("同一结果的网页：")) + address),
            language=t.language,
        )
    )


def _yuan(fen: float) -> str:
    return f"{fen / _FEN:,.2f}"


def _change(fen: float) -> str:
    return f"{fen / _FEN:+,.2f}"
