"""`cordees bench generate`: a whole school year written straight to our topics."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.bench import measuring
from deploy.cli.options import Data
from deploy.reporting.french import rounded

if TYPE_CHECKING:
    from bench.year.generate import Year
    from bench.year.sizes import Sizes


def generate(  # noqa: PLR0913 - one option per size
    *,
    sessions: Annotated[int, typer.Option(min=1, help="Séances, tenues ou non.")] = 1_000_000,
    presences: Annotated[
        int, typer.Option("--presences-per-session", min=1, max=1_000, help="Lignes d'un appel, en moyenne.")
    ] = 12,
    pupils: Annotated[int, typer.Option(min=1, help="Élèves.")] = 200_000,
    programmes: Annotated[int, typer.Option(min=1, help="Dispositifs, de tailles très inégales.")] = 1_000,
    volunteers: Annotated[int, typer.Option(min=1, help="Intervenants.")] = 25_000,
    schools: Annotated[int, typer.Option(min=1, max=90_000, help="Établissements.")] = 3_600,
    corrections: Annotated[
        float, typer.Option(min=0, max=0.5, help="Part des séances tenues publiées de nouveau, corrigées, plus tard.")
    ] = 0.03,
    duplicates: Annotated[
        float, typer.Option(min=0, max=0.5, help="Part des messages présents deux fois, à l'identique.")
    ] = 0.03,
    joins: Annotated[
        float, typer.Option(min=0, max=0.5, help="Part des élèves dont un second dossier rejoint le premier.")
    ] = 0.05,
    moves: Annotated[
        float, typer.Option(min=0, max=0.5, help="Part des élèves qui changent d'établissement dans l'année.")
    ] = 0.04,
    seed: Annotated[int, typer.Option(help="La même graine et les mêmes tailles donnent les mêmes messages.")] = 1,
    append: Annotated[
        bool, typer.Option("--append", help="Écrire à la suite de topics qui ne sont pas vides.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=8, help="Processus qui écrivent en même temps.")] = 2,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Fichier des comptes exacts attendus (JSON). Par défaut bench/truth.json dans le dossier des données.",
            show_default=False,
        ),
    ] = None,
    bootstrap: Annotated[
        str | None,
        typer.Option(help="Adresse d'un courtier Kafka, hôte:port ; par défaut celui de la plateforme locale."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Le résumé en JSON.")] = False,
    data: Data = None,
) -> None:
    """Écrit une année scolaire nationale (2022-2023) sur cordees.registry, cordees.people et cordees.sessions.

    Les messages sont ceux que publieraient les services, et un fichier donne les comptes exacts qu'une reconstruction
    doit retrouver. Refuse (code 3) d'écrire sur des topics qui ne sont pas vides, sauf avec --append.
    """
    from deploy.local import lifetime
    from deploy.local.folders import default_data

    sizes = checked_sizes(
        sessions=sessions,
        presences=presences,
        pupils=pupils,
        programmes=programmes,
        volunteers=volunteers,
        schools=schools,
        corrections=corrections,
        duplicates=duplicates,
        joins=joins,
        moves=moves,
        seed=seed,
    )
    where = (bootstrap, data)
    file = truth or (data or default_data()) / "bench" / "truth.json"
    if truth is not None:
        measuring.writable(_draft_of(truth), "--truth")
        measuring.writable(truth, "--truth")
    raise typer.Exit(lifetime.run(_generate(sizes, where, file, append=append, workers=workers, as_json=json_output)))


def checked_sizes(**given: Any) -> "Sizes":
    """Sizes that make a year, or bad usage."""
    try:
        # Asked for early, so that nothing has begun.
        import confluent_kafka  # noqa: F401

        from bench.year.sizes import Sizes, SizesRefused
    except ImportError as error:
        missing = f"il manque {error.name} : depuis le dépôt, installez l'extra « bench » (make test le fait)."
        raise typer.BadParameter(missing) from None

    try:
        return Sizes(**given)
    except SizesRefused as refusal:
        raise typer.BadParameter(str(refusal)) from None


async def _generate(  # noqa: PLR0913 - what the command was given
    sizes: "Sizes",
    where: tuple[str | None, Path | None],
    file: Path,
    *,
    append: bool,
    workers: int,
    as_json: bool,
) -> int:
    from concurrent.futures.process import BrokenProcessPool

    from aiokafka.errors import KafkaError

    from bench.year.sending import NotDelivered
    from bench.year.topics import NotEmpty
    from deploy.local.lifetime import FAILED, OK, REFUSED
    from deploy.topics import PartitionsDiffer, TopicsRefused

    try:
        year = await _write(sizes, _bootstrap(*where), append=append, workers=workers)
    except NotEmpty as refusal:
        typer.echo(f"Déjà des messages sur {refusal} : --append écrit à la suite.", err=True)
        return REFUSED
    except PartitionsDiffer as refusal:
        typer.echo(refusal, err=True)
        return REFUSED
    except BrokenProcessPool:
        typer.echo(measuring.WRITER_DIED, err=True)
        return FAILED
    except (KafkaError, NotDelivered, TopicsRefused) as error:
        typer.echo(measuring.one_line(error), err=True)
        return FAILED
    _save(file, year)
    _tell(year, file, as_json=as_json)
    return OK


def _bootstrap(bootstrap: str | None, data: Path | None) -> str:
    from deploy.local.folders import default_data
    from deploy.reporting.place import NoPlatform

    if bootstrap is not None:
        return bootstrap
    ports = (data or default_data()) / "ports.json"
    if not ports.exists():
        raise NoPlatform(f"Aucune plateforme locale dans {ports.parent} : lancez d'abord « cordees run ».")
    return f"127.0.0.1:{json.loads(ports.read_text())['kafka']}"


async def _write(sizes: "Sizes", bootstrap: str, *, append: bool, workers: int) -> "Year":
    from bench.year.generate import generate
    from contracts.topics import OURS
    from deploy.cli.steps import show_steps
    from deploy.topics import apply_topics

    await apply_topics(bootstrap, OURS)
    with show_steps() as steps, steps.step(f"Écrire {rounded(sizes.sessions)} séances et leurs élèves") as say:
        return await generate(
            bootstrap,
            sizes,
            append=append,
            workers=workers,
            say=lambda records: say(f"{rounded(records)} messages"),
        )


def _save(file: Path, year: "Year") -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft_of(file)
    draft.write_text(json.dumps(year.truth(), indent=1) + "\n")
    draft.rename(file)


def _draft_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.new")


def _tell(year: "Year", file: Path, *, as_json: bool) -> None:
    summary = year.summary()
    if as_json:
        typer.echo(json.dumps(summary | {"truth": str(file), "national": year.truth()["national"]}))
        return
    megabytes, memory = (rounded(summary[name] / 1e6) for name in ("value_bytes", "peak_memory_bytes"))
    for topic, written in year.written().items():
        typer.echo(f"{topic:<18}{rounded(written.records):>12} messages")
    typer.echo(
        f"{megabytes} Mo en {summary['seconds']:.0f} s : {rounded(summary['records_per_second'])} messages/s, "
        f"{memory} Mo de mémoire au plus par processus"
    )
    typer.echo(f"Comptes attendus : {file}")
