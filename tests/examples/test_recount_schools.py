"""Schools, académies, partners and what was held, counted in small worlds by hand."""

import pytest

from tests.examples.spoken import (
    REGISTERED,
    acting,
    asked,
    cells,
    convention,
    engaged,
    establishment,
    held,
    organisation,
    profiled,
    programme,
)

GT, PRO, FAR = "0300125Y", "0301498R", "0300077W"


def test_a_site_counts_once_and_in_each_type_of_its_schools() -> None:
    entries = [*REGISTERED[:2], establishment(GT), establishment(PRO, site=GT, nature="lycee_professionnel")]
    headcount = [{"establishment": "0300002P", "pupils": 3}, {"establishment": FAR, "pupils": 0}]
    facts = [profiled("a1", uai=GT), profiled("b1", uai=None), held("s1", "a1", "b1", place=PRO, headcounts=headcount)]

    found = asked(facts, "I05", by="type", entries=entries)

    # A school that nobody registered is a site of its own, of no known type.
    assert (found["value"], found["details"]["uai"]) == (2, 3)
    assert cells(found) == {"lycee_gt": 1, "lycee_professionnel": 1, "non_renseigne": 1}
    assert asked(facts, "I05_uai", entries=entries)["value"] == 3


def test_an_absent_pupil_or_a_cancelled_activity_reaches_no_school() -> None:
    absent = [{"record": "a1", "status": "absent_justifie"}]
    off = {**held("s2", place=FAR), "said": "session.cancelled"}

    assert asked([profiled("a1"), held("s1", presences=absent), off], "I05")["value"] == 0


def test_academies_are_among_the_thirty_and_are_those_of_the_sites() -> None:
    entries = [
        *REGISTERED[:2],
        establishment("0300077W", academie="11", departement="30"),
        establishment("0300125Y", academie="11", departement="34"),
        establishment("0300002P", academie="28", departement="974"),
        establishment("0301778V", academie="40", departement="988"),
        establishment("0300056Y", site="0300002P", academie="01", departement="75"),
    ]
    places = ["0300077W", "0300125Y", "0301778V", "0300056Y"]

    found = asked([held(f"s{each}", place=each) for each in places], "I07", entries=entries)

    assert found["value"] == 2
    assert found["details"] == {"toutes": 0, "departements": 3, "overseas": 1}


def test_all_of_them_are_thirty() -> None:
    metropolitan = {f"{number:02}" for number in range(1, 26)} - {"05", "21"} | {"27", "70"}
    codes = [*sorted(metropolitan), "28", "31", "32", "33", "43"]
    entries = [*REGISTERED[:2], *(establishment(f"{code}00000X", academie=code) for code in codes)]
    there = [held(f"s{code}", place=f"{code}00000X", on=f"2019-03-{day:02}") for day, code in enumerate(codes, 1)]

    found = asked(there, "I07", entries=entries)

    assert (found["value"], found["details"]["toutes"], found["details"]["overseas"]) == (30, 1, 5)
    assert asked(there[1:], "I07", entries=entries)["details"]["toutes"] == 0


def test_partners_are_bound_or_run_something_that_is_not_their_programme() -> None:
    entries = [
        *REGISTERED,
        organisation("y"),
        *(organisation(name, "entreprise") for name in ("bound", "payer", "late", "sponsor")),
        organisation("town", "collectivite"),
        programme("other", "y"),
        convention("a", organisation="bound"),
        convention("b", organisation="payer", role="financeur"),
        convention("c", "2019-09-01", organisation="late"),
        convention("d", organisation="sponsor", role="parrain"),
        convention("e", organisation="sponsor", role="soutien"),
        convention("f", organisation="late", programme="other"),
        convention("g", organisation="y", role="tete"),
        convention("h", establishment=GT, role="partenaire"),
    ]
    facts = [held("s1", organisers=["x", "town"]), {**held("s2", organisers=["late"]), "said": "session.planned"}]

    found = asked(facts, "I27", by="kind", entries=entries, programme="ales")

    assert (found["value"], cells(found)) == (4, {"entreprise": 3, "collectivite": 1})
    assert asked(facts, "I27", entries=entries)["value"] == 5
    assert asked(facts, "I27", entries=entries, organisation="y")["value"] == 1


def test_partners_and_sponsors_are_told_by_the_programme_that_binds_them() -> None:
    entries = [*REGISTERED, programme("inside", "x", parent="ales"),
               *(organisation(name, "entreprise") for name in ("one", "two")),
               convention("a", organisation="one", role="parrain"),
               convention("b", organisation="one", role="parrain", programme="inside"),
               convention("c", organisation="two")]  # fmt: skip
    facts = [held("s1", organisers=["two"], programme="inside"), held("s2", organisers=["x"])]

    found = asked(facts, "I27", by="programme", entries=entries, programme="ales")

    assert (found["value"], cells(found)) == (2, {"ales": 2, "inside": 2})
    assert cells(asked(facts, "I28", by="programme", entries=entries)) == {"ales": 1, "inside": 1}


@pytest.mark.parametrize("role", ["partenaire", "financeur", "soutien", "parrain"])
def test_each_of_four_roles_makes_a_partner(role: str) -> None:
    entries = [*REGISTERED, organisation("it", "fondation"), convention("a", organisation="it", role=role)]

    assert cells(asked([], "I27", by="kind", entries=entries)) == {"fondation": 1}


def test_sponsors_are_partners_in_that_role_and_their_professionals_act() -> None:
    entries = [*REGISTERED, organisation("sponsor", "entreprise"), organisation("payer", "etat"),
               convention("d", organisation="sponsor", role="parrain"),
               convention("e", organisation="payer")]  # fmt: skip
    people = [engaged("p1", "professionnel"), engaged("q1", "alumni"), engaged("r1", "professionnel")]
    facts = [*people, held("s1", acting=acting("p1", "q1", role="intervenant")), held("s2", acting=acting("p1"))]

    found = asked(facts, "I28", by="kind", entries=entries)

    assert (found["value"], cells(found), found["details"]) == (1, {"entreprise": 1}, {"professionals": 1})


def test_institutions_are_those_of_the_latest_forum() -> None:
    def forum(session: str, day: str, *stands: object) -> dict[str, object]:
        return held(session, activity="forum", on=day, stands=list(stands))

    first = forum("s1", "2019-01-19", {"organisation": "a"}, {"organisation": "b", "status": "confirme"})
    second = forum("s2", "2019-01-26", {"organisation": "b"}, {"organisation": "town", "status": "confirme"},
                   {"organisation": "c", "status": "annule"}, {"organisation": "d", "status": "demande"})  # fmt: skip
    again = forum("s3", "2019-01-26", {"organisation": "b"}, {"organisation": "e", "status": None})
    entries = [*REGISTERED, *(organisation(name) for name in "abcde"), organisation("town", "collectivite")]
    facts = [first, second, again, held("s4", activity="conference", stands=[{"organisation": "f"}])]

    found = asked(facts, "I29", by="edition", entries=entries)

    assert (found["value"], found["details"]) == (3, {"editions": 2})
    assert cells(found) == {"2019-01-19": 2, "2019-01-26": 3}
    assert cells(asked(facts, "I29", by="kind", entries=entries)) == {"ecole": 2, "collectivite": 1}
    assert asked([], "I29")["value"] == 0


def test_conferences_are_counted_by_topic_and_speakers_once() -> None:
    talk = {"activity": "conference"}
    facts = [
        engaged("p1", "chercheur"),
        engaged("q1", "chercheur"),
        engaged("r1", "chercheur"),
        held("s1", title="Le vide", acting=acting("p1", "nobody1", role="conferencier"), **talk),
        held("s2", title="Le vide", acting=acting("p1", role="conferencier"), on="2019-01-26", **talk),
        held("s3", acting=acting("q1", "r1", role="animateur"), **talk),
        held("s4", activity="forum", acting=acting("q1", role="conferencier")),
    ]

    found = asked(facts, "I30", by="topic")

    assert (found["value"], cells(found), found["details"]) == (
        3,
        {"Le vide": 2, "non_renseigne": 1},
        {"speakers": 1},
    )
    assert cells(asked(facts, "I30", by="edition")) == {"2019-03-06": 2, "2019-01-26": 1}


def test_actions_are_told_by_type_unless_asked_by_programme() -> None:
    entries = [*REGISTERED, programme("inside", "x", parent="ales"), programme("other", "x")]
    facts = [held("s1"), held("s2", programme="inside", activity="sport"), held("s3", programme="other", minutes=30)]

    assert cells(asked(facts, "I16", programme="ales", entries=entries)) == {"tutorat": 1, "sport": 1}
    assert cells(asked(facts, "I16", by="programme", entries=entries)) == {"ales": 1, "inside": 1, "other": 1}
    assert cells(asked(facts, "I13", by="programme", entries=entries)) == {"ales": 1, "inside": 1, "other": 0.5}
    assert asked(facts, "I16", programme="ales", entries=entries)["value"] == 2


def test_the_rate_is_of_what_was_held_among_what_was_decided() -> None:
    off = {**held("s2"), "said": "session.cancelled"}
    planned = {**held("s3"), "said": "session.planned"}
    elsewhere = {**held("s4", organisers=["y"]), "said": "session.cancelled"}
    entries = [*REGISTERED, organisation("y")]

    found = asked([held("s1"), off, planned, elsewhere], "I14", organisation="x", entries=entries)

    assert (found["value"], found["details"]) == (1, {"cancelled": 1, "rate_percent": 50})
    assert asked([], "I14")["details"]["rate_percent"] is None
