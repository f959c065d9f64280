"""The cell of a table at positions of its keys, in whatever layout a rulebook has.

``table`` is a constant of ``yibao.policy.parameters``; the positions follow the order of the
keys in its declaration.  A position past those that the rulebook tells apart reads the last.
Each function is written out for its number of keys: they are called at every step, and a
call inside another would double their cost in CPython.
"""

from yibao.benefit.terms import Rules
from yibao.registry import benefit_function


@benefit_function
def cell_1(rules: Rules, table: int, first: int) -> int:
    """The cell of a table with one key."""
    entry = rules[table]
    cell = rules[entry]
    if first > rules[entry + 1]:
        first = rules[entry + 1]
    cell += first * rules[entry + 2]
    return cell


@benefit_function
def cell_2(rules: Rules, table: int, first: int, second: int) -> int:
    """The cell of a table with two keys."""
    entry = rules[table]
    cell = rules[entry]
    if first > rules[entry + 1]:
        first = rules[entry + 1]
    cell += first * rules[entry + 2]
    if second > rules[entry + 3]:
        second = rules[entry + 3]
    cell += second * rules[entry + 4]
    return cell


@benefit_function
def cell_3(rules: Rules, table: int, first: int, second: int, third: int) -> int:
    """The cell of a table with three keys."""
    entry = rules[table]
    cell = rules[entry]
    if first > rules[entry + 1]:
        first = rules[entry + 1]
    cell += first * rules[entry + 2]
    if second > rules[entry + 3]:
        second = rules[entry + 3]
    cell += second * rules[entry + 4]
    if third > rules[entry + 5]:
        third = rules[entry + 5]
    cell += third * rules[entry + 6]
    return cell


@benefit_function
def cell_4(rules: Rules, table: int, first: int, second: int, third: int, fourth: int) -> int:
    """The cell of a table with four keys."""
    entry = rules[table]
    cell = rules[entry]
    if first > rules[entry + 1]:
        first = rules[entry + 1]
    cell += first * rules[entry + 2]
    if second > rules[entry + 3]:
        second = rules[entry + 3]
    cell += second * rules[entry + 4]
    if third > rules[entry + 5]:
        third = rules[entry + 5]
    cell += third * rules[entry + 6]
    if fourth > rules[entry + 7]:
        fourth = rules[entry + 7]
    cell += fourth * rules[entry + 8]
    return cell


@benefit_function
def cell_5(
    rules: Rules, table: int, first: int, second: int, third: int, fourth: int, fifth: int
) -> int:
    """The cell of a table with five keys."""
    entry = rules[table]
    cell = rules[entry]
    if first > rules[entry + 1]:
        first = rules[entry + 1]
    cell += first * rules[entry + 2]
    if second > rules[entry + 3]:
        second = rules[entry + 3]
    cell += second * rules[entry + 4]
    if third > rules[entry + 5]:
        third = rules[entry + 5]
    cell += third * rules[entry + 6]
    if fourth > rules[entry + 7]:
        fourth = rules[entry + 7]
    cell += fourth * rules[entry + 8]
    if fifth > rules[entry + 9]:
        fifth = rules[entry + 9]
    cell += fifth * rules[entry + 10]
    return cell
