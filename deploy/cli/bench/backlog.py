"""`cordees bench backlog`: the memory of one process while millions of records wait."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.bench import measuring

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
    seconds: Annotated[float, typer.Option(min=1, help="Mesurer au plus si longtemps.")] = 900,
    curve: Annotated[
        Path | None,
        typer.Option(help="Fichier CSV de la courbe, une ligne par seconde.", show_default=False),
    ] = None,
    seed: measuring.Seed = 1,
    json_output: measuring.Json = False,
    data: measuring.EmptyData = None,
) -> None:
    """Un seul processus du moteur rattrape des millions de messages ; sa mémoire est relevée chaque seconde.

    Code 1 si elle dépasse 400 Mo, ou si le processus s'est arrêté de lui-même avant la fin.
    """
    from bench.backlog.working import sizes_of

    sizes = sizes_of(records, presences, min(pupils, max(10, records // 10)), seed)
    file = curve or Path("backlog.csv")
    measuring.run(lambda: _backlog(sizes, way, seconds, (file, data), as_json=json_output))


async def _backlog(sizes: "Sizes", way: Way, seconds: float, files: tuple[Path, Path | None], *, as_json: bool) -> int:
    from bench.backlog import sampling, working
    from bench.measuring.platform import ground, number
    from deploy.cli.steps import show_steps
    from deploy.local.lifetime import FAILED, OK

    curve, data = files
    with show_steps() as steps:
        async with ground(data, sizes, steps) as here:
            generated = here.year.seconds
            with steps.step(f"Rattraper ({way.value}), {number(seconds)} s au plus") as say:
                worked = await working.work(here, way.value, seconds, lambda one: say(_progress(one)))
    sampling.write_curve(curve, worked.samples)
    said = working.summary(worked, generated)
    lines = [*sampling.plot(worked.samples, working.LIMIT_BYTES), *_lines(worked, said, curve)]
    measuring.tell(said, sizes, lines, as_json=as_json)
    died = worked.ended is not None and not said["through"]
    return OK if said["within_limit"] and not died else FAILED


def _progress(one: "Sample") -> str:
    from bench.measuring.platform import number

    return f"{number(one.passed)} messages, {number(one.rss / 1e6)} Mo"


def _lines(worked: "Worked", said: dict[str, object], curve: Path) -> list[str]:
    from bench.measuring.platform import number

    last = worked.samples[-1]
    through = "jusqu'au bout" if said["through"] else "sans aller au bout"
    took = f"{number(worked.total)} messages en attente, écrits en {said['generated_seconds']} s ; "
    done = f"{number(last.passed)} rattrapés en {number(last.seconds)} s, {through}."
    side = "sous" if said["within_limit"] else "AU-DESSUS de"
    return [took + done, f"Mémoire au plus : {number(worked.peak / 1e6)} Mo, {side} 400 Mo. Courbe : {curve}"]
