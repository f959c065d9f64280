"""Civil days as day numbers since 1970-01-01, in integer arithmetic only."""

from yibao.registry import benefit_function


@benefit_function
def day_of(year: int, month: int, day: int) -> int:
    """Day number of a civil date (proleptic Gregorian; years 1 and later)."""
    shifted = year - 1 if month <= 2 else year
    era = shifted // 400
    year_of_era = shifted - era * 400
    month_from_march = month - 3 if month > 2 else month + 9
    day_of_year = (153 * month_from_march + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


@benefit_function
def civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of a day number."""
    shifted = day + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day_of_month = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    return year, month, day_of_month


@benefit_function
def month_length(year: int, month: int) -> int:
    """Days in a month."""
    if month == 2:
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


@benefit_function
def add_months(day: int, months: int) -> int:
    """The same day ``months`` later, or the last of that month where there is no such day."""
    year, month, day_of_month = civil(day)
    count = year * 12 + month - 1 + months
    year = count // 12
    month = count - year * 12 + 1
    length = month_length(year, month)
    return day_of(year, month, day_of_month if day_of_month < length else length)
