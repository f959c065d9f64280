"""我的医保 → 令牌: what one gives to a program instead of the password, and takes back."""

from __future__ import annotations

from starlette.responses import Response

from yibao.access.tokens import MOST_DAYS, Token, make_token, revoke_token, tokens_of
from yibao.database.unit import Database
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Values
from yibao.messages import Text, Wording, message, message_in
from yibao.portal.own.blocks import Card, Link, Sheet, plain
from yibao.portal.own.frame import Form, OwnCall, recapped
from yibao.portal.own.reading import CHINA, HOME

_TITLE = message("给程序的令牌")
_HERE = "/own/tokens"
_BACK = Link(_TITLE, _HERE)


def listed(call: OwnCall) -> Response:
    """The tokens that one made, each with what it may do and until when."""
    now = call.counter.now()
    tokens = tokens_of(call.database, call.actor)
    live = [token for token in tokens if token.holds_at(now)]
    blocks = [
        Card(
            _TITLE,
            lead=message(
                "令牌让你自己的程序查你的记录，不用交出密码。随时可以撤销；做法见数据接口的文档。"
            ),
            columns=(message("名称"), message("能做什么"), message("到什么时候"), message("现在")),
            rows=[
                (
                    plain(token.name),
                    plain(call.say(_may(token))),
                    plain(token.expires_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")),
                    plain(call.say(_state(token, live))),
                )
                for token in tokens
            ],
            empty=message("还没有令牌"),
            links=[
                Link(message("建一个令牌"), f"{_HERE}/add", second=False),
                *(
                    Link(
                        message("撤销“{name}”", name=token.name),
                        f"{_HERE}/{token.token}",
                        post=True,
                    )
                    for token in live
                ),
            ],
        )
    ]
    return call.show(Sheet(_TITLE, blocks=blocks, back=HOME))


def _may(token: Token) -> Wording:
    if token.writes:
        return message("查询和办理")
    return message("只能查询")


def _state(token: Token, live: list[Token]) -> Wording:
    if token in live:
        return message("有效")
    return message("已撤销") if token.revoked_at else message("已过期")


def add(call: OwnCall) -> Response:
    """A new token; its secret is shown once."""
    form = Form(
        message("建一个令牌"),
        (
            field_of(
                errands.TOKEN_NAME,
                label=message_in("programs", "给哪个程序用"),
                hint=message("自己认得就行，如 记账软件。"),
            ),
            field_of(
                errands.TOKEN_DAYS,
                label=message_in("programs", "几天后失效"),
                required=True,
                most=MOST_DAYS,
            ),
            field_of(
                errands.TOKEN_WRITES,
                label=message("也让它办理"),
                hint=message("不勾选只能查询。勾选以后它能缴费、授权、备案、转账。"),
            ),
        ),
    )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        may = message("查询和办理") if values["writes"] else message("只能查询")
        return [
            (message_in("recap", "给哪个程序用"), str(values["name"])),
            (message("能做什么"), call.say(may)),
            (message("几天后失效"), str(values["days"])),
        ]

    def write(database: Database, values: Values, message_id: str) -> str:
        _, secret = make_token(
            database,
            call.actor,
            str(values["name"]),
            int(values["days"]),
            writes=bool(values["writes"]),
            at=call.counter.now(),
            token_id=message_id,
        )
        return secret

    def shown(_: Values, secret: str) -> Response:
        sheet = Sheet(
            message("令牌建好了"),
            call.say(message("现在就抄下来，以后不再显示")),
            blocks=[
                Card(
                    message("令牌"),
                    facts=[
                        (message("密文"), secret),
                        (message("怎样用"), "Authorization: Bearer " + secret[:9] + "…"),
                    ],
                )
            ],
            back=_BACK,
        )
        return call.show(sheet)

    return recapped(call, form, f"{_HERE}/add", recap, write, shown)


def revoke(call: OwnCall) -> Response:
    """Take a token back, from now on."""
    revoke_token(call.database, call.actor, call.parameters["token"], call.counter.now())
    return listed(call)
