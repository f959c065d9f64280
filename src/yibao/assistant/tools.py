"""The tools: each a name, a schema and what it answers; nothing here knows the protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from yibao.assistant.policy import (
    ask_question,
    ask_schema,
    search_policy,
    search_schema,
    show_policy,
    show_schema,
)
from yibao.assistant.texts import answer_text, asked_text, parameter_text, searched_text
from yibao.errors import NotFoundError
from yibao.guide.reading import load as load_guide
from yibao.inquiry.asking import ask
from yibao.inquiry.calculators import Calculator, Context, all_calculators
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.filling import FieldsError
from yibao.inquiry.published import published
from yibao.inquiry.rendered import calculation_json
from yibao.inquiry.schemas import input_schema
from yibao.inquiry.search import Search
from yibao.messages import Listed, message, text_of
from yibao.policy.compile import PolicyLibrary

Json = dict[str, Any]

CALCULATORS: Mapping[str, tuple[str, str]] = {
    "quote": ("visit", "回答“住院、门诊、买药花了多少，能报多少”。"),
    "year": ("year", "回答“一年看了几次病，全年报多少、自己付多少”。"),
    "cover": ("cover", "回答“断缴了、晚缴了，哪天起能报销”。"),
    "contribute": ("contribute", "回答“居民、职工、灵活就业要缴多少”。"),
    "compare": ("compare", "回答“同一笔费用在两个地方各报多少”。"),
    "mutual_aid": ("aid", "回答“家里人能不能用我的个人账户，能用多少”。"),
    "retire": ("retire", "回答“退休要缴满多少年，还差多少”。"),
    "maternity": ("maternity", "回答“生孩子报多少，津贴多少”。"),
}
"""Tool -> the calculator that it asks, and when it is the one to use."""

_HOW = (
    "答案里金额同时是整数分（_fen）和元的文本，每一步带规定、首日、来源和等级；"
    "请把来源、推定、争议和“仅供参考，咨询 12393”一并告诉提问的人，没有的数字不要猜。"
)
INSTRUCTIONS = (
    "中国基本医疗保险的计算与规定，按有来源、有日期的政策包算到分。先用 search_policy 找规定，"
    "用 show_policy 看一条规定的历次取值、来源与争议；要金额就用计算工具，不要自己乘比例。"
    "不要填写姓名、身份证号等个人信息，这里用不着。" + _HOW
)
"""What an assistant is told before it chooses a tool."""


class Told(NamedTuple):
    """An answer as it is told: to be read, and for programs."""

    text: str
    structured: Json


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool."""

    name: str
    title: str
    description: str
    schema: Json
    answer: Callable[[Json], Told]
    """Raises FieldsError, RefusedError, NotFoundError."""


class Toolbox:
    """All tools over one library of packs."""

    def __init__(self, packs: PolicyLibrary, context: Callable[[], Context]) -> None:
        self._context = context
        calculators = all_calculators(packs)
        home = area_choices(packs)[0]
        search = Search(packs, load_guide(), calculators.values(), home.code)
        searching, showing, asking = search_schema(home), show_schema(home), ask_schema(home)

        def asked(body: Json) -> Told:
            answer = ask_question(context(), search, asking, body)
            return Told(asked_text(answer), msgspec.to_builtins(answer))

        def looked_for(body: Json) -> Told:
            answer = search_policy(context(), search, searching, body)
            return Told(searched_text(answer), published(answer))

        def looked_up(body: Json) -> Told:
            answer = show_policy(context(), showing, body)
            return Told(parameter_text(answer), published(answer))

        tools = [self._calculating(name, calculators) for name in CALCULATORS]
        tools.append(
            Tool(
                "ask",
                "问一句话",
                "用一句日常的话问医保，得到一句答案、数字、依据、推定和还缺什么；"
                "答不了会说明为什么，不要替它补数字。" + _HOW,
                asking,
                asked,
            )
        )
        tools.append(
            Tool(
                "search_policy",
                "查规定",
                "用一句话查规定和数字，中文或拼音，如“居民医保一年缴多少”“三甲报多少”。" + _HOW,
                searching,
                looked_for,
            )
        )
        tools.append(
            Tool(
                "show_policy",
                "看一条规定",
                "一条规定现在的数值、历次取值、每个来源和争议的双方。代号由 search_policy 给。"
                + _HOW,
                showing,
                looked_up,
            )
        )
        self.tools = {tool.name: tool for tool in tools}

    def _calculating(self, name: str, calculators: Mapping[str, Calculator]) -> Tool:
        calculator_id, when = CALCULATORS[name]
        calculator = calculators[calculator_id]

        def calculated(body: Json) -> Told:
            answer = ask(self._context(), calculator, body)
            return Told(answer_text(answer), calculation_json(answer))

        return Tool(
            name,
            calculator.title.text(),
            f"{calculator.purpose.text()}{when}{_HOW}",
            input_schema(calculator),
            calculated,
        )

    def named(self, name: str) -> Tool:
        """A tool by its name."""
        if name not in self.tools:
            raise NotFoundError(
                message("没有工具 {name}，现有：{tools}", name=name[:40], tools=Listed(self.tools))
            )
        return self.tools[name]


def fault_text(error: FieldsError) -> str:
    """Which fields to mend, and how; then to ask again."""
    lines = [f"- {name or '参数'}：{text_of(text)}" for name, text in error.faults]
    return "\n".join(["参数有误，改好后请重试：", *lines])
