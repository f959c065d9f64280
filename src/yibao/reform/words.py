"""What a reform's answer is called in words, for the terminal and the page alike."""

from __future__ import annotations

from yibao.messages import Message, message
from yibao.policy.kinds import Scheme, Status, VisitKind
from yibao.reform.sums import NOTHING

LAYERS: dict[str, Message] = {
    "pooled": message("统筹基金"),
    "upper": message("大病/大额"),
    "assistance": message("医疗救助"),
    "other_fund": message("其他基金"),
}
WHOLE: dict[str, Message] = {"fund": message("基金合计"), "own": message("个人自己付")}
DIMENSIONS: dict[str, Message] = {
    "membership": message("险种与在职退休"),
    "age": message("年龄"),
    "kind": message("看什么"),
    "level": message("机构价格类别"),
    "disease": message("病种"),
}
MEMBERSHIPS: dict[str, Message] = {
    Scheme.RESIDENT: message("居民"),
    Status.WORKING: message("职工在职"),
    Status.RETIRED: message("职工退休"),
}
KINDS: dict[str, Message] = {
    VisitKind.OUTPATIENT: message("门诊"),
    VisitKind.INPATIENT: message("住院"),
    VisitKind.CHRONIC: message("门诊慢特病"),
    VisitKind.PHARMACY: message("药店"),
    VisitKind.MATERNITY: message("生育"),
}
SCENARIOS: dict[str, Message] = {
    "low": message("费用年增 3%，老龄化 0.5%，收入 4%"),
    "middle": message("费用年增 6%，老龄化 1%，收入 4%"),
    "high": message("费用年增 9%，老龄化 1.5%，收入 4%"),
}
"""As ``assumptions.yaml`` declares them (a test compares)."""
INVENTED = message(
    "人和就诊是按公布的总数合成的，不是任何真实的人；规则是真的。用来比较方案，不用来做预算。"
)
_AGES: dict[str, Message] = {
    "0": message("18 岁以下"),
    "18": message("18 至 44 岁"),
    "45": message("45 至 59 岁"),
    "60": message("60 至 74 岁"),
    "75": message("75 岁以上"),
}
_CLASSES: dict[str, Message] = {
    "1": message("一类"),
    "2": message("二类"),
    "3": message("三类和基层"),
}
_BINS = (
    message("少付 1 万元以上"),
    message("少付 5,000 至 1 万元"),
    message("少付 1,000 至 5,000 元"),
    message("少付 300 至 1,000 元"),
    message("少付 100 至 300 元"),
    message("少付不到 100 元"),
    message("不变"),
    message("多付 100 元以内"),
    message("多付 100 至 300 元"),
    message("多付 300 至 1 万元"),
    message("多付 1 万元以上"),
)


def group_name(dimension: str, name: str, diseases: dict[str, str]) -> Message:
    """What a group is called; ``diseases``: their names by id."""
    if name == NOTHING:
        return message("没有写")
    tables = {"membership": MEMBERSHIPS, "age": _AGES, "kind": KINDS, "level": _CLASSES}
    known = tables.get(dimension, {}).get(name)
    return known if known is not None else message("{name}", name=diseases.get(name, name))


def bin_names() -> tuple[Message, ...]:
    """What the bins of ``sums.BINS`` are called, in their order."""
    return _BINS
