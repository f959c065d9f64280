"""What other rooms may have done to employers."""

from __future__ import annotations

from yibao.employers.adjusting import Adjustment, adjust_bases, preview_bases
from yibao.employers.applying import apply_for_staff
from yibao.employers.assessing import Assessed, assess_area, undeclared_amount
from yibao.employers.bills import bill_month
from yibao.employers.declaring import DeclaredMonth, declare, preview
from yibao.employers.late_fees import DayCount, late_days, late_fee
from yibao.employers.months import CollectionTerms, set_terms
from yibao.employers.ordering import pay_bill, resolve_order
from yibao.employers.paying import (
    EmployerMoney,
    add_overpaid,
    book_money,
    return_money,
    use_credit,
)
from yibao.employers.registration import (
    EmployerDetails,
    change_employer,
    end_employer,
    register_employer,
)

__all__ = [
    "Adjustment",
    "Assessed",
    "CollectionTerms",
    "DayCount",
    "DeclaredMonth",
    "EmployerDetails",
    "EmployerMoney",
    "add_overpaid",
    "adjust_bases",
    "apply_for_staff",
    "assess_area",
    "bill_month",
    "book_money",
    "change_employer",
    "declare",
    "end_employer",
    "late_days",
    "late_fee",
    "pay_bill",
    "preview",
    "preview_bases",
    "register_employer",
    "resolve_order",
    "return_money",
    "set_terms",
    "undeclared_amount",
    "use_credit",
]
