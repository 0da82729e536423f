"""Hours of pupils: I11, I32, and what they stand beside (R10)."""

from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    SITES,
    counted,
    enrolled,
    held,
    present,
    profiled,
    pupil,
    school,
)

AMINA, BILAL = "amina-1", "bilal-2"


async def test_hours_are_minutes_and_headcounts_stay_apart(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), pupil(BILAL))
    await reporting.receive(held("s-1", present(AMINA), present(BILAL, 45), counted(10), minutes=90))

    figure = await reporting.figure("I11")

    assert float(figure.value or 0) == 2.25
    assert figure.details["minutes"] == 135
    assert figure.details["headcount_hours"] == 15


async def test_130_pupils_of_30_hours_46_make_4_000_hours_on_4_sites_with_7_uai(reporting: Reporting) -> None:
    """Vector (d)."""
    names = [f"pupil-{n}" for n in range(130)]
    codes = list(SITES)
    await reporting.receive([school(uai) for uai in codes])
    await reporting.receive([profiled(name, establishment=codes[n % 7]) for n, name in enumerate(names)])
    await reporting.receive([enrolled(name) for name in names])
    await reporting.receive(held("s-1", *(present(name, 30 * 60 + 46) for name in names), minutes=1846))

    assert round(await reporting.value("I11") or 0) == 4000
    assert await reporting.value("I05") == 4
    assert await reporting.value("I05_uai") == 7
    assert round(await reporting.value("I32") or 0, 1) == 30.8


async def test_hours_per_tutee_show_mean_median_and_quartiles(reporting: Reporting) -> None:
    names = ["a-1", "b-2", "c-3", "d-4"]
    await reporting.receive(pupil(name) for name in names)
    rolls = (held(f"s-{n}", *(present(name) for name in names[n:])) for n in range(4))
    await reporting.receive(rolls)

    figure = await reporting.figure("I32")

    assert float(figure.value or 0) == 2.5
    assert [float(figure.details[name] or 0) for name in ("q1", "median", "q3")] == [1.75, 2.5, 3.25]
