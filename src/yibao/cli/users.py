"""``yibao user``: who may sign in to a store.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import datetime
import secrets
from typing import TYPE_CHECKING, Annotated, Any

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.messages import Listed, message

if TYPE_CHECKING:
    from yibao.access.permissions import Role
    from yibao.database.unit import Database

user = App(about=message("用户：谁能登录，换密码，停用。"))

Login = Annotated[str, Argument(metavar=message("登录名"), help=message("登录时写的名字。"))]
_PASSWORD_BYTES = 12
_ALSO = {"admin": "administrator"}
"""What a role may be called too."""
RoleOption = Annotated[
    str,
    Option(
        "--role",
        metavar=message("角色"),
        help=message(
            "administrator（admin）；经办岗位 clerk、reviewer、second、cashier、inspector、"
            "legal、head；institution、employer、auditor、insured；officer 是不分岗位的旧角色。"
        ),
    ),
]
AgencyOption = Annotated[
    str,
    Option(
        "--agency",
        metavar=message("经办机构"),
        help=message("经办岗位在哪个经办机构：名称或编号（yibao agency list）。"),
    ),
]


def _new_password() -> str:
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def _role(name: str) -> Role:
    from yibao.access.permissions import Role

    try:
        return Role(_ALSO.get(name, name))
    except ValueError:
        known = Listed([role.value for role in Role])
        raise InputError(message("可以写 {known}", known=known), place="--role") from None


def _said(login: str, password: str) -> None:
    write(
        [
            worded(
                message(
                    "{login} 的密码（只显示这一次）：{password}", login=login, password=password
                )
            )
        ]
    )


@user.register("add")
def add(
    login: Login,
    role: RoleOption,
    person: Annotated[
        str, Option("--person", metavar=message("编号"), help=message("参保人本人的编号。"))
    ] = "",
    institution: Annotated[
        str, Option("--institution", metavar=message("编号"), help=message("机构用户的机构编号。"))
    ] = "",
    employer: Annotated[
        str, Option("--employer", metavar=message("编号"), help=message("单位用户的单位编号。"))
    ] = "",
    agency: AgencyOption = "",
    url: Url = "",
) -> None:
    """建一个用户，密码只显示这一次；第一次登录时给手机绑验证码（参保人不用）。

    例子：
      yibao user add li --role admin
      yibao user add zhang --role clerk --agency 本市医保中心
      yibao user add li --role insured --person 0198c1a2b3c4000000000000000000a1
    """
    from yibao.access.users import add_user

    password = _new_password()
    with opened(url) as database:
        add_user(
            database,
            operator("administrator"),
            login,
            password,
            _role(role),
            person_id=person or None,
            institution_id=institution or None,
            employer_id=employer or None,
            agency_id=_agency_id(database, agency),
        )
    _said(login, password)


def _agency_id(database: Database, text: str) -> str | None:
    from yibao.access.agencies import agency_called

    return agency_called(database, operator("administrator"), text).agency if text else None


@user.register("post")
def post(login: Login, role: RoleOption, agency: AgencyOption = "", url: Url = "") -> None:
    """换岗位或换经办机构；这个人的登录都退出，令牌都撤销。

    例子：
      yibao user post zhang --role reviewer --agency 本市医保中心
    """
    from yibao.access.users import set_post

    now = datetime.datetime.now(datetime.UTC)
    wanted = _role(role)
    with opened(url) as database:
        agency_id = _agency_id(database, agency)
        set_post(database, operator("administrator"), login, wanted, agency_id, now)
    write([worded(message("{login} 现在是{role}", login=login, role=wanted.wording))])


@user.register("reset-code")
def reset_code(login: Login, url: Url = "") -> None:
    """手机丢了：作废绑定的验证码和备用码，下次登录重新绑。

    例子：
      yibao user reset-code zhang
    """
    from yibao.access.second import reset_second_factor

    with opened(url) as database:
        reset_second_factor(database, operator("administrator"), login)
    write([worded(message("{login} 下次登录要重新给手机绑验证码", login=login))])


@user.register("password")
def password(login: Login, url: Url = "") -> None:
    """换一个密码，只显示这一次；这个人的登录都退出，令牌都撤销。

    例子：
      yibao user password zhang
    """
    from yibao.access.users import set_password

    new_password = _new_password()
    now = datetime.datetime.now(datetime.UTC)
    with opened(url) as database:
        set_password(database, operator("administrator"), login, new_password, now)
    _said(login, new_password)


@user.register("close")
def close(login: Login, url: Url = "") -> None:
    """从今天起不能再登录；做过的事仍记在名下。

    例子：
      yibao user close zhang
    """
    from yibao.access.users import close_user
    from yibao.insured.enrolment.cover import civil_day

    day = civil_day(datetime.datetime.now(datetime.UTC))
    with opened(url) as database:
        close_user(database, operator("administrator"), login, day)
    write([worded(message("{login} 从 {day} 起不能登录", login=login, day=day))])


@user.register("list")
def listed(url: Url = "", as_json: AsJson = False) -> None:
    """谁能登录：角色、是谁、停用没有。

    例子：
      yibao user list
    """
    from yibao.access.users import users_of

    with opened(url) as database:
        rows = users_of(database, operator("administrator"))
    if as_json:
        print_json({"users": [_as_json(row) for row in rows]})
        return
    heads = [worded(head) for head in (message("登录名"), message("角色"), message("谁"))]
    lines = [(*heads, worded(message("停用")))]
    lines += [
        (
            row["login"],
            _role(row["role"]).label,
            row["agency"] or row["person_id"] or row["institution_id"] or row["employer_id"] or "",
            str(row["closed_on"] or ""),
        )
        for row in rows
    ]
    write(table(lines, "<<<<"))


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name != "actor_id"}
    return {**shown, "closed_on": row["closed_on"] and row["closed_on"].isoformat()}
