"""The operations of this room, in one place for the rooms above."""

from __future__ import annotations

from yibao.insured.accounts.closing import Closing, close_account
from yibao.insured.accounts.credits import credit, run_credits
from yibao.insured.accounts.suspense import Suspended, clear_suspense, suspense
from yibao.insured.accounts.transfers import transfer
from yibao.insured.enrolment.cover import cover_faults, cover_known
from yibao.insured.enrolment.enrolments import (
    change_enrolment,
    end_enrolment,
    enrol,
    join_group,
    leave_group,
)
from yibao.insured.locks import store_person
from yibao.insured.payments.bills import make_back_bills, make_bill, owed_periods
from yibao.insured.payments.contributions import contribution_records
from yibao.insured.payments.direct import Payable, contribute, pay_now
from yibao.insured.payments.orders import create_order, orders_of
from yibao.insured.payments.paying import pay_order, resolve_order
from yibao.insured.payments.receipts import verify_receipt
from yibao.insured.payments.refunds import refund_order, send_refunds
from yibao.insured.payments.rerating import rerate_area, rerate_bill
from yibao.insured.payments.taking import take_payment
from yibao.insured.people.acting import acting
from yibao.insured.people.finding import details, find_person, people_named
from yibao.insured.people.registration import (
    Application,
    Named,
    add_certificate,
    register,
    register_person,
)
from yibao.insured.people.relations import Relation, end_relation, relate, relation_on, relations_of
from yibao.insured.stored.rows import profile_faults, rebuild_profile

__all__ = [
    "Application",
    "Closing",
    "Named",
    "Payable",
    "Relation",
    "Suspended",
    "acting",
    "add_certificate",
    "change_enrolment",
    "clear_suspense",
    "close_account",
    "contribute",
    "contribution_records",
    "cover_faults",
    "cover_known",
    "create_order",
    "credit",
    "details",
    "end_enrolment",
    "end_relation",
    "enrol",
    "find_person",
    "join_group",
    "leave_group",
    "make_back_bills",
    "make_bill",
    "orders_of",
    "owed_periods",
    "pay_now",
    "pay_order",
    "people_named",
    "profile_faults",
    "rebuild_profile",
    "refund_order",
    "register",
    "register_person",
    "relate",
    "relation_on",
    "relations_of",
    "rerate_area",
    "rerate_bill",
    "resolve_order",
    "run_credits",
    "send_refunds",
    "store_person",
    "suspense",
    "take_payment",
    "transfer",
    "verify_receipt",
]
