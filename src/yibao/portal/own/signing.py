"""Signing in and out, and a new password."""

from __future__ import annotations

import datetime
import io
import secrets
from typing import Any
from urllib.parse import urlencode

import segno
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from yibao.access.errors import LockedError, UnknownActorError
from yibao.access.guesses import KNOWN_FOR, Whence
from yibao.access.permissions import Role
from yibao.access.second import address_of
from yibao.access.sessions import (
    LONGEST,
    LONGEST_STEP,
    Awaits,
    Session,
    begun_session,
    change_password,
    finish_sign_in,
    secret_to_enrol,
    sign_in,
    sign_out,
)
from yibao.api.observe import routed
from yibao.api.serving import same_site
from yibao.errors import InputError
from yibao.messages import Text, message
from yibao.portal.calls import Counter, check_form, session_in
from yibao.portal.display import own_address
from yibao.portal.feedback import Throttle
from yibao.portal.own.drafts import drop_draft
from yibao.portal.own.reading import CHINA
from yibao.portal.security import DEVICE_COOKIE, SESSION_COOKIE, fields_of, read_form

_TITLE = message("登录")
_LEAVING = message("退出登录")
_GUESSED = message("有人试过您的密码")
_PASSWORD = message("改密码")
_SECOND = message("登录验证码")
_ENROLMENT = message("给手机绑定验证码")
_RECOVERY = message("备用码")
_LONGEST_DEVICE, _LONGEST_CODE = 64, 40
_ENDED = ("1", "lost")
"""What became of the form that a session ended on: kept, or not taken."""
_OWN, _DESK, _CODE = "/own", "/desk", "/sign-in/code"


def new_device() -> str:
    """What a browser is known by where a right password came from it."""
    return secrets.token_urlsafe(24)


def _whence(request: Request) -> Whence:
    device = request.cookies.get(DEVICE_COOKIE, "")[:_LONGEST_DEVICE] or new_device()
    return Whence(request.client.host if request.client else "", device)


def _keep(
    request: Request, response: Response, name: str, value: str, longest: datetime.timedelta
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(longest.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _landing(session: Session, back: str) -> str:
    """Where somebody goes who did not ask for a page of the own role: insured people have
    their records, everybody else the desk."""
    is_of_own = back == _OWN or back.startswith(f"{_OWN}/")
    return _DESK if is_of_own and session.actor.role is not Role.INSURED else back


def _in_groups(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _drawn(address: str) -> Markup:
    out = io.BytesIO()
    drawn = segno.make(address, error="m")
    drawn.save(out, kind="svg", scale=5, border=4, light="#fff", xmldecl=False, svgns=False)
    return Markup(out.getvalue().decode())


class Signing:
    """The page where one signs in, and the end of a session."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._throttle = Throttle(most=30)

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/sign-in", routed("/sign-in", self.show), methods=["GET"]),
            Route("/sign-in", routed("/sign-in", self.enter), methods=["POST"]),
            Route(_CODE, routed(_CODE, self.ask_code), methods=["GET"]),
            Route(_CODE, routed(_CODE, self.take_code), methods=["POST"]),
            Route("/sign-out", routed("/sign-out", self.ask), methods=["GET"]),
            Route("/sign-out", routed("/sign-out", self.leave), methods=["POST"]),
            Route("/password", routed("/password", self.ask_password), methods=["GET"]),
            Route("/password", routed("/password", self.change_password), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form; somebody who is signed in goes on."""
        back = own_address(fields_of(request.url.query).get("next", _OWN))
        session = await run_in_threadpool(session_in, self._counter, request)
        if session is not None:
            return RedirectResponse(_landing(session, back), 303)
        ended = fields_of(request.url.query).get("again", "")
        return self._page(request, back, "", "", 200, ended=ended)

    async def enter(self, request: Request) -> Response:
        """A login and a password."""
        if not same_site(request):
            raise HTTPException(403)
        sent = await read_form(request)
        back = own_address(sent.get("next", _OWN))
        login = sent.get("login", "").strip()
        if not self._throttle.allows(request.client.host if request.client else ""):
            raise HTTPException(429)
        if not login or not sent.get("password"):
            return self._page(request, back, login, "请填写登录名和密码", 422)
        whence = _whence(request)
        now = self._counter.now()
        try:
            session = await run_in_threadpool(
                sign_in, self._counter.database, login, sent["password"], now, whence
            )
        except LockedError as error:
            return self._page(request, back, login, str(error), 429)
        except UnknownActorError as error:
            return self._page(request, back, login, str(error), 403)
        if session.awaits is not None:
            response: Response = RedirectResponse(f"{_CODE}?{urlencode({'next': back})}", 303)
            _keep(request, response, SESSION_COOKIE, session.token, LONGEST_STEP)
            return response
        return self._entered(request, session, back, whence)

    def _entered(self, request: Request, session: Session, back: str, whence: Whence) -> Response:
        """Where the way was to; what others tried comes first."""
        landing = _landing(session, back)
        response: Response = RedirectResponse(landing, 303)
        if session.guessed.failures:
            response = self._warned(request, session, landing)
        _keep(request, response, SESSION_COOKIE, session.token, LONGEST)
        _keep(request, response, DEVICE_COOKIE, whence.device, KNOWN_FOR)
        return response

    async def ask_code(self, request: Request) -> Response:
        """The second step: the form for a code, and before the first one the telephone's QR."""
        back = own_address(fields_of(request.url.query).get("next", _OWN))
        session = await run_in_threadpool(self._begun, request)
        if session is None or session.awaits is None:
            return RedirectResponse(f"/sign-in?{urlencode({'next': back})}", 303)
        return await run_in_threadpool(self._code_page, request, session, back, None, 200)

    async def take_code(self, request: Request) -> Response:
        """A code of the telephone, or one from paper."""
        sent = await read_form(request)
        back = own_address(sent.get("next", _OWN))
        session = await run_in_threadpool(self._begun, request)
        if session is None or session.awaits is None:
            return RedirectResponse(f"/sign-in?{urlencode({'next': back})}", 303)
        check_form(request, session, sent)
        whence = _whence(request)
        try:
            whole, codes = await run_in_threadpool(
                finish_sign_in,
                self._counter.database,
                session,
                sent.get("code", "")[:_LONGEST_CODE],
                self._counter.now(),
                whence,
            )
        except (LockedError, UnknownActorError) as error:
            status = 429 if isinstance(error, LockedError) else 403
            return await run_in_threadpool(
                self._code_page, request, session, back, error.said, status
            )
        if not codes:
            return self._entered(request, whole, back, whence)
        values = {
            "signed_in": True,
            "form_token": whole.form_token,
            "after_signing_in": _landing(whole, back),
            "codes": codes,
        }
        response = self._counter.pages.page(request, "own/recovery.html", _RECOVERY, values)
        response.headers["Cache-Control"] = "no-store"
        _keep(request, response, SESSION_COOKIE, whole.token, LONGEST)
        _keep(request, response, DEVICE_COOKIE, whence.device, KNOWN_FOR)
        return response

    def _begun(self, request: Request) -> Session | None:
        token = request.cookies.get(SESSION_COOKIE, "")
        return begun_session(self._counter.database, token, self._counter.now()) if token else None

    def _code_page(
        self, request: Request, session: Session, back: str, fault: Text | None, status: int
    ) -> Response:
        values: dict[str, Any] = {
            "after_signing_in": back,
            "form_token": session.form_token,
            "message": fault,
            "secret": "",
            "sandbox": self._counter.database.is_sandbox(),
        }
        title = _SECOND
        if session.awaits is Awaits.ENROLMENT:
            title = _ENROLMENT
            login, secret = secret_to_enrol(self._counter.database, session)
            values |= {"secret": _in_groups(secret), "image": _drawn(address_of(secret, login))}
        response = self._counter.pages.page(request, "own/second.html", title, values, status)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _warned(self, request: Request, session: Session, back: str) -> Response:
        """What others tried, before anything else is shown."""
        last_at = session.guessed.last_at
        assert last_at is not None
        values = {
            "signed_in": True,
            "form_token": session.form_token,
            "after_signing_in": back,
            "failures": session.guessed.failures,
            "last_at": last_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
        }
        response = self._counter.pages.page(request, "own/guessed.html", _GUESSED, values)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def ask_password(self, request: Request) -> Response:
        """The form for a new password, of whoever is signed in."""
        session = await run_in_threadpool(session_in, self._counter, request)
        if session is None:
            return RedirectResponse(f"/sign-in?{urlencode({'next': '/password'})}", 303)
        return self._password_page(request, session, "", 200)

    async def change_password(self, request: Request) -> Response:
        """A new password; everything that knew the old one ends, this session too."""
        sent = await read_form(request)
        session = await run_in_threadpool(session_in, self._counter, request)
        if session is None:
            return RedirectResponse(f"/sign-in?{urlencode({'next': '/password'})}", 303)
        check_form(request, session, sent)
        if sent.get("password", "") != sent.get("again", ""):
            return self._password_page(request, session, message("两次输入的新密码不一样"), 422)
        try:
            await run_in_threadpool(
                change_password,
                self._counter.database,
                session.actor,
                sent.get("current", ""),
                sent.get("password", ""),
                self._counter.now(),
            )
        except LockedError as error:
            return self._password_page(request, session, error.said, 429)
        except (UnknownActorError, InputError) as error:
            return self._password_page(request, session, error.said, 422)
        response = RedirectResponse(f"/sign-in?{urlencode({'next': '/own'})}", 303)
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
        return response

    def _password_page(
        self, request: Request, session: Session, fault: Text, status: int
    ) -> Response:
        values = {"signed_in": True, "form_token": session.form_token, "message": fault}
        response = self._counter.pages.page(request, "own/password.html", _PASSWORD, values, status)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def ask(self, request: Request) -> Response:
        """One button to sign out, for the link that stands on every page."""
        session = await run_in_threadpool(session_in, self._counter, request)
        if session is None:
            response: Response = RedirectResponse("/sign-in", 303)
            response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
            return response
        values = {"form_token": session.form_token}
        response = self._counter.pages.page(request, "own/sign_out.html", _LEAVING, values)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def leave(self, request: Request) -> Response:
        """Sign out."""
        sent = await read_form(request)
        session = await run_in_threadpool(session_in, self._counter, request)
        if session is not None:
            check_form(request, session, sent)
            await run_in_threadpool(sign_out, self._counter.database, session.token)
        response = RedirectResponse(f"/sign-in?{urlencode({'next': '/own'})}", 303)
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
        drop_draft(response)
        return response

    def _page(
        self,
        request: Request,
        back: str,
        login: str,
        message: str,
        status: int,
        *,
        ended: str = "",
    ) -> Response:
        values = {
            "after_signing_in": back,
            "login": login,
            "message": message,
            "session_ended": ended if ended in _ENDED else "",
        }
        response = self._counter.pages.page(request, "own/sign_in.html", _TITLE, values, status)
        response.headers["Cache-Control"] = "no-store"
        return response
