"""The chart of accounts: every kind of account, what it means and which way it grows.

An account's name is its kind and what it belongs to, joined by colons.  Entries are
debit positive, credit negative, in fen; a balance is shown the way its kind grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from yibao.access.names import NO_PERSON


class AccountNature(Enum):
    """The five classes of bookkeeping, as beancount names them."""

    ASSETS = "Assets"
    LIABILITIES = "Liabilities"
    EQUITY = "Equity"
    INCOME = "Income"
    EXPENSES = "Expenses"


@dataclass(frozen=True, slots=True)
class AccountKind:
    """A kind of account."""

    name: str
    """First part of the account's name."""
    parts: tuple[str, ...]
    """What the further parts name."""
    title: str
    nature: AccountNature
    meaning: str

    @property
    def sign(self) -> int:
        """Turns a sum of entries into a balance: 1 where debits add, -1 where credits do."""
        return 1 if self.nature in (AccountNature.ASSETS, AccountNature.EXPENSES) else -1

    @property
    def pattern(self) -> str:
        return ":".join((self.name, *self.parts))


CHART = (
    AccountKind(
        "personal",
        ("PERSON",),
        "个人账户",
        AccountNature.LIABILITIES,
        "欠个人的钱；余额另存在账户行里，数据库约束其不为负",
    ),
    AccountKind(
        "fund",
        ("AREA", "SCHEME", "LAYER"),
        "统筹基金",
        AccountNature.EQUITY,
        "一个统筹区、一个险种、一层待遇：收入记贷方，支付记借方，余额可以为负；没有余额行；"
        "`account` 一层是还没有划给个人的个人账户基金",
    ),
    AccountKind(
        "payable",
        ("INSTITUTION",),
        "应付定点机构",
        AccountNature.LIABILITIES,
        "结算后欠机构、尚待清算支付的钱",
    ),
    AccountKind(
        "maker",
        ("CODE",),
        "应付企业货款",
        AccountNature.LIABILITIES,
        "替机构付、尚待拨付给医药企业的货款；批准时从应付机构的款里转来",
    ),
    AccountKind(
        "employer",
        ("CODE",),
        "应收单位缴费",
        AccountNature.ASSETS,
        "单位已出账、还没有缴的钱；单位多缴、待冲抵或退回的钱是负数",
    ),
    AccountKind(
        "retained",
        ("INSTITUTION",),
        "留存",
        AccountNature.LIABILITIES,
        "月度清算按协议留下、年终按考核返还的钱",
    ),
    AccountKind(
        "advance",
        ("INSTITUTION",),
        "即时结算先付",
        AccountNature.ASSETS,
        "审核以前先付给机构的钱；清算时从应付里抵扣",
    ),
    AccountKind(
        "contribution",
        ("AREA",),
        "缴费收入",
        AccountNature.INCOME,
        "入账的保费，按险种和名目；缴到的每月划入基金，余下的是已出账还没有缴的",
    ),
    AccountKind(
        "credit",
        ("AREA",),
        "划入个人账户",
        AccountNature.EXPENSES,
        "按月划入个人账户的来源；每月由基金补平",
    ),
    AccountKind(
        "channel",
        ("CHANNEL",),
        "缴费渠道",
        AccountNature.ASSETS,
        "渠道收到、或应退回的钱",
    ),
    AccountKind(
        "moved",
        ("AREA",),
        "转往外地",
        AccountNature.LIABILITIES,
        "销户时随人转出、欠别的统筹区的个人账户余额",
    ),
    AccountKind(
        "suspense",
        ("PERSON",),
        "待处理",
        AccountNature.LIABILITIES,
        "该还给个人、但其账户已经销户的钱；等人处理，不丢弃",
    ),
    AccountKind(
        "claim",
        ("PERSON",),
        "应付手工报销",
        AccountNature.LIABILITIES,
        "手工报销结算后欠个人、尚待拨付的钱；冲正已付的以后为负，是应收回的",
    ),
    AccountKind(
        "recovery",
        ("DEBTOR",),
        "应收追回",
        AccountNature.ASSETS,
        "决定追回、还没有收回的钱：参保人的，或 `institution:机构` 的；决定时记借方，收回时记贷方",
    ),
    AccountKind(
        "reward",
        ("AREA",),
        "举报奖励",
        AccountNature.EXPENSES,
        "给举报人的奖励；由财政预算列支，不进基金的统筹支出",
    ),
    AccountKind(
        "rewarded",
        ("CASE",),
        "应付举报奖励",
        AccountNature.LIABILITIES,
        "一件案件决定给、尚待拨付的奖励；账户名里没有举报人",
    ),
    AccountKind(
        "bank",
        ("AREA",),
        "基金银行账户",
        AccountNature.ASSETS,
        "一个统筹区的银行账户：支出户，`:income` 收入户，`:treasury` 财政专户；"
        "拨付成功记支出户的贷方，退票记借方",
    ),
    AccountKind(
        "area",
        ("AREA", "SIDE"),
        "统筹区之间",
        AccountNature.ASSETS,
        "跨统筹区清算：`:due` 是这个参保地确认了、还没有付给就医地的；"
        "`:owed` 是别的统筹区欠这个就医地的，记贷方，是负数",
    ),
    AccountKind(
        "opening",
        (),
        "期初",
        AccountNature.EQUITY,
        "启用本系统之前已有的余额",
    ),
)

_KINDS = {kind.name: kind for kind in CHART}

OPENING = "opening"
PERSONAL = "personal"
PERSONAL_PREFIX = f"{PERSONAL}:"
SUSPENSE_PREFIX = "suspense:"
CLAIM_PREFIX = "claim:"
RECOVERY_PREFIX = "recovery:"


def kind_of(account: str) -> AccountKind:
    """The kind of an account; ``ValueError`` for a name that the chart does not know."""
    kind = _KINDS.get(account.partition(":")[0])
    if kind is not None and (kind.parts or account == kind.name):
        _, *parts = account.split(":", len(kind.parts))
        if len(parts) == len(kind.parts) and all(parts):
            return kind
    raise ValueError(f"{account!r} is not in the chart of accounts (ledger/chart.py)")


def owner_of(account: str) -> str | None:
    """Whose money an account holds; None: nobody's in particular."""
    for prefix in (PERSONAL_PREFIX, SUSPENSE_PREFIX, CLAIM_PREFIX, RECOVERY_PREFIX):
        if account.startswith(prefix):
            owner = account.removeprefix(prefix)
            return None if owner.startswith(NO_PERSON) else owner
    return None


def personal(person_id: str) -> str:
    return f"{PERSONAL_PREFIX}{person_id}"


def fund(area: str, scheme: str, layer: str) -> str:
    return f"fund:{area}:{scheme}:{layer}"


def payable(institution_id: str) -> str:
    return f"payable:{institution_id}"


def retained(institution_id: str) -> str:
    return f"retained:{institution_id}"


def advance(institution_id: str) -> str:
    return f"advance:{institution_id}"


def maker(code: str) -> str:
    return f"maker:{code}"


def contributions(area: str) -> str:
    return f"contribution:{area}"


PREMIUM_SUBSIDY = "premium_subsidy"
"""Under what name contributions that were paid are given back by a subsidy."""


def employer(code: str) -> str:
    return f"employer:{code}"


def credits(area: str) -> str:
    return f"credit:{area}"


def channel(name: str) -> str:
    return f"channel:{name}"


def moved(area: str) -> str:
    return f"moved:{area}"


def suspense(person_id: str) -> str:
    return f"{SUSPENSE_PREFIX}{person_id}"


def claim(person_id: str) -> str:
    return f"{CLAIM_PREFIX}{person_id}"


def recovery(debtor: str) -> str:
    """``debtor``: the chain of whoever owes: a person's id, or ``institution:ID``."""
    return f"{RECOVERY_PREFIX}{debtor}"


def reward(area: str) -> str:
    return f"reward:{area}"


def rewarded(case_id: str) -> str:
    return f"rewarded:{case_id}"


def bank(area: str) -> str:
    return f"bank:{area}"


def area_due(area: str) -> str:
    """What a home area has to pay to areas of care."""
    return f"area:{area}:due"


def area_owed(area: str) -> str:
    """What an area of care has to get from home areas."""
    return f"area:{area}:owed"


def income_bank(area: str) -> str:
    """Where contributions come in."""
    return f"{bank(area)}:income"


def treasury(area: str) -> str:
    """The fund's account with the treasury, between the one that takes in and the one that pays."""
    return f"{bank(area)}:treasury"


def as_markdown() -> str:
    """The chart as the table of ``docs/ledger.md``."""
    rows = ["| 账户 | 名称 | 类别 | 增加在 | 含义 |", "|---|---|---|---|---|"]
    rows += [
        f"| `{kind.pattern}` | {kind.title} | {kind.nature.value} "
        f"| {'借方' if kind.sign > 0 else '贷方'} | {kind.meaning} |"
        for kind in CHART
    ]
    return "\n".join(rows) + "\n"
