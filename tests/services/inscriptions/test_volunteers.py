"""What partners say of volunteers beside their engagement: studies, trainings, certificates."""

import pytest

from chassis.inbox import Outcome
from contracts.people import CertificateIssued, RecordAssigned, StudentEnrolled, StudySpan, TrainingCompleted
from contracts.vocabulary import TrainingKind
from services.inscriptions.domain.facts import PersonFact
from tests.services.inscriptions.office import STUDENTS, Office


def study(version: int = 1, **span: object) -> StudentEnrolled:
    given = {"starts_on": "2018-09-01", "organisation": "imt-mines-ales"} | span
    return StudentEnrolled(version=version, record="v1", school_year=2018, spans=(StudySpan.model_validate(given),))


def training(version: int = 1, **changes: object) -> TrainingCompleted:
    told = {"record": "v1", "school_year": 2018, "programme": "ales", "course": "devenir-tuteur", "minutes": 180}
    told |= {"training": TrainingKind.TUTEUR, "organisation": "imt-mines-ales", "completed_on": "2018-10-03"}
    return TrainingCompleted.model_validate({**told, "version": version} | changes)


def certificate(version: int = 1, **changes: object) -> CertificateIssued:
    told = {"record": "v1", "school_year": 2018, "programme": "ales", "certificate": "engagement-2019"}
    told |= {"organisation": "imt-mines-ales", "issued_on": "2019-06-12"}
    return CertificateIssued.model_validate({**told, "version": version} | changes)


@pytest.mark.parametrize("fact", [study(), training(), certificate()])
async def test_what_is_said_of_a_volunteer_besides_is_published_assigned_and_shown(
    office: Office, fact: PersonFact
) -> None:
    outcomes = [await office.hear(fact, STUDENTS, event_id=name) for name in ("one", "two")]

    record = office.id(STUDENTS, "v1")
    view = (await office.get(f"/records/{record}")).json()
    assert outcomes == [Outcome.ACCEPTED, Outcome.DUPLICATE]
    assert await office.published(type(fact)) == [fact.model_copy(update={"record": record})]
    assert [event.aggregate for event in await office.published(RecordAssigned)] == [record]
    assert view["registered"]
    assert [(shown["kind"], shown["remarks"]) for shown in view["facts"]] == [(fact.kind, [])]
    assert type(fact).model_validate(view["facts"][0]["state"]).model_copy(update={"record": "v1"}) == fact


@pytest.mark.parametrize("fact", [training(programme="albi"), certificate(programme="albi")])
async def test_a_source_speaks_of_trainings_and_certificates_of_its_programmes_only(
    office: Office, fact: PersonFact
) -> None:
    await office.put("/programmes/albi", {"name": "Osez l'excellence"})

    assert await office.hear(fact, STUDENTS) is Outcome.REJECTED
    assert await office.refusals() == [("programme_not_allowed", "programme")]


@pytest.mark.parametrize("fact", [training(), certificate()])
async def test_a_training_or_certificate_waits_for_its_programme_and_its_organisation(
    empty_office: Office, fact: PersonFact
) -> None:
    waiting = [await empty_office.hear(fact, STUDENTS), *await empty_office.waiting()]
    await empty_office.put("/programmes/ales", {"name": "Les @ de la Fraternité"})
    waiting += await empty_office.waiting()
    await empty_office.put("/organisations/imt-mines-ales", {"name": "IMT Mines Alès", "nature": "ecole"})

    assert waiting == [Outcome.HELD, "programme/ales", "organisation/imt-mines-ales"]
    assert [type(event) for event in await empty_office.published()][2:] == [type(fact), RecordAssigned]


async def test_a_study_waits_for_its_school(empty_office: Office) -> None:
    assert await empty_office.hear(study(), STUDENTS) is Outcome.HELD
    assert await empty_office.waiting() == ["organisation/imt-mines-ales"]


async def test_one_record_has_several_courses_and_several_certificates(office: Office) -> None:
    told = [training(), training(course="cours-electif"), certificate(), certificate(certificate="engagement-2020")]

    assert [await office.hear(fact, STUDENTS) for fact in told] == [Outcome.ACCEPTED] * 4
    assert {event.version for event in await office.published(TrainingCompleted)} == {1}


@pytest.mark.parametrize(
    ("fact", "remarks"),
    [
        (study(starts_on="2018-08-31"), [("outside_school_year", "spans[0]")]),
        (training(completed_on="2019-09-01"), [("outside_school_year", "completed_on")]),
        (training(completed_on=None), []),
        (certificate(issued_on="2018-08-31"), [("outside_school_year", "issued_on")]),
        (certificate(withdrawn_on="2021-02-01"), []),
    ],
)
async def test_a_day_outside_of_the_school_year_is_remarked(
    office: Office, fact: PersonFact, remarks: list[tuple[str, str]]
) -> None:
    outcome = await office.hear(fact, STUDENTS)

    assert outcome is Outcome.ACCEPTED
    assert await office.rows("SELECT code, field FROM remark") == remarks


async def test_studies_in_one_school_must_not_overlap_and_in_two_may(office: Office) -> None:
    await office.put("/organisations/ens", {"name": "Une autre école", "nature": "ecole"})
    spans = [
        {"starts_on": "2018-09-01", "organisation": "imt-mines-ales"},
        {"starts_on": "2018-09-01", "organisation": "ens"},
        {"starts_on": "2018-12-01", "organisation": "ens"},
    ]
    told = StudentEnrolled.model_validate({"version": 1, "record": "v1", "school_year": 2018, "spans": spans})
    await office.hear(told, STUDENTS)

    assert await office.rows("SELECT code, field FROM remark") == [("spans_overlap", "spans[2]")]


async def test_a_study_without_spans_is_withdrawn_and_published(office: Office) -> None:
    await office.hear(study(), STUDENTS)
    outcome = await office.hear(StudentEnrolled(version=2, record="v1", school_year=2018), STUDENTS)

    assert outcome is Outcome.ACCEPTED
    last = (await office.published(StudentEnrolled))[-1]
    assert isinstance(last, StudentEnrolled)
    assert (last.version, last.spans) == (2, ())
