"""Institutions at the forum (I29), mini-conferences (I30), schools involved (I34)."""

from datetime import date
from typing import Any

import pytest

from contracts.vocabulary import ActingRole, Activity, Category, OrganisationKind, StandStatus
from services.reporting.queries.question import By
from tests.services.reporting.bonds import body, stand
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    MARCH,
    assigned,
    at,
    cancelled,
    engaged,
    held,
    member_of,
    organisation,
    planned,
    programme,
    run_by,
    tutor,
)

JANUARY, LATER = date(2019, 1, 26), date(2019, 5, 4)
FORUM = {"activity": Activity.FORUM, "starts_at": at(JANUARY, 9)}
TALK = {"activity": Activity.CONFERENCE, "starts_at": at(JANUARY, 10)}


def forum(name: str, *stands: Any, **more: Any) -> Any:
    """In January unless said otherwise."""
    return held(name, stands=tuple(stands), **(FORUM | more))


def speaker(record: str, role: ActingRole = ActingRole.CONFERENCIER) -> Any:
    """Gives a conference."""
    return tutor(record, role=role)


async def test_institutions_have_a_confirmed_stand_and_count_once_an_edition(reporting: Reporting) -> None:
    await reporting.receive(
        forum("f-1", stand("a"), stand("b"), stand("c", StandStatus.ANNULE), stand("d", StandStatus.DEMANDE)),
        forum("f-2", stand("b"), stand("e"), starts_at=at(JANUARY, 11)),
    )

    assert await reporting.value("I29") == 3
    assert await reporting.reasons("I29", "session", "organisation") == {
        ("f-1", None, "held"),
        ("f-1", "a", "confirmed"),
        ("f-1", "b", "confirmed"),
        ("f-1", "c", "stand_cancelled"),
        ("f-1", "d", "stand_requested"),
        ("f-2", None, "held"),
        ("f-2", "b", "confirmed"),
        ("f-2", "e", "confirmed"),
    }


async def test_editions_are_never_summed_the_latest_one_is_the_figure(reporting: Reporting) -> None:
    await reporting.receive(forum("f-1", stand("a"), stand("b")), forum("f-2", stand("c"), starts_at=at(LATER)))

    figure = await reporting.figure("I29")
    by_edition = await reporting.result("I29", by=By.EDITION)

    assert (figure.value, figure.facts, figure.details["editions"]) == (1, 2, 2)
    assert {cell: figure.value for cell, figure in by_edition.cells.items()} == {"2019-01-26": 2, "2019-05-04": 1}
    assert (by_edition.whole.value, by_edition.whole.facts, by_edition.whole.details["editions"]) == (1, 2, 2)
    assert ("a", "other_edition") in await reporting.reasons("I29", "organisation")


async def test_a_corrected_or_cancelled_forum_changes_its_institutions(reporting: Reporting) -> None:
    await reporting.receive(forum("f-1", stand("a"), stand("b")))
    await reporting.receive(forum("f-1", stand("a"), stand("b", StandStatus.ANNULE), version=2))
    assert await reporting.value("I29") == 1

    await reporting.receive(cancelled("f-1", **FORUM, version=3))

    figure = await reporting.figure("I29")
    assert (figure.value, figure.details["editions"]) == (0, 0)
    assert ("f-1", 3, "cancelled") in await reporting.reasons("I29", "session", "version")
    assert ("f-1", 2, "superseded") in await reporting.reasons("I29", "session", "version")


async def test_a_forum_without_a_confirmed_stand_is_the_latest_edition_all_the_same(reporting: Reporting) -> None:
    await reporting.receive(forum("f-1", stand("a")), forum("f-2", starts_at=at(LATER)), held("s-1", minutes=30))

    assert await reporting.value("I29") == 0
    assert await reporting.cells("I29", By.EDITION) == {"2019-01-26": 1, "2019-05-04": 0}


async def test_institutions_by_kind(reporting: Reporting) -> None:
    await reporting.receive(organisation("a"), body("b", OrganisationKind.ENTREPRISE))
    await reporting.receive(forum("f-1", stand("a"), stand("b"), stand("c")))

    assert await reporting.cells("I29", By.KIND) == {"ecole": 1, "entreprise": 1, "non_renseigne": 1}


# --- I30


async def test_conferences_by_edition_and_topic_with_their_speakers(reporting: Reporting) -> None:
    await reporting.receive([engaged(record, category=Category.CHERCHEUR) for record in ("p-1", "p-2", "p-3")])
    await reporting.receive(
        held("c-1", speaker("p-1"), speaker("p-3", ActingRole.ANIMATEUR), title="Chimie verte", **TALK),
        held("c-2", speaker("p-1"), speaker("p-2"), title="Ondes", **TALK),
        held("c-3", speaker("u-9"), **(TALK | {"starts_at": at(LATER)})),
        held("s-1", speaker("p-3")),
    )

    figure = await reporting.figure("I30")
    by_topic = await reporting.result("I30", by=By.TOPIC)

    assert (figure.value, figure.details["speakers"]) == (3, 2)
    assert {cell: (one.value, one.details["speakers"]) for cell, one in by_topic.cells.items()} == {
        "Chimie verte": (1, 1),
        "Ondes": (1, 2),
        "non_renseigne": (1, 0),
    }
    assert await reporting.cells("I30", By.EDITION) == {"2019-01-26": 2, "2019-05-04": 1}
    assert await reporting.reasons("I30", "session", "record") == {
        ("c-1", None, "held"),
        ("c-2", None, "held"),
        ("c-3", None, "held"),
        ("c-1", "p-1", "present"),
        ("c-1", "p-3", "role_not_counted"),
        ("c-2", "p-1", "present"),
        ("c-2", "p-2", "present"),
        ("c-3", "u-9", "unknown_reference"),
    }


async def test_two_records_of_a_speaker_are_one_person(reporting: Reporting) -> None:
    await reporting.receive(engaged("p-1"), engaged("p-1b"), held("c-1", speaker("p-1"), speaker("p-1b"), **TALK))
    assert (await reporting.figure("I30")).details["speakers"] == 2

    await reporting.receive(assigned("p-1", "x-1"), assigned("p-1b", "x-1"))

    assert (await reporting.figure("I30")).details["speakers"] == 1


async def test_a_conference_that_did_not_take_place_is_none(reporting: Reporting) -> None:
    await reporting.receive(held("c-1", **TALK), cancelled("c-1", **TALK, version=2), planned("c-2", **TALK))

    result = await reporting.result("I30")

    assert (result.whole.value, result.quality.missing_rolls) == (0, 1)


# --- I34


async def test_schools_are_involved_by_who_acts_while_they_are_members(reporting: Reporting) -> None:
    """Trap 5: five schools one year, six the next; one that left counts no more."""
    schools = [f"school-{number}" for number in range(1, 7)]
    await reporting.receive(organisation("ipp").model_copy(update={"nature": OrganisationKind.CENTRE}))
    await reporting.receive(organisation(name, member_of("ipp")) for name in schools[:5])
    await reporting.receive(organisation(schools[5], member_of("ipp", date(2021, 9, 1))))
    await reporting.receive(organisation("gone", member_of("ipp", ends_on=date(2020, 9, 1))))
    await reporting.receive(programme("ales", organisers=[run_by("ipp")]))
    tutors = {f"t-1-{name}": name for name in (*schools, "gone")}
    for record, name in tutors.items():
        await reporting.receive(engaged(record, at_school=name, ends_on=None))
    for year in (2020, 2021, 2022):
        await reporting.receive(held(f"s-{year}", *map(tutor, tutors), starts_at=at(date(year, 3, 6))))

    for scope in ({"organisation": "ipp"}, {"programme": "ales"}):
        assert await reporting.value("I34", "2019-2020", **scope) == 6
        assert await reporting.value("I34", "2020-2021", **scope) == 5
        assert await reporting.value("I34", "2021-2022", **scope) == 6
    assert await reporting.value("I34", "2020-2021") == 7
    assert set(await reporting.cells("I34", By.SCHOOL, "2021-2022", organisation="ipp")) == set(schools)
    assert ("gone", "not_a_member_school") in await reporting.reasons(
        "I34", "school", period="2020-2021", organisation="ipp"
    )


async def test_a_school_is_involved_by_every_record_of_who_acts_that_day(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), organisation("telecom"), body("rectorat", OrganisationKind.ETAT))
    await reporting.receive(engaged("t-1", at_school="x"), engaged("t-1b", at_school="telecom"))
    await reporting.receive(engaged("t-2", at_school="rectorat", category=Category.PERSONNEL))
    await reporting.receive(engaged("t-3", at_school="telecom", ends_on=MARCH))
    await reporting.receive(held("s-1", tutor("t-1"), tutor("t-2"), tutor("t-3"), tutor("u-9")))
    assert await reporting.value("I34") == 1

    await reporting.receive(assigned("t-1", "p-1"), assigned("t-1b", "p-1"))

    figure = await reporting.figure("I34")
    assert (figure.value, figure.details["persons"]) == (2, 1)
    assert await reporting.reasons("I34", "record", "school") == {
        ("t-1", "x", "present"),
        ("t-1", "telecom", "present"),
        ("t-2", "rectorat", "not_a_member_school"),
        ("t-3", None, "not_a_member_school"),
        ("u-9", None, "unknown_reference"),
    }


@pytest.mark.parametrize("code", ["I29", "I30", "I34"])
async def test_the_counted_facts_are_those_of_the_figure(reporting: Reporting, code: str) -> None:
    await reporting.receive(organisation("x"), engaged("p-1", at_school="x"), engaged("p-1b", at_school="telecom"))
    await reporting.receive(organisation("telecom"), assigned("p-1", "q-1"), assigned("p-1b", "q-1"))
    await reporting.receive(forum("f-1", stand("x"), stand("telecom")), forum("f-0", stand("y"), starts_at=at(MARCH)))
    await reporting.receive(held("c-1", speaker("p-1"), **TALK))

    figure = await reporting.figure(code)
    counted = [fact for fact in await reporting.explanation(code, limit=1) if fact["counted"]]

    assert figure.facts == len(counted) == 2
    assert figure.value == {"I29": 1, "I30": 1, "I34": 2}[code]
