"""HTTP: declared indicators, each with its sentence, its document, who answers for it, and what was said before."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from chassis.api import Ctx
from chassis.errors import DomainError
from chassis.identity import Principal
from contracts.base import Slug
from services.reporting.answers import check_scope, snapshot, verdict_on
from services.reporting.api import Internal
from services.reporting.declarations import Declaration, Part, Row, Wanted, figure_of, list_wanted, load_declaration
from services.reporting.periods import parse_period
from services.reporting.shapes import Shown, WordingVerdict, shown

router = APIRouter(tags=["déclarations"])


class UnknownDeclaration(DomainError):
    """Aucune déclaration connue ici ne porte cet identifiant."""

    field = "declaration_id"


class DeclaredNumber(BaseModel):
    """Un nombre déclaré, et les valeurs que sa formulation permet (règle R15)."""

    declared_wording: str = Field(description="exact, plus_de, pres_de, environ, au_moins")
    number: int | None
    numerator: int | None = Field(description="Avec denominator : une fraction, donc un pourcentage.")
    denominator: int | None
    value: Shown = Field(description="null quand low et high diffèrent.")
    low: Shown
    high: Shown = Field(description="null avec low : pas de borne haute (« au moins »).")
    high_in: bool = Field(description="false : la borne haute n'est pas comprise.")


class EarlierNumber(DeclaredNumber):
    """Ce qui avait été déclaré avant une correction, unité et période comprises, et pourquoi elle fut faite."""

    unit: str
    starts_on: date
    ends_on: date | None = Field(description="Premier jour qui n'est plus compris.")
    declarant: str
    declared_on: date
    reason: str


class DeclaredPart(BaseModel):
    """Une déclaration dont le nombre entre dans une somme ; tout est null tant que personne ne l'a faite."""

    declaration: str
    label: str | None
    number: int | None
    unit: str | None


class DeclarationAnswer(DeclaredNumber):
    """Un indicateur déclaré : un nombre imprimé, qu'aucun événement ne porte."""

    declaration: str
    version: int
    indicator: str = Field(description="Un code du catalogue, `effectif`, ou un nom propre à la déclaration.")
    label: str
    programme: str | None
    organisation: str | None
    starts_on: date
    ends_on: date | None = Field(description="Premier jour qui n'est plus compris.")
    unit: str = Field(description="persons, percent, hours, euros, items")
    sentence: str = Field(description="La phrase de la source.")
    document: str
    declarant: str = Field(description="Une fonction ou un service.")
    declared_on: date
    earlier: list[EarlierNumber] = Field(description="La plus ancienne d'abord.")
    parts: list[DeclaredPart]
    parts_sum: int | None = Field(description="null si une partie manque, ou n'est pas un nombre exact de cette unité.")
    sum_holds: bool | None = Field(description="La valeur déclarée permet-elle la somme de ses parties ?")
    wording: WordingVerdict | None


@router.get("/declarations", summary="Les indicateurs déclarés")
async def list_declarations(
    principal: Internal,
    context: Ctx,
    programme: Annotated[Slug | None, Query(description="Avec ses sous-programmes")] = None,
    organisation: Annotated[Slug | None, Query(description="Dont parle la déclaration, elle seule")] = None,
    period: Annotated[
        str | None, Query(description="Au moins un jour commun ; s'écrit comme pour un indicateur", max_length=40)
    ] = None,
) -> list[DeclarationAnswer]:
    """A token that names programmes sees the declarations of these alone, and those of no programme."""
    wanted = Wanted(programme, organisation, None if period is None else parse_period(period))
    if programme is not None:
        principal.require_programme(programme)
    async with snapshot(context.engine) as connection:
        await check_scope(connection, wanted)
        found = await list_wanted(connection, wanted)
    # Whoever may read a programme reads those inside it.
    return [_show(principal, one) for one in found if programme is not None or _may_read(principal, one.row)]


@router.get("/declarations/{declaration_id}", summary="Un indicateur déclaré, avec ses versions et ses parties")
async def get_declaration(
    principal: Internal,
    context: Ctx,
    declaration_id: Annotated[Slug, Path(description="Identifiant de la déclaration")],
    wording: Annotated[
        str | None, Query(description="Une formulation à juger : « plus de 800 000 », « 155 »", max_length=80)
    ] = None,
) -> DeclarationAnswer:
    """What a document prints, judged against what was declared."""
    async with snapshot(context.engine) as connection:
        found = await load_declaration(connection, declaration_id)
    if found is None:
        raise UnknownDeclaration
    if found.row["programme"] is not None:
        principal.require_programme(found.row["programme"])
    return _show(principal, found, wording)


def _may_read(principal: Principal, row: Row) -> bool:
    return row["programme"] is None or principal.may_speak_of(row["programme"])


def _show(principal: Principal, declaration: Declaration, wording: str | None = None) -> DeclarationAnswer:
    row = declaration.row
    readable = all(part.declared is None or _may_read(principal, part.declared) for part in declaration.parts)
    verdict = verdict_on(row["unit"], wording, declaration.figure) if wording else None
    said = {name: row[name] for name in DeclarationAnswer.model_fields if name in row and name != "wording"}
    return DeclarationAnswer(
        **(said | _number(row)),
        earlier=[_earlier(one) for one in declaration.earlier],
        parts=[_part(principal, part) for part in declaration.parts],
        parts_sum=declaration.parts_sum if readable else None,
        sum_holds=declaration.sum_holds if readable else None,
        wording=WordingVerdict(wording=wording or "", verdict=verdict, label=verdict.label) if verdict else None,
    )


def _number(row: Row) -> dict[str, object]:
    figure = figure_of(row)
    return {
        "declared_wording": row["wording"],
        **{name: row[name] for name in ("number", "numerator", "denominator")},
        "value": shown(figure.value),
        "low": shown(figure.low),
        "high": shown(figure.high),
        "high_in": figure.high_in,
    }


def _earlier(row: Row) -> EarlierNumber:
    said = ("unit", "starts_on", "ends_on", "declarant", "declared_on", "reason")
    return EarlierNumber.model_validate(_number(row) | {name: row[name] for name in said})


def _part(principal: Principal, part: Part) -> DeclaredPart:
    """A part of a programme that the token does not name is shown by its id alone."""
    row = part.declared if part.declared is not None and _may_read(principal, part.declared) else {}
    said = {name: row.get(name) for name in ("label", "number", "unit")}
    return DeclaredPart.model_validate({"declaration": part.declaration} | said)
