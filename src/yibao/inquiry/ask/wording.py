"""Words that several answers share."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from yibao.inquiry import words
from yibao.inquiry.calculators.base import INSTITUTIONS
from yibao.messages import Fen, Wording, message

FOLLOW_UPS: Mapping[str, tuple[Wording, tuple[Wording, ...]]] = {
    "scheme": (
        message("您参加的是职工医保、灵活就业还是居民医保？"),
        tuple(words.CONTRIBUTOR.values()),
    ),
    "status": (message("是在职还是已经退休？"), tuple(words.STATUS.values())),
    "institution": (
        message("是哪一类医院？"),
        tuple(choice.label for choice in INSTITUTIONS if choice.code.startswith(("class", "comm"))),
    ),
    "base": (message("缴费基数（一般是月工资）是多少？"), ()),
    "care": (message("是住院还是门诊？"), tuple(words.KIND.values())),
    "filing": (message("去之前办过备案或转诊吗？"), tuple(words.FILING.values())),
    "total": (message("一共花了多少钱？"), ()),
    "age": (message("多大年纪？"), ()),
    "group": (message("是哪一类人？"), ()),
    "sex": (message("是男职工还是女职工？"), ()),
}
"""Fact -> how it is asked for, and what may be answered."""

REFUSALS: Mapping[str, Wording] = {
    "domain": message("这个问题不属于医疗保险，这里只答医保的缴费、待遇和办理。"),
    "medical": message("这是看病用药的问题，这里不能回答，请问医生；情况急请打 120。"),
    "private": message("别人的参保和账户记录不能查，只有本人或者本人授权才可以。"),
    "illegal": message("医保卡不能出借、买卖或者套现，这是骗取医保基金的违法行为，这里不帮忙。"),
}

_SHOWN: tuple[tuple[str, Mapping[str, Wording]], ...] = (
    ("scheme", words.CONTRIBUTOR),
    ("status", words.STATUS),
    ("care", words.KIND),
)


def read_as(facts: Mapping[str, Any], place: str, day: datetime.date, language: str) -> str:
    """How a question was read, in one line."""
    parts = [place]
    for name, named in _SHOWN:
        if facts.get(name) in named:
            parts.append(named[facts[name]].text(language))
    for name, wording in (("total_fen", message("总费用")), ("base_fen", message("缴费基数"))):
        if name in facts:
            parts.append(f"{wording.text(language)} {Fen(facts[name]).text(language)}")
    parts.append(day.isoformat())
    return " · ".join(parts)
