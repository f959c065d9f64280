"""What an administrator does: agencies, users with their posts, passwords and telephones."""

from __future__ import annotations

import secrets

from starlette.responses import RedirectResponse, Response

from yibao.access.agencies import add_agency, agencies_of, close_agency
from yibao.access.permissions import POSTS, Role, require
from yibao.access.second import reset_second_factor
from yibao.access.users import add_user, close_user, set_password, set_post, users_of
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import Text, message
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall

USERS, AGENCIES = f"{DESK}/users", f"{DESK}/agencies"
_PASSWORD_BYTES = 12
_OTHERS = (Role.AUDITOR, Role.ADMINISTRATOR, Role.INSTITUTION, Role.EMPLOYER, Role.INSURED)


def users(call: DeskCall) -> Response:
    """Who may sign in, and a form for another."""
    return _users(call, None, "", 200)


def _users(call: DeskCall, fault: Text | None, place: str, status: int) -> Response:
    listed = users_of(call.database, call.actor)
    values = {
        "users": [(row, Role(row["role"]).wording) for row in listed],
        "posts": [(role.value, role.wording) for role in POSTS],
        "others": [(role.value, role.wording) for role in _OTHERS],
        "agencies": [known for known in agencies_of(call.database, call.actor)
                     if known.closed_on is None],
        "fault": fault,
        "place": place,
        "written": call.sent,
        "movable": {role.value for role in (*POSTS, Role.OFFICER, Role.AUDITOR)},
    }  # fmt: skip
    return call.show("users.html", message("用户"), values, status)


def _new_password(call: DeskCall, login: str, password: str) -> Response:
    values = {"login": login, "password": password}
    return call.show("password.html", message("新密码"), values)


def add(call: DeskCall) -> Response:
    """A new user; the password is on the answer, and nowhere else."""
    require(call.actor, "manage_actors")
    login, password = call.sent.get("login", "").strip(), secrets.token_urlsafe(_PASSWORD_BYTES)
    whose = call.sent.get("whose", "").strip() or None
    try:
        role = _role(call)
        add_user(
            call.database,
            call.actor,
            login,
            password,
            role,
            person_id=whose if role is Role.INSURED else None,
            institution_id=whose if role is Role.INSTITUTION else None,
            employer_id=whose if role is Role.EMPLOYER else None,
            agency_id=call.sent.get("agency") or None if role in POSTS else None,
        )
    except (InputError, ConflictError, NotFoundError) as error:
        place = error.place if isinstance(error, InputError) else ""
        return _users(call, error.message, place or "login", status_of(error))
    return _new_password(call, login, password)


def _role(call: DeskCall) -> Role:
    try:
        return Role(call.sent.get("role", ""))
    except ValueError:
        raise InputError(message("请选一个角色"), place="role") from None


def change(call: DeskCall) -> Response:
    """Another password, telephone or post, or no more signing in."""
    require(call.actor, "manage_actors")
    login, what = call.sent.get("login", ""), call.sent.get("do", "")
    if what == "password":
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        set_password(call.database, call.actor, login, password, call.counter.now())
        return _new_password(call, login, password)
    if what == "telephone":
        reset_second_factor(call.database, call.actor, login)
    elif what == "close":
        close_user(call.database, call.actor, login, call.today)
    elif what == "post":
        role = _role(call)
        agency = call.sent.get("agency") or None if role in POSTS else None
        set_post(call.database, call.actor, login, role, agency, call.counter.now())
    else:
        raise InputError(message("表单不完整，请返回上一页重新打开"))
    return RedirectResponse(USERS, 303)


def agencies(call: DeskCall) -> Response:
    """The agencies, and a form for another."""
    return _agencies(call, None, 200)


def _agencies(call: DeskCall, fault: Text | None, status: int) -> Response:
    packs = call.counter.packs
    known = agencies_of(call.database, call.actor)
    areas = sorted((area.code, area.name) for area in packs.areas())
    named = dict(areas)
    values = {
        "agencies": [(agency, named.get(agency.area, agency.area)) for agency in known],
        "areas": areas,
        "fault": fault,
        "written": call.sent,
    }
    return call.show("agencies.html", message("经办机构"), values, status)


def found(call: DeskCall) -> Response:
    """A new agency."""
    require(call.actor, "manage_actors")
    area = call.sent.get("area", "")
    try:
        if area not in {known.code for known in call.counter.packs.areas()}:
            raise InputError(message("请选统筹区"), place="area")
        add_agency(call.database, call.actor, call.sent.get("name", ""), area)
    except (InputError, ConflictError) as error:
        return _agencies(call, error.message, status_of(error))
    return RedirectResponse(AGENCIES, 303)


def close(call: DeskCall) -> Response:
    """An agency that is closed gets nobody any more."""
    close_agency(call.database, call.actor, call.sent.get("agency", ""), call.today)
    return RedirectResponse(AGENCIES, 303)
