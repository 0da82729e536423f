"""A term is the same in Python and in PostgreSQL, whatever the day."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from services.reporting.gathering.term import LONGEST, end_of, sql_end_of, sql_term_of, term_of
from tests.services.reporting.desk import Reporting

AUTUMN, SPRING = date(2018, 9, 1), date(2019, 1, 1)
# Leap years, one that is none (2100), and the first and the last year of which anybody may ask.
FIRST, LAST = date(1990, 1, 1), date(2101, 1, 1)


@pytest.mark.parametrize(
    ("day", "term", "ends_on"),
    [
        (date(2018, 9, 1), AUTUMN, SPRING),
        (date(2018, 12, 31), AUTUMN, SPRING),
        (date(2019, 1, 1), SPRING, date(2019, 9, 1)),
        (date(2019, 8, 31), SPRING, date(2019, 9, 1)),
    ],
)
def test_a_term_is_the_autumn_or_the_rest_of_the_school_year(day: date, term: date, ends_on: date) -> None:
    assert (term_of(day), end_of(term)) == (term, ends_on)


async def test_postgresql_has_the_same_terms_every_day(reporting: Reporting) -> None:
    query = f"""
        SELECT day, {sql_term_of("day")}, {sql_end_of(sql_term_of("day"))}
        FROM (SELECT CAST(day AS date) FROM generate_series(CAST(:first AS date), :last, interval '1 day') AS d (day)) d
        ORDER BY day
    """  # noqa: S608 - our own names
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

    async with reporting.engine.connect() as connection:
        found = [tuple(row) for row in await connection.execute(text(query), {"first": FIRST, "last": LAST})]

    assert found == [(day, term_of(day), end_of(term_of(day))) for day in days]
    assert all(term <= day < ends_on for day, term, ends_on in found)


async def test_no_day_is_further_behind_the_beginning_of_its_term_than_the_longest_one(reporting: Reporting) -> None:
    query = f"""
        SELECT count(*), count(*) FILTER (WHERE {sql_term_of("day")} > day - {LONGEST})
        FROM generate_series(CAST(:first AS date), :last, interval '1 day') AS d (day)
    """  # noqa: S608 - our own names

    async with reporting.engine.connect() as connection:
        days, near = (await connection.execute(text(query), {"first": FIRST, "last": LAST})).one()

    assert (days, near) == ((LAST - FIRST).days + 1,) * 2
