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
from yibao.policy.kinds import RelationKind, Scheme
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Cell, Link, Sheet, figure, leading, plain
from yibao.portal.own.frame import Form, OwnCall, recapped
from yibao.portal.own.reading import HOME, read_own, yuan
from yibao.portal.own.words import GRANT_STATUS, OF_CHANGES, days
from yibao.record.account import balance
from yibao.record.used import held_state

PATH = "/own/aid"
_MOST = 100_000_00
CONSENT, DETAILS = consents()["grant"], consents()["details"]


def _grants(call: OwnCall) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    def fetch(unit: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        granted = grant_rows(unit, call.me, call.today)
        received = grant_rows(unit, call.me, call.today, as_grantee=True)
        return granted, received

    return read_record(call.database, call.actor, "read_grants", call.me, fetch)


def overview(call: OwnCall) -> Response:
    """The grants that one gave and got, each with where it stands."""
    granted, received = _grants(call)
    people = {row["grantee_id"] for row in granted} | {row["grantor_id"] for row in received}
    names = call.names(sorted(people))

    def cells(row: dict[str, Any], name_of_whom: str) -> list[Cell]:
        return [
            plain(names.get(row[name_of_whom], "") or row[name_of_whom]),
            plain(RELATION.get(row["relation"], row["relation"])),
            plain(days(row["start"], row["end"])),
            figure("不限" if row["limit"] is None else yuan(row["limit"])),
            plain(call.say(GRANT_STATUS[row["status"]])),
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
                    *cells(row, "grantee_id"),
                    leading(
                        call.say(Words("变更、终止", "Change, end")), f"{PATH}/{row['grant_id']}"
                    )
                    if row["status"] in ("active", "pending")
                    else plain("—"),
                ]
                for row in granted
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
            rows=[cells(row, "grantor_id") for row in received],
            empty=Words("没有人授权给我", "None"),
            links=[
                Link(
                    Words("让授权人看明细", "Let a grantor see details"),
                    f"{PATH}/details",
                )
            ]
            if received
            else [],
        ),
    ]
    return call.show(Sheet(Words("家庭共济", "Family mutual aid"), blocks=blocks, back=HOME))


def _relatives(call: OwnCall) -> tuple[Choice, ...]:
    people = sorted(call.actor.relatives)
    names = call.names(people)
    return tuple(Choice(person_id, Words(names[person_id] or person_id)) for person_id in people)


def _hindrance(call: OwnCall) -> Words | None:
    """Why somebody cannot share an account: there is none, or nobody to share it with."""
    facts, _ = read_own(call, "read_person", lambda unit: held_state(unit, call.me))
    account_balance = read_own(call, "read_account", lambda unit: balance(unit, call.me))
    if not account_balance and all(
        enrolment.scheme != Scheme.EMPLOYEE for enrolment in facts.enrolments
    ):
        return Words(
            "您没有个人账户，所以没有可以共济或转出的钱。职工医保才有个人账户；"
            "家人有个人账户的，可以由家人授权给您。",
            "You have no personal account to share. A relative who has one can grant you its use.",
        )
    if not call.actor.relatives:
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


def add(call: OwnCall) -> Response:
    """A new grant: to whom, when, how much, with the consent."""
    form = Form(
        Words("添加被授权人", "Grant mutual aid"),
        (
            Field(
                "grantee",
                Words("授权给谁", "To whom"),
                "choice",
                required=True,
                choices=_relatives(call),
                hint=Words("只能是登记过的亲属。", "Relatives on record only."),
            ),
            *_DAYS,
            _LIMIT,
        ),
        agree=CONSENT.text,
        hindered=_hindrance(call),
    )

    def grant_of(values: Values) -> Grant:
        grantee = str(values["grantee"])
        related = call.database.read(lambda unit: relation_on(unit, call.me, grantee, call.today))
        if related is None:
            raise InputError("没有登记过这位亲属", place="grantee")
        if values["end"] is not None and values["end"] < values["start"]:
            raise InputError("止日不能早于起日", place="end")
        return Grant(
            call.me, grantee, RelationKind(related), values["start"], values["end"], values["limit"]
        )

    def recap(values: Values) -> list[tuple[Words, str]]:
        new_grant = grant_of(values)
        return [
            (Words("授权给谁", "To"), call.names([new_grant.grantee])[new_grant.grantee]),
            (Words("关系", "Relation"), RELATION.get(new_grant.relation, new_grant.relation)),
            (Words("起止", "Days"), days(new_grant.start, new_grant.end)),
            (
                Words("每次额度", "Limit"),
                call.say(Words("不限", "None"))
                if new_grant.limit is None
                else yuan(new_grant.limit),
            ),
            (Words("告知书", "Consent"), f"{CONSENT.version}，已同意"),
        ]

    def act(values: Values) -> Response:
        answer = grant(
            call.database,
            Key(call.me, "portal_grant", call.once()),
            grant_of(values),
            actor=call.actor,
            consent=CONSENT,
            library=call.counter.packs,
            on=call.today,
        )
        return _done(call, Words("授权已登记", "Granted"), str(answer["grant_id"]))

    return recapped(call, form, f"{PATH}/add", recap, act)


def _done(call: OwnCall, title: Words, number: str) -> Response:
    sheet = Sheet(
        title,
        f"{call.say(title)}，编号 {number}",
        call.say(
            Words(
                "状态在“家庭共济”页看；需要审核的，审核通过以后才能用。",
                "See its status under mutual aid; a review may come first.",
            )
        ),
        blocks=[Block(Words("接下来", "Next"), links=[Link(Words("看授权", "Grants"), PATH)])],
        back=HOME,
    )
    return call.show(sheet)


def one(call: OwnCall) -> Response:
    """Change a grant that stands: its last day and limit; or end it."""
    granted, _ = _grants(call)
    number = call.parameters["grant"]
    current = next((row for row in granted if row["grant_id"] == number), None)
    if current is None:
        raise NotFoundError("没有这个授权")
    end = current["end"].isoformat() if current["end"] else ""
    limit = (
        "" if current["limit"] is None else f"{current['limit'] // 100}.{current['limit'] % 100:02}"
    )
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
    grantee = str(current["grantee_id"])

    def recap(values: Values) -> list[tuple[Words, str]]:
        who = (Words("被授权人", "To"), call.names([grantee])[grantee])
        if values["action"] == "end":
            return [who, (Words("终止", "Ends"), f"{call.today} 当日起不再支付")]
        return [
            who,
            (Words("起止", "Days"), days(current["start"], values["end"])),
            (
                Words("每次额度", "Limit"),
                "不限" if values["limit"] is None else yuan(values["limit"]),
            ),
        ]

    def act(values: Values) -> Response:
        key = Key(call.me, "portal_change_grant", call.once())
        if values["action"] == "end":
            revoke(call.database, key, call.me, grantee, call.today, actor=call.actor)
            return _done(call, Words("授权已终止", "Ended"), number)
        change(
            call.database,
            key,
            call.me,
            number,
            end=values["end"],
            limit=values["limit"],
            actor=call.actor,
        )
        return _done(call, Words("授权已变更", "Changed"), number)

    return recapped(call, form, f"{PATH}/{number}", recap, act)


def details(call: OwnCall) -> Response:
    """Whether a grantor may see what one's visits were for."""
    _, received = _grants(call)
    people = sorted({str(row["grantor_id"]) for row in received})
    names = call.names(people)
    form = Form(
        Words("让授权人看明细", "Let a grantor see details"),
        (
            Field(
                "grantor",
                Words("授权人", "Grantor"),
                "choice",
                required=True,
                choices=tuple(
                    Choice(person_id, Words(names[person_id] or person_id)) for person_id in people
                ),
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

    def recap(values: Values) -> list[tuple[Words, str]]:
        return [
            (Words("授权人", "Grantor"), names[str(values["grantor"])]),
            (Words("看明细", "Details"), "同意" if values["given"] == "yes" else "收回"),
        ]

    def act(values: Values) -> Response:
        consent_to_details(
            call.database,
            Key(call.me, "portal_details", call.once()),
            call.me,
            str(values["grantor"]),
            agreed=values["given"] == "yes",
            consent=DETAILS,
            actor=call.actor,
        )
        return RedirectResponse(PATH, 303)

    return recapped(call, form, f"{PATH}/details", recap, act)


def send(call: OwnCall) -> Response:
    """钱包转账: personal-account money to a relative, where the pack has opened it."""
    form = Form(
        Words("医保钱包转账", "Wallet transfer"),
        (
            Field(
                "target",
                Words("转给谁", "To whom"),
                "choice",
                required=True,
                choices=_relatives(call),
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
        hindered=_hindrance(call),
    )

    def recap(values: Values) -> list[tuple[Words, str]]:
        target = str(values["target"])
        if not values["amount"]:
            raise InputError("请填大于 0 的金额", place="amount")
        return [
            (Words("转给谁", "To"), call.names([target])[target]),
            (Words("金额", "Amount"), yuan(values["amount"])),
        ]

    def act(values: Values) -> Response:
        answer = transfer(
            call.database,
            Key(call.me, "portal_transfer", call.once()),
            call.me,
            str(values["target"]),
            values["amount"],
            call.today,
            actor=call.actor,
            library=call.counter.packs,
        )
        sheet = Sheet(
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
        return call.show(sheet)

    return recapped(call, form, "/own/transfer", recap, act)
