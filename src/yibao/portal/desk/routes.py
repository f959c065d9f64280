"""Where the pages of the desk are."""

from __future__ import annotations

from starlette.routing import BaseRoute

from yibao.portal.calls import Counter
from yibao.portal.desk import (
    between,
    budget,
    cases,
    catalogue,
    claims,
    clearing,
    conduct,
    errands,
    finance,
    firm_months,
    firms,
    goods,
    imports,
    institutions,
    jobs,
    keys,
    payments,
    people,
    points,
    prices,
    queue,
    reconciling,
    staff,
    statistics,
)
from yibao.portal.desk.firm_parts import EMPLOYERS
from yibao.portal.desk.frame import DESK, FIRM, PLACE, for_desk
from yibao.portal.desk.place_parts import CLEARING, INSTITUTIONS


def desk_routes(counter: Counter) -> list[BaseRoute]:
    """The queue, people, cases, payments, and for administrators users and agencies."""
    read = {
        DESK: queue.show,
        f"{people.PEOPLE}/{{person}}": people.person,
        f"{cases.CASES}/{{case}}": cases.show,
        f"{cases.CASES}/{{case}}/documents/{{document}}": cases.document,
        f"{cases.CASES}/{{case}}/letter.pdf": cases.claim_letter,
        f"{cases.CASES}/{{case}}/form.json": cases.form_file,
        payments.PAYMENTS: payments.show,
        f"{payments.PAYMENTS}/{{batch}}": payments.batch,
        f"{payments.PAYMENTS}/{{batch}}/file": payments.file,
        keys.USERS: keys.users,
        keys.AGENCIES: keys.agencies,
        jobs.JOBS: jobs.show,
        conduct.CONDUCT: conduct.show,
    }
    written = {
        f"{cases.CASES}/{{case}}/move": cases.move,
        f"{cases.CASES}/{{case}}/note": cases.note,
        f"{cases.CASES}/{{case}}/code": cases.give_code,
        f"{cases.CASES}/{{case}}/form": cases.receive_form,
        f"{cases.CASES}/{{case}}/documents": cases.hand_in,
        f"{cases.CASES}/{{case}}/claim/{{what}}": cases.write_claim,
        f"{cases.CASES}/{{case}}/conduct/{{what}}": cases.write_conduct,
        f"{conduct.CONDUCT}/leads": conduct.note,
        f"{conduct.CONDUCT}/check": conduct.check,
        f"{conduct.CONDUCT}/hits/{{hit}}/drop": conduct.drop,
        f"{payments.PAYMENTS}/draft": payments.draft,
        f"{payments.PAYMENTS}/answers": payments.answers,
        f"{payments.PAYMENTS}/{{batch}}/move": payments.move,
        f"{keys.USERS}/add": keys.add,
        f"{keys.USERS}/change": keys.change,
        f"{keys.AGENCIES}/add": keys.found,
        f"{keys.AGENCIES}/close": keys.close,
    }
    read |= {EMPLOYERS: firms.listed, reconciling.RECONCILIATION: reconciling.show}
    written |= {
        f"{reconciling.RECONCILIATION}/import": reconciling.take,
        f"{reconciling.RECONCILIATION}/resolve": reconciling.resolve,
        f"{reconciling.RECONCILIATION}/overpaid": reconciling.overpaid,
        f"{EMPLOYERS}/register": firms.register,
        f"{EMPLOYERS}/terms": firms.set_terms,
        f"{EMPLOYERS}/assess": firms.assess,
    }
    read |= {
        finance.FINANCE: finance.show,
        finance.MONEY: finance.money,
        f"{finance.FINANCE}/statement.csv": finance.download,
        f"{finance.FINANCE}/accounts": finance.accounts,
        f"{finance.FINANCE}/books.zip": finance.whole_books,
        budget.BUDGET: budget.show,
        f"{budget.BUDGET}.csv": budget.download,
        statistics.STATISTICS: statistics.show,
        f"{statistics.STATISTICS}/table.csv": statistics.download,
    }
    written |= {
        f"{finance.FINANCE}/month": finance.move,
        f"{finance.MONEY}/enter": finance.enter,
        f"{finance.MONEY}/{{voucher}}": finance.decide,
        f"{budget.BUDGET}/enter": budget.enter,
        f"{budget.BUDGET}/{{fund_budget}}": budget.decide,
    }
    read |= {
        imports.IMPORTS: imports.show,
        f"{imports.IMPORTS}/{{import_run}}/rejects.csv": imports.rejects,
    }
    written |= {f"{imports.IMPORTS}/look": imports.look, f"{imports.IMPORTS}/write": imports.write}
    one_employer = f"{EMPLOYERS}/{{employer}}"
    for base in (FIRM, one_employer):
        read |= {
            base: firms.show,
            f"{base}/bills/{{bill}}": firms.bill,
            f"{base}/certificate": firms.certificate,
        }
        written |= {f"{base}/bill": firm_months.bill_month}
    written |= {
        f"{FIRM}/pay": firms.pay,
        f"{one_employer}/book": firms.book,
        f"{one_employer}/change": firms.change,
        f"{one_employer}/end": firms.end,
    }
    read |= {INSTITUTIONS: institutions.listed, CLEARING: clearing.listed}
    written |= {f"{INSTITUTIONS}/register": institutions.register}
    read |= {points.POINTS_AT: points.listed, f"{points.POINTS_AT}/{{points_period}}": points.show}
    written |= {
        f"{points.POINTS_AT}/draw": points.draw,
        f"{points.POINTS_AT}/{{points_period}}/decide": points.decide,
    }
    read |= {between.BETWEEN_AT: between.listed}
    written |= {
        f"{between.BETWEEN_AT}/declare": between.declare,
        f"{between.BETWEEN_AT}/net": between.net,
        f"{between.BETWEEN_AT}/{{between}}/move": between.move,
    }
    for base in (goods.GOODS_AT, goods.OWN_GOODS_AT):
        read |= {base: goods.listed, f"{base}/{{goods_list}}": goods.show}
        written |= {
            f"{base}/draft": goods.draft,
            f"{base}/{{goods_list}}/move": goods.write,
        }
    one_change = f"{catalogue.CATALOGUE_AT}/{{catalogue_change}}"
    read |= {catalogue.CATALOGUE_AT: catalogue.listed, one_change: catalogue.show}
    written |= {
        f"{catalogue.CATALOGUE_AT}/draw": catalogue.draw,
        f"{one_change}/decide": catalogue.decide,
    }
    one_list = f"{prices.PRICES}/{{price_list}}"
    read |= {
        prices.PRICES: prices.listed,
        one_list: prices.show,
        f"{PLACE}/prices/{{price_list}}": prices.show,
    }
    written |= {f"{one_list}/decide": prices.decide}
    one_institution = f"{INSTITUTIONS}/{{institution}}"
    for base, applications in ((PLACE, f"{PLACE}/clearing"), (one_institution, CLEARING)):
        read |= {base: institutions.show, f"{applications}/{{application}}": clearing.show}
        read |= {f"{base}/prices": prices.prices_at}
        written |= {
            f"{base}/prices/hand-in": prices.hand_in,
            f"{base}/apply": institutions.apply,
            f"{applications}/{{application}}/{{step}}": clearing.write,
        }
    written |= {
        f"{one_institution}/change": institutions.change,
        f"{one_institution}/end": institutions.end,
        f"{one_institution}/agreements": institutions.agree,
        f"{one_institution}/years": institutions.draw_up_year,
    }
    return [
        for_desk(counter, f"{FIRM}/declare", firm_months.declare, "GET", "POST"),
        for_desk(counter, f"{staff.STAFF}/{{person}}/{{errand}}", staff.serve, "GET", "POST"),
        for_desk(counter, f"{one_employer}/declare", firm_months.declare, "GET", "POST"),
        for_desk(counter, people.PEOPLE, people.search, "GET", "POST"),
        for_desk(counter, f"{people.PEOPLE}/new", errands.of_nobody, "GET", "POST"),
        for_desk(counter, f"{people.PEOPLE}/newborn", errands.of_nobody, "GET", "POST"),
        for_desk(
            counter, f"{people.PEOPLE}/{{person}}/{{errand}}", errands.of_somebody, "GET", "POST"
        ),
        for_desk(counter, claims.CLAIMS, claims.apply, "GET", "POST"),
        *(for_desk(counter, path, serve) for path, serve in read.items()),
        *(for_desk(counter, path, serve, "POST") for path, serve in written.items()),
    ]
