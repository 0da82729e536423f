"""`cordees bench backlog`: the memory of one process while millions of records wait."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.bench import measuring
from deploy.reporting.french import rounded

if TYPE_CHECKING:
    from bench.backlog.sampling import Sample
    from bench.backlog.working import Worked
    from bench.year.sizes import Sizes


class Way(StrEnum):
    """Which process works."""

    LIVE = "live"
    REBUILD = "rebuild"


def backlog(  # noqa: PLR0913 - one option per size
    *,
    records: Annotated[int, typer.Option(min=100, help="Messages en attente, environ.")] = 5_000_000,
    presences: measuring.Presences = 4,
    pupils: Annotated[int, typer.Option(min=10, help="Élèves.")] = 200_000,
    way: Annotated[
        Way, typer.Option(help="live : le service reporting rattrape ; rebuild : cordees projections rebuild.")
    ] = Way.LIVE,
    seconds: Annotated[float, typer.Option(min=1, help="Au plus si longtemps ; code 1 si ce n'est pas fini.")] = 900,
    curve: Annotated[
        Path | None,
        typer.Option(
            help="Fichier CSV de la courbe, une ligne par seconde. Par défaut backlog.csv dans le dossier courant.",
            show_default=False,
        ),
    ] = None,
    seed: measuring.Seed = 1,
    json_output: measuring.Json = False,
    data: measuring.EmptyData = None,
) -> None:
    """Un seul processus du moteur rattrape des millions de messages ; sa mémoire est relevée chaque seconde.

    À la fin, les chiffres sont comparés aux comptes attendus. Code 1 si la mémoire dépasse 400 Mo, si le processus
    n'est pas allé au bout (arrêté de lui-même, ou --seconds écoulées), ou si un chiffre est faux.
    """
    from bench.backlog.working import sizes_of

    sizes = sizes_of(records, presences, min(pupils, max(10, records // 10)), seed)
    file = measuring.writable(curve or Path("backlog.csv"), "--curve")
    measuring.run(lambda: _backlog(sizes, way, seconds, (file, data), as_json=json_output))


async def _backlog(sizes: "Sizes", way: Way, seconds: float, files: tuple[Path, Path | None], *, as_json: bool) -> int:
    from bench.backlog import sampling, working
    from bench.measuring.platform import ground
    from deploy.cli.steps import show_steps
    from deploy.local.lifetime import FAILED, OK

    curve, data = files
    with show_steps() as steps:
        async with ground(data, sizes, steps) as here:
            generated = here.year.seconds
            with steps.step(f"Rattraper ({way.value}), {rounded(seconds)} s au plus") as say:
                worked = await working.work(here, way.value, seconds, lambda one: say(_progress(one)))
            # Before anything else may fail.
            sampling.write_curve(curve, worked.samples)
            wrong = None
            if working.is_through(worked):
                with steps.step("Comparer les chiffres"):
                    wrong = await working.check(here, way.value)
    said = working.summary(worked, generated, wrong)
    lines = [*sampling.plot(worked.samples, working.LIMIT_BYTES), *_lines(worked, said, curve)]
    measuring.tell(said, sizes, lines, as_json=as_json)
    return OK if working.is_good(said) else FAILED


def _progress(one: "Sample") -> str:
    return f"{rounded(one.passed)} messages, {rounded(one.rss / 1e6)} Mo"


def _lines(worked: "Worked", said: dict[str, Any], curve: Path) -> list[str]:
    last = worked.samples[-1]
    through = "jusqu'au bout" if said["through"] else "PAS jusqu'au bout"
    took = f"{rounded(worked.total)} messages en attente, écrits en {said['generated_seconds']} s ; "
    done = f"{rounded(last.passed)} rattrapés en {rounded(last.seconds)} s, {through}."
    side = "sous" if said["within_limit"] else "AU-DESSUS de"
    memory = f"Mémoire au plus : {rounded(worked.peak / 1e6)} Mo, {side} 400 Mo. Courbe : {curve}"
    return [took + done, memory, *_figures(said)]


def _figures(said: dict[str, Any]) -> list[str]:
    if said["exact"] is None:
        return ["Chiffres non comparés : tout n'a pas été rattrapé."]
    return [f"FAUX : {line}" for line in said["wrong"]] or ["Chiffres exacts, nationaux et par dispositif."]
