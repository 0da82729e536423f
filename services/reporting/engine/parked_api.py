"""HTTP: for operators, the records that could not be read, and those that somebody gave up.

Taking them up again is `cordees projections retry`, giving them up `cordees projections give-up`.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from chassis.api import Ctx
from chassis.identity import Principal, Role, allow
from services.reporting.engine.giving_up import list_given_up
from services.reporting.engine.versions import list_parked

router = APIRouter(tags=["exploitation"])

Operator = Annotated[Principal, Depends(allow(Role.OPERATOR))]
OneTopic = Annotated[str | None, Query(max_length=250, description="Un topic seul")]


class Unreadable(BaseModel):
    """Un message illisible : où il est et pourquoi, jamais ce qu'il contient."""

    topic: str
    partition: int
    offset: int
    subject: str | None = Field(description="Son en-tête ce_subject ; null s'il n'en a pas.")
    type: str | None
    reason: str
    field: str
    parked_at: datetime


class ParkedMessage(Unreadable):
    """Un message mis de côté : quelqu'un doit le regarder."""

    projection: int = Field(description="Version de projection qui l'a mis de côté.")


class GivenUpMessage(Unreadable):
    """Un message abandonné : aucune version ne l'attend plus, aucun chiffre ne le compte."""

    topic_id: str = Field(description="Identifiant Kafka du topic : un topic recréé reprend ses offsets, pas celui-ci.")
    given_up_reason: str = Field(description="Pourquoi il a été abandonné.")
    given_up_at: datetime


@router.get("/projections/parked", summary="Les messages mis de côté")
async def get_parked(
    _operator: Operator,
    context: Ctx,
    projection: Annotated[int | None, Query(ge=1, lt=2**31, description="Une version seule")] = None,
    topic: OneTopic = None,
) -> list[ParkedMessage]:
    """Réservé à l'exploitation ; dans l'ordre des topics, cent au plus par version et par topic."""
    async with context.engine.connect() as connection:
        found = await list_parked(connection, projection, topic)
    return [
        ParkedMessage(
            projection=one.place.projection,
            topic=one.place.topic,
            partition=one.place.partition,
            offset=one.offset,
            subject=one.subject,
            type=one.type,
            reason=one.reason,
            field=one.field,
            parked_at=one.parked_at,
        )
        for one in found
    ]


@router.get("/projections/given-up", summary="Les messages abandonnés")
async def get_given_up(_operator: Operator, context: Ctx, topic: OneTopic = None) -> list[GivenUpMessage]:
    """Réservé à l'exploitation ; dans l'ordre des topics, de toutes les versions."""
    async with context.engine.connect() as connection:
        return [GivenUpMessage(**vars(one)) for one in await list_given_up(connection, topic)]
