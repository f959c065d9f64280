"""我要办 → 家庭共济 and 钱包转账: grants given and got, and money sent to a relative."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.trail import read_record
from yibao.aid.consents import consents
from yibao.aid.operations import (
    change,
    consent_to_details,
    grant,
    grant_rows,
    revoke,
)
from yibao.benefit.facts import Grant
from yibao.errors import InputError, NotFoundError
from yibao.inquiry.fields import Choice, Field, Values
from yibao.inquiry.words import RELATION
from yibao.insured.relations import relation_on
from yibao.insured.transfers import transfer
from yibao.policy.kinds import Relation
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Cell, Link, Told, figure, leading, plain
from yibao.portal.own.frame import Form, Visit, recapped
from yibao.portal.own.reading import HOME, read_own, yuan
from yibao.portal.own.words import GRANT_STATUS, OF_CHANGES, days
from yibao.record.account import balance
from yibao.record.used import held_state

PATH = "/own/aid"
_MOST = 100_000_00
CONSENT, DETAILS = consents()["grant"], consents()["details"]


def _grants(visit: Visit) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    def fetch(unit: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        given = grant_rows(unit, visit.me, visit.today)
        got = grant_rows(unit, visit.me, visit.today, as_grantee=True)
        return given, got

    return read_record(visit.database, visit.actor, "read_grants", visit.me, fetch)


def overview(visit: Visit) -> Response:
    """The grants that one gave and got, each with where it stands."""
    given, got = _grants(visit)
    people = {one["grantee_id"] for one in given} | {one["grantor_id"] for one in got}
    names = visit.names(sorted(people))

    def row(one: dict[str, Any], other: str) -> list[Cell]:
        return [
            plain(names.get(one[other], "") or one[other]),
            plain(RELATION.get(one["relation"], one["relation"])),
            plain(days(one["start"], one["end"])),
            figure("不限" if one["limit"] is None else yuan(one["limit"])),
            plain(visit.say(GRANT_STATUS[one["status"]])),
        ]

    columns = [
        Words("亲属", "Relative"),
        Words("关系", "Relation"),
        Words("起止", "Days"),
        Words("每次额度", "Limit"),
        Words("状态", "Status"),
    ]
    blocks = [
        Block(
            Words("我授权的", "I granted"),
            columns=[*columns, Words("办理", "Do")],
            rows=[
                [
                    *row(one, "grantee_id"),
                    leading(
                        visit.say(Words("变更、终止", "Change, end")), f"{PATH}/{one['grant_id']}"
                    )
                    if one["status"] in ("active", "pending")
                    else plain("—"),
                ]
                for one in given
            ],
            empty=Words("还没有授权给谁", "Nobody yet"),
            links=[
                Link(Words("添加被授权人", "Add somebody"), f"{PATH}/add", second=False),
                Link(Words("谁用了我的账户", "Who used my account"), "/own/used"),
            ],
        ),
        Block(
            Words("授权给我的", "Granted to me"),
            columns=columns,
            rows=[row(one, "grantor_id") for one in got],
            empty=Words("没有人授权给我", "None"),
            links=[
                Link(
                    Words("让授权人看明细", "Let a grantor see details"),
                    f"{PATH}/details",
                )
            ]
            if got
            else [],
        ),
    ]
    return visit.show(Told(Words("家庭共济", "Family mutual aid"), blocks=blocks, back=HOME))


def _relatives(visit: Visit) -> tuple[Choice, ...]:
    people = sorted(visit.actor.relatives)
    names = visit.names(people)
    return tuple(Choice(one, Words(names[one] or one)) for one in people)


def _hindrance(visit: Visit) -> Words | None:
    """Why somebody cannot share an account: there is none, or nobody to share it with."""
    facts, _ = read_own(visit, "read_person", lambda unit: held_state(unit, visit.me))
    held = read_own(visit, "read_account", lambda unit: balance(unit, visit.me))
    if not held and all(one.scheme != "employee" for one in facts.enrolments):
        return Words(
            "您没有个人账户，所以没有可以共济或转出的钱。职工医保才有个人账户；"
            "家人有个人账户的，可以由家人授权给您。",
            "You have no personal account to share. A relative who has one can grant you its use.",
        )
    if not visit.actor.relatives:
        return Words(
            "还没有登记亲属关系。请带户口本、结婚证或出生证明到参保地经办窗口登记，登记以后再来办。",
            "No relative is on record. Take proof of the relation to your local office first.",
        )
    return None


_DAYS = (
    Field("start", Words("从哪天起", "From"), "day", default="today", required=True),
    Field("end", Words("到哪天止", "To"), "day", hint=Words("不填就一直有效。", "Open if empty.")),
)
_LIMIT = Field(
    "limit",
    Words("每次最多付", "Limit per payment"),
    "amount",
    most=_MOST,
    unit=Words("元", "yuan"),
    hint=Words("不填就不限。", "None if left empty."),
)


def add(visit: Visit) -> Response:
    """A new grant: to whom, when, how much, with the consent."""
    form = Form(
        Words("添加被授权人", "Grant mutual aid"),
        (
            Field(
                "grantee",
                Words("授权给谁", "To whom"),
                "choice",
                required=True,
                choices=_relatives(visit),
                hint=Words("只能是登记过的亲属。", "Relatives on record only."),
            ),
            *_DAYS,
            _LIMIT,
        ),
        agree=CONSENT.text,
        hindered=_hindrance(visit),
    )

    def wanted(found: Values) -> Grant:
        grantee = str(found["grantee"])
        related = visit.database.read(
            lambda unit: relation_on(unit, visit.me, grantee, visit.today)
        )
        if related is None:
            raise InputError("没有登记过这位亲属", place="grantee")
        if found["end"] is not None and found["end"] < found["start"]:
            raise InputError("止日不能早于起日", place="end")
        return Grant(
            visit.me, grantee, Relation(related), found["start"], found["end"], found["limit"]
        )

    def recap(found: Values) -> list[tuple[Words, str]]:
        made = wanted(found)
        return [
            (Words("授权给谁", "To"), visit.names([made.grantee])[made.grantee]),
            (Words("关系", "Relation"), RELATION.get(made.relation, made.relation)),
            (Words("起止", "Days"), days(made.start, made.end)),
            (
                Words("每次额度", "Limit"),
                visit.say(Words("不限", "None")) if made.limit is None else yuan(made.limit),
            ),
            (Words("告知书", "Consent"), f"{CONSENT.version}，已同意"),
        ]

    def act(found: Values) -> Response:
        answer = grant(
            visit.database,
            Key(visit.me, "portal_grant", visit.once()),
            wanted(found),
            actor=visit.actor,
            consent=CONSENT,
            library=visit.counter.packs,
            on=visit.today,
        )
        return _done(visit, Words("授权已登记", "Granted"), str(answer["grant_id"]))

    return recapped(visit, form, f"{PATH}/add", recap, act)


def _done(visit: Visit, title: Words, number: str) -> Response:
    told = Told(
        title,
        f"{visit.say(title)}，编号 {number}",
        visit.say(
            Words(
                "状态在“家庭共济”页看；需要审核的，审核通过以后才能用。",
                "See its status under mutual aid; a review may come first.",
            )
        ),
        blocks=[Block(Words("接下来", "Next"), links=[Link(Words("看授权", "Grants"), PATH)])],
        back=HOME,
    )
    return visit.show(told)


def one(visit: Visit) -> Response:
    """Change a grant that stands: its last day and limit; or end it."""
    given, _ = _grants(visit)
    number = visit.parameters["grant"]
    held = next((row for row in given if row["grant_id"] == number), None)
    if held is None:
        raise NotFoundError("没有这个授权")
    end = held["end"].isoformat() if held["end"] else ""
    limit = "" if held["limit"] is None else f"{held['limit'] // 100}.{held['limit'] % 100:02}"
    action = Field(
        "action",
        Words("办什么", "What"),
        "choice",
        default="change",
        required=True,
        choices=(
            Choice("change", Words("变更起止和额度", "Change")),
            Choice("end", Words("终止授权", "End it")),
        ),
    )
    changing = (OF_CHANGES,)
    form = Form(
        Words("变更或终止授权", "Change or end a grant"),
        (
            action,
            Field("end", Words("到哪天止", "To"), "day", default=end, when=changing),
            Field(
                "limit",
                _LIMIT.label,
                "amount",
                default=limit,
                most=_MOST,
                unit=_LIMIT.unit,
                hint=_LIMIT.hint,
                when=changing,
            ),
        ),
    )
    grantee = str(held["grantee_id"])

    def recap(found: Values) -> list[tuple[Words, str]]:
        who = (Words("被授权人", "To"), visit.names([grantee])[grantee])
        if found["action"] == "end":
            return [who, (Words("终止", "Ends"), f"{visit.today} 当日起不再支付")]
        return [
            who,
            (Words("起止", "Days"), days(held["start"], found["end"])),
            (
                Words("每次额度", "Limit"),
                "不限" if found["limit"] is None else yuan(found["limit"]),
            ),
        ]

    def act(found: Values) -> Response:
        key = Key(visit.me, "portal_change_grant", visit.once())
        if found["action"] == "end":
            revoke(visit.database, key, visit.me, grantee, visit.today, actor=visit.actor)
            return _done(visit, Words("授权已终止", "Ended"), number)
        change(
            visit.database,
            key,
            visit.me,
            number,
            end=found["end"],
            limit=found["limit"],
            actor=visit.actor,
        )
        return _done(visit, Words("授权已变更", "Changed"), number)

    return recapped(visit, form, f"{PATH}/{number}", recap, act)


def details(visit: Visit) -> Response:
    """Whether a grantor may see what one's visits were for."""
    _, got = _grants(visit)
    people = sorted({str(row["grantor_id"]) for row in got})
    names = visit.names(people)
    form = Form(
        Words("让授权人看明细", "Let a grantor see details"),
        (
            Field(
                "grantor",
                Words("授权人", "Grantor"),
                "choice",
                required=True,
                choices=tuple(Choice(one, Words(names[one] or one)) for one in people),
            ),
            Field(
                "given",
                Words("同意还是收回", "Give or take back"),
                "choice",
                default="yes",
                required=True,
                choices=(
                    Choice("yes", Words("同意", "Give")),
                    Choice("no", Words("收回", "Take back")),
                ),
            ),
        ),
        agree=DETAILS.text,
        hindered=None
        if people
        else Words(
            "还没有人授权给您用其个人账户，所以没有要同意的。",
            "Nobody has granted you the use of an account, so there is nothing to agree to.",
        ),
    )

    def recap(found: Values) -> list[tuple[Words, str]]:
        return [
            (Words("授权人", "Grantor"), names[str(found["grantor"])]),
            (Words("看明细", "Details"), "同意" if found["given"] == "yes" else "收回"),
        ]

    def act(found: Values) -> Response:
        consent_to_details(
            visit.database,
            Key(visit.me, "portal_details", visit.once()),
            visit.me,
            str(found["grantor"]),
            agreed=found["given"] == "yes",
            consent=DETAILS,
            actor=visit.actor,
        )
        return RedirectResponse(PATH, 303)

    return recapped(visit, form, f"{PATH}/details", recap, act)


def send(visit: Visit) -> Response:
    """钱包转账: personal-account money to a relative, where the pack has opened it."""
    form = Form(
        Words("医保钱包转账", "Wallet transfer"),
        (
            Field(
                "target",
                Words("转给谁", "To whom"),
                "choice",
                required=True,
                choices=_relatives(visit),
            ),
            Field(
                "amount",
                Words("转多少", "How much"),
                "amount",
                required=True,
                most=_MOST,
                unit=Words("元", "yuan"),
            ),
        ),
        lead=Words(
            "从本人个人账户转到亲属的个人账户，转出后不能撤回。",
            "From your account to a relative's; it cannot be taken back.",
        ),
        hindered=_hindrance(visit),
    )

    def recap(found: Values) -> list[tuple[Words, str]]:
        target = str(found["target"])
        if not found["amount"]:
            raise InputError("请填大于 0 的金额", place="amount")
        return [
            (Words("转给谁", "To"), visit.names([target])[target]),
            (Words("金额", "Amount"), yuan(found["amount"])),
        ]

    def act(found: Values) -> Response:
        answer = transfer(
            visit.database,
            Key(visit.me, "portal_transfer", visit.once()),
            visit.me,
            str(found["target"]),
            found["amount"],
            visit.today,
            actor=visit.actor,
            library=visit.counter.packs,
        )
        told = Told(
            Words("已转出", "Sent"),
            f"已转出 {yuan(answer['amount'])}，余额 {yuan(answer['balance'])}",
            blocks=[
                Block(
                    Words("接下来", "Next"),
                    links=[Link(Words("看收支明细", "Statement"), "/own/account")],
                )
            ],
            back=HOME,
        )
        return visit.show(told)

    return recapped(visit, form, "/own/transfer", recap, act)
