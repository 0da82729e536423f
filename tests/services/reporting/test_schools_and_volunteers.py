"""Schools (I05), students and their hours (I08, I09, I12), activities (I13, I14, I16), and whose they are (R11)."""

from datetime import date

from contracts.vocabulary import ActingRole, Activity, Category, Gender
from services.reporting.queries.question import By
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    APRIL,
    BELLEVUE,
    DUMAS,
    END,
    LA_SALLE,
    LA_SALLE_PRO,
    PREVERT,
    absent,
    assigned,
    at,
    cancelled,
    counted,
    engaged,
    held,
    member_of,
    organisation,
    planned,
    present,
    profiled,
    programme,
    pupil,
    run_by,
    school,
    tutor,
)

AMINA, BILAL = "amina-1", "bilal-2"


async def test_two_codes_of_one_lycee_are_one_site(reporting: Reporting) -> None:
    """Trap 2."""
    await reporting.receive(school(LA_SALLE), school(LA_SALLE_PRO))
    await reporting.receive(profiled(AMINA, establishment=LA_SALLE), profiled(BILAL, establishment=LA_SALLE_PRO))
    await reporting.receive(held("s-1", present(AMINA), present(BILAL)))

    assert await reporting.value("I05") == 1
    assert await reporting.value("I05_uai") == 2


async def test_two_lycees_of_one_name_are_two_sites(reporting: Reporting) -> None:
    """Trap 3: names are not keys."""
    paris, vitry = (
        school(uai, academie=academie).model_copy(update={"name": "Jean Perrin"})
        for uai, academie in (("0753939Z", "01"), ("0941033M", "24"))
    )
    await reporting.receive(paris, vitry, profiled(AMINA, establishment="0753939Z"))
    await reporting.receive(profiled(BILAL, establishment="0941033M"), held("s-1", present(AMINA), present(BILAL)))

    assert await reporting.value("I05") == 2
    assert await reporting.cells("I05", By.ACADEMIE) == {"01": 1, "24": 1}


async def test_hosting_an_activity_or_a_headcount_reaches_a_school_and_an_absent_pupil_does_not(
    reporting: Reporting,
) -> None:
    await reporting.receive([school(uai) for uai in (BELLEVUE, LA_SALLE, DUMAS, PREVERT)])
    await reporting.receive(profiled(AMINA, establishment=PREVERT))
    await reporting.receive(held("s-1", absent(AMINA), place=BELLEVUE), held("s-2", counted(12, LA_SALLE)))
    await reporting.receive(planned("s-3", place=DUMAS))

    assert await reporting.value("I05") == 2


async def test_an_establishment_that_nobody_registered_is_shown_and_not_counted(reporting: Reporting) -> None:
    await reporting.receive(profiled(AMINA), held("s-1", present(AMINA)))

    result = await reporting.result("I05")

    assert (result.whole.value, result.quality.unknown_establishments) == (0, 1)


async def test_students_involved_are_distinct_students_in_the_three_roles(reporting: Reporting) -> None:
    await reporting.receive(
        engaged("t-1"), engaged("t-2"), engaged("t-3"), engaged("t-4", category=Category.ENSEIGNANT)
    )
    await reporting.receive(
        held("s-1", tutor("t-1"), tutor("t-2", role=ActingRole.ANIMATEUR), tutor("t-4")),
        held("s-2", tutor("t-1"), tutor("t-3", role=ActingRole.CONFERENCIER), tutor("t-5")),
    )

    reasons = {fact["record"]: fact["why"] for fact in await reporting.explanation("I08")}

    assert await reporting.value("I08") == 2
    assert await reporting.value("I09") == 1
    assert reasons["t-3"] == "role_not_counted"
    assert reasons["t-4"] == "category_not_counted"
    assert reasons["t-5"] == "unknown_reference"


async def test_a_student_counts_as_such_on_the_days_of_the_engagement(reporting: Reporting) -> None:
    await reporting.receive(engaged("t-1", ends_on=APRIL), held("s-1", tutor("t-1"), starts_at=at(APRIL)))

    assert await reporting.value("I08") == 0


async def test_students_count_at_their_school_and_once_in_the_whole(reporting: Reporting) -> None:
    await reporting.receive(engaged("t-1", at_school="x", ends_on=APRIL, gender=Gender.FEMININ))
    await reporting.receive(engaged("t-1b", at_school="telecom", starts_on=APRIL, gender=Gender.FEMININ))
    await reporting.receive(assigned("t-1", "p-1"), assigned("t-1b", "p-1"))
    await reporting.receive(held("s-1", tutor("t-1")), held("s-2", tutor("t-1b"), starts_at=at(APRIL)))

    assert await reporting.cells("I08", By.SCHOOL) == {"x": 1, "telecom": 1}
    assert await reporting.cells("I08", By.GENDER) == {"F": 1}
    assert await reporting.value("I08") == 1


async def test_what_a_student_does_first_may_be_an_activity_that_is_never_gathered(reporting: Reporting) -> None:
    await reporting.receive(programme("ales"), programme("other"))
    await reporting.receive(engaged("t-1", gender=Gender.FEMININ, ends_on=APRIL))
    await reporting.receive(engaged("t-1b", gender=Gender.MASCULIN, starts_on=APRIL))
    await reporting.receive(assigned("t-1", "p-1"), assigned("t-1b", "p-1"))
    await reporting.receive(held("s-1", tutor("t-1"), programme="other", activity=Activity.FORUM))
    # So many of others that it is less work to look for hers.
    await reporting.receive(held(f"f-{n}", tutor("t-2"), programme="other", title="Finale") for n in range(19))
    await reporting.receive(held("s-2", tutor("t-1b"), starts_at=at(APRIL)))

    assert await reporting.cells("I08", By.GENDER, programme="ales") == {"F": 1}


async def test_volunteer_hours_are_per_activity_person_and_role_without_preparation(reporting: Reporting) -> None:
    await reporting.receive(engaged("t-1"), engaged("t-1b"), assigned("t-1", "p-1"), assigned("t-1b", "p-1"))
    roles = (tutor("t-1", 40, preparation=30), tutor("t-1b", 60), tutor("t-1", 15, role=ActingRole.ORGANISATEUR))
    await reporting.receive(held("s-1", *roles, minutes=90), held("s-2", tutor("t-1"), minutes=45))

    figure = await reporting.figure("I12")

    # The same person twice as tutor: the longer minutes; the other role is a fact of its own.
    assert figure.details["minutes"] == 60 + 15 + 45


async def test_the_same_students_count_at_each_organiser_and_once_above(reporting: Reporting) -> None:
    """Vector (e) and trap 1."""
    ipp = organisation("ipp")
    schools = [organisation(name, member_of("ipp")) for name in ("x", "telecom")]
    names = [f"t-{n}" for n in range(500)]
    await reporting.receive(ipp, schools, programme("ales"), [engaged(name) for name in names])
    acting = [tutor(name) for name in names]
    await reporting.receive(held("s-1", *acting, organisers=("x",)), held("s-2", *acting, organisers=("telecom",)))

    figures = [await reporting.value("I08", organisation=name) for name in ("x", "telecom", "ipp")]

    assert figures == [500, 500, 500]
    assert await reporting.value("I14", organisation="ipp") == 2


async def test_an_activity_of_two_organisers_counts_for_each_and_once_above(reporting: Reporting) -> None:
    await reporting.receive(organisation("ipp"), [organisation(name, member_of("ipp")) for name in ("x", "telecom")])
    await reporting.receive(held("s-1", organisers=("x", "telecom")))

    assert [await reporting.value("I14", organisation=name) for name in ("x", "telecom", "ipp")] == [1, 1, 1]


async def test_membership_is_read_at_the_date_of_the_activity(reporting: Reporting) -> None:
    """Trap 5, two levels deep."""
    await reporting.receive(organisation("ipp"), organisation("centre", member_of("ipp", ends_on=END)))
    await reporting.receive(organisation("espci", member_of("centre", starts_on=APRIL)))
    await reporting.receive(held("s-1", organisers=("espci",)))
    await reporting.receive(held("s-2", organisers=("espci",), starts_at=at(APRIL)))
    await reporting.receive(held("s-3", organisers=("espci",), starts_at=at(date(2019, 9, 2))))

    assert await reporting.value("I14", "2018-01-01/2020-01-01", organisation="ipp") == 1
    assert await reporting.value("I14", "2018-01-01/2020-01-01", organisation="centre") == 2


async def test_without_organisers_of_its_own_an_activity_has_those_of_the_programme_at_its_date(
    reporting: Reporting,
) -> None:
    dated = programme("ales", organisers=[run_by("x", ends_on=APRIL), run_by("telecom", starts_on=APRIL)])
    await reporting.receive(organisation("x"), organisation("telecom"), dated)
    await reporting.receive(held("s-1"), held("s-2", starts_at=at(APRIL)), held("s-3", organisers=("telecom",)))

    assert await reporting.value("I14", organisation="x") == 1
    assert await reporting.value("I14", organisation="telecom") == 2


async def test_a_circle_of_memberships_ends(reporting: Reporting) -> None:
    await reporting.receive(organisation("x", member_of("y")), organisation("y", member_of("x")))
    await reporting.receive(programme("a", parent="b"), programme("b", parent="a"))
    await reporting.receive(held("s-1", organisers=("x",), programme="a"))

    assert await reporting.value("I14", organisation="y") == 1
    assert await reporting.value("I14", programme="b") == 1


async def test_a_programme_holds_its_sub_programmes(reporting: Reporting) -> None:
    await reporting.receive(programme("ales"), programme("ales-sport", parent="ales"), programme("other"))
    await reporting.receive(held("s-1"), held("s-2", programme="ales-sport"), held("s-3", programme="other"))

    assert await reporting.value("I14", programme="ales") == 2
    assert await reporting.cells("I14", By.PROGRAMME, programme="ales") == {"ales": 1, "ales-sport": 1}


async def test_activities_their_hours_their_types_and_the_share_held(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", minutes=90), held("s-2", minutes=45, activity=Activity.SPORT))
    await reporting.receive(held("s-3"), cancelled("s-3", version=2), planned("s-4"))

    figure = await reporting.figure("I14")

    assert await reporting.value("I13") == 2.25
    assert (figure.value, figure.details["cancelled"]) == (2, 1)
    assert round(float(figure.details["rate_percent"] or 0), 1) == 66.7
    assert await reporting.cells("I16", By.ACTIVITY) == {"tutorat": 1, "sport": 1}


async def test_pupils_of_one_organisation_are_those_of_its_activities(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), organisation("telecom"), pupil(AMINA), pupil(BILAL))
    await reporting.receive(held("s-1", present(AMINA), organisers=("x",)))
    await reporting.receive(held("s-2", present(BILAL), present(AMINA), organisers=("telecom",)))

    assert await reporting.value("I02", organisation="x") == 1
    assert await reporting.value("I02", organisation="telecom") == 2
