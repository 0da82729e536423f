"""Declared indicators over HTTP: numbers of documents, with who answers for them and what was said before."""

from fastapi import APIRouter, Response

from chassis.api import Tx
from contracts.base import Slug
from contracts.declarations import IndicatorDeclared
from services.inscriptions import handlers
from services.inscriptions.api.authority import Reader, Writer, may_declare
from services.inscriptions.api.registry import CREATED, After, Limit, Page, answer, find_entry, page_of
from services.inscriptions.commands import DeclareIndicator

router = APIRouter(tags=["registre"])


@router.put("/declarations/{declaration}", summary="Déclarer un indicateur, ou le corriger", responses=CREATED)
async def declare_indicator(
    declaration: Slug, body: DeclareIndicator, tx: Tx, writer: Writer, response: Response
) -> IndicatorDeclared:
    """Un nombre imprimé dans un document, avec sa source et qui en répond.

    Corriger demande un motif (`reason`), sauf l'intitulé, la portée et les parties ; la valeur d'avant reste dans
    `earlier`, avec son unité, sa période, qui l'avait déclarée, quand, et ce motif. Un pourcentage ne dépasse pas 100 ;
    I19 à I22 sont des pourcentages, `effectif` un nombre de personnes. Une coordination ne déclare que pour ses
    programmes.
    """
    await may_declare(tx, writer, declaration, body)
    return answer(response, *await handlers.declare_indicator(tx, declaration, body))


@router.get("/declarations/{declaration}", summary="Lire une déclaration")
async def declaration(declaration: Slug, tx: Tx, _reader: Reader) -> IndicatorDeclared:
    """L'état entier, avec les valeurs d'avant, la plus ancienne d'abord."""
    return await find_entry(tx, IndicatorDeclared, declaration)


@router.get("/declarations", summary="Lister les déclarations")
async def declarations(tx: Tx, _reader: Reader, after: After = "", limit: Limit = 100) -> Page[IndicatorDeclared]:
    """Dans l'ordre des identifiants."""
    return await page_of(tx, IndicatorDeclared, after, limit)
