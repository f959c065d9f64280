"""What is asked of whoever notes a lead, proposes a sanction, or books what comes in."""

from __future__ import annotations

from dataclasses import replace

from yibao.benefit.described import TODAY, Fact
from yibao.conduct.acts import SUBJECT_WORDS, SubjectKind, acts
from yibao.conduct.forms import SOURCE_WORDS, ConductLead, ConductProposal, Informer, LeadSource
from yibao.conduct.recoveries import (
    MOST_INSTALMENTS,
    PART_WORDS,
    WAY_WORDS,
    RecoveryPart,
    RepaymentWay,
)
from yibao.disbursement.payees import payee_of
from yibao.inquiry.fact_fields import choices, field_of
from yibao.inquiry.fields import Choice, Field, Values
from yibao.inquiry.words import SCHEME
from yibao.messages import message
from yibao.policy.kinds import Scheme

_YUAN = message("元")
_MOST_POINTS, _MOST_MONTHS, _MOST_PERCENT = 12, 12, 500
_BASIS_POINTS = 100


def _choice(fact: Fact, options: tuple[Choice, ...]) -> Field:
    return field_of(fact, choices=options)


LEAD: tuple[Field, ...] = (
    _choice(
        Fact(message("线索从哪里来"), name="source", kind="choice", required=True),
        choices(tuple(LeadSource), SOURCE_WORDS),
    ),
    _choice(
        Fact(message("关于谁"), name="subject_kind", kind="choice", required=True),
        choices(tuple(SubjectKind), SUBJECT_WORDS),
    ),
    field_of(Fact(message("编号"), name="subject", kind="name", required=True)),
    field_of(Fact(message("名称，可以不写"), name="subject_name", kind="name")),
    field_of(Fact(message("发现了什么"), name="text", kind="name", required=True), kind="prose"),
    field_of(Fact(message("举报人，可以不写"), name="informer", kind="name")),
    field_of(Fact(message("举报人的联系方式"), name="contact", kind="name")),
    field_of(Fact(message("举报人是内部人员"), name="insider", kind="flag")),
    field_of(Fact(message("奖励付给：开户行"), name="bank", kind="name")),
    field_of(Fact(message("奖励付给：账号"), name="account", kind="name")),
)
"""Of a lead; who informed is kept apart, and shown to nobody whom it is about."""

_SUBJECT_KIND, _TEXT, *_INFORMER = (LEAD[1], LEAD[4], *LEAD[5:])
REPORT: tuple[Field, ...] = (
    _SUBJECT_KIND,
    field_of(
        Fact(
            message("举报的人或者机构、单位叫什么"),
            name="subject_name",
            kind="name",
            required=True,
        )
    ),
    replace(
        _TEXT,
        label=message("什么时候、在哪里、做了什么"),
        hint=message("有凭据的写明是什么，执法人员会联系您取。"),
    ),
    field_of(
        Fact(
            message("您的姓名，可以不写"),
            name="informer",
            kind="name",
            help=message("不写也收；要奖励的写姓名、联系方式和收款账户。"),
        )
    ),
    field_of(Fact(message("您的联系方式，可以不写"), name="contact", kind="name")),
    field_of(Fact(message("我是这家机构、单位的内部人员"), name="insider", kind="flag")),
    *_INFORMER[3:],
)
"""Of a citizen who reports: whom it is about by name, and who reports only if wanted."""
SUBJECT: tuple[Field, ...] = (
    _SUBJECT_KIND,
    field_of(Fact(message("编号"), name="subject", kind="name", required=True)),
)

PROPOSAL: tuple[Field, ...] = (
    _choice(
        Fact(message("什么违法行为"), name="act", kind="choice", required=True),
        tuple(Choice(act.code, act.label) for act in acts().values()),
    ),
    field_of(
        Fact(message("骗取或损失的金额"), name="obtained", kind="fen", unit=_YUAN, required=True)
    ),
    field_of(Fact(message("行为哪天终了"), name="act_ended_on", kind="day", required=True)),
    field_of(Fact(message("危害生命健康或金融安全"), name="grave", kind="flag")),
    field_of(
        Fact(
            message("罚款是金额的"),
            name="fine_percent",
            kind="whole",
            help=message("两倍写 200；按数额罚的不写。"),
            unit=message("%"),
            most=_MOST_PERCENT,
        )
    ),
    field_of(Fact(message("按数额罚的，罚多少"), name="fine", kind="fen", unit=_YUAN)),
    field_of(
        Fact(
            message("暂停联网结算"),
            name="months",
            kind="whole",
            unit=message("个月"),
            most=_MOST_MONTHS,
        )
    ),
    field_of(
        Fact(
            message("从哪天起暂停"),
            name="start",
            kind="day",
            help=message("不填从送达之日起；不会早于送达。"),
        )
    ),
    field_of(Fact(message("同时暂停家庭共济"), name="aid_too", kind="flag")),
    _choice(
        Fact(message("哪个险种的基金"), name="scheme", kind="choice", required=True),
        choices(tuple(Scheme), SCHEME),
    ),
    field_of(
        Fact(
            message("暂停哪个科室，机构才写"),
            name="department",
            kind="name",
            help=message("费用明细里的科室编码或名称。"),
        )
    ),
    field_of(
        Fact(
            message("科室暂停"),
            name="department_months",
            kind="whole",
            unit=message("个月"),
            most=_MOST_MONTHS,
        )
    ),
    field_of(
        Fact(message("查明的事实和证据"), name="facts", kind="name", required=True), kind="prose"
    ),
    field_of(Fact(message("为什么在范围里取这么多"), name="factors", kind="name"), kind="prose"),
)
RECOVERY: tuple[Field, ...] = (
    _choice(
        Fact(message("交的是什么"), name="part", kind="choice", required=True),
        choices(tuple(RecoveryPart), PART_WORDS),
    ),
    field_of(Fact(message("金额"), name="amount", kind="fen", unit=_YUAN, required=True)),
    field_of(Fact(message("哪天到账"), name="day", kind="day", default=TODAY)),
    field_of(Fact(message("单号"), name="reference", kind="name", required=True)),
    _choice(
        Fact(
            message("从哪里来"),
            name="way",
            kind="choice",
            default=RepaymentWay.BANK,
            help=message("个人账户、抵扣只用于参保人退回基金。"),
        ),
        choices(tuple(RepaymentWay), WAY_WORDS),
    ),
)
INSTALMENTS: tuple[Field, ...] = (
    field_of(
        Fact(
            message("分几期，按月"),
            name="count",
            kind="whole",
            least=1,
            most=MOST_INSTALMENTS,
            required=True,
        )
    ),
    field_of(Fact(message("第一期最晚哪天"), name="day", kind="day", default=TODAY)),
    field_of(Fact(message("理由"), name="reason", kind="name", required=True)),
)
REWARD: tuple[Field, ...] = (
    field_of(
        Fact(
            message("举报等级"),
            name="level",
            kind="whole",
            help=message("1 详细事实和证据，2 部分，3 线索。"),
            least=1,
            most=3,
            required=True,
        )
    ),
)
POINTS: tuple[Field, ...] = (
    field_of(Fact(message("医护人员国家编码"), name="staff", kind="name", required=True)),
    field_of(
        Fact(
            message("记几分"),
            name="points",
            kind="whole",
            help=message("0 是参加了一次修复活动。"),
            most=_MOST_POINTS,
            required=True,
        )
    ),
    field_of(Fact(message("哪天"), name="day", kind="day", default=TODAY)),
    field_of(Fact(message("理由"), name="reason", kind="name", required=True)),
)
PRACTITIONER: tuple[Field, ...] = (
    field_of(Fact(message("医护人员国家编码"), name="staff", kind="name", required=True)),
    field_of(
        Fact(
            message("暂停支付资格"),
            name="months",
            kind="whole",
            help=message("记分到了终止的不写，年数由本地规定。"),
            unit=message("个月"),
            most=_MOST_MONTHS,
        )
    ),
    field_of(Fact(message("从哪天起暂停"), name="day", kind="day", default=TODAY)),
    field_of(Fact(message("理由"), name="reason", kind="name", required=True)),
)
LIFT: tuple[Field, ...] = (
    field_of(Fact(message("从哪天起不再暂停"), name="day", kind="day", default=TODAY)),
    field_of(Fact(message("理由"), name="reason", kind="name", required=True)),
)
DROP: tuple[Field, ...] = (
    field_of(Fact(message("为什么不是违规"), name="reason", kind="name", required=True)),
)
MONTH: tuple[Field, ...] = (
    field_of(Fact(message("哪个月"), name="month", kind="month", required=True)),
)


def lead_of(values: Values, hits: tuple[str, ...] = ()) -> ConductLead:
    """The lead that somebody wrote."""
    return ConductLead(
        source=values["source"],
        subject_kind=values["subject_kind"],
        subject_id=(values["subject"] or "").strip(),
        subject_name=(values["subject_name"] or "").strip(),
        text=values["text"] or "",
        hits=hits,
    )


def informer_from(values: Values) -> Informer | None:
    """Who informed; None: nobody did."""
    name, account = (values["informer"] or "").strip(), (values["account"] or "").strip()
    if not name and not (values["contact"] or "").strip():
        return None
    payee = payee_of(name, values["bank"] or "", account) if account else None
    return Informer(
        name=name,
        contact=values["contact"] or "",
        insider=bool(values["insider"]),
        payee=payee,
    )


def proposal_of(values: Values) -> ConductProposal:
    """What inspectors propose."""
    percent = values["fine_percent"]
    return ConductProposal(
        act=values["act"],
        obtained=values["obtained"],
        act_ended_on=values["act_ended_on"],
        grave=bool(values["grave"]),
        times=None if percent is None else percent * _BASIS_POINTS,
        fine=values["fine"],
        months=values["months"] or None,
        start=values["start"],
        aid_too=bool(values["aid_too"]),
        scheme=values["scheme"],
        department=values["department"] or "",
        department_months=values["department_months"] or None,
        facts=values["facts"] or "",
        factors=values["factors"] or "",
    )
