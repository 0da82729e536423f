"""What the sub-commands that measure share: options, sizes of a year from its sessions, and how results are shown."""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.reporting.french import rounded

if TYPE_CHECKING:
    from bench.year.sizes import Sizes

Sessions = Annotated[int, typer.Option(min=20, help="Séances de l'année ; élèves, dispositifs… en proportion.")]
Presences = Annotated[
    int, typer.Option("--presences-per-session", min=1, max=1_000, help="Lignes d'un appel, en moyenne.")
]
Seed = Annotated[int, typer.Option(help="La même graine et les mêmes tailles donnent les mêmes messages.")]
Json = Annotated[bool, typer.Option("--json", help="Le résultat en JSON.")]
EmptyData = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Dossier de données vide où mesurer, gardé ensuite. Par défaut un dossier temporaire, supprimé à la fin.",
        show_default=False,
    ),
]

# A national year has a million sessions: everything else in its proportion.
_PUPILS, _PROGRAMMES, _VOLUNTEERS, _SCHOOLS = 5, 1_000, 40, 280


def sizes_of(sessions: int, presences: int, seed: int) -> "Sizes":
    """A year of so many sessions, in the proportions of a national one; or bad usage."""
    from deploy.cli.bench.generate import checked_sizes

    programmes = max(2, sessions // _PROGRAMMES)
    return checked_sizes(
        sessions=sessions,
        presences=presences,
        pupils=max(programmes, sessions // _PUPILS),
        programmes=programmes,
        volunteers=max(programmes, sessions // _VOLUNTEERS),
        schools=max(5, sessions // _SCHOOLS),
        seed=seed,
    )


def run(work: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """To the end, with its exit code: 3 for what is refused, 1 for what failed or is not exact."""
    from deploy.local import lifetime

    raise typer.Exit(lifetime.run(guarded(work)))


async def guarded(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Its exit code; what is known to fail ends with one line."""
    from concurrent.futures.process import BrokenProcessPool

    from aiokafka.errors import KafkaError

    from bench.backlog.working import EndedAtOnce
    from bench.year.sending import NotDelivered
    from bench.year.topics import NotEmpty
    from deploy.local.lifetime import FAILED, REFUSED
    from deploy.topics import PartitionsDiffer, TopicsRefused
    from services.reporting.engine.versions import Refused

    try:
        return await work()
    except NotEmpty as refusal:
        typer.echo(f"Déjà des messages sur {refusal} : choisissez un dossier de données vide.", err=True)
        return REFUSED
    except PartitionsDiffer as refusal:
        typer.echo(one_line(refusal), err=True)
        return REFUSED
    except BrokenProcessPool:
        typer.echo(WRITER_DIED, err=True)
        return FAILED
    except (NotDelivered, KafkaError, TopicsRefused, Refused, EndedAtOnce) as error:
        typer.echo(one_line(error), err=True)
        return FAILED


WRITER_DIED = "Un processus qui écrivait l'année a été arrêté (mémoire ?) : l'année n'est pas entière."


def one_line(error: Exception) -> str:
    """What it says, without line breaks; some say nothing but what they are."""
    return " ".join(str(error).split()) or type(error).__name__


def writable(file: Path, option: str) -> Path:
    """The same, before anything long begins; bad usage where it cannot be written. Leaves nothing behind."""
    there = file.exists()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab"):
            pass
    except OSError as error:
        raise typer.BadParameter(f"{file} ne peut pas être écrit : {error.strerror}", param_hint=option) from None
    if not there:
        file.unlink()
    return file


def tell(said: Mapping[str, Any], sizes: "Sizes", lines: Sequence[str], *, as_json: bool) -> None:
    """On stdout, with what it ran on."""
    from bench.measuring.platform import machine

    if as_json:
        typer.echo(json.dumps({**said, "sizes": asdict(sizes), "machine": machine()}, ensure_ascii=False))
        return
    here = machine()
    typer.echo(
        f"{rounded(sizes.sessions)} séances, {rounded(sizes.pupils)} élèves ; {here['cores']} cœurs, "
        f"{here['processor']}, {rounded(here['memory_bytes'] / 1e9)} Go, Python {here['python']}"
    )
    for line in lines:
        typer.echo(line)
