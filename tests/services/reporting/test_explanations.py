"""The facts behind a figure: the counted ones reproduce it, and after a watermark only what changed is left."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from contracts.vocabulary import ActingRole, Activity, Category, EnrolmentStatus, Gender, Level
from services.reporting.indicators import CATALOGUE
from services.reporting.watermarks import Watermark, decode_watermark
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    BELLEVUE,
    DUMAS,
    LA_SALLE,
    LA_SALLE_PRO,
    absent,
    assigned,
    at,
    cancelled,
    counted,
    engaged,
    enrolled,
    held,
    planned,
    present,
    profiled,
    pupil,
    school,
    trained,
    tutor,
)

Facts = list[dict[str, Any]]


async def _year(reporting: Reporting) -> None:
    """A bit of everything."""
    await reporting.receive([school(uai) for uai in (BELLEVUE, DUMAS, LA_SALLE, LA_SALLE_PRO)])
    await reporting.receive(
        pupil("a-1", establishment=LA_SALLE, gender=Gender.MASCULIN), pupil("b-2", establishment=LA_SALLE_PRO)
    )
    await reporting.receive(profiled("c-3"), enrolled("c-3", status=EnrolmentStatus.ASKED))
    await reporting.receive(pupil("a-1b", establishment=LA_SALLE), assigned("a-1", "p-1"), assigned("a-1b", "p-1"))
    await reporting.receive(engaged("t-1"), engaged("t-2"), engaged("t-3", category=Category.PERSONNEL))
    await reporting.receive(
        held("s-1", present("a-1", 50), present("a-1b", 40), absent("b-2"), tutor("t-1"), tutor("t-3"), minutes=55),
        held("s-1", present("a-1", 50), present("a-1b", 40), present("b-2"), tutor("t-1"), tutor("t-3"), version=2),
        held("s-2", present("c-3"), present("u-9"), tutor("t-2", role=ActingRole.ANIMATEUR), activity=Activity.SPORT),
        held("s-3", present("c-3"), counted(20, DUMAS), counted(12), tutor("t-2", preparation=15)),
        held("s-4", present("a-1"), place=BELLEVUE),
        cancelled("s-4", version=2),
        planned("s-5"),
        planned("s-6", starts_at=at(date(2019, 6, 30))),
        held("s-7", present("b-2"), starts_at=at(date(2018, 6, 1))),
    )


async def _fuller_year(reporting: Reporting) -> None:
    """With a preparatory class, a course and a training, too."""
    await _year(reporting)
    await reporting.receive(trained("t-1"), pupil("d-4", level=Level.CPGE1, gender=Gender.FEMININ))
    await reporting.receive(
        held("s-8", present("a-1"), present("b-2"), tutor("t-3"), activity=Activity.COURS, subject_taught="physique"),
        held("s-9", present("d-4"), tutor("t-1"), minutes=90),
    )


def _hours(facts: Facts, family: str) -> float:
    return sum(fact["minutes"] for fact in facts if fact["family"] == family) / 60


def _persons(facts: Facts) -> int:
    return len({fact["person"] for fact in facts})


def _girls(facts: Facts) -> Facts:
    return [fact for fact in facts if fact["gender"] == "F"]


REPRODUCE: dict[str, Callable[[Facts], float]] = {
    "I02": _persons,
    "I03": _persons,
    "I07": lambda facts: len({fact["academie"] for fact in facts}),
    "I09_formes": _persons,
    "I10": _persons,
    "I17": lambda facts: 100 * _persons(_girls(facts)) / _persons([f for f in facts if f["gender"] in {"F", "M"}]),
    "I33": _persons,
    "I02_inscrits": _persons,
    "I02_renforces": _persons,
    "I05": lambda facts: len({fact["site"] for fact in facts}),
    "I05_uai": lambda facts: len({fact["establishment"] for fact in facts}),
    "I08": _persons,
    "I09": _persons,
    "I11": lambda facts: _hours(facts, "presence"),
    "I12": lambda facts: _hours(facts, "acting"),
    "I13": lambda facts: _hours(facts, "activity"),
    "I14": len,
    "I16": len,
    "I32": lambda facts: _hours(facts, "presence") / _persons([fact for fact in facts if fact["why"] == "present"]),
}


@pytest.mark.parametrize("code", sorted(REPRODUCE))
async def test_the_counted_facts_reproduce_the_figure(reporting: Reporting, code: str) -> None:
    await _fuller_year(reporting)

    figure = await reporting.figure(code, threshold_minutes=60)
    facts = [fact for fact in await reporting.explanation(code, threshold_minutes=60) if fact["counted"]]

    assert figure.value
    assert figure.facts == len(facts)
    assert float(figure.value) == pytest.approx(REPRODUCE[code](facts))


@pytest.mark.parametrize("code", ["I01", "I04"])
async def test_the_counted_facts_reproduce_the_bounds_of_an_interval(reporting: Reporting, code: str) -> None:
    await _year(reporting)
    await reporting.receive(
        held("s-3", present("c-3"), counted(20, DUMAS), counted(12), version=9, activity=Activity.INFORMATION),
    )

    figure = await reporting.figure(code)
    facts = [fact for fact in await reporting.explanation(code) if fact["counted"]]
    named = [fact for fact in facts if fact["family"] == "presence"]
    declared = [fact for fact in facts if fact["family"] == "headcount"]

    assert figure.facts == len(facts)
    assert figure.high == _persons(named) + sum(fact["pupils"] for fact in declared)
    # c-3 is of Bellevue: 12 declared there lose the one on the same roll, and once more the one who is named.
    assert {(fact["establishment"], fact["pupils"]) for fact in declared} == {(DUMAS, 20), (BELLEVUE, 11)}
    assert figure.low == _persons(named) + 20 + (11 - 1)


# Reproduced beside their own rules: conventions, certificates, careers, declarations, forums.
ELSEWHERE = {"I06", "I18b", "I20", "I21", "I22", "I23", "I24", "I25", "I26", "I27", "I28", "I29", "I30", "I34"}


def test_every_indicator_is_reproduced() -> None:
    assert set(CATALOGUE) == {*REPRODUCE, "I01", "I04", *ELSEWHERE}


async def test_what_is_left_out_says_why(reporting: Reporting) -> None:
    await _year(reporting)

    facts = await reporting.explanation("I02")

    assert {(fact["session"], fact["version"], fact["record"], fact["why"]) for fact in facts} == {
        ("s-1", 1, "a-1", "superseded"),
        ("s-1", 1, "a-1b", "superseded"),
        ("s-1", 1, "b-2", "superseded"),
        ("s-1", 2, "a-1", "present"),
        ("s-1", 2, "a-1b", "same_person"),
        ("s-1", 2, "b-2", "present"),
        ("s-2", 1, "c-3", "activity_not_counted"),
        ("s-2", 1, "u-9", "activity_not_counted"),
        ("s-3", 1, "c-3", "no_tutorat_enrolment"),
        ("s-4", 1, "a-1", "superseded"),
        ("s-4", 2, None, "cancelled"),
        ("s-5", 1, None, "appel_manquant"),
        ("s-6", 1, None, "planned"),
    }


async def test_pages_give_the_same_facts_once_each_in_order(reporting: Reporting) -> None:
    await _year(reporting)

    for code in CATALOGUE:
        whole = await reporting.explanation(code)
        assert await reporting.explanation(code, limit=2) == whole


async def test_after_a_watermark_only_the_corrected_and_the_cancelled_are_left(reporting: Reporting) -> None:
    await _year(reporting)
    mark = await reporting.watermark()
    before = await reporting.figure("I11")
    await reporting.receive(held("s-3", present("c-3", 30), version=2))
    await reporting.receive(cancelled("s-1", version=3), held("s-2", present("c-3"), activity=Activity.SPORT))

    facts = await reporting.explanation("I11", after=mark)
    moved = {(fact["session"], fact["version"], fact["record"], fact["why"]) for fact in facts}

    assert moved == {
        ("s-1", 2, "a-1", "superseded"),
        ("s-1", 2, "a-1b", "superseded"),
        ("s-1", 2, "b-2", "superseded"),
        ("s-1", 3, None, "cancelled"),
        ("s-3", 1, None, "superseded"),
        ("s-3", 1, "c-3", "superseded"),
        ("s-3", 2, "c-3", "present"),
    }
    # a-1 had 50 minutes and b-2 60; c-3 has 30 instead of 60.
    after = await reporting.figure("I11")
    assert after.details["minutes"] == (before.details["minutes"] or 0) - 110 - 30


async def test_after_a_watermark_a_late_lower_version_has_moved_nothing(reporting: Reporting) -> None:
    await reporting.receive(pupil("a-1"), held("s-1", present("a-1"), version=2))
    mark = await reporting.watermark()
    await reporting.receive(held("s-1", absent("a-1"), version=1))

    assert await reporting.explanation("I02", after=mark) == []


async def test_after_a_watermark_a_merge_shows_the_facts_of_the_record(reporting: Reporting) -> None:
    await reporting.receive(pupil("a-1"), pupil("b-2"), assigned("a-1", "p-1"), assigned("b-2", "p-2"))
    await reporting.receive(held("s-1", present("a-1"), present("b-2")))
    mark = await reporting.watermark()
    await reporting.receive(assigned("b-2", "p-1", version=2))

    facts = await reporting.explanation("I02", after=mark)

    assert [(fact["record"], fact["why"]) for fact in facts] == [("b-2", "same_person")]


async def test_a_session_moved_out_of_the_period_explains_its_absence(reporting: Reporting) -> None:
    await reporting.receive(pupil("a-1"), held("s-1", present("a-1")))
    await reporting.receive(held("s-1", present("a-1"), version=2, starts_at=at(date(2019, 10, 1))))

    facts = await reporting.explanation("I02", "2018-2019")

    assert [(fact["version"], fact["why"]) for fact in facts] == [(1, "superseded"), (2, "out_of_period")]


async def test_a_fact_names_the_partner_version_the_correlation_and_the_position(reporting: Reporting) -> None:
    await reporting.receive(pupil("a-1"), held("s-1", present("a-1"), version=4, reported_version=2))

    (fact,) = await reporting.explanation("I02")

    assert (fact["version"], fact["reported_version"], fact["correlation"]) == (4, 2, "corr-1")
    assert fact["at_offset"] == 0


def test_a_watermark_survives_its_text() -> None:
    mark = Watermark({("cordees.people", 3): 17, ("cordees.sessions", 0): 0})

    assert decode_watermark(mark.encode()) == mark


@pytest.mark.parametrize("code", ["I04", "I11", "I12"])
async def test_a_person_with_several_records_stands_once_on_a_roll(reporting: Reporting, code: str) -> None:
    await reporting.receive(pupil("a-1"), pupil("a-1b"), assigned("a-1", "p-1"), assigned("a-1b", "p-1"))
    await reporting.receive(engaged("t-1"), engaged("t-1b"), assigned("t-1", "p-2"), assigned("t-1b", "p-2"))
    await reporting.receive(held("s-1", present("a-1"), tutor("t-1")))

    facts = await reporting.explanation(code)

    assert [(fact["record"], fact["counted"]) for fact in facts] == [("t-1" if code == "I12" else "a-1", True)]
