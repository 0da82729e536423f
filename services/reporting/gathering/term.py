"""What a term is, in Python and in SQL: nobody else says it.

The autumn (September to December, named by 1 September) or the rest of a school year (named by 1 January), so that
school years and calendar years are made of whole terms.
"""

from datetime import date

_AUTUMN = 9

LONGEST = "interval '8 months'"
"""In SQL: a day is less than that behind the beginning of its term."""


def term_of(day: date) -> date:
    """The first day of the term in which a day lies."""
    return date(day.year, _AUTUMN if day.month >= _AUTUMN else 1, 1)


def end_of(term: date) -> date:
    """The first day after a term."""
    return date(term.year + 1, 1, 1) if term.month == _AUTUMN else date(term.year, _AUTUMN, 1)


def sql_term_of(day: str) -> str:
    """`term_of`, of a column or another expression."""
    autumn = f"CASE WHEN extract(month FROM {day}) >= {_AUTUMN} THEN {_AUTUMN} ELSE 1 END"
    return f"make_date(CAST(extract(year FROM {day}) AS integer), {autumn}, 1)"


def sql_end_of(term: str) -> str:
    """`end_of`, of a column or another expression."""
    lasts = f"CASE extract(month FROM {term}) WHEN {_AUTUMN} THEN interval '4 months' ELSE {LONGEST} END"
    return f"CAST({term} + {lasts} AS date)"
