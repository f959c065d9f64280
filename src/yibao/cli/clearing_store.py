"""``yibao clearing`` on a store: applications, and the papers of a year."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

from yibao.cli.clearing_options import NUMBER, PERCENT, amount_option, said_amounts, score_tenths
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, amount, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.inquiry.reading import whole_text
from yibao.messages import Fen, message

if TYPE_CHECKING:
    from yibao.access.operations import Key


def year(
    institution: Annotated[
        str, Argument(metavar=message("机构"), help=message("机构编号（fixmedins_code）。"))
    ],
    of: Annotated[int, Option("--year", metavar=message("年"), help=message("哪一年。"))],
    score: Annotated[
        str, Option(metavar=NUMBER, help=message("年终考核得分，0 到 100，一位小数。"))
    ],
    decided: Annotated[str, amount_option(message("酌情返还的，只在协议写“酌情”时写。"))] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """库里一家机构的年终清算：按协议的办法返还全年的留存，一年一次；以后各岗在网页上办。

    例子：
      yibao clearing year H14010500001 --year 2026 --score 92.5
    """
    from yibao.clearing.operations import draw_up_year

    with opened(url) as database:
        answer = draw_up_year(
            database,
            _key("draw_up_year"),
            institution,
            of,
            score_tenths(score),
            decided=amount(decided, "--decided") if decided else None,
            actor=operator("officer"),
        )
    said_amounts(
        {
            "returned": (message("返还"), answer["returned"]),
            "withheld": (message("扣减，归基金"), answer["withheld"]),
        },
        as_json,
        application=answer["application"],
    )


def agreement(
    institution: Annotated[
        str, Argument(metavar=message("机构"), help=message("机构编号（fixmedins_code）。"))
    ],
    start: Annotated[str, Option(metavar=message("日期"), help=message("从哪天起。"))],
    retained_share: Annotated[
        str, Option("--retained", metavar=PERCENT, help=message("协议写的留存比例；没有缺省。"))
    ],
    apply_by_day: Annotated[
        str, Option("--apply-by", metavar=message("日"), help=message("次月几号截止申报。"))
    ],
    pay_days: Annotated[
        str,
        Option("--pay-days", metavar=message("天"), help=message("截止以后多少个工作日拨付。")),
    ],
    appeal_days: Annotated[
        str,
        Option("--appeal-days", metavar=message("天"), help=message("疑点申诉的工作日。")),
    ],
    holder: Annotated[str, Option(metavar=message("户名"), help=message("收款账户的户名。"))],
    bank: Annotated[str, Option(metavar=message("银行"), help=message("开户行。"))],
    account: Annotated[str, Option(metavar=message("账号"), help=message("8 到 32 位数字。"))],
    end: Annotated[
        str, Option(metavar=message("日期"), help=message("到哪天止；不写就到有新协议为止。"))
    ] = "",
    advance_share: Annotated[
        str, Option("--at-once", metavar=PERCENT, help=message("先付比例；不写就不先付。"))
    ] = "",
    return_rule: Annotated[
        str,
        Option(
            "--return-rule",
            metavar=message("办法"),
            help=message("年终怎么返还留存，同 yibao clearing return；不写是没有约定。"),
        ),
    ] = "",
    budget: Annotated[str, amount_option(message("年度预算；不写是没有。"))] = "",
    method: Annotated[
        str,
        Option(
            metavar=message("方式"),
            help=message("住院怎么付：dip 病种分值，drg 疾病分组；不写是按项目。"),
        ),
    ] = "",
    coefficient: Annotated[
        str,
        Option(metavar=PERCENT, help=message("机构系数，102 是 1.02；只和 --method 一起写。")),
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """登记一份清算协议；每个数都是协议自己的，没有缺省。

    例子：
      yibao clearing agreement H14010500001 --start 2026-01-01 --retained 5 --apply-by 10
      --pay-days 20 --appeal-days 5 --holder 某医院 --bank 工商银行 --account 6217000012345678
    """
    from yibao.clearing.operations import agree
    from yibao.inquiry.clearing_forms import AGREEMENT, agreement_from
    from yibao.inquiry.filling import FieldsError, read
    from yibao.inquiry.reading import today

    written = {
        "start": start,
        "end": end,
        "retained_share": retained_share,
        "advance_share": advance_share,
        "apply_by_day": apply_by_day,
        "pay_days": pay_days,
        "appeal_days": appeal_days,
        "return_rule": return_rule,
        "budget": budget,
        "method": method,
        "coefficient": coefficient,
        "holder": holder,
        "bank": bank,
        "account": account,
    }
    reading = read(AGREEMENT, written, today())
    if reading.faults:
        raise FieldsError(
            (_OPTIONS.get(name, f"--{name.replace('_', '-')}"), fault)
            for name, fault in reading.faults.items()
        )
    with opened(url) as database:
        answer = agree(
            database,
            _key("agree_clearing"),
            institution,
            agreement_from(reading.values),
            actor=operator("officer"),
        )
    if as_json:
        print_json(answer)
        return
    said = message("已登记 {id} 的第 {number} 份协议", id=institution, number=answer["revision"])
    write([worded(said)])


_OPTIONS = {
    "retained_share": "--retained",
    "advance_share": "--at-once",
    "apply_by_day": "--apply-by",
}
"""Where an option is called otherwise than the field of the page."""


def _key(operation: str) -> Key:
    from yibao.access.operations import Key

    return Key("cli", operation, secrets.token_hex(16))


def listed(
    month: Annotated[
        str, Option(metavar=message("年月"), help=message("如 202609；不写是最近的。"))
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """库里的清算申请：机构、月份、类别、状态、最后一天、申报的基金、拨付。

    例子：
      yibao clearing list --month 202609
    """
    from yibao.clearing.reading import list_applications
    from yibao.clearing.states import clear_type_label
    from yibao.inquiry.reading import today

    wanted = whole_text(month, "--month", 199001, 219912) if month else None
    with opened(url) as database:
        rows = list_applications(database, operator("officer"), today=today(), month=wanted)
    if as_json:
        applications = [
            {
                "application": row.application_id,
                "institution": row.institution_id,
                "month": row.month,
                "clear_type": row.clear_type,
                "state": int(row.state),
                "due_on": None if row.due_on is None else row.due_on.isoformat(),
                "fund_fen": row.fund,
                "paid_fen": row.paid,
            }
            for row in rows
        ]
        print_json({"applications": applications})
        return
    heads = (
        message("机构"),
        message("月份"),
        message("类别"),
        message("状态"),
        message("最后一天"),
        message("申报的基金"),
        message("拨付"),
    )
    lines = [tuple(worded(head) for head in heads)]
    lines += [
        (
            row.institution_id,
            str(row.month if row.month % 100 else row.month // 100),
            worded(clear_type_label(row.clear_type)),
            worded(row.state_label),
            "" if row.due_on is None else row.due_on.isoformat(),
            worded(Fen(row.fund)),
            worded(Fen(row.paid)),
        )
        for row in rows
    ]
    write(table(lines, "<<<<<>>"))
