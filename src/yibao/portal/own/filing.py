"""我要办 → 异地就医备案, 慢特病认定."""

from __future__ import annotations

from starlette.responses import Response

from yibao.access.operations import Answer, Key
from yibao.benefit.facts import Filing
from yibao.crossing.applications import ChronicApplication
from yibao.crossing.operations import OUT_OF_AREA, cancel, change, file, standing_filings
from yibao.crossing.qualification import COMMITMENT, apply_chronic, is_reviewed
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError
from yibao.inquiry import errands
from yibao.inquiry.calculators.base import disease_choices
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Choice, Field, Values
from yibao.inquiry.reading import any_area
from yibao.inquiry.words import FILING
from yibao.messages import Text, Wording, message, message_in
from yibao.policy.kinds import FilingKind
from yibao.policy.places import is_known_code, place_of
from yibao.portal.own.applying import for_whom
from yibao.portal.own.blocks import Card, Link, Sheet
from yibao.portal.own.frame import Form, OwnCall, recapped
from yibao.portal.own.progress import CASES
from yibao.portal.own.reading import HOME, read_own
from yibao.portal.own.words import OF_CHANGES, days
from yibao.record.used import held_state

_PERSON = "person"


def _filed(call: OwnCall, title: Wording) -> Response:
    sheet = Sheet(
        title,
        title,
        message("从写的那天起有效；已经结算的不变。"),
        blocks=[Card(message("接下来"), links=[Link(message("看备案"), "/own/filings")])],
        back=HOME,
    )
    return call.show(sheet)


def away(call: OwnCall) -> Response:
    """异地就医备案."""
    form = Form(
        message("异地就医备案"),
        (
            for_whom(call),
            field_of(
                errands.FILED_KIND,
                choices=tuple(Choice(code, name) for code, name in FILING.items()),
            ),
            field_of(errands.CARE_AREA, kind="text"),
            field_of(errands.FIRST_DAY),
            field_of(errands.LAST_DAY, hint=message("临时外出不填就按规定的期限。")),
        ),
    )

    def filing_of(values: Values) -> Filing:
        area = _area_of(call, values)
        if values["end"] is not None and values["end"] < values["start"]:
            raise InputError(message("止日不能早于起日"), place="end")
        return Filing(
            str(values[_PERSON]),
            FilingKind(str(values["kind"])),
            area,
            None,
            values["start"],
            values["end"],
        )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        filing = filing_of(values)
        return [
            (message_in("filing", "给谁办"), call.names([filing.person])[filing.person]),
            (message("种类"), FILING[filing.kind]),
            (message("去哪里"), _named(call, filing.care_area or "")),
            (message("起止"), days(filing.start, filing.end)),
        ]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        key = Key(call.me, "portal_file", message_id)
        return file(database, call.counter.packs, key, filing_of(values), actor=call.actor)

    def shown(_: Values, __: Answer) -> Response:
        return _filed(call, message("已备案"))

    return recapped(call, form, "/own/filing", recap, write, shown)


def altered(call: OwnCall) -> Response:
    """Change the place or the days of a filing away from home, or end it."""
    number = call.parameters["filing"]
    filings = read_own(call, "read_person", lambda unit: standing_filings(unit, call.whose))
    current = filings.get(number)
    if current is None or current.kind not in OUT_OF_AREA:
        raise NotFoundError(message("没有这条备案"))
    person = call.whose
    changing = (OF_CHANGES,)
    form = Form(
        message("变更或取消备案"),
        (
            Field(
                "action",
                message("办什么"),
                "choice",
                default="change",
                required=True,
                choices=(
                    Choice("change", message("变更地点和起止")),
                    Choice("end", message("取消备案")),
                ),
            ),
            field_of(
                errands.CARE_AREA,
                kind="text",
                default=_named(call, current.care_area or ""),
                when=changing,
            ),
            field_of(errands.FIRST_DAY, default=current.start.isoformat(), when=changing),
            field_of(
                errands.LAST_DAY,
                default=current.end.isoformat() if current.end else "",
                hint=message("临时外出不填就按规定的期限。"),
                when=changing,
            ),
        ),
        lead=message("已经结算的不变；取消以后去那里看病按没有备案结算。"),
    )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        lines: list[tuple[Wording, Text]] = [
            (message_in("filing", "给谁办"), call.names([person])[person]),
            (message("种类"), FILING[current.kind]),
        ]
        if values["action"] == "end":
            last = message("{day} 起不再有效", day=call.today)
            return [*lines, (message("取消备案"), last)]
        area = _area_of(call, values)
        return [
            *lines,
            (message("去哪里"), _named(call, area)),
            (message("起止"), days(values["start"], values["end"])),
        ]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        key = Key(call.me, "portal_change_filing", message_id)
        if values["action"] == "end":
            return cancel(database, key, person, number, call.today, actor=call.actor)
        area = _area_of(call, values)
        return change(
            database,
            key,
            person,
            number,
            start=values["start"],
            end=values["end"],
            care_area=None if area == current.care_area else area,
            actor=call.actor,
            library=call.counter.packs,
        )

    def shown(values: Values, _: Answer) -> Response:
        ended = values["action"] == "end"
        return _filed(call, message("已取消备案") if ended else message("已变更备案"))

    return recapped(call, form, f"/own/filings/{number}", recap, write, shown)


def _area_of(call: OwnCall, values: Values) -> str:
    """The code of the place that was written; ``InputError`` for what is none."""
    unknown = message("不认识这个地方，请写省、市的名称或六位区划代码")
    try:
        area = any_area(call.counter.packs, str(values["care_area"]), "care_area")
    except NotFoundError:
        raise InputError(unknown, place="care_area") from None
    except InputError as error:  # the name of several places
        raise InputError(error.message, place="care_area") from None
    if not is_known_code(area):
        raise InputError(unknown, place="care_area")
    return area


def _named(call: OwnCall, area: str) -> str:
    """A place as people call it."""
    place = place_of(area)
    return place.full if place is not None else area


def chronic(call: OwnCall) -> Response:
    """慢特病认定."""
    diseases = disease_choices(call.counter.packs)
    names = {choice.code: choice.label for choice in diseases}
    form = Form(
        message("慢特病认定"),
        (
            for_whom(call),
            field_of(errands.DISEASE, kind="choice", choices=diseases),
            field_of(errands.FIRST_DAY),
            Field(
                "shown",
                message("已有二级以上医院的诊断证明和检查资料"),
                "flag",
                hint=message("提交以后在“办事进度”里上传，或带原件到窗口。"),
            ),
        ),
    )

    def filing_of(values: Values) -> Filing:
        if not values["shown"]:
            raise InputError(message("没有诊断证明不能认定，请先到医院开具"), place="shown")
        return Filing(
            str(values[_PERSON]),
            FilingKind.CHRONIC,
            None,
            str(values["disease"]),
            values["start"],
            None,
        )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        filing = filing_of(values)
        lines: list[tuple[Wording, Text]] = [
            (message_in("filing", "给谁办"), call.names([filing.person])[filing.person]),
            (message("病种"), call.say(names[str(filing.disease)])),
            (message("从哪天起"), filing.start.isoformat()),
        ]
        facts, _ = call.database.read(lambda unit: held_state(unit, filing.person))
        if not is_reviewed(call.counter.packs, facts, str(filing.disease), filing.start):
            lines.append((message("不用审核，确认就是承诺"), COMMITMENT))
        return lines

    def write(database: Database, values: Values, message_id: str) -> Answer:
        filing = filing_of(values)
        return apply_chronic(
            database,
            call.counter.packs,
            Key(call.me, "portal_chronic", message_id),
            filing.person,
            ChronicApplication(disease=str(filing.disease), start=filing.start),
            actor=call.actor,
            # Where the office does not review, what is confirmed says so.
            committed=True,
        )

    def shown(_: Values, answer: Answer) -> Response:
        number = str(answer["case"])
        if answer["filing"] is not None:
            return _filed(call, message("已认定"))
        sheet = Sheet(
            message("已提交认定申请"),
            message("{title}，编号 {number}", title=message("已提交认定申请"), number=number),
            call.say(message("经办人员核对材料以后才生效；没有批准以前按普通门诊结算。")),
            blocks=[
                Card(
                    message("接下来"),
                    links=[
                        Link(message("交材料、看进度"), f"{CASES}/{number}", second=False),
                    ],
                )
            ],
            back=HOME,
        )
        return call.show(sheet)

    return recapped(call, form, "/own/chronic", recap, write, shown)
