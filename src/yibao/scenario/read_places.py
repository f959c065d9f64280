"""The ``institutions``, ``grants`` and ``filings`` of a scenario file."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

from yibao.benefit.facts import Filing, Grant, Institution
from yibao.messages import message
from yibao.policy.document import Node
from yibao.policy.kinds import HOSPITALS
from yibao.scenario.model import NamePlace
from yibao.scenario.read_facts import (
    KnownNames,
    plain_keys,
    read_described,
    read_plain,
    require_fact,
)
from yibao.scenario.values import area_code, new_id

INSTITUTION_KEYS = plain_keys(Institution, "id", "area", "kind")


def read_institution(node: Node, taken: Container[str]) -> Institution:
    """The institution at ``node``; a hospital needs a price class or a grade."""
    mapping = node.mapping()
    mapping.only(INSTITUTION_KEYS)
    institution_id = new_id(mapping.require("id"), taken, message("机构"))
    kind = require_fact(mapping, Institution, "kind", {})
    facts = read_plain(mapping, Institution, {"kind": kind})
    if kind in HOSPITALS and facts["price_class"] is None and facts["grade"] is None:
        raise mapping.fault(message("医院必须写 price_class（1、2、3）或 grade"))
    return Institution(institution_id, area_code(mapping.require("area")), kind, **facts)


def read_grant(node: Node, people: Container[str], taken: set[tuple[str, str, date]]) -> Grant:
    """The grant at ``node``; its pair and first day are added to ``taken``."""
    mapping = node.mapping()
    grant = Grant(**read_described(mapping, Grant, KnownNames(people)))
    if grant.grantor == grant.grantee:
        raise mapping.require("grantee").fault(message("授权人与被授权人不能是同一个人"))
    if (grant.grantor, grant.grantee, grant.start) in taken:
        raise mapping.fault(
            message(
                "{grantor} 给 {grantee} 从 {start} 起的授权（from）写了两次",
                grantor=grant.grantor,
                grantee=grant.grantee,
                start=grant.start,
            )
        )
    taken.add((grant.grantor, grant.grantee, grant.start))
    return grant


def read_filing(node: Node, people: Container[str], diseases: list[NamePlace]) -> Filing:
    """The filing at ``node``: a disease for ``chronic``, a care area for every other kind."""
    return Filing(
        **read_described(node.mapping(), Filing, KnownNames(people, {"disease": diseases}))
    )
