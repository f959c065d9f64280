"""What the members of keys and the choices are called, for pages and reports."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.messages import Message, message, message_in

_AGES = (message("未到年龄线"), message("到年龄线"))
MEMBERS: Mapping[str, tuple[Message, ...]] = {
    "status": (message_in("status", "在职"), message_in("status", "退休")),
    "scheme": (message_in("scheme", "城乡居民"), message_in("scheme", "职工")),
    "care": (
        message_in("care", "门诊"),
        message_in("care", "住院"),
        message_in("care", "门诊慢特病"),
    ),
    "price_class": (
        message_in("price class", "一类"),
        message_in("price class", "二类"),
        message_in("price class", "二类（县）"),
        message_in("price class", "三类"),
        message_in("price class", "社区"),
        message_in("price class", "自成一类"),
    ),
    "rank": (
        message_in("rank", "没有写隶属"),
        message_in("rank", "省属"),
        message_in("rank", "市属"),
        message_in("rank", "区属"),
        message_in("rank", "县属"),
        message_in("rank", "乡镇"),
    ),
    "age": _AGES,
    "credit_age": _AGES,
    "band": (
        message("第一段"),
        message("第二段"),
        message("第三段"),
        message("第四段"),
        message("第五段"),
    ),
    "place": (
        message_in("place", "本地"),
        message_in("place", "省内异地"),
        message_in("place", "长期居住备案"),
        message_in("place", "转诊备案"),
        message_in("place", "异地急诊"),
        message_in("place", "其他临时外出"),
    ),
    "nth": (
        message("第一次"),
        message("第二次"),
        message("第三次"),
        message("第四次及以后"),
    ),
    "relation": (
        message_in("relation", "配偶"),
        message_in("relation", "父母"),
        message_in("relation", "子女"),
        message_in("relation", "兄弟姐妹"),
        message_in("relation", "祖父母"),
        message_in("relation", "外祖父母"),
        message_in("relation", "孙子女"),
        message_in("relation", "外孙子女"),
    ),
    "setting": (message_in("care", "门诊"), message_in("care", "住院")),
    "item_kind": (message("药品"), message("诊疗"), message("耗材"), message("进口耗材")),
    "item_group": (message("基本药物零差率"), message("中药汤剂、针灸")),
    "sex": (message_in("sex", "男"), message_in("sex", "女")),
    "class": (message("单位职工"), message("灵活就业")),
    "delivery": (
        message("顺产"),
        message("剖宫产"),
        message("流产"),
        message("助产（人工干预）"),
        message("高危流产"),
        message("药物流产"),
    ),
    "hospital_kind": (message("综合医院等"), message("结核病专科"), message("精神病专科")),
    "closing": (message("死亡"), message("出境定居"), message("终止参保")),
    "gestation": (message("第一档"), message("第二档"), message("第三档")),
}
"""The name of every member of a key, by its position."""

_COUNTED = {"band": "段", "nth": "次", "gestation": "档"}
_DIGITS = "零一二三四五六七八九"

UNITS = {
    "yuan": "元",
    "percent": "%",
    "points": "个百分点",
    "months": "个月",
    "years": "岁（年）",
    "days": "天",
    "count": "",
    "date": "",
    "flag": "",
    "choice": "",
}


def member_label(
    key: str, position: int, text: str, named: Mapping[str, Mapping[str, str]] | None = None
) -> str:
    """The Chinese label of one member; ``named`` holds the names of groups and diseases."""
    if named and key in named and text in named[key]:
        return named[key][text]
    if key in _COUNTED:
        return _counted_label(_COUNTED[key], text)
    labels = MEMBERS.get(key)
    return str(labels[position]) if labels and position < len(labels) else text


def _counted_label(unit: str, text: str) -> str:
    """``第三次``, ``第四次及以后``."""
    tens, ones = divmod(int(text.removesuffix("+")), 10)
    count = _DIGITS[ones] if ones or not tens else ""
    if tens:
        count = f"{'' if tens == 1 else _DIGITS[tens]}十{count}"
    return f"第{count}{unit}及以后" if text.endswith("+") else f"第{count}{unit}"
