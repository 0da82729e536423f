"""Which terms are read as gathered, where something above a programme changes in their middle."""

from datetime import date

from services.reporting.answers import snapshot
from services.reporting.gathering.filling import gather_all
from services.reporting.indicators.reader import run
from services.reporting.queries.scope import current_activities
from tests.services.reporting.desk import Reporting, question
from tests.services.reporting.facts import held, member_of, organisation, present, programme, run_by


async def test_a_figure_that_asks_for_no_organisation_reads_what_is_gathered_whatever_changes_above(
    reporting: Reporting,
) -> None:
    await reporting.receive(
        organisation("etat"),
        organisation("fed", member_of("etat", starts_on=date(2019, 3, 1))),
        *(programme(f"p-{n}", organisers=[run_by("fed")]) for n in range(3)),
        *(held(f"s-{n}", present("a-1"), programme=f"p-{n}") for n in range(3)),
    )
    await gather_all(reporting.engine, 1)

    asked = question("2018-2019")
    async with snapshot(reporting.engine) as connection:
        steps = current_activities(asked)
        rows = await run(connection, steps, "SELECT programme FROM gathered", asked.parameters)

    assert {row["programme"] for row in rows} == {"p-0", "p-1", "p-2"}
