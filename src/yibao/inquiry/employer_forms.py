"""What is asked of an employer that is registered or changed."""

from __future__ import annotations

from yibao.employers.kinds import KIND_WORDS
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.fact_fields import wording
from yibao.inquiry.fields import Choice, Field
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

EMPLOYER_CHANGE: tuple[Field, ...] = (
    Field("name", message("单位名称"), "name", required=True),
    Field(
        "kind",
        message("单位性质"),
        "choice",
        choices=tuple(Choice(kind, wording(word)) for kind, word in KIND_WORDS.items()),
    ),
    *(
        Field(name, label, "prose")
        for name, label in {
            "address": message("通讯地址"),
            "representative": message("法定代表人"),
            "telephone": message("联系电话"),
            "bank": message("开户行"),
            "bank_account": message("银行账号"),
        }.items()
    ),
)
"""What is told of an employer."""


def employer_registration(library: PolicyLibrary) -> tuple[Field, ...]:
    """Of an employer that is registered."""
    return (
        Field("code", message("统一社会信用代码"), "id", required=True),
        Field(
            "area", message("统筹区"), "area", required=True, choices=tuple(area_choices(library))
        ),
        *EMPLOYER_CHANGE,
    )
