"""The transactions, a file per group of the interface; importing registers them."""

from yibao.gateway.transactions import (
    directories,
    files,
    filings,
    inpatient,
    institutions,
    lists,
    mobile,
    outpatient,
    people,
    pharmacy,
    queries,
    reconciliation,
    settling,
    stock,
)

__all__ = [
    "directories",
    "files",
    "filings",
    "inpatient",
    "institutions",
    "lists",
    "mobile",
    "outpatient",
    "people",
    "pharmacy",
    "queries",
    "reconciliation",
    "settling",
    "stock",
]
