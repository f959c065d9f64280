"""The options that describe one person and one bill, shared by ``quote`` and ``compare``."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, get_type_hints

import typer

from yibao.benefit.facts import Item
from yibao.cli import options
from yibao.cli.options import UNKNOWN_AGE
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.care import USED, CareFacts, Case, make_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass

_OPTIONS = {"groups": "group", "items": "item"}
"""Options that are named otherwise than the fact that they give."""


def _flag(name: str, help_: str) -> Any:
    return typer.Option(name, help=help_)


def _text(name: str, metavar: str, help_: str, **settings: Any) -> Any:
    return typer.Option(name, metavar=metavar, help=help_, show_default=False, **settings)


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
        with _places_are_options():
            return make_case(packs, area, self._facts(packs, area))

    def _facts(self, packs: PolicyLibrary, area: str) -> CareFacts:
        on = options.day_or_today(self.on)
        if self.birth and self.age != UNKNOWN_AGE:
            raise InputError("只能写一个", place="--birth、--age")
        if self.draw_own and not self.balance:
            raise InputError("用个人账户支付要写余额", place="--balance")
        if bool(self.total) == bool(self.item):
            raise InputError("总额与费用明细写且只写一种", place="--total、--item")
        return CareFacts(
            scheme=words.choose(self.scheme, words.CONTRIBUTOR, "--scheme"),
            kind=words.choose(self.kind, words.KIND, "--kind"),
            on=on,
            status=words.choose(self.status, words.STATUS, "--status") if self.status else None,
            items=tuple(
                [Item(ItemClass.A, options.amount(self.total, "--total"))]
                if self.total
                else [options.item(each) for each in self.item]
            ),
            price_class=self.price_class or None,
            grade=words.grade_code(self.grade) if self.grade else None,
            county=self.county,
            community=self.community,
            care_area=(
                options.any_area(packs, self.care_area, "--care-area") if self.care_area else None
            ),
            filing=words.choose(self.filing, words.FILING, "--filing") if self.filing else None,
            emergency=self.emergency,
            disease=self.disease or None,
            disease_from=(
                options.day(self.disease_from, "--disease-from") if self.disease_from else None
            ),
            prescription=self.prescription,
            dual_channel=self.dual_channel,
            family_doctor=self.family_doctor,
            manual=self.manual,
            admitted=options.day(self.admitted, "--admitted") if self.admitted else None,
            admissions=self.admissions,
            used=self._used(),
            groups=tuple(self.group),
            birth=options.day(self.birth, "--birth") if self.birth else None,
            age=None if self.age == UNKNOWN_AGE else self.age,
            enrolled_from=(
                options.day(self.enrolled_from, "--enrolled-from") if self.enrolled_from else None
            ),
            balance=options.amount(self.balance, "--balance") if self.balance else 0,
            draw_own=self.draw_own,
            delivery=(
                words.choose(self.delivery, words.DELIVERY, "--delivery") if self.delivery else None
            ),
            fetuses=self.fetuses,
            gestation_months=None if self.gestation_months < 0 else self.gestation_months,
        )

    def _used(self) -> dict[str, int]:
        amounts: dict[str, int] = {}
        for text in self.used:
            name, value = options.pair(text, "=", "--used", "outpatient_pooled=1200")
            if name not in USED:
                raise InputError(f"不认识 {name}，可以写：{'、'.join(USED)}", place="--used")
            if name in amounts:
                raise InputError(f"{name} 写了两次", place="--used")
            amounts[name] = options.amount(value, f"--used {name}")
        return amounts


@contextlib.contextmanager
def _places_are_options() -> Iterator[None]:
    """What is wrong with a fact is said of the option that gave it."""
    try:
        yield
    except InputError as error:
        if not error.place or error.place.startswith("--"):
            raise
        named = [f"--{_OPTIONS.get(name, name)}" for name in error.place.split("、")]
        place = "、".join(name.replace("_", "-") for name in named)
        raise InputError(error.message, place=place) from None


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
