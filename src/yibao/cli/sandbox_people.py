"""``yibao sandbox person``: made-up people for a client that is tested."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from yibao import library
from yibao.benefit.described import Fact, facts_of
from yibao.benefit.facts import Enrolment, GroupMembership, Person
from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.facts import Written, asked
from yibao.cli.language import say, worded
from yibao.cli.options import amount, day
from yibao.cli.sandbox_store import Url, one_of, opened_sandbox, sandbox_area_of
from yibao.cli.text import write
from yibao.errors import InputError
from yibao.messages import Text, message
from yibao.policy.kinds import RelationKind, Scheme, Sex, Status

if TYPE_CHECKING:
    from yibao.insured.people.certificates import CertificateNumber
    from yibao.policy.compile import PolicyLibrary

person = App(about=message("测试人员。"))


def _supposed(fact: Fact, default: Any = None, help: Text = "") -> Fact:
    """A fact of a test person, which may be left out."""
    return replace(fact, default=default, required=False, only=(), help=help or fact.help)


_BY_NUMBER = message("缺省由号码来，没有就是 {default}。", default=Sex.MALE)
FACTS: Mapping[str, Fact] = {
    "scheme": _supposed(facts_of(Enrolment)["scheme"], Scheme.EMPLOYEE),
    "status": _supposed(facts_of(Enrolment)["status"], Status.WORKING),
    "sex": _supposed(facts_of(Person)["sex"], help=_BY_NUMBER),
    "birth": _supposed(
        facts_of(Person)["birth"], help=_BY_NUMBER.with_values(default="1980-01-01")
    ),
    "group": _supposed(facts_of(GroupMembership)["group"], help=message("从参保起属于的人群。")),
    "area": _supposed(facts_of(Enrolment)["area"], help=message("不写就是沙箱的地区。")),
}
"""What a test person may be told to be, as everywhere else."""


@person.register("add")
def add_person(
    psn_no: Annotated[str, Argument(metavar=message("人员编号"), help=message("psn_no。"))],
    facts: Annotated[Written, asked(FACTS, from_environment=False)],
    number: Annotated[
        str,
        Option(
            "--number", metavar=message("号码"), help=message("证件号码；性别和出生日期由它来。")
        ),
    ] = "",
    cert_type: Annotated[
        str,
        Option("--cert-type", metavar=message("代码"), help=message("证件类型，psn_cert_type。")),
    ] = "01",
    name: Annotated[
        str, Option("--name", metavar=message("姓名"), help=message("不写就是测试人员。"))
    ] = "",
    since: Annotated[
        str, Option("--since", metavar=message("日期"), help=message("参保起始日。"))
    ] = "2018-01-01",
    account: Annotated[
        str, Option("--account", metavar=message("元"), help=message("个人账户余额。"))
    ] = "0",
    paid: Annotated[
        list[str],
        Option(
            "--paid",
            metavar=message("年=日"),
            help=message("居民缴费的年度和日期；缴晚了就有等待期。"),
        ),
    ] = [],  # noqa: B006 - nobody changes it
    used: Annotated[
        str,
        Option(
            "--used",
            metavar=message("年=元"),
            help=message("当年住院统筹已支付多少；用来越过封顶线。"),
        ),
    ] = "",
    grantor: Annotated[
        str, Option("--grantor", metavar=message("人员编号"), help=message("谁授权共济给这个人。"))
    ] = "",
    grant_to: Annotated[
        str,
        Option(
            "--grant-to",
            metavar=message("日期"),
            help=message("授权的最后一天；写过去的就是失效授权。"),
        ),
    ] = "",
    url: Url = "",
) -> None:
    """加一位测试人员，可以带上等待期、已用额度、失效的共济授权。

    例子：
      yibao sandbox person add T0100 --number 14010019800101001X
      yibao sandbox person add T0101 --scheme resident --paid 2025=2025-05-01
      yibao sandbox person add T0102 --used 2025=79999
      yibao sandbox person add T0104 --scheme resident --group low_income
      yibao sandbox person add T0103 --grantor T0001 --grant-to 2024-12-31
    """
    from yibao.gateway.sandbox import NewPerson, add_grant
    from yibao.gateway.sandbox import add_person as add

    used_year, used_amount = _pair(used, "--used") if used else ("", "0")
    read = _certificate(cert_type, number) if number else None
    packs = library.load()
    said = facts.said(packs)
    sex, birth = _as_numbered(read, said["sex"], said["birth"])
    area = said["area"] or sandbox_area_of("")
    with opened_sandbox(url) as database:
        person_id = add(
            database,
            NewPerson(
                psn_no=psn_no,
                name=name or "测试人员",
                number=number or psn_no,
                certificate=read.certificate if read else None,
                area=area,
                sex=sex,
                birth=birth,
                scheme=said["scheme"],
                status=said["status"],
                since=day(since, "--since"),
                balance=amount(account, "--account"),
                group=_group(packs, area, said["group"] or ""),
                paid=tuple(
                    (int(year), day(on, "--paid"))
                    for year, on in (_pair(text, "--paid") for text in paid)
                ),
                used_year=int(used_year) if used_year else None,
                used_inpatient=amount(used_amount, "--used"),
            ),
        )
        if grantor:
            end = day(grant_to, "--grant-to") if grant_to else None
            start = min(day(since, "--since"), end or datetime.date.max)
            add_grant(database, grantor, person_id, RelationKind.CHILD, start, end)
    notes = map(worded, read.notes if read else ())
    write([*notes, say("测试人员 {person}", person=person_id)])


def _certificate(cert_type: str, number: str) -> CertificateNumber:
    """What a number says; one that cannot be is refused, in a sandbox too."""
    from yibao.gateway.fields import terms
    from yibao.insured.people.certificates import read_number

    kinds = terms()["psn_cert_type"]
    try:
        return read_number(kinds[one_of(cert_type, tuple(kinds), "--cert-type")], number)
    except InputError as error:
        raise InputError(error.said, place=error.place or "--number") from None


def _as_numbered(
    read: CertificateNumber | None, sex: str | None, birth: datetime.date | None
) -> tuple[str, datetime.date]:
    """Sex and birth as the number says them, else as they were given, else supposed."""
    from yibao.insured.people.certificates import sex_and_birth

    supposed_sex, supposed_birth = sex or Sex.MALE, birth or datetime.date(1980, 1, 1)
    if read is None:
        return supposed_sex, supposed_birth
    return sex_and_birth(
        read,
        sex or read.sex or supposed_sex,
        birth or (read.births[0] if read.births else supposed_birth),
    )


def _pair(text: str, option: str) -> tuple[str, str]:
    year, separator, value = text.partition("=")
    if not separator or not (year.isdigit() and len(year) == 4):
        raise InputError(
            message("{text} 应写成 年=值，例如 2025=100", text=repr(text)), place=option
        )
    return year, value


def _group(packs: PolicyLibrary, area: str, text: str) -> str:
    known = tuple(packs.rulebook(area).groups)
    return one_of(text, known, "--group") if text else ""
