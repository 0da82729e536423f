"""`cordees projections`: versions of the projection filled, compared, switched and dropped, beside a running service.

Speaks to reporting's database and to Kafka, not to the service: a rebuild is a process of its own.
"""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.options import Data
from deploy.cli.projections_compare import compare
from deploy.cli.projections_gathered import gather_again
from deploy.cli.projections_parked import give_up, parked, retry
from deploy.cli.projections_place import Json, Number, Place, print_rows, run_at
from deploy.reporting.french import rounded

if TYPE_CHECKING:
    from services.reporting.engine.rebuild import Progress
    from services.reporting.engine.versions import Version
    from services.reporting.gathering.stale import Terms

_LAG = 1_000


def register(app: typer.Typer) -> None:
    """Add the command and its sub-commands."""
    projections = typer.Typer(
        help="Reconstruit une projection à côté de celle qui répond (status, rebuild, compare, switch, drop, parked…).",
        no_args_is_help=True,
    )
    for command in (status, rebuild, compare, gather_again, switch, drop, parked, retry, give_up):
        projections.command(command.__name__.replace("_", "-"))(command)
    app.add_typer(projections, name="projections")


def status(*, json_output: Json = False, data: Data = None) -> None:
    """Liste les versions : état, position, retard sur les topics, messages mis de côté, semestres rassemblés."""

    async def work(place: Place) -> int:
        from contracts.topics import OURS
        from services.reporting.engine.logs import read_logs
        from services.reporting.engine.versions import list_parked, list_versions, read_offsets
        from services.reporting.gathering.stale import count_terms

        logs = await read_logs(place.bootstrap, OURS)
        async with place.engine.connect() as connection:
            rows = [
                _state(one)
                | {
                    "total": logs.total,
                    "lag": logs.left(await read_offsets(connection, one.version)),
                    "parked": len(await list_parked(connection, one.version)),
                }
                | _gathered(await count_terms(connection, one.version))
                for one in await list_versions(connection)
            ]
        print_rows(rows, as_json=json_output)
        return 0

    run_at(work, data)


def _state(one: "Version") -> dict[str, Any]:
    filled = one.filled_at and one.filled_at.isoformat(timespec="seconds")
    since = one.since.isoformat(timespec="seconds")
    return {"version": one.version, "status": one.status, "since": since, "filled_at": filled}


def _gathered(terms: "Terms | None") -> dict[str, Any]:
    """How many terms there are and are gathered, and since when the oldest waits; None where nothing is gathered."""
    if terms is None:
        return {"terms": None, "gathered": None, "stale_since": None}
    since = terms.stale_since and terms.stale_since.isoformat(timespec="seconds")
    return {"terms": terms.terms, "gathered": terms.sealed, "stale_since": since}


def rebuild(*, json_output: Json = False, data: Data = None) -> None:
    """Remplit une nouvelle version depuis le début des topics, ou continue celle qui est en cours.

    Interrompue ou tuée, relancez-la : elle reprend où elle en était. Lancée plusieurs fois à la fois, le travail est
    partagé. Un message illisible l'arrête (code 1) : elle dit lequel, et la commande qui l'abandonne (give-up).
    Refuse (code 3) tant qu'une version remplie attend switch ou drop. Ne change rien à la version qui répond.
    """

    async def work(place: Place) -> int:
        from deploy.cli.steps import show_steps
        from services.reporting.engine.giving_up import list_given_up
        from services.reporting.engine.rebuild import Rebuild

        with show_steps() as steps, steps.step("Remplir une version de la projection") as say:
            last = await Rebuild(
                place.engine,
                place.bootstrap,
                lambda progress: say(_progress(progress)),
                lambda terms: say(f"rassemblé {terms.sealed}/{terms.terms}"),
            ).run()
        async with place.engine.connect() as connection:
            left_out = len(await list_given_up(connection))
        summary = {
            "version": last.version,
            "offsets": last.total,
            "seconds": round(last.seconds, 1),
            "per_second": round(last.per_second),
            "peak_memory_bytes": _peak_memory(),
            "given_up": left_out,
        }
        if json_output:
            typer.echo(json.dumps(summary))
        else:
            typer.echo(f"Version {last.version} remplie ({rounded(last.per_second)} messages/s).")
            if left_out:
                typer.echo(
                    f"{left_out} messages abandonnés, qu'elle n'attend pas : cordees projections parked --given-up."
                )
            typer.echo(f"Ensuite : cordees projections compare {last.version}, puis switch {last.version}.")
        return 0

    run_at(work, data)


def _progress(now: "Progress") -> str:
    left = "?" if now.seconds_left is None else _duration(now.seconds_left)
    percent = 100 * now.done // now.total if now.total else 100
    return f"version {now.version}, {percent} % de {rounded(now.total)}, {rounded(now.per_second)}/s, reste {left}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _peak_memory() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _of_old(old: "Version") -> str:
    if old.followed:
        return f"La version {old.version} reste à jour jusqu'à « drop {old.version} »."
    return (
        f"La version {old.version} est celle d'une autre version du logiciel : elle seule la tient à jour et peut y "
        f"ramener. Quand plus personne ne veut revenir : « drop {old.version} »."
    )


def switch(
    number: Number,
    *,
    lag: Annotated[
        int, typer.Option(min=0, help="Retard permis sur la version en service, en messages, tous topics ensemble.")
    ] = _LAG,
    force: Annotated[bool, typer.Option("--force", help="Même en retard, ou pas encore toute rassemblée.")] = False,
    data: Data = None,
) -> None:
    """Met une version en service, en une transaction : chaque lecture voit l'une ou l'autre, sans redémarrage.

    Refuse (code 3) si elle n'a pas rattrapé son retard et, même avec --force, s'il lui manque des index.
    L'ancienne reste à jour : « switch » y ramène aussi, si elle n'est pas d'une autre version du logiciel.
    """

    async def work(place: Place) -> int:
        from services.reporting.engine.versions import find_version, switch_version

        before = await switch_version(place.engine, number, lag=lag, force=force)
        async with place.engine.connect() as connection:
            old = await find_version(connection, before)
        typer.echo(f"La version {number} répond. {_of_old(old)}")
        return 0

    run_at(work, data)


def drop(number: Number, *, data: Data = None) -> None:
    """Supprime une version qui ne répond pas, avec ses positions et ses messages mis de côté.

    Refuse (code 3) celle qui répond, et celle que quelqu'un lit encore après une minute d'attente ; dit qui.
    """

    async def work(place: Place) -> int:
        from services.reporting.engine.dropping import drop_version

        await drop_version(
            place.engine, number, say=lambda who: typer.echo(f"Encore lue par {who} : attente…", err=True)
        )
        typer.echo(f"Version {number} supprimée.")
        return 0

    run_at(work, data)
