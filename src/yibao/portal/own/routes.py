"""Where the pages of one's own are."""

from __future__ import annotations

from starlette.routing import BaseRoute

from yibao.portal.calls import Counter
from yibao.portal.own import (
    applying,
    certificates,
    claims,
    credential,
    filing,
    home,
    money,
    orders,
    papers,
    paying,
    programs,
    progress,
    records,
    reminders,
    sharing,
    statement,
    visits,
)
from yibao.portal.own.frame import for_person
from yibao.portal.own.informing import Informing
from yibao.portal.own.papers import Verifying
from yibao.portal.own.signing import Signing
from yibao.portal.own.signing_up import SigningUp


def own_routes(counter: Counter) -> list[BaseRoute]:
    """Signing in, 我要查, 我要办, and the public check of a paper."""
    read = {
        "/own": home.overview,
        "/own/do": records.to_do,
        "/own/contributions": records.contributions,
        "/own/account": money.account,
        "/own/visits": visits.visits,
        "/own/visits/{settlement}.pdf": statement.paper,
        "/own/visits/{settlement}": statement.show,
        "/own/year": money.year,
        "/own/used": money.used_by,
        "/own/filings": records.filings,
        "/own/trail": records.trail,
        "/own/reminders": reminders.written,
        "/own/receipts/{order}.pdf": papers.receipt,
        "/own/orders/{order}/slip.pdf": papers.slip,
        "/own/orders/{order}": orders.order,
        progress.CASES: progress.listed,
        f"{progress.CASES}/{{case}}": progress.show,
        f"{progress.CASES}/{{case}}/documents/{{document}}": progress.document,
        f"{progress.CASES}/{{case}}/letter.pdf": claims.letter,
        "/own/aid": sharing.overview,
        "/own/tokens": programs.listed,
        "/own/cover.pdf": certificates.cover,
    }
    both = {
        "/own/insurance": records.insured,
        "/own/pay": paying.pay,
        "/own/aid/add": sharing.add,
        "/own/aid/details": sharing.details,
        "/own/aid/{grant}": sharing.one,
        "/own/transfer": sharing.send,
        "/own/filing": filing.away,
        "/own/filings/{filing}": filing.altered,
        "/own/chronic": filing.chronic,
        "/own/enrol": applying.join,
        "/own/newborn": applying.child,
        "/own/moving": applying.come,
        "/own/allowance": applying.allowance,
        "/own/subsidy": applying.subsidy,
        "/own/drug": applying.drug,
        "/own/claim": claims.apply,
        f"{progress.CASES}/{{case}}/account": claims.account,
        credential.CREDENTIAL: credential.credential,
        "/own/tokens/add": programs.add,
    }
    return [
        *Signing(counter).routes(),
        *SigningUp(counter).routes(),
        *Informing(counter).routes(),
        *Verifying(counter).routes(),
        *(for_person(counter, path, serve) for path, serve in read.items()),
        *(for_person(counter, path, serve, "GET", "POST") for path, serve in both.items()),
        for_person(counter, "/own/orders/{order}/again", orders.again, "POST"),
        for_person(counter, f"{progress.CASES}/{{case}}", progress.move, "POST"),
        for_person(counter, f"{progress.CASES}/{{case}}/documents", progress.hand_in, "POST"),
        for_person(counter, "/own/tokens/{token}", programs.revoke, "POST"),
    ]
