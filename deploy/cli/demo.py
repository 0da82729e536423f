"""`cordees demo`: plays programmes on a fresh platform and judges every printed figure."""

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.steps import Steps, show_steps

if TYPE_CHECKING:
    from deploy.demo.programme import Programme

_SEED = 2019


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    programme: Annotated[
        list[str] | None,
        typer.Option(
            help=(
                "Un programme à jouer : un nom d'examples/programmes, ou le chemin d'un fichier TOML de la même forme. "
                "Peut se répéter. Par défaut : tous."
            ),
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Graine des personnes inventées et du désordre de l'envoi.")] = _SEED,
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Le résultat en JSON sur la sortie standard.")] = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Garder la plateforme dans ce dossier, neuf ou vide, pour y lire d'autres chiffres ensuite.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Joue des programmes réels de bout en bout et compare leurs chiffres à ce que leurs documents impriment.

    Démarre PostgreSQL, Kafka et les trois services dans un dossier neuf, inscrit le registre, envoie en désordre les
    messages que les systèmes des partenaires enverraient, affiche les chiffres à côté d'un recompte indépendant,
    renvoie tout une seconde fois, corrige un appel et annule une séance, redémarre, répond à des questions, puis arrête
    et efface tout (sauf avec --keep). Code 0 seulement si chaque verdict tient.
    """
    from deploy.demo.programme import PROGRAMMES, available
    from deploy.local import lifetime

    chosen = [_file(PROGRAMMES, name) for name in programme or available()]
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise typer.BadParameter(f"{keep} n'est pas vide", param_hint="--keep")
    raise typer.Exit(lifetime.run(_demo(chosen, seed, keep, as_json=json_output)))


def _file(folder: Path, name: str) -> Path:
    from deploy.demo.programme import available

    file = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if not file.is_file():
        message = f"programmes disponibles : {', '.join(available())}, ou un fichier .toml qui existe"
        raise typer.BadParameter(message, param_hint="--programme")
    return file


async def _demo(files: list[Path], seed: int, keep: Path | None, *, as_json: bool) -> int:
    from deploy.demo.programme import load
    from deploy.demo.story import Setting, tell
    from deploy.local import folders

    with show_steps() as steps, folders.temporary() as scratch:
        # The partners of the programmes that are played, and of no other: each brings topics.
        partners = scratch / "partners"
        partners.mkdir()
        for file in files:
            shutil.copy(file, partners)
        programmes: list[Programme] = [load(file) for file in files]
        platform = keep or scratch / "platform"
        setting = Setting(programmes, seed, partners, scratch / "messages", platform, steps, _began(steps))
        code = await tell(setting, as_json=as_json)
    if keep is not None:
        again = "".join(f" --partners {file}" for file in files) if len(files) == 1 else ""
        typer.echo(f"\nGardé. Pour y lire d'autres chiffres : cordees run --data {keep}{again}", err=True)
    return code


def _began(steps: Steps) -> float:
    """When `make` began, by the monotonic clock: making the environment counts. Else when this command did."""
    given = os.environ.get("CORDEES_BEGAN", "")
    if given.isdigit():
        return time.monotonic() - (time.time() - int(given))
    return time.monotonic() - steps.elapsed
