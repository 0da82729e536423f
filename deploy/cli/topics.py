"""`cordees topics`: the declared topics, and how a cluster gets them."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.options import DEFAULT_PARTNERS, Partners, need_partners

if TYPE_CHECKING:
    from contracts.topics import Topic


def register(app: typer.Typer) -> None:
    """Add the command and its sub-command."""
    topics = typer.Typer(help="Liste les topics Kafka déclarés, ou les crée (apply).", invoke_without_command=True)
    topics.callback()(list_topics)
    topics.command("apply")(apply)
    app.add_typer(topics, name="topics")


def list_topics(
    context: typer.Context,
    *,
    partners: Partners = DEFAULT_PARTNERS,
    as_json: Annotated[bool, typer.Option("--json", help="En JSON plutôt qu'en tableau.")] = False,
) -> None:
    """Lister les topics Kafka déclarés : les nôtres, puis ceux de chaque partenaire."""
    if context.invoked_subcommand:
        return
    rows = [_row(topic) for topic in _declared(partners)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _print_table(rows)


def apply(
    bootstrap: Annotated[str, typer.Option(help="Adresse d'un courtier Kafka, hôte:port.")],
    partners: Partners = DEFAULT_PARTNERS,
    replication_factor: Annotated[int, typer.Option(min=1, help="Copies de chaque nouveau topic.")] = 1,
) -> None:
    """Crée les topics qui manquent et corrige leurs réglages. Ne supprime rien.

    Refuse (code 3) si un topic existe avec un autre nombre de partitions : le changer romprait l'ordre par clé.
    """
    from aiokafka.errors import KafkaError

    from deploy.local.lifetime import FAILED, REFUSED
    from deploy.topics import PartitionsDiffer, TopicsRefused, apply_topics

    try:
        applied = asyncio.run(apply_topics(bootstrap, _declared(partners), replication_factor=replication_factor))
    except PartitionsDiffer as refusal:
        typer.echo(refusal, err=True)
        raise typer.Exit(REFUSED) from None
    except (KafkaError, TopicsRefused, OSError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(FAILED) from None
    for label, names in (("créé", applied.created), ("modifié", applied.altered), ("inchangé", applied.unchanged)):
        for name in names:
            typer.echo(f"{label:<9} {name}")


def _declared(partners: Path) -> "tuple[Topic, ...]":
    from contracts.partners import load_partners
    from contracts.topics import all_topics

    return all_topics(load_partners(need_partners(partners)))


def _row(topic: "Topic") -> dict[str, object]:
    return {
        "name": topic.name,
        "key": topic.key,
        "partitions": topic.partitions,
        "config": dict(topic.config),
        "producer": topic.producer,
        "consumers": list(topic.consumers),
        "rejected": topic.rejected,
    }


def _print_table(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("topic", "clé", "partitions", "nettoyage", "écrit par", "lu par", box=None)
    for row in rows:
        config, consumers = row["config"], row["consumers"]
        cleanup = config.get("cleanup.policy", "") if isinstance(config, dict) else ""
        readers = ", ".join(consumers) if isinstance(consumers, list) else ""
        table.add_row(str(row["name"]), str(row["key"]), str(row["partitions"]), cleanup, str(row["producer"]), readers)
    # Wide enough that a file or a pipe gets whole names.
    Console(width=None if sys.stdout.isatty() else 200).print(table)
