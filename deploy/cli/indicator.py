"""`cordees indicator`: one figure, as a reporting consumer reads it, with the facts behind it if asked."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.options import Data, Url

if TYPE_CHECKING:
    from deploy.reporting.client import Json

_CONTRADICTED = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("indicator")(indicator)


def indicator(  # noqa: PLR0913 - one option per parameter of the question
    code: Annotated[str, typer.Argument(help="Code de l'indicateur, par exemple I02.")],
    *,
    period: Annotated[str, typer.Option(help="2019, 2018-2019, ou 2019-01-01/2019-07-01 (fin exclue).")],
    programme: Annotated[str | None, typer.Option(help="Avec ses sous-programmes.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Avec ses membres à la date de chaque activité.")] = None,
    by: Annotated[str | None, typer.Option(help="Ventilation : level, gender, establishment, activity…")] = None,
    wording: Annotated[
        str | None, typer.Option(help="Formulation à juger : « plus de 130 », « environ 4000 ».")
    ] = None,
    of: Annotated[
        str | None,
        typer.Option(help="Ce que juge --wording : whole, cells, cell:<case>, share:<case>, detail:<nom>."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Les faits comptés et écartés, avec le motif.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="La réponse de l'API telle quelle.")] = False,
    url: Url = None,
    data: Data = None,
) -> None:
    """Affiche un indicateur, calculé à l'instant à partir des événements.

    Sur la plateforme locale rien d'autre n'est nécessaire ; ailleurs, donnez --url et CORDEES_TOKEN.
    Code 0 si le chiffre est affiché (et ne contredit pas --wording), 1 sinon.
    """
    from deploy.local import lifetime

    question = {"period": period, "programme": programme, "organisation": organisation, "by": by}
    asked = {name: value for name, value in question.items() if value is not None}
    judged = {name: value for name, value in {"wording": wording, "of": of}.items() if value is not None}
    raise typer.Exit(
        lifetime.run(_indicator(code, asked, judged, explain=explain, as_json=json_output, where=(url, data)))
    )


async def _indicator(  # noqa: PLR0913 - what the command was given
    code: str,
    asked: dict[str, str],
    judged: dict[str, str],
    *,
    explain: bool,
    as_json: bool,
    where: tuple[str | None, Path | None],
) -> int:
    from deploy.reporting.client import Reporting
    from deploy.reporting.place import where as place_of

    async with Reporting(*place_of(*where)) as reporting:
        body = await reporting.figure(code, asked | judged)
        facts = await reporting.facts(code, asked) if explain else []
    if as_json:
        typer.echo(json.dumps(body | ({"facts": facts} if explain else {}), ensure_ascii=False))
    else:
        _show(body, facts)
    verdict = body["wording"]["verdict"] if body["wording"] else None
    return _CONTRADICTED if verdict == "contradicted" else 0


def _value(answer: "Json") -> Any:
    return answer["value"] if answer["value"] is not None or answer["low"] is None else [answer["low"], answer["high"]]


def _show(body: "Json", facts: list["Json"]) -> None:
    from rich.console import Console

    from deploy.reporting.french import french

    console = Console(highlight=False)
    definition, scope = body["indicator"], body["scope"]
    console.print(f"{definition['code']} {definition['name_fr']} : {french(_value(body))} ({definition['unit']})")
    console.print(
        f"du {scope['starts_on']} au {scope['ends_on']} exclu ; {french(body['facts_counted'])} faits comptés"
    )
    details = body["details"] | body["data_quality"]
    console.print(" ; ".join(f"{name} {french(number)}" for name, number in details.items()), soft_wrap=True)
    if body["wording"]:
        console.print(f"« {body['wording']['wording']} » : {body['wording']['label']}")
    for cell in body["cells"]:
        console.print(f"  {cell['cell']:<24}{french(_value(cell))}")
    if facts:
        console.print(_table(facts))


def _table(facts: list["Json"]) -> Any:
    """Narrow, so that 80 columns show each reason whole: it is a word to look up."""
    from rich.table import Column, Table

    from deploy.reporting.french import french

    columns = ("Jour", "Séance", "Version", "Dossier", "Minutes", "Compté", Column("Motif", overflow="fold"))
    table = Table(*columns, box=None, pad_edge=False, collapse_padding=True)
    for fact in facts:
        session, record = (fact["session"] or "–")[:8], (fact["record"] or "–")[:8]
        counted = "oui" if fact["counted"] else "non"
        version, minutes = str(fact["version"] or "–"), french(fact["minutes"])
        table.add_row(fact["day"], session, version, record, minutes, counted, fact["reason"])
    return table
