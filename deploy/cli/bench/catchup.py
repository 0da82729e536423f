"""`cordees bench catchup`: our engine beside what a user would write instead."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.bench import measuring

if TYPE_CHECKING:
    from bench.year.sizes import Sizes


def catchup(  # noqa: PLR0913 - one option per size
    *,
    sessions: measuring.Sessions = 30_000,
    presences: measuring.Presences = 12,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Tours ; dans chacun, chaque côté une fois.")] = 3,
    peer_batch: Annotated[int, typer.Option(min=1, help="Messages par transaction du pair.")] = 500,
    seed: measuring.Seed = 1,
    json_output: measuring.Json = False,
    data: measuring.EmptyData = None,
) -> None:
    """Notre moteur et un pair (confluent-kafka, SQLAlchemy Core) rattrapent la même année, à tour de rôle.

    Sur une plateforme à part, chacun dans une base vide. Code 1 si un total, de l'un ou de l'autre, n'est pas exact.
    """
    sizes = measuring.sizes_of(sessions, presences, seed)
    measuring.run(lambda: _catchup(sizes, rounds, peer_batch, data, as_json=json_output))


async def _catchup(sizes: "Sizes", rounds: int, peer_batch: int, data: Path | None, *, as_json: bool) -> int:
    from bench.catchup.report import lines, report
    from bench.catchup.rounds import compete, sides
    from bench.measuring.platform import ground
    from deploy.cli.steps import show_steps
    from deploy.local.lifetime import FAILED, OK

    asked = sides(peer_batch)
    with show_steps() as steps:
        async with ground(data, sizes, steps) as here:
            runs = await compete(here, asked, rounds, steps)
    said: dict[str, Any] = report(asked, runs)
    measuring.tell(said, sizes, lines(said), as_json=as_json)
    return OK if said["exact"] else FAILED
