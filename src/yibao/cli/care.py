"""The options that describe one person and one bill, shared by ``quote`` and ``compare``."""

from __future__ import annotations

import datetime
import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, get_type_hints

import typer

from yibao import library
from yibao.benefit.facts import Filing, Institution, Item, Person, Used, Visit
from yibao.benefit.rules import day_rules
from yibao.cli import options
from yibao.cli.options import UNKNOWN_AGE
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.parameters import DECLARATIONS

_LONG_AGO = datetime.date(2000, 1, 1)
_NO_BIRTH = datetime.date(1980, 1, 1)
"""Stands where no rule of the area looks at age."""
_MOST_ADMISSIONS = 9_999
_USED = (
    "outpatient_deductible",
    "outpatient_pooled",
    "inpatient_pooled",
    "chronic_pooled",
    "upper",
    "assistance",
    "eligible_own",
    "outpatient_eligible",
)


def _flag(name: str, help_: str) -> Any:
    return typer.Option(name, help=help_)


def _text(name: str, metavar: str, help_: str, **settings: Any) -> Any:
    return typer.Option(name, metavar=metavar, help=help_, show_default=False, **settings)


@dataclass(frozen=True, slots=True)
class Case:
    """One person, one institution and one bill, ready for the library."""

    insured: Person
    institution: Institution
    care: Visit
    filings: tuple[Filing, ...]
    used: Used | None
    balance: int


@dataclass(frozen=True, slots=True)
class CareOptions:
    """The options as they were written."""

    scheme: Annotated[
        str,
        _text(
            "--scheme",
            "险种",
            "resident 居民、employee 职工、flexible 灵活就业。",
            envvar="YIBAO_SCHEME",
        ),
    ]
    kind: Annotated[
        str,
        _text(
            "--kind",
            "类别",
            "outpatient 门诊、inpatient 住院、chronic 慢特病、pharmacy 药店、maternity 生育。",
        ),
    ]
    status: Annotated[
        str,
        _text("--status", "身份", "职工：working 在职、retired 退休。", envvar="YIBAO_STATUS"),
    ] = ""
    total: Annotated[str, _text("--total", "元", "总额，算作一笔甲类费用。")] = ""
    item: Annotated[
        list[str],
        _text(
            "--item",
            "明细",
            "费用明细，可以写几次：B:2000:upfront=10:kind=drug:limit=450。",
        ),
    ] = ()  # type: ignore[assignment]
    price_class: Annotated[int, _text("--price-class", "类", "机构价格类别 1、2、3。")] = 0
    grade: Annotated[str, _text("--grade", "等级", "医院等级，如 3A、三甲。")] = ""
    county: Annotated[bool, _flag("--county", "县级二类机构。")] = False
    community: Annotated[bool, _flag("--community", "社区卫生服务机构。")] = False
    care_area: Annotated[str, _text("--care-area", "地区", "就医地；缺省同参保地。")] = ""
    filing: Annotated[
        str,
        _text(
            "--filing",
            "备案",
            "异地备案：long_stay 长期、referral 转诊、emergency 急诊、other_temporary 其他。",
        ),
    ] = ""
    emergency: Annotated[bool, _flag("--emergency", "急诊。")] = False
    disease: Annotated[str, _text("--disease", "病种", "慢特病病种，如 hypertension。")] = ""
    disease_from: Annotated[str, _text("--disease-from", "日期", "病种认定日；缺省当天。")] = ""
    prescription: Annotated[bool, _flag("--prescription", "药店凭外配处方。")] = False
    dual_channel: Annotated[bool, _flag("--dual-channel", "“双通道”药品。")] = False
    family_doctor: Annotated[bool, _flag("--family-doctor", "签约家庭医生。")] = False
    manual: Annotated[bool, _flag("--manual", "手工报销，不是直接结算。")] = False
    on: Annotated[str, _text("--on", "日期", "就诊日，住院写出院日；缺省今天。")] = ""
    admitted: Annotated[str, _text("--admitted", "日期", "住院写入院日；缺省同出院日。")] = ""
    admissions: Annotated[int, _text("--admissions", "次", "今年此前住过几次院。")] = 0
    used: Annotated[
        list[str],
        _text("--used", "累计", "今年已用，可以写几次：outpatient_pooled=1200。"),
    ] = ()  # type: ignore[assignment]
    group: options.Groups = ()  # type: ignore[assignment]
    birth: options.Birth = ""
    age: options.Age = UNKNOWN_AGE
    enrolled_from: Annotated[
        str, _text("--enrolled-from", "日期", "参保首日；缺省按一直参保。")
    ] = ""
    balance: Annotated[str, _text("--balance", "元", "本人个人账户余额。")] = ""
    draw_own: Annotated[bool, _flag("--draw-own", "用本人个人账户支付个人负担。")] = False
    delivery: Annotated[
        str,
        _text("--delivery", "方式", "生育：vaginal 顺产、caesarean 剖宫产、miscarriage 流产。"),
    ] = ""
    fetuses: Annotated[int, _text("--fetuses", "个", "胎儿数。")] = 1
    gestation_months: Annotated[int, _text("--gestation-months", "月", "孕月。")] = -1

    def case(self, packs: PolicyLibrary, area: str) -> Case:
        """What was written, as facts of a person at home in ``area``."""
        who = words.choose(self.scheme, words.CONTRIBUTOR, "--scheme")
        status = self._status(who)
        kind = words.choose(self.kind, words.KIND, "--kind")
        on = options.day_or_today(self.on)
        admitted = self._admitted(kind, on)
        rulebook = packs.rulebook(_covering(packs, area))
        groups = [
            options.pack_name(each, dict(rulebook.group_names), "人群", "--group")
            for each in self.group
        ]
        disease = None
        if self.disease:
            names = dict(rulebook.disease_names)
            disease = options.pack_name(self.disease, names, "病种", "--disease")
        if kind == "chronic" and disease is None:
            raise InputError("门诊慢特病要写病种", place="--disease")
        enrolled = (
            options.day(self.enrolled_from, "--enrolled-from") if self.enrolled_from else None
        )
        insured = library.person(
            area,
            "resident" if who == "resident" else "employee",
            status,
            birth=self._birth(packs, area, admitted),
            groups=groups,
            flexible=who == "flexible",
            enrolled_from=enrolled or _LONG_AGO,
        )
        balance = options.amount(self.balance, "--balance") if self.balance else 0
        if self.draw_own and not self.balance:
            raise InputError("用个人账户支付要写余额", place="--balance")
        return Case(
            insured,
            self._institution(packs, area, kind),
            self._visit(kind, on, admitted, disease),
            self._filings(packs, area, disease, admitted),
            self._used_before(on, disease),
            balance,
        )

    def _status(self, who: str) -> str | None:
        """Residents have none; the flexibly employed work unless they say otherwise."""
        if who == "resident":
            return None
        if self.status:
            return words.choose(self.status, words.STATUS, "--status")
        if who == "flexible":
            return "working"
        raise InputError("职工医保要写在职（working）还是退休（retired）", place="--status")

    def _admitted(self, kind: str, on: datetime.date) -> datetime.date:
        if not self.admitted:
            return on
        if kind != "inpatient":
            raise InputError("只有住院写入院日", place="--admitted")
        admitted = options.day(self.admitted, "--admitted")
        if admitted > on:
            raise InputError(f"入院日 {admitted} 晚于出院日 {on}", place="--admitted")
        return admitted

    def _birth(self, packs: PolicyLibrary, area: str, on: datetime.date) -> datetime.date:
        birth = options.birth_day(self.birth, self.age, on, None)
        if birth is not None:
            return birth
        default = DECLARATIONS["person.age_line"].table.default
        if day_rules(packs, area, on, on).rules[p.AGE_LINE] != default:
            raise InputError("这里的待遇随年龄变化，请写 --birth 或 --age", place="--age")
        return _NO_BIRTH

    def _institution(self, packs: PolicyLibrary, area: str, kind: str) -> Institution:
        where = options.any_area(packs, self.care_area, "--care-area") if self.care_area else area
        if kind == "pharmacy":
            return library.pharmacy(where, dual_channel=self.dual_channel)
        if not (self.community or self.price_class or self.grade):
            raise InputError(
                "医院要写价格类别（1、2、3）或等级（如 3A）", place="--price-class、--grade"
            )
        tier = options.whole(self.price_class, "--price-class", 1, 3) if self.price_class else None
        found = library.hospital(
            where,
            price_class=tier,
            grade=words.grade_code(self.grade) if self.grade else None,
            county=self.county,
            community=self.community,
            dual_channel=self.dual_channel,
        )
        return found

    def _visit(
        self, kind: str, on: datetime.date, admitted: datetime.date, disease: str | None
    ) -> Visit:
        if bool(self.total) == bool(self.item):
            raise InputError("总额与费用明细写且只写一种", place="--total、--item")
        items = (
            [Item("A", options.amount(self.total, "--total"))]
            if self.total
            else [options.item(each) for each in self.item]
        )
        options.bill_total(items, "--total" if self.total else "--item")
        delivery = None
        if self.delivery:
            if kind != "maternity":
                raise InputError("只用于 --kind maternity", place="--delivery")
            delivery = words.choose(self.delivery, words.DELIVERY, "--delivery")
        months = self.gestation_months
        return library.visit(
            kind,
            on,
            items=items,
            admitted=admitted,
            disease=disease,
            prescription=self.prescription,
            family_doctor=self.family_doctor,
            emergency=self.emergency,
            manual=self.manual,
            dual_channel=self.dual_channel,
            delivery=delivery,
            fetuses=options.whole(self.fetuses, "--fetuses", 1, 9),
            gestation_months=(
                None if months < 0 else options.whole(months, "--gestation-months", 0, 10)
            ),
            draw=("own",) if self.draw_own else (),
        )

    def _filings(
        self, packs: PolicyLibrary, area: str, disease: str | None, admitted: datetime.date
    ) -> tuple[Filing, ...]:
        found = []
        if self.filing:
            if not self.care_area:
                raise InputError("备案要写就医地", place="--care-area")
            kind = words.choose(self.filing, words.FILING, "--filing")
            where = options.any_area(packs, self.care_area, "--care-area")
            found.append(Filing("person", kind, where, None, admitted))
        if disease is not None:
            since = admitted
            if self.disease_from:
                since = options.day(self.disease_from, "--disease-from")
                if since > admitted:
                    raise InputError(
                        f"认定日 {since} 晚于就诊日 {admitted}", place="--disease-from"
                    )
            found.append(Filing("person", "chronic", None, disease, since))
        return tuple(found)

    def _used_before(self, on: datetime.date, disease: str | None) -> Used | None:
        if not self.used and not self.admissions:
            return None
        amounts: dict[str, int] = {}
        for text in self.used:
            name, value = options.pair(text, "=", "--used", "outpatient_pooled=1200")
            if name not in _USED:
                raise InputError(f"不认识 {name}，可以写：{'、'.join(_USED)}", place="--used")
            if name in amounts:
                raise InputError(f"{name} 写了两次", place="--used")
            amounts[name] = options.amount(value, f"--used {name}")
        chronic = amounts.pop("chronic_pooled", 0)
        return Used(
            year=on.year,
            chronic_pooled={disease or "": chronic} if chronic else {},
            admissions=options.whole(self.admissions, "--admissions", 0, _MOST_ADMISSIONS),
            **amounts,
        )


def _covering(packs: PolicyLibrary, area: str) -> str:
    covering = packs.covering(area)
    return area if covering is None else covering.code


def takes_care(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command`` the options of ``CareOptions``, handed over as its argument ``bill``."""
    own = inspect.signature(command, eval_str=True).parameters
    hints = get_type_hints(CareOptions, include_extras=True)
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=hints[field.name],
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
        )
        for field in fields(CareOptions)
    ]
    shared.sort(key=lambda each: each.default is not inspect.Parameter.empty)
    before = [each for name, each in own.items() if name != "bill" and _is_required(each)]
    after = [each for name, each in own.items() if name != "bill" and not _is_required(each)]
    parameters = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*before, *shared, *after)
    ]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        bill = CareOptions(**{each.name: values.pop(each.name) for each in shared})
        command(bill=bill, **values)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is inspect.Parameter.empty
