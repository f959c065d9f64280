"""The transactions, a file per group of the interface; importing registers them."""

from yibao.gateway.transactions import (
    directories,
    files,
    filing_queries,
    filings,
    inpatient,
    institutions,
    lists,
    mobile,
    outpatient,
    people,
    pharmacy,
    reconciliation,
    settlement_queries,
    settling,
    stock,
    visit_queries,
)

__all__ = [
    "directories",
    "files",
    "filing_queries",
    "filings",
    "inpatient",
    "institutions",
    "lists",
    "mobile",
    "outpatient",
    "people",
    "pharmacy",
    "reconciliation",
    "settlement_queries",
    "settling",
    "stock",
    "visit_queries",
]
