"""我要办 → 参保登记, 给新生儿参保: what needs proof is applied for, and waits for the office."""

from __future__ import annotations

from starlette.responses import Response

from yibao.access.operations import Answer, Key
from yibao.api.counter.errand import Errand, ErrandCall, ErrandSetting, cover_texts, done, outlook
from yibao.api.counter.errands import BY_NAME
from yibao.api.counter.wording import balance_text, due_text, said_of
from yibao.database.unit import Database
from yibao.inquiry.fields import Choice, Field, Values
from yibao.messages import Statements, Text, Wording, message, message_in
from yibao.policy.model import Words
from yibao.portal.own.blocks import Card, Link, Sheet
from yibao.portal.own.frame import WHOSE, Form, OwnCall, recapped
from yibao.portal.own.progress import CASES
from yibao.portal.own.reading import HOME

_PERSON = "person"


def for_whom(call: OwnCall) -> Field:
    """Oneself, or a child in one's charge."""
    people = [call.me, *sorted(call.actor.wards)]
    names = call.names(people)
    return Field(
        _PERSON,
        message("给谁办"),
        "choice",
        default=call.sent.get(WHOSE, call.me) if call.request.method == "GET" else call.me,
        required=True,
        choices=tuple(Choice(person_id, Words(names[person_id])) for person_id in people),
        hint=message("本人和所监护的孩子。"),
    )


def join(call: OwnCall) -> Response:
    """参保登记, also from one scheme to the other."""
    return _applied_for(call, BY_NAME["switch"], "/own/enrol", message("参保登记"), anybody=True)


def child(call: OwnCall) -> Response:
    """给新生儿参保."""
    return _applied_for(call, BY_NAME["own-newborn"], "/own/newborn", message("给新生儿参保"))


def come(call: OwnCall) -> Response:
    """医保关系转入: from where one was insured before."""
    return _applied_for(
        call, BY_NAME["transfer-in"], "/own/moving", message("医保关系转入"), anybody=True
    )


def allowance(call: OwnCall) -> Response:
    """申请生育津贴: by the woman herself; her employer does so at its own pages."""
    return _applied_for(
        call, BY_NAME["allowance"], "/own/allowance", message("申请生育津贴"), anybody=True
    )


def subsidy(call: OwnCall) -> Response:
    """申请灵活就业缴费补贴: of a year that one paid alone."""
    title = message("申请灵活就业缴费补贴")
    return _applied_for(call, BY_NAME["premium-subsidy"], "/own/subsidy", title, anybody=True)


def drug(call: OwnCall) -> Response:
    """申请双通道药品资格."""
    title = message("申请双通道药品资格")
    return _applied_for(call, BY_NAME["drug-qualification"], "/own/drug", title, anybody=True)


def _applied_for(
    call: OwnCall, errand: Errand, path: str, title: Wording, *, anybody: bool = False
) -> Response:
    fields = errand.inputs(ErrandSetting(call.counter.packs))
    form = Form(title, (*((for_whom(call),) if anybody else ()), *fields), lead=errand.lead)

    def asked(database: Database, values: Values, message_id: str) -> ErrandCall:
        return ErrandCall(
            database,
            call.counter.packs,
            call.actor,
            Key(call.me, f"portal_{errand.name}", message_id),
            str(values[_PERSON]) if anybody else call.me,
            values,
            call.counter.now(),
        )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        seen = outlook(errand, asked(call.database, values, "rehearsal"))
        lines: list[tuple[Wording, Text]] = []
        if anybody:
            person_id = str(values[_PERSON])
            lines.append((message_in("filing", "给谁办"), call.names([person_id])[person_id]))
        lines += [
            (field.label, said_of(field, values[field.name]))
            for field in fields
            if values.get(field.name) not in (None, "")
        ]
        lines.append((message("批准以后的待遇"), Statements(cover_texts(seen.after.cover))))
        lines.append((message("批准以后要缴"), due_text(seen.after.due)))
        if errand.touches_account:
            lines.append((message("批准以后的个人账户"), balance_text(seen.after)))
        return lines

    def write(database: Database, values: Values, message_id: str) -> Answer:
        return done(errand, asked(database, values, message_id))

    def shown(_: Values, answer: Answer) -> Response:
        number = str(answer["case"])
        submitted = message("已提交申请")
        sheet = Sheet(
            submitted,
            message("{title}，编号 {number}", title=submitted, number=number),
            call.say(errand.then or message("交齐材料、审核通过以后才生效。")),
            blocks=[
                Card(
                    message("接下来"),
                    links=[Link(message("交材料、看进度"), f"{CASES}/{number}", second=False)],
                )
            ],
            back=HOME,
        )
        return call.show(sheet)

    return recapped(call, form, path, recap, write, shown)
