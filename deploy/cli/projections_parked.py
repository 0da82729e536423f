"""`cordees projections`: records that could not be read: listed, read again, given up."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.options import Data
from deploy.cli.projections_place import INTEGER, LONG, Json, OneVersion, Place, print_rows, run_at

if TYPE_CHECKING:
    from services.reporting.engine.giving_up import GivenUpRecord
    from services.reporting.engine.retry import Retried
    from services.reporting.engine.versions import ParkedRecord


def parked(
    *,
    given_up: Annotated[bool, typer.Option("--given-up", help="Ceux qui ont été abandonnés (give-up).")] = False,
    json_output: Json = False,
    data: Data = None,
) -> None:
    """Liste les messages illisibles mis de côté, de toutes les versions."""

    async def work(place: Place) -> int:
        from services.reporting.engine.giving_up import list_given_up
        from services.reporting.engine.versions import list_parked

        async with place.engine.connect() as connection:
            if given_up:
                rows = [_given_up(one, whole=json_output) for one in await list_given_up(connection)]
            else:
                rows = [_parked(one) for one in await list_parked(connection)]
        print_rows(rows, as_json=json_output)
        return 0

    run_at(work, data)


def _parked(one: "ParkedRecord") -> dict[str, Any]:
    place = {"projection": one.place.projection, "topic": one.place.topic, "partition": one.place.partition}
    said = {name: getattr(one, name) for name in ("offset", "subject", "type", "reason", "field")}
    return place | said | {"parked_at": one.parked_at.isoformat(timespec="seconds")}


def retry(
    *,
    projection: OneVersion = None,
    topic: Annotated[str | None, typer.Option(help="Un topic seul.")] = None,
    json_output: Json = False,
    data: Data = None,
) -> None:
    """Relit dans Kafka les messages mis de côté et les projette, une fois corrigé ce qui les rendait illisibles.

    Code 1 s'il en reste. Rien n'est relu d'un topic qui a été recréé sous le même nom (replaced), ni d'un journal qui
    finit avant ce que la version en a lu (outside), ni pour une version de la projection dont une autre version du
    logiciel a fait les tables (other_tables).
    """

    async def work(place: Place) -> int:
        from services.reporting.engine.retry import Outcome
        from services.reporting.engine.retry import retry as take_up
        from services.reporting.engine.versions import list_parked

        async with place.engine.connect() as connection:
            waiting = await list_parked(connection, projection, topic)
        done = await take_up(place.engine, place.bootstrap, waiting)
        print_rows([_parked(one.record) | {"outcome": one.outcome.value} for one in done], as_json=json_output)
        for line in _advice(done):
            typer.echo(line, err=True)
        return 0 if all(one.outcome in {Outcome.PROJECTED, Outcome.SUPERSEDED, Outcome.TAKEN} for one in done) else 1

    run_at(work, data)


def _advice(done: "Sequence[Retried]") -> Sequence[str]:
    """One line for each log of which no record can be read any more: what happened there, and what to do."""
    from services.reporting.engine.retry import Outcome

    said = []
    for one in done:
        at = one.record.place
        anew = (
            f"une version neuve repart de ce que le topic contient (cordees projections rebuild, puis switch) ; "
            f"« drop {at.projection} » supprime ensuite l'ancienne avec ses messages mis de côté."
        )
        if one.outcome is Outcome.REPLACED:
            said.append(
                f"Le topic {at.topic} a été recréé sous le même nom depuis que la version {at.projection} l'a lu ; "
                f"les messages qu'elle y a mis de côté n'existent plus : {anew}"
            )
        elif one.outcome is Outcome.OUTSIDE:
            said.append(
                f"Le topic {at.topic}, partition {at.partition}, finit avant ce que la version {at.projection} en a "
                f"lu ; Kafka a perdu des messages : {anew}"
            )
        elif one.outcome is Outcome.OTHER_TABLES:
            said.append(
                f"La version {at.projection} a les tables d'une autre version du logiciel, qui seule y reprend des "
                f"messages ; si elle ne sert plus : cordees projections drop {at.projection}."
            )
    return tuple(dict.fromkeys(said))


def give_up(
    topic: Annotated[str, typer.Argument(help="Topic du message, comme le dit « parked ».")],
    partition: Annotated[int, typer.Argument(min=0, max=INTEGER)],
    offset: Annotated[int, typer.Argument(min=0, max=LONG)],
    *,
    reason: Annotated[str, typer.Option(help="Pourquoi ; gardé et montré tel quel : aucune donnée de personne.")],
    data: Data = None,
) -> None:
    """Abandonne un message qui restera illisible : aucune version ne l'attend plus, un rebuild passe outre.

    Un message mis de côté dans la version en service, ou un message qui arrête une version qui se remplit ; celui-là
    est relu d'abord. Sans retour : le message n'est plus relu par « retry ». Une version qui saurait le lire un jour le
    compterait. Refuse (code 3) tout autre message, et celui qui est lisible.
    """

    async def work(place: Place) -> int:
        from services.reporting.engine.giving_up_unread import GivingUp

        why = await GivingUp(place.engine, place.bootstrap).run(topic, partition, offset, reason)
        typer.echo(
            f"{topic} {partition} {offset} abandonné (sujet {why.subject or 'inconnu'}, motif {why.reason}, "
            f"{why.field}) ; « parked --given-up » le garde en mémoire."
        )
        return 0

    run_at(work, data)


def _given_up(one: "GivenUpRecord", *, whole: bool) -> dict[str, Any]:
    """Kafka's id of the topic is for programs: a line of the table would have no place left for the reason."""
    moments = {name: getattr(one, name).isoformat(timespec="seconds") for name in ("parked_at", "given_up_at")}
    row = vars(one) | moments
    return row if whole else {name: value for name, value in row.items() if name != "topic_id"}
