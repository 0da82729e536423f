"""`cordees projections`: what is gathered of the rolls."""

from typing import Annotated

import typer

from deploy.cli.options import Data
from deploy.cli.projections_place import Json, OneVersion, Place, print_rows, run_at


def gather_again(
    *,
    projection: OneVersion = None,
    programme: Annotated[str | None, typer.Option(help="Un programme seul.")] = None,
    json_output: Json = False,
    data: Data = None,
) -> None:
    """Fait rassembler de nouveau des semestres, quand « compare » dit qu'ils diffèrent de leurs appels.

    Dit combien, par version. Aussitôt les chiffres sont lus des appels, justes et plus lents ; le service rassemble
    ensuite en arrière-plan, et « status » dit où il en est. Refuse (code 3) une version qui n'existe pas, et un
    programme sans semestre.
    """

    async def work(place: Place) -> int:
        from services.reporting.gathering.again import gather_again as mark

        marked = await mark(place.engine, projection, programme)
        print_rows([{"version": one, "terms": terms} for one, terms in marked.items()], as_json=json_output)
        return 0

    run_at(work, data)
