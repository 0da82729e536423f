"""`cordees indicator`: one figure, as a reporting consumer reads it, with the facts behind it if asked."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.options import Data

_UNREADABLE = 1


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
    explain: Annotated[bool, typer.Option("--explain", help="Les faits comptés et écartés, avec le motif.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="La réponse de l'API telle quelle.")] = False,
    url: Annotated[
        str | None, typer.Option(envvar="CORDEES_URL", help="Service reporting ; par défaut le local.")
    ] = None,
    data: Data = None,
) -> None:
    """Affiche un indicateur, calculé à l'instant à partir des événements.

    Sur la plateforme locale rien d'autre n'est nécessaire ; ailleurs, donnez --url et CORDEES_TOKEN.
    Code 0 si le chiffre est affiché (et ne contredit pas --wording), 1 sinon.
    """
    question = {"period": period, "programme": programme, "organisation": organisation, "by": by}
    asked = {name: value for name, value in question.items() if value is not None}
    base, headers = _where(url, data)
    body = asyncio.run(_ask(base, headers, code, asked | ({"wording": wording} if wording else {})))
    facts = asyncio.run(_explain(base, headers, code, asked)) if explain else []
    if json_output:
        typer.echo(json.dumps(body | ({"facts": facts} if explain else {}), ensure_ascii=False))
    else:
        _show(body, facts)
    verdict = body["wording"]["verdict"] if body["wording"] else None
    raise typer.Exit(_UNREADABLE if verdict == "contradicted" else 0)


def _where(url: str | None, data: Path | None) -> tuple[str, dict[str, str]]:
    """Address and token: what was given, or the local platform's own."""
    if url is not None:
        return url, {"Authorization": f"Bearer {os.environ.get('CORDEES_TOKEN', '')}"}
    from deploy.local.folders import default_data
    from deploy.local.issuer import issue_token
    from deploy.local.secrets import Secrets

    folder = data or default_data()
    ports, secrets = folder / "ports.json", Secrets(folder / "secrets")
    if not ports.exists() or not secrets.jwks_file.exists():
        typer.echo(f"Aucune plateforme locale dans {folder} : lancez d'abord « cordees run ».", err=True)
        raise typer.Exit(_UNREADABLE)
    port = json.loads(ports.read_text())["reporting-http"]
    token = issue_token(secrets, ["reader"], programmes=["*"], audience="interne")
    return f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {token}"}


async def _ask(base: str, headers: dict[str, str], code: str, query: dict[str, str]) -> dict[str, Any]:
    return await _get(base, headers, f"/indicators/{code}", query)


async def _explain(base: str, headers: dict[str, str], code: str, query: dict[str, str]) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = []
    page = query | {"limit": "1000"}
    while True:
        body = await _get(base, headers, f"/indicators/{code}/explanation", page)
        facts += body["facts"]
        if body["next_cursor"] is None:
            return facts
        page["cursor"] = body["next_cursor"]


async def _get(base: str, headers: dict[str, str], path: str, query: dict[str, str]) -> dict[str, Any]:
    import httpx2

    try:
        async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=60) as http:
            answer = await http.get(path, params=query)
    except httpx2.TransportError as error:
        typer.echo(f"Le service ne répond pas ({base}, {type(error).__name__}).", err=True)
        raise typer.Exit(_UNREADABLE) from None
    if answer.is_error:
        typer.echo(f"{answer.status_code} : {answer.json().get('detail', '')}", err=True)
        raise typer.Exit(_UNREADABLE)
    body: dict[str, Any] = answer.json()
    return body


def _show(body: dict[str, Any], facts: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from deploy.demo.table import french

    console = Console(highlight=False)
    definition, scope = body["indicator"], body["scope"]
    value = body["value"] if body["value"] is not None else [body["low"], body["high"]]
    console.print(f"{definition['code']} {definition['name_fr']} : {french(value)} ({definition['unit']})")
    console.print(
        f"du {scope['starts_on']} au {scope['ends_on']} exclu ; {french(body['facts_counted'])} faits comptés"
    )
    details = body["details"] | body["data_quality"]
    console.print(" ; ".join(f"{name} {french(number)}" for name, number in details.items()), soft_wrap=True)
    if body["wording"]:
        console.print(f"« {body['wording']['wording']} » : {body['wording']['label']}")
    for cell in body["cells"]:
        shown = cell["value"] if cell["value"] is not None else [cell["low"], cell["high"]]
        console.print(f"  {cell['cell']:<24}{french(shown)}")
    if facts:
        # Narrow, so that 80 columns show each reason whole: it is a word to look up.
        columns = ("Jour", "Séance", "Version", "Dossier", "Minutes", "Compté", Column("Motif", overflow="fold"))
        table = Table(*columns, box=None, pad_edge=False, collapse_padding=True)
        for fact in facts:
            session, record = (fact["session"] or "–")[:8], (fact["record"] or "–")[:8]
            counted = "oui" if fact["counted"] else "non"
            table.add_row(
                fact["day"],
                session,
                str(fact["version"] or "–"),
                record,
                french(fact["minutes"]),
                counted,
                fact["reason"],
            )
        console.print(table)
