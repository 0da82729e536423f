"""HTTP: figures and their explanations, exact and live, for the `interne` audience only (privacy.md §6)."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.dependencies.models import Dependant
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.api import Ctx
from chassis.errors import DomainError, field_path
from chassis.identity import EVERY_PROGRAMME, Audience, Principal, Role, allow
from contracts.base import Slug
from contracts.topics import SESSIONS_TOPIC
from services.reporting import programmes
from services.reporting.answers import Answer, answer, check_breakdown, check_scope, snapshot, today, verdict_on
from services.reporting.explanations import explain
from services.reporting.gathering.stale import count_terms
from services.reporting.indicators import CATALOGUE, find_indicator
from services.reporting.indicators.indicator import Indicator
from services.reporting.indicators.reader import Row
from services.reporting.parts import part_of
from services.reporting.periods import parse_period
from services.reporting.queries.question import By, Question
from services.reporting.shapes import (
    Cell,
    DataQuality,
    Definition,
    ExplanationPage,
    Fact,
    IndicatorAnswer,
    Judged,
    Known,
    PartitionPosition,
    Position,
    ProgrammeTerms,
    ProjectionState,
    Scope,
    Value,
    WordingVerdict,
)
from services.reporting.suggestion import suggested_wording
from services.reporting.tables import parked, position, projection
from services.reporting.watermarks import decode_watermark, read_watermark


def known_parameters(request: Request) -> None:
    """A misspelt `programm=` would give a figure over everything, and be believed; so would one of two periods.

    Raises `UnknownParameter`, `RepeatedParameter`.
    """
    known = _query_names(request.scope["route"].dependant)
    for name, times in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name not in known:
            raise UnknownParameter(name)
        if times > 1:
            raise RepeatedParameter(name)


def _query_names(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*map(_query_names, dependant.dependencies))


router = APIRouter(dependencies=[Depends(known_parameters)])
router.include_router(programmes.router)

Reader = Annotated[Principal, Depends(allow(Role.READER, Role.COORDINATOR, Role.OPERATOR))]


class UnknownParameter(DomainError):
    """Ce paramètre n'existe pas ici."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.field = field_path((name,))


class RepeatedParameter(DomainError):
    """Ce paramètre est donné plusieurs fois : une seule valeur serait lue."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.field = field_path((name,))


class OnlyPublications(DomainError):
    """Les valeurs exactes sont internes.

    Les audiences « partenaire » et « public » ne verront que des publications figées et protégées ; il n'y en a pas
    encore.
    """


def internal(principal: Reader) -> Principal:
    """Exact live values could be compared from one day to the next: no threshold would protect anybody."""
    if principal.audience is not Audience.INTERNE:
        raise OnlyPublications
    return principal


Internal = Annotated[Principal, Depends(internal)]


def check_programmes(principal: Principal, question: Question) -> None:
    """A token that names programmes reads these alone; a figure over all of them needs `*`."""
    principal.require_programme(question.programme or EVERY_PROGRAMME)


class Asked:
    """The parameters that a figure and its explanation share."""

    def __init__(  # noqa: PLR0913 - one parameter per query parameter
        self,
        *,
        code: str,
        period: Annotated[
            str,
            Query(description="`2019`, `2018-2019` ou `2019-01-01/2019-07-01` (la fin non comprise)", max_length=40),
        ],
        programme: Annotated[Slug | None, Query(description="Avec ses sous-programmes")] = None,
        organisation: Annotated[Slug | None, Query(description="Avec ses membres à la date de chaque activité")] = None,
        by: Annotated[By | None, Query(description="Ventilation ; le catalogue dit lesquelles")] = None,
        threshold_hours: Annotated[int, Query(ge=0, le=1000, description="Seuil de I02_renforces et I24 (h)")] = 10,
    ) -> None:
        self.indicator: Indicator = find_indicator(code)
        self.question = Question(
            period=parse_period(period),
            as_of=today(),
            programme=programme,
            organisation=organisation,
            by=check_breakdown(self.indicator, by),
            threshold_minutes=60 * threshold_hours,
        )


Ask = Annotated[Asked, Depends()]


@router.get("/indicators", summary="Le catalogue : indicateurs, règles et ventilations", tags=["indicateurs"])
async def list_indicators(_: Reader) -> list[Definition]:
    """Definitions are nobody's data: every audience may read them."""
    return [Definition.of(indicator) for indicator in CATALOGUE.values()]


@router.get("/indicators/{code}", summary="Un chiffre, exact et à jour", tags=["indicateurs"])  # noqa: FAST003 - in Asked
async def get_indicator(
    principal: Internal,
    ask: Ask,
    context: Ctx,
    wording: Annotated[
        str | None,
        Query(description="Une formulation à juger : « plus de 130 », « environ 4 000 », « 44 »", max_length=80),
    ] = None,
    of: Annotated[
        str,
        Query(
            description="Ce dont parle la formulation : `whole`, `cells`, `cell:…`, `share:…` (une case), `detail:…`",
            max_length=220,
        ),
    ] = "whole",
) -> IndicatorAnswer:
    """Computed from the facts at the moment of asking; the watermark says how far they had been read."""
    check_programmes(principal, ask.question)
    async with snapshot(context.engine) as connection:
        await check_scope(connection, ask.question)
        found = await answer(connection, ask.indicator, ask.question)
    return _show(ask, found, wording, of)


def _show(ask: Asked, found: Answer, wording: str | None, of: str) -> IndicatorAnswer:
    result = found.result
    part = part_of(ask.indicator, result, of, broken_down=ask.question.by is not None)
    verdict = verdict_on(part.unit, wording, part.figure) if wording else None
    return IndicatorAnswer(
        **Value.of(result.whole).model_dump(),
        indicator=Definition.of(ask.indicator),
        scope=Scope.of(ask.question),
        data_quality=DataQuality(**vars(result.quality)),
        coverage=Known(**vars(result.coverage)) if result.coverage else None,
        cells=[Cell.at(cell, figure) for cell, figure in result.cells.items()],
        wording=WordingVerdict(wording=wording or "", verdict=verdict, label=verdict.label) if verdict else None,
        judged=Judged.of_part(part),
        suggested_wording=suggested_wording(
            part.figure.low, part.figure.high, high_in=part.figure.high_in, share=part.unit == "percent"
        ),
        watermark=found.watermark.encode(),
        projection=found.watermark.projection,
    )


@router.get(
    "/indicators/{code}/explanation",  # noqa: FAST003 - in Asked
    summary="Les faits comptés et écartés, avec le motif",
    tags=["indicateurs"],
)
async def explain_indicator(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    principal: Internal,
    ask: Ask,
    context: Ctx,
    after: Annotated[
        str | None, Query(description="Un `watermark` : seulement ce qui a changé depuis", max_length=40_000)
    ] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` de la page précédente", max_length=1000)] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Faits par page")] = 100,
) -> ExplanationPage:
    """The facts with `counted` are exactly those that the figure is computed from."""
    check_programmes(principal, ask.question)
    since = decode_watermark(after) if after else None
    async with snapshot(context.engine) as connection:
        await check_scope(connection, ask.question)
        page = await explain(connection, ask.indicator, ask.question, after=since, cursor=cursor, limit=limit)
        mark = await read_watermark(connection)
    return ExplanationPage(
        indicator=Definition.of(ask.indicator),
        scope=Scope.of(ask.question),
        facts=[_fact(row) for row in page.facts],
        next_cursor=page.cursor,
        watermark=mark.encode(),
    )


def _fact(row: Row) -> Fact:
    where = None
    if row["at_offset"] is not None:
        where = Position(topic=SESSIONS_TOPIC.name, partition=row["at_partition"], offset=row["at_offset"])
    shown = {name: row[name] for name in Fact.model_fields if name not in {"reason", "position"}}
    return Fact(**shown, reason=row["why"], position=where)


@router.get("/projections", summary="Jusqu'où les faits sont lus", tags=["exploitation"])
async def list_projections(_: Reader, context: Ctx) -> list[ProjectionState]:
    """To wait for an event: until `next_offset` of its partition is greater than its offset."""
    async with snapshot(context.engine) as connection:
        versions = (await connection.execute(select(projection).order_by(projection.c.version))).all()
        positions = await _positions(connection)
        terms = {one.version: await count_terms(connection, one.version) for one in versions}
    return [
        ProjectionState(
            version=one.version,
            status=one.status,
            terms=ProgrammeTerms.of(terms[one.version]),
            positions=[found for version, found in positions if version == one.version],
        )
        for one in versions
    ]


async def _positions(connection: AsyncConnection) -> Sequence[tuple[int, PartitionPosition]]:
    aside = select(func.count()).where(
        parked.c.projection == position.c.projection,
        parked.c.topic == position.c.topic,
        parked.c.partition == position.c.partition,
    )
    query = select(position, aside.scalar_subquery().label("parked")).order_by(position.c.topic, position.c.partition)
    return [(row.projection, _position(row._mapping)) for row in await connection.execute(query)]  # noqa: SLF001


def _position(row: Row) -> PartitionPosition:
    lag = None if row["log_end"] is None else max(0, row["log_end"] - row["next_offset"])
    return PartitionPosition(lag=lag, **{name: row[name] for name in PartitionPosition.model_fields if name != "lag"})
