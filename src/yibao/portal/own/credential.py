"""我要办 → 医保电子凭证: activate, show, bind another telephone, give up; for a child too."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup
from starlette.responses import Response

from yibao.errors import YibaoError
from yibao.insured.people.activations import (
    Activation,
    activate_credential,
    activation_of,
    end_credential,
    places_of,
)
from yibao.insured.people.credentials import VALID_FOR, show_credential
from yibao.messages import Message, Text, message
from yibao.policy.model import Words
from yibao.portal.calls import status_of
from yibao.portal.own.blocks import Card, Link, Sheet
from yibao.portal.own.frame import WHOSE, OwnCall
from yibao.portal.own.reading import CHINA, HOME
from yibao.portal.security import DEVICE_COOKIE
from yibao.record.used import held_state

CREDENTIAL = "/own/credential"
_DO, _AREA = "do", "area"
_ACTIVATE, _SHOW, _GIVE_UP = "activate", "show", "give-up"
_TITLE = message("医保电子凭证")


def credential(call: OwnCall) -> Response:
    """What each of the family has, and what is done with it."""
    if call.request.method == "GET":
        return _page(call, None, 200)
    wanted = call.sent.get(_DO, _SHOW)
    person = call.whose
    try:
        if wanted == _ACTIVATE:
            area, at = call.sent.get(_AREA, ""), call.counter.now()
            activate_credential(
                call.database, person, area, at, actor=call.actor, device=_device(call)
            )
        elif wanted == _GIVE_UP:
            end_credential(call.database, person, call.counter.now(), actor=call.actor)
        else:
            return _shown(call, person)
    except YibaoError as error:
        return _page(call, error.said, status_of(error))
    return _page(call, None, 200)


def _device(call: OwnCall) -> str:
    return call.request.cookies.get(DEVICE_COOKIE, "")


def _page(call: OwnCall, fault: Text | None, status: int) -> Response:
    people = [call.me, *sorted(call.actor.wards)]
    names = call.names(people)
    blocks = [_card(call, person_id, names[person_id]) for person_id in people]
    about = message("就医、购药时出示。每个码只能用一次，几分钟后失效。")
    say = message("给窗口扫的码") if fault is None else fault
    sheet = Sheet(_TITLE, say, about, blocks=blocks, back=HOME, good=fault is None)
    return call.show(sheet, status)


def _card(call: OwnCall, person_id: str, name: str) -> Card:
    """One person's: active or not, and the buttons that fit."""
    facts, active = call.database.read(
        lambda unit: (
            held_state(unit, person_id)[0],
            activation_of(unit, person_id, _device(call)),
        )
    )

    def button(text: Message, wanted: str, *, second: bool = True, area: str = "") -> Link:
        fields = [(WHOSE, person_id), (_DO, wanted), *([(_AREA, area)] if area else [])]
        return Link(text, CREDENTIAL, post=True, second=second, fields=fields)

    places = places_of(facts, call.today)
    if active is None:
        lead = message("还没有激活。选参保地激活以后，只有这台设备能出示。")
        links = [
            button(
                message(
                    "给{value}激活：{place}", value=name, place=call.counter.packs.place_name(area)
                ),
                _ACTIVATE,
                second=False,
                area=area,
            )
            for area in places
        ]
        if not places:
            lead = message("今天没有参保，不能激活。先办参保登记。")
            links = [Link(message("参保登记"), call.address("/own/enrol"))]
        return Card(Words(name), lead=lead, links=links)
    give_up = button(message("停用{value}的凭证（手机丢了）", value=name), _GIVE_UP)
    if not active.is_here:
        rebind = button(
            message("改用这台设备出示{value}的凭证", value=name),
            _ACTIVATE,
            second=False,
            area=active.area if active.area in places else next(iter(places), active.area),
        )
        lead = message("绑定在另一台设备上。换了手机就在这里改绑，那一台从此不能出示。")
        return Card(Words(name), lead=lead, facts=_facts(call, active), links=[rebind, give_up])
    show = button(message("出示{value}的凭证", value=name), _SHOW, second=False)
    return Card(Words(name), facts=_facts(call, active), links=[show, give_up])


def _facts(call: OwnCall, active: Activation) -> list[tuple[Message, Text]]:
    since = active.activated_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    return [
        (message("参保地"), call.say(call.counter.packs.place_name(active.area))),
        (message("激活时间"), since),
    ]


def _shown(call: OwnCall, person: str) -> Response:
    """A QR code for minutes, made when it is asked for."""
    name = call.names([person])[person]
    shown = show_credential(
        call.database, person, call.counter.now(), actor=call.actor, device=_device(call)
    )
    out = io.BytesIO()
    drawn = segno.make(shown.code, error="q")
    drawn.save(out, kind="svg", scale=8, border=4, light="#fff", xmldecl=False, svgns=False)
    minutes = int(VALID_FOR.total_seconds() // 60)
    again = Link(
        message("换一个码"),
        CREDENTIAL,
        post=True,
        second=False,
        fields=[(WHOSE, person), (_DO, _SHOW)],
    )
    block = Card(
        Words(name),
        lead=message("{minutes} 分钟内有效，扫一次就作废。不要截图发给别人。", minutes=minutes),
        image=Markup(out.getvalue().decode()),
        image_text=message("电子凭证二维码"),
        facts=[(message("凭证码"), Markup('<span class="small num">{}</span>').format(shown.code))],
        links=[again, Link(message("全家的凭证"), CREDENTIAL)],
    )
    return call.show(Sheet(_TITLE, blocks=[block], back=HOME))
