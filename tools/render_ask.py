"""The page of how well questions are answered: the given set, scored on its own day.

    python tools/render_ask.py            rewrites docs/ask.md

The questions and the scorer are those of ``tests/questions``; ``tests/inquiry/test_ask.py``
holds the page to what the scorer says now.
"""

from __future__ import annotations

import datetime
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import yaml

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = ROOT / "tests" / "questions"
PAGE = ROOT / "docs" / "ask.md"
DAY = datetime.date(2026, 11, 30)
_INTENTS = {
    "contribution": "缴费",
    "cover": "能不能报、从哪天起",
    "visit": "看病报销",
    "year": "全年",
    "aid": "家庭共济",
    "retire": "退休",
    "maternity": "生育",
    "compare": "两地、前后对比",
    "guide": "怎样办",
    "directory": "机构",
    "catalogue": "药品与目录",
    "policy": "规定是什么",
    "account": "个人账户",
    "crossing": "异地",
    "manual_claim": "手工报销",
    "closing": "销户",
    "transfer": "转移",
    "penalty": "处罚",
    "other": "别的",
    "out_of_domain": "不是医保的",
}
_PARTS = {
    "intent": "问的是什么",
    "area": "地区",
    "facts": "读到的条件",
    "covered": "答不答得出",
    "refusal": "不答的理由",
    "answer": "答案",
    "first": "第一个数",
    "also": "另外的数",
    "says": "该说的话",
    "never": "不该给的数",
    "place": "外地办事点出地名",
    "guide": "指南",
    "source": "来源",
    "basis": "依据",
    "asks": "追问",
    "assumes": "推定",
    "sentence": "一句话",
}


def scorer() -> ModuleType:
    """The scorer of the questions."""
    spec = spec_from_file_location("question_scorer", QUESTIONS / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def given_questions() -> list[dict[str, Any]]:
    """The questions with what is expected."""
    text = (QUESTIONS / "questions.yaml").read_text("utf-8")
    questions: list[dict[str, Any]] = yaml.load(
        text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )["questions"]
    return questions


def intent_of(question: dict[str, Any]) -> str:
    """What a question is expected to be about; of several the first."""
    intent = question["expect"]["intent"]
    return str(intent if isinstance(intent, str) else intent[0])


def page(results: list[tuple[dict[str, Any], dict[str, Any]]]) -> str:
    """The page of questions with what the scorer says of each."""
    passed = [question for question, result in results if result["passed"]]
    asked = Counter(intent_of(question) for question, _ in results)
    right = Counter(intent_of(question) for question in passed)
    mean = sum(result["mean"] for _, result in results) / len(results)
    rows = [
        f"| {_INTENTS.get(intent, intent)} | {count} | {right[intent]} |"
        for intent, count in sorted(asked.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
    missed = [
        f"| {question['text']} | {_why(result)} |"
        for question, result in results
        if not result["passed"]
    ]
    return "\n".join(
        (
            "# 问一问的分数",
            "",
            f"按 {DAY} 回答 `tests/questions` 里的 {len(results)} 道真实的问法："
            f"**过 {len(passed)} 道**，平均得分 {mean:.3f}（每题 0 到 1）。",
            "",
            "这一页由 `python tools/render_ask.py` 写出，`tests/inquiry/test_ask.py` "
            "每次都重算一遍，与这里不一样就不过。",
            "一题要过，问的是什么、答不答得出、不答的理由、答案里的数、第一个数、该说的话、不该给的数、"
            "外地的地名、指南、来源与日期都要对；格式与各项见 `tests/questions/contract.md`。",
            "没有看懂的题说没有看懂，给最近的两种读法，不给数；"
            "随机拼成的一千二百题（`make verify`，平时 120 题）"
            "不出错、没有来源就没有数。",
            "",
            "| 问的是 | 题 | 过 |",
            "|---|---|---|",
            *rows,
            "",
            "## 没有过的",
            "",
            *(["| 问题 | 差在哪里 |", "|---|---|", *missed] if missed else ["都过了。"]),
            "",
        )
    )


def _why(result: dict[str, Any]) -> str:
    named = [_PARTS.get(name, name) for name, value in result["checks"].items() if value != 1]
    return "、".join(named) or str(result["why"]).replace("|", "／")


def main() -> None:
    from yibao.inquiry.ask.asker import asker
    from yibao.inquiry.calculators import Context
    from yibao.policy.compile import PolicyLibrary

    packs = PolicyLibrary.load()
    ask, context, module = asker(packs), Context(packs, DAY, include=frozenset()), scorer()
    results = []
    for question in given_questions():
        reply = msgspec.to_builtins(ask.ask(context, question["text"], ""))
        results.append((question, module.score(question, reply)))
    PAGE.write_text(page(results), "utf-8")


if __name__ == "__main__":
    main()
