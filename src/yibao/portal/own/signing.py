"""Signing in and out, and a new password."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from yibao.access.errors import LockedError, UnknownActorError
from yibao.access.guesses import KNOWN_FOR, Whence
from yibao.access.sessions import LONGEST, Session, change_password, sign_in, sign_out
from yibao.api.observe import routed
from yibao.api.serving import same_site
from yibao.errors import InputError
from yibao.messages import Text, message
from yibao.portal.display import own_address
from yibao.portal.feedback import Throttle
from yibao.portal.own.frame import Counter, check_form, session_in
from yibao.portal.own.reading import CHINA
from yibao.portal.security import DEVICE_COOKIE, SESSION_COOKIE, fields_of, read_form

_TITLE = message("登录")
_LEAVING = message("退出登录")
_GUESSED = message("有人试过您的密码")
_PASSWORD = message("改密码")
_LONGEST_DEVICE = 64


def new_device() -> str:
    """What a browser is known by where a right password came from it."""
    return secrets.token_urlsafe(24)


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
            Route("/sign-out", routed("/sign-out", self.ask), methods=["GET"]),
            Route("/sign-out", routed("/sign-out", self.leave), methods=["POST"]),
            Route("/password", routed("/password", self.ask_password), methods=["GET"]),
            Route("/password", routed("/password", self.change_password), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form; somebody who is signed in goes on."""
        back = own_address(fields_of(request.url.query).get("next", "/own"))
        if await run_in_threadpool(session_in, self._counter, request):
            return RedirectResponse(back, 303)
        return self._page(request, back, "", "", 200)

    async def enter(self, request: Request) -> Response:
        """A login and a password."""
        if not same_site(request):
            raise HTTPException(403)
        sent = await read_form(request)
        back = own_address(sent.get("next", "/own"))
        login = sent.get("login", "").strip()
        if not self._throttle.allows(request.client.host if request.client else ""):
            raise HTTPException(429)
        if not login or not sent.get("password"):
            return self._page(request, back, login, "请填写登录名和密码", 422)
        device = request.cookies.get(DEVICE_COOKIE, "")[:_LONGEST_DEVICE] or new_device()
        whence = Whence(request.client.host if request.client else "", device)
        now = self._counter.now()
        try:
            session = await run_in_threadpool(
                sign_in, self._counter.database, login, sent["password"], now, whence
            )
        except LockedError as error:
            return self._page(request, back, login, str(error), 429)
        except UnknownActorError as error:
            return self._page(request, back, login, str(error), 403)
        response: Response = RedirectResponse(back, 303)
        if session.guessed.failures:
            response = self._warned(request, session, back)
        for name, value, longest in (
            (SESSION_COOKIE, session.token, LONGEST),
            (DEVICE_COOKIE, device, KNOWN_FOR),
        ):
            response.set_cookie(
                name,
                value,
                max_age=int(longest.total_seconds()),
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
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
        return response

    def _page(self, request: Request, back: str, login: str, message: str, status: int) -> Response:
        values = {"after_signing_in": back, "login": login, "message": message}
        response = self._counter.pages.page(request, "own/sign_in.html", _TITLE, values, status)
        response.headers["Cache-Control"] = "no-store"
        return response
