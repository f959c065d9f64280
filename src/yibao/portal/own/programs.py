"""我的医保 → 令牌: what one gives to a program instead of the password, and takes back."""

from __future__ import annotations

from starlette.responses import Response

from yibao.access.tokens import MOST_DAYS, Token, make_token, revoke_token, tokens_of
from yibao.inquiry.fields import Field, Values
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Link, Sheet, plain
from yibao.portal.own.frame import Form, OwnCall, recapped
from yibao.portal.own.reading import CHINA, HOME

_TITLE = Words("给程序的令牌", "Tokens for programs")
_HERE = "/own/tokens"
_BACK = Link(_TITLE, _HERE)


def listed(call: OwnCall) -> Response:
    """The tokens that one made, each with what it may do and until when."""
    now = call.counter.now()
    tokens = tokens_of(call.database, call.actor)
    live = [token for token in tokens if token.holds_at(now)]
    blocks = [
        Block(
            _TITLE,
            lead=Words(
                "令牌让你自己的程序查你的记录，不用交出密码。随时可以撤销；做法见数据接口的文档。",
                "A token lets a program of yours read your records without your password.",
            ),
            columns=(
                Words("名称", "Name"),
                Words("能做什么", "May"),
                Words("到什么时候", "Until"),
                Words("现在", "Now"),
            ),
            rows=[
                (
                    plain(token.name),
                    plain(call.say(_may(token))),
                    plain(token.expires_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")),
                    plain(call.say(_state(token, live))),
                )
                for token in tokens
            ],
            empty=Words("还没有令牌", "No tokens yet"),
            links=[
                Link(Words("建一个令牌", "Make a token"), f"{_HERE}/add", second=False),
                *(
                    Link(
                        Words(f"撤销“{token.name}”", f"Revoke “{token.name}”"),
                        f"{_HERE}/{token.token}",
                        post=True,
                    )
                    for token in live
                ),
            ],
        )
    ]
    return call.show(Sheet(_TITLE, blocks=blocks, back=HOME))


def _may(token: Token) -> Words:
    if token.writes:
        return Words("查询和办理", "Read and change")
    return Words("只能查询", "Read only")


def _state(token: Token, live: list[Token]) -> Words:
    if token in live:
        return Words("有效", "In force")
    return Words("已撤销", "Revoked") if token.revoked_at else Words("已过期", "Expired")


def add(call: OwnCall) -> Response:
    """A new token; its secret is shown once."""
    form = Form(
        Words("建一个令牌", "Make a token"),
        (
            Field(
                "name",
                Words("给哪个程序用", "For which program"),
                "name",
                required=True,
                hint=Words("自己认得就行，如 记账软件。", "A name that you will know it by."),
            ),
            Field(
                "days",
                Words("几天后失效", "Days until it expires"),
                "whole",
                default="30",
                required=True,
                least=1,
                most=MOST_DAYS,
            ),
            Field(
                "writes",
                Words("也让它办理", "It may also change things"),
                "flag",
                hint=Words(
                    "不勾选只能查询。勾选以后它能缴费、授权、备案、转账。",
                    "Unticked it only reads. Ticked it may pay, grant, file and transfer.",
                ),
            ),
        ),
    )

    def recap(values: Values) -> list[tuple[Words, str]]:
        may = Words("查询和办理", "Read and change") if values["writes"] else Words("只能查询")
        return [
            (Words("给哪个程序用", "For"), str(values["name"])),
            (Words("能做什么", "May"), call.say(may)),
            (Words("几天后失效", "Days"), str(values["days"])),
        ]

    def act(values: Values) -> Response:
        _, secret = make_token(
            call.database,
            call.actor,
            str(values["name"]),
            int(values["days"]),
            writes=bool(values["writes"]),
            at=call.counter.now(),
            token_id=call.once(),
        )
        sheet = Sheet(
            Words("令牌建好了", "The token is made"),
            call.say(Words("现在就抄下来，以后不再显示", "Copy it now; it is not shown again")),
            blocks=[
                Block(
                    Words("令牌", "Token"),
                    facts=[
                        (Words("密文", "Secret"), secret),
                        (Words("怎样用", "How"), "Authorization: Bearer " + secret[:9] + "…"),
                    ],
                )
            ],
            back=_BACK,
        )
        return call.show(sheet)

    return recapped(call, form, f"{_HERE}/add", recap, act)


def revoke(call: OwnCall) -> Response:
    """Take a token back, from now on."""
    revoke_token(call.database, call.actor, call.parameters["token"], call.counter.now())
    return listed(call)
