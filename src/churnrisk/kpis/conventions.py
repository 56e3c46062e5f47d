"""Conventions by which other tools count, beside our own."""

#: Months of a unit, where a month is 30 days.
DAYS = {"month": 30, "quarter": 90, "year": 360}


def unit_of(period: str, convention: str) -> str:
    """Give the unit in which periods are laid.

    Examples
    --------
    >>> unit_of("month", "standard"), unit_of("month", "thirty_day_months")
    ('month', 'days:30')
    """
    if convention == "thirty_day_months" and period in DAYS:
        return f"days:{DAYS[period]}"
    return period
