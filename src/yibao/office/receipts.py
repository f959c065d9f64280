"""Receipts of whoever applies without a login: told once, kept nowhere, and enough to ask by."""

from __future__ import annotations

from yibao.database.unit import Database

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LETTERS = 12


def receipt_letters(database: Database, text: str) -> str:
    """The receipt that follows from what a form is known by: sent twice it is the same."""
    number = int(database.secrets.lasting_hash(text)[:32], 16)
    letters = []
    for _ in range(_LETTERS):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def grouped_receipt(receipt: str) -> str:
    """As it is shown: three groups of four."""
    return "-".join(receipt[at : at + 4] for at in range(0, len(receipt), 4))


def plain_receipt(text: str) -> str:
    """As it was written, without what groups it."""
    return "".join(letter for letter in text.upper() if letter.isalnum())
