"""A session in two programmes: `sessions` refuses it; if it came all the same, its last version would count.

From the rolls and from what is gathered: `Reporting` asks both.
"""

from collections.abc import Sequence
from datetime import date

import pytest

from contracts.base import Event
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import at, cancelled, enrolled, held, present, programme
from tests.services.reporting.gathered import check_gathered

Counts = tuple[int, int, int]
"""Sessions, hours and pupils of a programme."""
PROGRAMMES = ("ales", "albi")
OCTOBER = at(date(2018, 10, 3))


def _said(version: int, of: str, *pupils: str) -> Event:
    lines = (present(pupil) for pupil in pupils)
    return held("s-1", *lines, programme=of, starts_at=OCTOBER, minutes=60 * version, version=version)


BEFORE = (
    *(programme(name) for name in PROGRAMMES),
    *(enrolled(pupil, name=name) for name in PROGRAMMES for pupil in ("a-1", "b-1", "c-1")),
    held("s-2", present("a-1"), programme="ales", starts_at=OCTOBER, minutes=60),
    held("s-3", present("c-1"), programme="albi", starts_at=OCTOBER, minutes=60),
)
FIRST, MOVED, BACK = _said(1, "ales", "a-1", "b-1"), _said(2, "albi", "b-1"), _said(3, "ales", "b-1")
CANCELLED = cancelled("s-1", programme="albi", starts_at=OCTOBER, version=2)


@pytest.mark.parametrize(
    ("said", "ales", "albi"),
    [
        ((FIRST, MOVED), (1, 1, 1), (2, 3, 2)),
        ((MOVED, FIRST), (1, 1, 1), (2, 3, 2)),
        ((FIRST, MOVED, BACK), (2, 4, 2), (1, 1, 1)),
        ((BACK, MOVED, FIRST), (2, 4, 2), (1, 1, 1)),
        ((FIRST, CANCELLED), (1, 1, 1), (1, 1, 1)),
    ],
)
@pytest.mark.parametrize("every", [0, 1])
async def test_a_session_in_two_programmes_counts_in_that_of_its_last_version(
    reporting: Reporting, said: Sequence[Event], ales: Counts, albi: Counts, every: int
) -> None:
    await reporting.receive(*BEFORE)
    for event in said:
        await reporting.receive(event)
        if every:
            await reporting.gather(every)

    found = [
        tuple([await reporting.value(code, programme=of) for code in ("I14", "I11", "I02")]) for of in ("ales", "albi")
    ]
    assert found == [ales, albi]
    assert await reporting.value("I11") == ales[1] + albi[1]
    await check_gathered(reporting.engine)
