"""`cordees demo`: plays a programme on a fresh platform and judges every printed figure."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.options import DEFAULT_PARTNERS, Partners, need_partners
from deploy.cli.steps import Steps, show_steps

if TYPE_CHECKING:
    from deploy.demo.programme import Programme

_SEED = 2019


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    programme: Annotated[str, typer.Option(help="Le programme à jouer (examples/programmes).")] = "ales",
    seed: Annotated[int, typer.Option(help="Graine des personnes inventées et du désordre de l'envoi.")] = _SEED,
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Le résultat en JSON sur la sortie standard.")] = False,
    partners: Partners = DEFAULT_PARTNERS,
) -> None:
    """Joue un programme réel de bout en bout et compare ses chiffres à ce que son document imprime.

    Démarre PostgreSQL, Kafka et les trois services dans un dossier neuf, inscrit le registre, envoie en désordre les
    messages que les systèmes des partenaires enverraient, affiche les chiffres à côté d'un recompte indépendant,
    renvoie tout une seconde fois, corrige un appel et annule une séance, redémarre, puis arrête et efface tout.
    Code 0 seulement si chaque verdict tient.
    """
    from deploy.demo.programme import available, load
    from deploy.local import lifetime

    if programme not in available():
        message = f"programmes disponibles : {', '.join(available())}"
        raise typer.BadParameter(message, param_hint="--programme")
    raise typer.Exit(lifetime.run(_demo(load(programme), seed, need_partners(partners), as_json=json_output)))


async def _demo(programme: "Programme", seed: int, partners: Path, *, as_json: bool) -> int:
    from deploy.demo.story import Setting, tell
    from deploy.local import folders

    with show_steps() as steps, folders.temporary() as data:
        return await tell(Setting(programme, seed, partners, data, steps, _began(steps)), as_json=as_json)


def _began(steps: Steps) -> float:
    """When `make` began, by the monotonic clock: making the environment counts. Else when this command did."""
    given = os.environ.get("CORDEES_BEGAN", "")
    if given.isdigit():
        return time.monotonic() - (time.time() - int(given))
    return time.monotonic() - steps.elapsed
