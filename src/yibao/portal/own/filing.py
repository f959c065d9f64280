"""我要办 → 参保登记, 异地就医备案, 慢特病认定, 医保电子凭证."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup
from starlette.responses import Response

from yibao.access.operations import Key
from yibao.benefit.facts import Enrolment, Filing
from yibao.crossing.operations import file
from yibao.errors import InputError, NotFoundError
from yibao.inquiry.calculators.base import area_choices, disease_choices
from yibao.inquiry.fields import Choice, Field, Values
from yibao.inquiry.reading import any_area
from yibao.inquiry.record_words import english_value
from yibao.inquiry.words import FILING
from yibao.insured.credentials import VALID_FOR, show_credential
from yibao.insured.documents import Proof, catalogue
from yibao.insured.enrolments import enrol
from yibao.policy.kinds import ContributionClass, FilingKind, Scheme, Status
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Link, Sheet
from yibao.portal.own.frame import WHOSE, Form, OwnCall, recapped
from yibao.portal.own.reading import HOME
from yibao.portal.own.words import days

_PERSON = "person"
_ROUTES = {"hukou": "Household registration", "workplace": "Workplace", "birth": "Newborn"}


def _for_whom(call: OwnCall) -> Field:
    people = [call.me, *sorted(call.actor.wards)]
    names = call.names(people)
    return Field(
        _PERSON,
        Words("给谁办", "For whom"),
        "choice",
        default=call.sent.get(WHOSE, call.me) if call.request.method == "GET" else call.me,
        required=True,
        choices=tuple(
            Choice(person_id, Words(names[person_id] or person_id)) for person_id in people
        ),
        hint=Words("本人和所监护的孩子。", "Yourself and children in your charge."),
    )


def _filed(call: OwnCall, title: Words, number: str) -> Response:
    sheet = Sheet(
        title,
        f"{call.say(title)}，编号 {number}",
        call.say(
            Words(
                "从写的那天起有效；已经结算的不变。",
                "It holds from the day written; what was settled stays.",
            )
        ),
        blocks=[
            Block(
                Words("接下来", "Next"),
                links=[Link(Words("看备案", "Filings"), "/own/filings")],
            )
        ],
        back=HOME,
    )
    return call.show(sheet)


def away(call: OwnCall) -> Response:
    """异地就医备案."""
    form = Form(
        Words("异地就医备案", "File for care elsewhere"),
        (
            _for_whom(call),
            Field(
                "kind",
                Words("为什么去外地", "Why"),
                "choice",
                required=True,
                choices=tuple(
                    Choice(code, Words(name, english_value(name))) for code, name in FILING.items()
                ),
            ),
            Field(
                "care_area",
                Words("去哪里", "Where"),
                "text",
                required=True,
                hint=Words(
                    "省、市的名称，或六位行政区划代码。",
                    "A name that the packs know, or six digits.",
                ),
            ),
            Field("start", Words("从哪天起", "From"), "day", default="today", required=True),
            Field(
                "end",
                Words("到哪天止", "To"),
                "day",
                hint=Words("临时外出不填就按规定的期限。", "Temporary ones end as the rules say."),
            ),
        ),
    )

    def filing_of(values: Values) -> Filing:
        try:
            area = any_area(call.counter.packs, str(values["care_area"]), "care_area")
        except NotFoundError:
            raise InputError(
                "不认识这个地方，请写省、市的名称或六位区划代码", place="care_area"
            ) from None
        if values["end"] is not None and values["end"] < values["start"]:
            raise InputError("止日不能早于起日", place="end")
        return Filing(
            str(values[_PERSON]),
            FilingKind(str(values["kind"])),
            area,
            None,
            values["start"],
            values["end"],
        )

    def recap(values: Values) -> list[tuple[Words, str]]:
        filing = filing_of(values)
        return [
            (Words("给谁办", "For"), call.names([filing.person])[filing.person]),
            (Words("种类", "Kind"), FILING[filing.kind]),
            (Words("去哪里", "Where"), f"{values['care_area']}（{filing.care_area}）"),
            (Words("起止", "Days"), days(filing.start, filing.end)),
        ]

    def act(values: Values) -> Response:
        key = Key(call.me, "portal_file", call.once())
        answer = file(call.database, call.counter.packs, key, filing_of(values), actor=call.actor)
        return _filed(call, Words("已备案", "Filed"), str(answer["filing_id"]))

    return recapped(call, form, "/own/filing", recap, act)


def chronic(call: OwnCall) -> Response:
    """慢特病认定."""
    diseases = disease_choices(call.counter.packs)
    names = {choice.code: choice.label for choice in diseases}
    form = Form(
        Words("慢特病认定", "Listed disease"),
        (
            _for_whom(call),
            Field(
                "disease",
                Words("病种", "Disease"),
                "choice",
                required=True,
                choices=diseases,
            ),
            Field("start", Words("从哪天起", "From"), "day", default="today", required=True),
            Field(
                "shown",
                Words("已有二级以上医院的诊断证明和检查资料", "I have the hospital's certificate"),
                "flag",
                hint=Words(
                    "沙箱不上传材料，由经办人员核对原件。", "The office checks the originals."
                ),
            ),
        ),
    )

    def filing_of(values: Values) -> Filing:
        if not values["shown"]:
            raise InputError("没有诊断证明不能认定，请先到医院开具", place="shown")
        return Filing(
            str(values[_PERSON]),
            FilingKind.CHRONIC,
            None,
            str(values["disease"]),
            values["start"],
            None,
        )

    def recap(values: Values) -> list[tuple[Words, str]]:
        filing = filing_of(values)
        return [
            (Words("给谁办", "For"), call.names([filing.person])[filing.person]),
            (Words("病种", "Disease"), call.say(names[str(filing.disease)])),
            (Words("从哪天起", "From"), filing.start.isoformat()),
        ]

    def act(values: Values) -> Response:
        key = Key(call.me, "portal_chronic", call.once())
        answer = file(call.database, call.counter.packs, key, filing_of(values), actor=call.actor)
        return _filed(call, Words("已登记认定", "Recorded"), str(answer["filing_id"]))

    return recapped(call, form, "/own/chronic", recap, act)


def join(call: OwnCall) -> Response:
    """参保登记 of somebody who is registered already."""
    routes = catalogue()["routes"]
    documents = {
        code: "；".join(
            "或".join(catalogue()["kinds"][kind] for kind in need["any"])
            + (f"（{need['copies']} 份）" if need.get("copies", 1) > 1 else "")
            for need in route["need"]
        )
        for code, route in routes.items()
    }
    form = Form(
        Words("参保登记", "Enrol"),
        (
            _for_whom(call),
            Field(
                "scheme",
                Words("参加什么", "Scheme"),
                "choice",
                default="resident",
                required=True,
                choices=(
                    Choice("resident", Words("城乡居民", "Residents")),
                    Choice("flexible", Words("灵活就业（职工）", "Flexible employment")),
                ),
                hint=Words("单位职工由单位登记。", "Employers register their employees."),
            ),
            Field(
                "area",
                Words("在哪里参保", "Where"),
                "choice",
                required=True,
                choices=area_choices(call.counter.packs),
            ),
            Field(
                "route",
                Words("凭什么在那里参保", "By what"),
                "choice",
                default="hukou",
                required=True,
                choices=tuple(
                    Choice(code, Words(route["zh"], _ROUTES.get(code, code)))
                    for code, route in routes.items()
                ),
            ),
            Field("start", Words("从哪天起", "From"), "day", default="today", required=True),
            Field(
                "shown",
                Words("材料齐全", "I have the documents"),
                "flag",
                hint=Words(
                    "；".join(f"{routes[code]['zh']}：{text}" for code, text in documents.items()),
                ),
            ),
        ),
    )

    def enrolment_of(values: Values) -> Enrolment:
        if not values["shown"]:
            raise InputError("请先备齐材料再登记", place="shown")
        flexible = values["scheme"] == "flexible"
        return Enrolment(
            Scheme.EMPLOYEE if flexible else Scheme.RESIDENT,
            Status.WORKING if flexible else None,
            values["start"],
            None,
            str(values["area"]),
            ContributionClass.FLEXIBLE if flexible else ContributionClass.EMPLOYER,
        )

    def recap(values: Values) -> list[tuple[Words, str]]:
        enrolment = enrolment_of(values)
        person = str(values[_PERSON])
        route = str(values["route"])
        return [
            (Words("给谁办", "For"), call.names([person])[person]),
            (
                Words("参加什么", "Scheme"),
                "灵活就业（职工）" if enrolment.scheme == Scheme.EMPLOYEE else "城乡居民",
            ),
            (Words("在哪里", "Where"), call.say(call.counter.packs.area(enrolment.area).name)),
            (Words("从哪天起", "From"), enrolment.start.isoformat()),
            (Words("材料", "Documents"), documents[route]),
        ]

    def act(values: Values) -> Response:
        needs = routes[str(values["route"])]["need"]
        proofs = [Proof(need["any"][0], need.get("copies", 1)) for need in needs]
        enrol(
            call.database,
            call.counter.packs,
            Key(call.me, "portal_enrol", call.once()),
            str(values[_PERSON]),
            enrolment_of(values),
            actor=call.actor,
            proofs=proofs,
        )
        sheet = Sheet(
            Words("已参保登记", "Enrolled"),
            call.say(Words("已参保登记，缴费以后才有待遇", "Enrolled; cover follows payment")),
            blocks=[
                Block(
                    Words("接下来", "Next"),
                    links=[
                        Link(Words("去缴费", "Pay"), "/own/pay", second=False),
                        Link(Words("看参保信息", "Insurance"), "/own/insurance"),
                    ],
                )
            ],
            back=HOME,
        )
        return call.show(sheet)

    return recapped(call, form, "/own/enrol", recap, act)


def credential(call: OwnCall) -> Response:
    """医保电子凭证: a QR code for minutes, made when it is asked for."""
    people = [call.me, *sorted(call.actor.wards)]
    names = call.names(people)
    asking = [
        Link(
            Words(f"出示{names[person_id]}的凭证", f"Show the code of {names[person_id]}"),
            "/own/credential",
            post=True,
            second=person_id != call.me,
            fields=[(WHOSE, person_id)],
        )
        for person_id in people
    ]
    title = Words("医保电子凭证", "E-credential")
    if call.request.method == "GET":
        lead = Words(
            "就医、购药时给窗口扫码。每个码只能用一次，几分钟后失效。",
            "For the counter to scan. Each code works once, for a few minutes.",
        )
        return call.show(Sheet(title, blocks=[Block(title, lead=lead, links=asking)], back=HOME))
    person = call.whose
    shown = show_credential(call.database, person, call.counter.now(), actor=call.actor)
    out = io.BytesIO()
    drawn = segno.make(shown.code, error="q")
    drawn.save(out, kind="svg", scale=8, border=4, light="#fff", xmldecl=False, svgns=False)
    minutes = int(VALID_FOR.total_seconds() // 60)
    block = Block(
        Words(names[person]),
        lead=Words(
            f"{minutes} 分钟内有效，扫一次就作废。不要截图发给别人。",
            f"Valid for {minutes} minutes, once. Do not send a picture of it.",
        ),
        image=Markup(out.getvalue().decode()),
        image_text=Words("电子凭证二维码", "QR code of the e-credential"),
        facts=[(Words("凭证码", "Code"), shown.code)],
        links=asking,
    )
    return call.show(Sheet(title, blocks=[block], back=HOME))
