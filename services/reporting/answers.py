"""A figure with everything that goes beside it, read in one snapshot of the database. Shapes what the API shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.errors import DomainError
from chassis.references import paris_day
from services.reporting.indicators.indicator import Figure, Indicator, Result
from services.reporting.indicators.reader import Reader
from services.reporting.queries.question import By, Question
from services.reporting.storage import use_projection
from services.reporting.tables import organisation, programme
from services.reporting.watermarks import Watermark, read_watermark
from services.reporting.wording import Verdict, judge, parse_wording


class UnknownProgramme(DomainError):
    """Aucun programme connu ici ne porte cet identifiant."""

    field = "programme"


class UnknownOrganisation(DomainError):
    """Aucune organisation connue ici ne porte cet identifiant."""

    field = "organisation"


class BreakdownNotOffered(DomainError):
    """Cet indicateur n'offre pas cette ventilation ; le catalogue dit lesquelles."""

    field = "by"


class NotAShare(DomainError):
    """« La plupart » se dit d'une part, et cet indicateur n'en est pas une."""

    field = "wording"


@dataclass(frozen=True)
class Answer:
    """The result, and how far the projections had read."""

    result: Result
    watermark: Watermark


# Steps are joined by hash (queries.question.among). Nobody counts their rows: PostgreSQL guesses one, and would repeat
# a step for each row of another, or join persons with all their days at once.
_BY_HASH = ("SET LOCAL enable_nestloop = off", "SET LOCAL enable_mergejoin = off", "SET LOCAL work_mem = '64MB'")


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One state of all tables and positions, however many queries read it."""
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with connection.begin():
            await use_projection(connection)
            for setting in _BY_HASH:
                await connection.execute(text(setting))
            yield connection


def today() -> date:
    """The local date in Paris."""
    return paris_day(datetime.now(UTC))


def check_breakdown(indicator: Indicator, by: By | None) -> By | None:
    """The breakdown that is asked for, or the indicator's own. Raises `BreakdownNotOffered`."""
    if by is not None and by not in indicator.breakdowns:
        raise BreakdownNotOffered
    return by or indicator.default_by


class Scoped(Protocol):
    """Whatever is asked of a programme, an organisation, or both."""

    @property
    def programme(self) -> str | None:
        """With those inside it."""

    @property
    def organisation(self) -> str | None:
        """With its members."""


async def check_scope(connection: AsyncConnection, question: Scoped) -> None:
    """A figure of 0 for a misspelt id would be believed. Raises `UnknownProgramme`, `UnknownOrganisation`."""
    if question.programme is not None:
        known = select(programme.c.programme).where(programme.c.programme == question.programme)
        if await connection.scalar(known) is None:
            raise UnknownProgramme
    if question.organisation is not None:
        known = select(organisation.c.organisation).where(organisation.c.organisation == question.organisation)
        if await connection.scalar(known) is None:
            raise UnknownOrganisation


async def answer(connection: AsyncConnection, indicator: Indicator, question: Question) -> Answer:
    """The figure; `connection` is a `snapshot`."""
    result = await indicator.measure(Reader(connection, indicator, question))
    return Answer(result, await read_watermark(connection))


def verdict_on(unit: str, wording: str, figure: Figure) -> Verdict:
    """Raises `UnknownWording` and `NotAShare`."""
    meaning = parse_wording(wording)
    if meaning.of_share and unit != "percent":
        raise NotAShare
    return judge(meaning, figure.low, figure.high, high_in=figure.high_in)
