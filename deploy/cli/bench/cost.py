"""`cordees bench cost`: what an event, a session and a figure cost, from a small year to a national one."""

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.bench import measuring

if TYPE_CHECKING:
    from bench.year.sizes import Sizes


_SMALLEST = 20


def cost(
    *,
    sessions: Annotated[list[int] | None, typer.Option(min=_SMALLEST, help="Séances d'une année ; répétable.")] = None,
    presences: measuring.Presences = 12,
    processes: Annotated[int, typer.Option(min=1, max=4, help="Processus qui reconstruisent ensemble.")] = 1,
    seed: measuring.Seed = 1,
    json_output: measuring.Json = False,
) -> None:
    """Reconstruit des années de plus en plus grandes : coût d'un message, octets par séance, durée des chiffres.

    Par défaut 10 000, 100 000 et 1 000 000 séances ; d'abord une année minuscule, pour ce que coûte un début.
    Code 1 si un chiffre n'est pas exact.
    """
    smallest = measuring.sizes_of(_SMALLEST, presences, seed)
    years = [measuring.sizes_of(one, presences, seed) for one in sessions or (10_000, 100_000, 1_000_000)]
    measuring.run(lambda: _cost(smallest, years, processes, as_json=json_output))


async def _cost(smallest: "Sizes", years: "list[Sizes]", processes: int, *, as_json: bool) -> int:
    from bench.cost.growing import grow
    from bench.cost.report import lines, report
    from deploy.cli.steps import show_steps
    from deploy.local.lifetime import FAILED, OK

    with show_steps() as steps:
        start, *grown = await grow([smallest, *years], processes, steps)
    said = report(start, grown)
    measuring.tell(said, years[-1], lines(said), as_json=as_json)
    return OK if said["exact"] else FAILED
