"""Years and months as English questions name them; `values` reads dates of several languages."""

import re

__all__ = ["MONTH", "MONTHS", "YEAR", "is_year"]

MONTHS = """January February March April May June July August September October November
    December""".split()

# Without word boundaries: in "2021年" there is none behind the year.
MONTH = re.compile("|".join(MONTHS))
YEAR = re.compile(r"(?:19|20|21)\d\d")


def is_year(number: float) -> bool:
    """Whether a number can be a year, as YEAR has them.

    >>> is_year(2027), is_year(300)
    (True, False)
    """
    return 1900 <= number <= 2199
