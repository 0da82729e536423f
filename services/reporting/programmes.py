"""HTTP: what a programme is, as the registry tells it: since when, with which labels, run by whom, with what inside."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.api import Ctx
from chassis.identity import Principal, Role, allow
from contracts.base import Slug
from services.reporting.answers import UnknownProgramme, snapshot
from services.reporting.tables import organisation, organiser, programme, programme_label

router = APIRouter()

Reader = Annotated[Principal, Depends(allow(Role.READER, Role.COORDINATOR, Role.OPERATOR))]


class _Dated(BaseModel):
    starts_on: date
    ends_on: date | None = Field(description="Premier jour qui n'en est plus ; null : pas de fin.")


class ProgrammeLabel(_Dated):
    """Un label officiel et ses dates."""

    label: str


class ProgrammeOrganiser(_Dated):
    """Qui porte le programme, et quand."""

    organisation: str
    name: str | None = Field(description="null tant que le registre ne connaît pas l'organisation.")


class SubProgramme(BaseModel):
    """Un programme à l'intérieur de celui-ci."""

    programme: str
    name: str
    opened_on: date | None


class Programme(SubProgramme):
    """Un programme tel que le registre le connaît."""

    parent: str | None
    opened_on: date | None = Field(description="En activité depuis ; null : personne ne l'a dit.")
    labels: list[ProgrammeLabel]
    organisers: list[ProgrammeOrganiser]
    programmes: list[SubProgramme] = Field(description="Sous-programmes directs.")


@router.get("/programmes/{programme_id}", summary="Un programme, ses labels et ses porteurs", tags=["registre"])
async def get_programme(
    principal: Reader, programme_id: Annotated[Slug, Path(description="Identifiant du registre")], context: Ctx
) -> Programme:
    """The registry's own facts: nobody's data, so every audience may read those of its programmes."""
    principal.require_programme(programme_id)
    async with snapshot(context.engine) as connection:
        found = await _rows(connection, select(programme).where(programme.c.programme == programme_id))
        if not found:
            raise UnknownProgramme
        labels = select(programme_label).where(programme_label.c.programme == programme_id)
        organisers = (
            select(organiser, organisation.c.name)
            .outerjoin(organisation, organisation.c.organisation == organiser.c.organisation)
            .where(organiser.c.programme == programme_id)
        )
        inside = select(programme).where(programme.c.parent == programme_id)
        return Programme(
            **found[0],
            labels=[ProgrammeLabel(**row) for row in await _rows(connection, labels.order_by("starts_on", "label"))],
            organisers=[
                ProgrammeOrganiser(**row)
                for row in await _rows(connection, organisers.order_by(organiser.c.starts_on, organiser.c.organisation))
            ],
            programmes=[SubProgramme(**row) for row in await _rows(connection, inside.order_by("programme"))],
        )


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[dict[str, Any]]:
    return [_dated(row._mapping) for row in await connection.execute(query)]  # noqa: SLF001


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **({"ends_on": None} if row.get("ends_on") == date.max else {})}
