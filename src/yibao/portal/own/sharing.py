"""我要办 → 家庭共济 and 钱包转账: grants given and got, and money sent to a relative."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Answer, Key
from yibao.access.trail import read_record
from yibao.aid.consents import consents
from yibao.aid.operations import change, consent_to_details, grant, grant_rows, revoke
from yibao.aid.states import GrantStatus
from yibao.benefit.facts import Grant
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field, Values
from yibao.inquiry.words import RELATION
from yibao.insured.accounts.transfers import transfer
from yibao.insured.people.relations import relation_on
from yibao.messages import Fen, Text, Wording, message, message_in
from yibao.policy.kinds import RelationKind, Scheme
from yibao.policy.model import Words
from yibao.portal.own.blocks import Card, Cell, Link, Sheet, figure, leading, plain
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
            plain(names[row[name_of_whom]]),
            plain(RELATION.get(row["relation"], row["relation"])),
            plain(days(row["start"], row["end"])),
            figure(_limit(row["limit"])),
            plain(standing(row)),
        ]

    def standing(row: dict[str, Any]) -> Text:
        """Where a grant stands; of one that waits, who waits for whom."""
        if row["status"] != GrantStatus.PENDING:
            return GRANT_STATUS[row["status"]]
        return message(
            "{grantor}授权给{grantee}，等经办机构审核；通过以前不能用",
            grantor=names.get(row["grantor_id"]) or call.say(message("本人")),
            grantee=names.get(row["grantee_id"]) or call.say(message("本人")),
        )

    columns = [
        message("亲属"),
        message("关系"),
        message("起止"),
        message("每次额度"),
        message("状态"),
    ]
    blocks = [
        Card(
            message("我授权的"),
            columns=[*columns, message("办理")],
            rows=[
                [
                    *cells(row, "grantee_id"),
                    leading(call.say(message("变更、终止")), f"{PATH}/{row['grant_id']}")
                    if row["status"] in (GrantStatus.ACTIVE, GrantStatus.PENDING)
                    else plain("—"),
                ]
                for row in granted
            ],
            empty=message("还没有授权给谁"),
            links=[
                Link(message_in("sharing", "添加被授权人"), f"{PATH}/add", second=False),
                Link(message("谁用了我的账户"), "/own/used"),
                Link(message("看审核到哪一步"), "/own/cases"),
            ],
        ),
        Card(
            message("授权给我的"),
            columns=columns,
            rows=[cells(row, "grantor_id") for row in received],
            empty=message("没有人授权给我"),
            onward=Link(message("办事指南"), "/guides"),
            links=[Link(message("让授权人看明细"), f"{PATH}/details")] if received else [],
        ),
        Card(
            message("您同意过什么"),
            lead=message("授权时读过并同意的告知书，版本 {version}。", version=CONSENT.version),
            items=[CONSENT.text],
        ),
    ]
    return call.show(Sheet(message("家庭共济"), blocks=blocks, back=HOME))


def _relatives(call: OwnCall) -> tuple[Choice, ...]:
    return tuple(Choice(person_id, Words(label)) for person_id, label in call.relatives().items())


def _hindrance(call: OwnCall) -> Wording | None:
    """Why somebody cannot share an account: there is none, or nobody to share it with."""
    facts, _ = read_own(call, "read_person", lambda unit: held_state(unit, call.me))
    account_balance = read_own(call, "read_account", lambda unit: balance(unit, call.me))
    if not account_balance and all(
        enrolment.scheme != Scheme.EMPLOYEE for enrolment in facts.enrolments
    ):
        return message(
            "您没有个人账户，所以没有可以共济或转出的钱。职工医保才有个人账户；家人有个人账户的，可以由家人授权给您。"
        )
    if not call.actor.relatives:
        return message(
            "还没有登记亲属关系。请带户口本、结婚证或出生证明到参保地经办窗口登记，登记以后再来办。"
        )
    return None


def _limit(limit: int | None) -> Text:
    return message("不限") if limit is None else Fen(limit)


_LIMIT = field_of(errands.LIMIT, most=_MOST)


def add(call: OwnCall) -> Response:
    """A new grant: to whom, when, how much, with the consent."""
    form = Form(
        message("添加被授权人"),
        (
            field_of(
                errands.GRANTEE,
                choices=_relatives(call),
                hint=message("只能是登记过的亲属。"),
            ),
            field_of(errands.FIRST_DAY),
            field_of(errands.LAST_DAY),
            _LIMIT,
        ),
        agree=CONSENT.text,
        hindered=_hindrance(call),
    )

    def grant_of(values: Values) -> Grant:
        grantee = str(values["grantee"])
        related = call.database.read(lambda unit: relation_on(unit, call.me, grantee, call.today))
        if related is None:
            raise InputError(message("没有登记过这位亲属"), place="grantee")
        if values["end"] is not None and values["end"] < values["start"]:
            raise InputError(message("止日不能早于起日"), place="end")
        return Grant(
            call.me, grantee, RelationKind(related), values["start"], values["end"], values["limit"]
        )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        new_grant = grant_of(values)
        return [
            (
                message_in("sharing", "授权给谁"),
                call.labels([new_grant.grantee])[new_grant.grantee],
            ),
            (message("关系"), RELATION.get(new_grant.relation, new_grant.relation)),
            (message("起止"), days(new_grant.start, new_grant.end)),
            (message("每次额度"), _limit(new_grant.limit)),
            (message("告知书"), message("{version}，已同意", version=CONSENT.version)),
        ]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        return grant(
            database,
            Key(call.me, "portal_grant", message_id),
            grant_of(values),
            actor=call.actor,
            consent=CONSENT,
            library=call.counter.packs,
            on=call.today,
        )

    def shown(_: Values, answer: Answer) -> Response:
        if answer["status"] == GrantStatus.PENDING:
            return _granted(call, message("授权已提交，等经办机构审核"))
        return _granted(call, message("授权已登记"))

    return recapped(call, form, f"{PATH}/add", recap, write, shown)


def _granted(call: OwnCall, title: Wording) -> Response:
    sheet = Sheet(
        title,
        title,
        message("状态在“家庭共济”页看；需要审核的，审核通过以后才能用。"),
        blocks=[Card(message("接下来"), links=[Link(message("看授权"), PATH)])],
        back=HOME,
    )
    return call.show(sheet)


def one(call: OwnCall) -> Response:
    """Change a grant that stands: its last day and limit; or end it."""
    granted, _ = _grants(call)
    number = call.parameters["grant"]
    current = next((row for row in granted if row["grant_id"] == number), None)
    if current is None:
        raise NotFoundError(message("没有这个授权"))
    end = current["end"].isoformat() if current["end"] else ""
    limit = (
        "" if current["limit"] is None else f"{current['limit'] // 100}.{current['limit'] % 100:02}"
    )
    action = Field(
        "action",
        message("办什么"),
        "choice",
        default="change",
        required=True,
        choices=(Choice("change", message("变更起止和额度")), Choice("end", message("终止授权"))),
    )
    changing = (OF_CHANGES,)
    form = Form(
        message("变更或终止授权"),
        (
            action,
            field_of(errands.LAST_DAY, default=end, hint=NO_WORDS, when=changing),
            replace(_LIMIT, default=limit, when=changing),
        ),
    )
    grantee = str(current["grantee_id"])

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        who = (message("被授权人"), call.labels([grantee])[grantee])
        if values["action"] == "end":
            return [who, (message("终止"), message("{day} 当日起不再支付", day=call.today))]
        return [
            who,
            (message("起止"), days(current["start"], values["end"])),
            (message("每次额度"), _limit(values["limit"])),
        ]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        key = Key(call.me, "portal_change_grant", message_id)
        if values["action"] == "end":
            return revoke(database, key, call.me, number, call.today, actor=call.actor)
        return change(
            database,
            key,
            call.me,
            number,
            end=values["end"],
            limit=values["limit"],
            actor=call.actor,
            library=call.counter.packs,
            on=call.today,
        )

    def shown(values: Values, _: Answer) -> Response:
        ended = values["action"] == "end"
        return _granted(call, message("授权已终止") if ended else message("授权已变更"))

    return recapped(call, form, f"{PATH}/{number}", recap, write, shown)


def details(call: OwnCall) -> Response:
    """Whether a grantor may see what one's visits were for."""
    _, received = _grants(call)
    people = sorted({str(row["grantor_id"]) for row in received})
    names = call.names(people)
    form = Form(
        message("让授权人看明细"),
        (
            field_of(
                errands.GRANTOR,
                choices=tuple(Choice(person_id, Words(names[person_id])) for person_id in people),
            ),
            field_of(
                errands.AGREED,
                kind="choice",
                default="yes",
                required=True,
                choices=(
                    Choice("yes", message_in("sharing", "同意")),
                    Choice("no", message("收回")),
                ),
            ),
        ),
        agree=DETAILS.text,
        hindered=None if people else message("还没有人授权给您用其个人账户，所以没有要同意的。"),
    )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        return [
            (message("授权人"), names[str(values["grantor"])]),
            (
                message("看明细"),
                message_in("sharing", "同意") if values["given"] == "yes" else message("收回"),
            ),
        ]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        return consent_to_details(
            database,
            Key(call.me, "portal_details", message_id),
            call.me,
            str(values["grantor"]),
            agreed=values["given"] == "yes",
            consent=DETAILS,
            actor=call.actor,
        )

    def shown(_: Values, __: Answer) -> Response:
        return RedirectResponse(PATH, 303)

    return recapped(call, form, f"{PATH}/details", recap, write, shown)


def send(call: OwnCall) -> Response:
    """钱包转账: personal-account money to a relative, where the pack has opened it."""
    form = Form(
        message("医保钱包转账"),
        (
            field_of(errands.TRANSFER_TO, name="target", choices=_relatives(call)),
            field_of(errands.TRANSFER_AMOUNT, label=message("转多少"), most=_MOST),
        ),
        lead=message("从本人个人账户转到亲属的个人账户，转出后不能撤回。"),
        hindered=_hindrance(call),
    )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        target = str(values["target"])
        if target not in call.actor.relatives:
            raise InputError(message("没有登记过这位亲属"), place="target")
        if not values["amount"]:
            raise InputError(message("请填大于 0 的金额"), place="amount")
        now_there = read_own(call, "read_account", lambda unit: balance(unit, call.me)) or 0
        if values["amount"] > now_there:
            raise InputError(
                message("个人账户余额 {balance}，不够转这么多", balance=Fen(now_there)),
                place="amount",
            )
        return [
            (message_in("sharing", "转给谁"), call.labels([target])[target]),
            (message("金额"), yuan(values["amount"])),
            (message("您现在的余额"), yuan(now_there)),
            (message("转出后的余额"), yuan(now_there - values["amount"])),
            (message("转出以后"), message("不能撤回，请核对关系、姓名和证件尾号")),
        ]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        return transfer(
            database,
            Key(call.me, "portal_transfer", message_id),
            call.me,
            str(values["target"]),
            values["amount"],
            call.today,
            actor=call.actor,
            library=call.counter.packs,
        )

    def shown(_: Values, answer: Answer) -> Response:
        sheet = Sheet(
            message("已转出"),
            message(
                "已转出 {amount}，余额 {balance}",
                amount=Fen(answer["amount"]),
                balance=Fen(answer["balance"]),
            ),
            blocks=[Card(message("接下来"), links=[Link(message("看收支明细"), "/own/account")])],
            back=HOME,
        )
        return call.show(sheet)

    return recapped(call, form, "/own/transfer", recap, write, shown)
