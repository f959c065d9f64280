"""Grants of mutual aid, filings and e-credentials over the API, with the texts agreed to."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from yibao.access.permissions import Role
from yibao.aid import operations as aid
from yibao.aid.consents import agreed, consents
from yibao.aid.states import GrantStatus
from yibao.api import care_views
from yibao.api.acting import RecordCall, RecordService
from yibao.api.records import path_parameter
from yibao.api.schemas import FLAG, INSTANT, TEXT, named, optional
from yibao.api.serving import Json, Operation, json_response
from yibao.api.writes import TAG, declared, identifier
from yibao.benefit.described import TODAY, facts_of
from yibao.benefit.facts import Filing, Grant
from yibao.benefit.rules import same_province
from yibao.crossing import operations as crossing
from yibao.crossing.applications import ChronicApplication
from yibao.crossing.qualification import apply_chronic
from yibao.inquiry import errands
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.fact_fields import choices, field_of
from yibao.inquiry.fields import Field
from yibao.inquiry.words import FILING
from yibao.insured.people.activations import activate_credential, end_credential
from yibao.insured.people.credentials import show_credential
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import FilingKind, RelationKind

_GRANT_FACTS = facts_of(Grant)
_FILING_FACTS = facts_of(Filing)
_TERMS = (
    field_of(_GRANT_FACTS["end"], name="to", label=message("末日，不写没有")),
    field_of(_GRANT_FACTS["limit"], label=message("每次最多付多少，不写不限")),
)
_FROM = field_of(
    _GRANT_FACTS["start"], name="from", label=message("首日"), default=TODAY, required=True
)
_CONSENT = identifier("consent_version", message("读过并同意的告知书版本，见 GET /consents"))
_GRANT: tuple[Field, ...] = (
    identifier("grantee", message("授权给谁：参保人的编号")),
    field_of(_GRANT_FACTS["relation"], label=message("那个人是我的谁")),
    _FROM,
    *_TERMS,
    _CONSENT,
)
_REVOCATION = (field_of(errands.ENDING_DAY, label=message("从哪天起不再支付")),)
_DETAILS = (
    identifier("grantor", message("授权人的编号")),
    field_of(errands.AGREED, label=message("同意写 true，收回写 false")),
    _CONSENT,
)
_AWAY: tuple[Field, ...] = (
    field_of(
        _FILING_FACTS["kind"],
        label=message("备案类型"),
        choices=choices(crossing.OUT_OF_AREA, FILING),
    ),
    identifier("care_area", message("就医地：六位区划代码")),
    _FROM,
    field_of(_FILING_FACTS["end"], name="to", label=message("末日，不写按规定")),
)
_CHRONIC = (
    identifier("disease", message("病种的代码，见政策库")),
    _FROM,
    Field(
        "committed",
        message("承诺符合这个病种的认定条件、所写属实：只有不用审核的病种要"),
        "flag",
    ),
)
_DEVICE = (field_of(errands.DEVICE),)
_ACTIVATION = (identifier("area", message("在哪里参保：这个人今天参保的一处")), *_DEVICE)
_CANCEL = (field_of(errands.ENDING_DAY),)
_GRANT_ID = path_parameter("grant", "授权编号。", care_views.GRANT.example["grant"])
_FILING_ID = path_parameter("filing", "备案编号。", care_views.FILING.example["filing"])


def _far(library: PolicyLibrary) -> str:
    """An area whose care is care away for the first one, for an example."""
    home, *others = [choice.code for choice in area_choices(library)]
    return next((code for code in others if not same_province(code, home)), home)


def granting(service: RecordService) -> Iterator[Operation]:
    """Whom a person lets draw on the own account, and what it files."""
    yield _consents()
    yield declared(
        service,
        "grantAid",
        "POST",
        "/grants",
        "家庭共济授权",
        "grant",
        _GRANT,
        {
            "grantee": care_views.GRANT.example["grantee"],
            "relation": RelationKind.SPOUSE,
            "limit": "1000.00",
            "consent_version": consents()["grant"].version,
        },
        lambda call: _grant(service, call),
        named(grant=TEXT, status=TEXT),
        {"grant": care_views.GRANT.example["grant"], "status": GrantStatus.ACTIVE},
    )
    yield declared(
        service,
        "changeGrant",
        "PUT",
        "/grants/{grant}",
        "变更授权的末日和额度",
        "grant",
        _TERMS,
        {"to": "2026-12-31", "limit": "500.00"},
        lambda call: _change_grant(service, call),
        named(grant=TEXT),
        {"grant": care_views.GRANT.example["grant"]},
        _GRANT_ID,
        status=200,
    )
    yield declared(
        service,
        "revokeGrant",
        "POST",
        "/grants/{grant}/revocation",
        "终止一个授权",
        "revoke",
        _REVOCATION,
        {"on": "2026-07-01"},
        _revoke,
        named(grant=TEXT, grantee=TEXT, on=TEXT),
        {
            "grant": care_views.GRANT.example["grant"],
            "grantee": care_views.GRANT.example["grantee"],
            "on": "2026-07-01",
        },
        _GRANT_ID,
        status=200,
    )
    yield declared(
        service,
        "consentToDetails",
        "POST",
        "/detail-consents",
        "同意或收回：授权人可以看明细",
        "consent_to_details",
        _DETAILS,
        {
            "grantor": care_views.GRANT.example["grantor"],
            "given": True,
            "consent_version": consents()["details"].version,
        },
        _consent_to_details,
        named(grantor=TEXT, given=FLAG),
        {"grantor": care_views.GRANT.example["grantor"], "given": True},
        status=200,
    )
    filed = {"filing": care_views.FILING.example["filing"]}
    yield declared(
        service,
        "fileAway",
        "POST",
        "/filings",
        "异地就医备案",
        "file",
        _AWAY,
        {"kind": FilingKind.LONG_STAY, "care_area": _far(service.library), "from": "2026-01-01"},
        lambda call: _file(service, call, call.values["kind"]),
        named(filing=TEXT),
        filed,
    )
    yield declared(
        service,
        "fileChronic",
        "POST",
        "/chronic-filings",
        "门诊慢特病认定",
        "file",
        _CHRONIC,
        {"disease": "hypertension", "from": "2026-01-01"},
        lambda call: _chronic(service, call),
        named(filing=optional(TEXT), case=optional(TEXT)),
        {"filing": None, "case": "0198c1a2b3c400000000000000000d10"},
    )
    activated = {"activation": "0198c1a2b3c400000000000000000f10", "area": "", "rebound": False}
    yield declared(
        service,
        "activateCredential",
        "POST",
        "/e-credential/activation",
        "激活医保电子凭证；已经激活的，改绑到这台设备",
        "activate_credential",
        _ACTIVATION,
        {"area": area_choices(service.library)[0].code, "device": "phone-7f3a"},
        _activate,
        named(activation=TEXT, area=TEXT, rebound=FLAG),
        {**activated, "area": area_choices(service.library)[0].code},
    )
    yield declared(
        service,
        "endCredential",
        "POST",
        "/e-credential/end",
        "停用医保电子凭证：手机丢了，或者不用了",
        "end_credential",
        (),
        {},
        lambda call: end_credential(call.database, call.person_id, call.at, actor=call.actor),
        named(activation=TEXT, why=TEXT),
        {"activation": activated["activation"], "why": "owner"},
    )
    yield declared(
        service,
        "showCredential",
        "POST",
        "/e-credential",
        "医保电子凭证：几分钟内有效、只能用一次的码",
        "show_credential",
        _DEVICE,
        {},
        _credential,
        named(code=TEXT, expires_at=INSTANT),
        {"code": "YB0000000000000000", "expires_at": "2026-11-21T02:05:00Z"},
    )
    yield declared(
        service,
        "cancelFiling",
        "POST",
        "/filings/{filing}/cancellation",
        "取消备案",
        "file",
        _CANCEL,
        {"on": "2026-07-01"},
        _cancel,
        named(filing=TEXT, cancelled=FLAG),
        {**filed, "cancelled": True},
        _FILING_ID,
        status=200,
    )


def _activate(call: RecordCall) -> Json:
    return activate_credential(
        call.database,
        call.person_id,
        call.values["area"],
        call.at,
        actor=call.actor,
        device=call.values["device"] or "",
    )


def _credential(call: RecordCall) -> Json:
    device = call.values["device"] or ""
    credential = show_credential(
        call.database, call.person_id, call.at, actor=call.actor, device=device
    )
    return {"code": credential.code, "expires_at": credential.expires_at}


def _consents() -> Operation:
    texts = {purpose: asdict(consent) for purpose, consent in consents().items()}
    text = named(version=TEXT, text=TEXT)

    async def handler(request: Request) -> Response:
        return json_response(texts)

    return Operation(
        id="listConsents",
        method="GET",
        path="/consents",
        tag=TAG,
        summary="告知书：办理前要读过并同意",
        handler=handler,
        answer=named(grant=text, details=text),
        example=lambda: texts,
    )


def _grant(service: RecordService, call: RecordCall) -> Json:
    values = call.values
    consent = agreed("grant", values["consent_version"])
    new_grant = Grant(
        call.person_id,
        values["grantee"],
        RelationKind(values["relation"]),
        values["from"],
        values["to"],
        values["limit"],
    )
    answer = aid.grant(
        call.database,
        call.key,
        new_grant,
        actor=call.actor,
        consent=consent,
        library=service.library,
        on=call.day,
    )
    return {"grant": answer["grant_id"], "status": answer["status"]}


def _change_grant(service: RecordService, call: RecordCall) -> Json:
    name = call.path["grant"]
    aid.change(
        call.database,
        call.key,
        call.person_id,
        name,
        end=call.values["to"],
        limit=call.values["limit"],
        actor=call.actor,
        library=service.library,
        on=call.day,
    )
    return {"grant": name}


def _revoke(call: RecordCall) -> Json:
    grant_id = call.path["grant"]
    day: datetime.date = call.values["on"]
    ended = aid.revoke(call.database, call.key, call.person_id, grant_id, day, actor=call.actor)
    return {"grant": grant_id, "grantee": ended["grantee"], "on": day.isoformat()}


def _consent_to_details(call: RecordCall) -> Json:
    values = call.values
    aid.consent_to_details(
        call.database,
        call.key,
        call.person_id,
        values["grantor"],
        agreed=values["given"],
        consent=agreed("details", values["consent_version"]),
        actor=call.actor,
    )
    return {"grantor": values["grantor"], "given": values["given"]}


def _file(service: RecordService, call: RecordCall, kind: FilingKind) -> Json:
    values = call.values
    filing = Filing(
        call.person_id,
        kind,
        values.get("care_area"),
        values.get("disease"),
        values["from"],
        values.get("to"),
    )
    answer = crossing.file(call.database, service.library, call.key, filing, actor=call.actor)
    return {"filing": answer["filing_id"]}


def _chronic(service: RecordService, call: RecordCall) -> Json:
    """The office has seen the proof when it files; whoever asks oneself waits for the office."""
    if call.actor.role is not Role.INSURED:
        return {**_file(service, call, crossing.CHRONIC), "case": None}
    values = call.values
    application = ChronicApplication(
        disease=values["disease"], start=values["from"], end=values.get("to")
    )
    answer = apply_chronic(
        call.database,
        service.library,
        call.key,
        call.person_id,
        application,
        actor=call.actor,
        committed=bool(values.get("committed")),
        at=call.at,
    )
    return {"filing": answer["filing"], "case": answer["case"]}


def _cancel(call: RecordCall) -> Json:
    filing_id = call.path["filing"]
    answer: Any = crossing.cancel(
        call.database, call.key, call.person_id, filing_id, call.values["on"], actor=call.actor
    )
    return {"filing": filing_id, "cancelled": bool(answer["cancelled"])}
