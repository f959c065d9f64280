"""Chinese labels of the members of keys and of choices, for pages and reports."""

from __future__ import annotations

from collections.abc import Mapping

_MEMBERS: dict[str, tuple[str, ...]] = {
    "status": ("在职", "退休"),
    "scheme": ("城乡居民", "职工"),
    "care": ("门诊", "住院", "门诊慢特病"),
    "price_class": ("一类", "二类", "二类（县）", "三类", "社区"),
    "age": ("未到年龄线", "到年龄线"),
    "credit_age": ("未到年龄线", "到年龄线"),
    "band": ("第一段", "第二段", "第三段", "第四段", "第五段"),
    "place": ("本地", "省内异地", "长期居住备案", "转诊备案", "异地急诊", "其他临时外出"),
    "nth": ("第一次", "第二次", "第三次", "第四次及以后"),
    "relation": ("配偶", "父母", "子女", "兄弟姐妹", "祖父母", "外祖父母", "孙子女", "外孙子女"),
    "setting": ("门诊", "住院"),
    "item_kind": ("药品", "诊疗", "耗材"),
    "sex": ("男", "女"),
    "class": ("单位职工", "灵活就业"),
    "delivery": ("顺产", "剖宫产", "流产"),
    "closing": ("死亡", "出境定居", "终止参保"),
    "gestation": ("第一档", "第二档", "第三档"),
}

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
    labels = _MEMBERS.get(key)
    return labels[position] if labels and position < len(labels) else text
