"""The steps of an output row: the same functions once more, with a trace, on what it read."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from yibao.benefit import KERNEL_VERSION
from yibao.benefit.explain import Explanation, TraceEntries, explain, merge
from yibao.benefit.functions.account import aid_refusal
from yibao.benefit.functions.own_part import pay_own_part
from yibao.benefit.functions.settlement import settle
from yibao.benefit.functions.stay import stay_steps
from yibao.benefit.functions.visit_facts import care_of_kind
from yibao.benefit.rules import DayRules
from yibao.benefit.terms import Accumulators, Draw, Settlement, VisitFacts
from yibao.columns import packing as k
from yibao.columns.schema import AMOUNTS
from yibao.errors import InputError, NotFoundError, YibaoError
from yibao.messages import message
from yibao.policy.days import to_date
from yibao.policy.keys import CARE
from yibao.policy.rulebook import Rulebook

KERNEL_KEY = b"yibao.kernel"
RULEBOOKS_KEY = b"yibao.rulebooks"
FIELDS_KEY = b"yibao.fields"
"""How the facts of a row are packed, see ``packing.LAYOUT``."""

Row = Mapping[str, Any]


class Replayed(NamedTuple):
    """A row settled again."""

    settlement: Settlement
    draw: Draw
    explanation: Explanation
    rules: DayRules


def metadata(rulebooks: Iterable[Rulebook]) -> dict[bytes, bytes]:
    """What a file carries so that it explains itself without any pack."""
    forms = carrying(rulebook.to_canonical() for rulebook in rulebooks)
    return {**forms, FIELDS_KEY: k.LAYOUT.encode()}


def carrying(stored: Iterable[Mapping[str, Any]]) -> dict[bytes, bytes]:
    """The metadata of a file that carries rulebooks in these stored forms."""
    forms = {form["hash"]: form for form in stored}
    text = json.dumps(forms, ensure_ascii=False, separators=(",", ":"))
    packed = base64.b85encode(zlib.compress(text.encode(), 6))
    return {KERNEL_KEY: KERNEL_VERSION.encode(), RULEBOOKS_KEY: packed}


def rulebooks_of(of_file: Mapping[bytes, bytes] | None, place: str) -> dict[str, Rulebook]:
    """The rulebooks that a file carries, by hash."""
    if not of_file or RULEBOOKS_KEY not in of_file:
        raise InputError(message("这个文件没有规则书，不是 yibao batch 写出的"), place=place)
    kernel = of_file.get(KERNEL_KEY, b"").decode()
    if kernel != KERNEL_VERSION:
        raise InputError(
            message(
                "文件由计算函数第 {kernel} 版写出，本程序是第 {version} 版",
                kernel=kernel,
                version=KERNEL_VERSION,
            ),
            place=place,
        )
    if of_file.get(FIELDS_KEY, b"").decode() != k.LAYOUT:
        raise InputError(
            message("这个文件由早先的版本写出，本程序不能解释：请重新运行 yibao batch"), place=place
        )
    forms = forms_of(of_file)
    return {name: Rulebook.from_canonical(form, check=False) for name, form in forms.items()}


def forms_of(of_file: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """The stored forms of the rulebooks that a file carries, by hash; empty where it has none."""
    if not of_file or RULEBOOKS_KEY not in of_file:
        return {}
    forms: dict[str, Any] = json.loads(zlib.decompress(base64.b85decode(of_file[RULEBOOKS_KEY])))
    return forms


def replay(row: Row, rulebooks: Mapping[str, Rulebook]) -> Replayed:
    """Settle an output row again in CPython; ``YibaoError`` where the amounts differ."""
    if "in_facts" not in row:
        raise InputError(message("这个文件没有写解释所需的列（--no-explain），不能解释"))
    if "in_groups" not in row:
        raise InputError(
            message("这个文件由早先的版本写出，本程序不能解释：请重新运行 yibao batch")
        )
    packed = {**k.unpack(k.FIELDS, row["in_facts"]), "groups": row["in_groups"]}
    rulebook = rulebooks[row["rulebook"]]
    rules = DayRules(rulebook, rulebook.segment(row["in_rule_day"]), to_date(row["in_rule_day"]))
    facts = VisitFacts(
        nth=row["in_nth"],
        maternity_used=row["in_maternity_used"],
        disease_used=row["in_disease_used"],
        ceiling_bonus=row["in_ceiling_bonus"],
        essential_drugs=row.get("in_essential_drugs", 0),
        chinese_medicine=row.get("in_chinese_medicine", 0),
        period_deductible=row.get("in_period_deductible", 0),
        period_eligible=row.get("in_period_eligible", 0),
        **{name: row[name] for name in AMOUNTS[:4]},
        **{name: packed[name] for name in VisitFacts._fields if name in packed},
    )
    used = _used(row, facts.kind)
    trace: TraceEntries = []
    stay_steps(facts.kind, trace)
    settlement, _ = settle(rules.rules, facts, used, trace)
    steps = [explain(rules, trace)]
    paid = Draw(0, 0, settlement.own)
    aid = k.unpack(k.AID_FIELDS, row.get("in_aid", 0))
    by_relative = aid.pop("named")
    if settlement.own > 0 and (packed["draw_own"] or by_relative):
        of_account = rulebooks[row["in_account_rulebook"]]
        day = to_date(row["in_end_day"])
        account_rules = DayRules(of_account, of_account.segment(row["in_end_day"]), day)
        trace = []
        if by_relative:
            reason, cell = aid_refusal(account_rules.rules, **aid)
            if reason:
                trace.append((reason, cell, 0))
        paid = pay_own_part(
            account_rules.rules,
            settlement.own,
            settlement.out_of_catalogue,
            packed["draw_own"],
            row["in_balance"],
            packed["draw_relative"],
            row["in_grantor_balance"],
            row.get("in_grant_limit", -1),
            trace,
        )
        steps.append(explain(account_rules, trace))
    amounts = {**settlement._asdict(), **paid._asdict()}
    for name in AMOUNTS:
        if amounts[name] != row[name]:
            raise YibaoError(
                message(
                    "第 {row} 行重算不符：{name} 文件中为 {written}，重算为 {amount}",
                    row=row["row"],
                    name=name,
                    written=row[name],
                    amount=amounts[name],
                )
            )
    return Replayed(settlement, paid, merge(steps), rules)


def _used(row: Row, kind: int) -> Accumulators:
    """The accumulators before the visit, as far as its kind of care reads them."""
    care = CARE[care_of_kind(kind)]
    names = (
        "inpatient_pooled",
        "special_pooled",
        "upper",
        "assistance",
        "eligible_own",
        "outpatient_pooled",
        "chronic_pooled",
    )
    # A file of an earlier version lacks the last two: no ceiling was shared then.
    used = {name: row.get(f"in_{name}", 0) for name in names}
    used |= {f"{care}_{part}": row[f"in_{part}"] for part in ("deductible", "eligible", "pooled")}
    return Accumulators(**used)


def read_row(
    path: Path, number: int, beside: Mapping[str, Rulebook] | None = None
) -> tuple[Row, Mapping[str, Rulebook]]:
    """The output row of an input row, with the rulebooks of the file, or those beside it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(
            message("读不出这个文件：{error}", error=str(error)), place=str(path)
        ) from None
    if "row" not in file.schema_arrow.names:
        raise InputError(message("这个文件没有 row 列，不是 yibao batch 写出的"), place=str(path))
    rulebooks = beside
    if rulebooks is None:
        rulebooks = rulebooks_of(file.metadata.metadata, str(path))
    place = file.schema_arrow.names.index("row")
    for group in range(file.num_row_groups):
        statistics = file.metadata.row_group(group).column(place).statistics
        if statistics is not None and not statistics.min <= number <= statistics.max:
            continue
        rows = file.read_row_group(group, columns=["row"]).column("row").to_numpy()
        places = (rows == number).nonzero()[0]
        if len(places):
            row = file.read_row_group(group).slice(int(places[0]), 1).to_pylist()[0]
            return row, rulebooks
    raise NotFoundError(
        message(
            "{path} 里没有第 {number} 行：它可能被拒绝，见 rejects 文件", path=path, number=number
        )
    )
