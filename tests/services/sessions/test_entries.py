"""Stands name organisations: a report waits for one that the registry does not hold yet."""

from chassis.inbox import Outcome
from contracts.registry import OrganisationRegistered
from contracts.sessions import Headcount, SessionHeld, Stand
from services.sessions import domain
from tests.services.sessions.conftest import Desk
from tests.services.sessions.told import BELLEVUE, held

ENAC = OrganisationRegistered.model_validate({"version": 1, "organisation": "enac", "name": "ENAC", "nature": "ecole"})
STANDS = (Stand(organisation="imt-mines-ales"), Stand(organisation="enac"))


def test_stands_are_asked_for_last_and_by_their_field() -> None:
    fact = held(headcounts=(Headcount(establishment="0301674G", pupils=12),), stands=STANDS)

    assert list(domain.entries(fact)) == [
        ("programme", "programme/ales"),
        ("place", f"establishment/{BELLEVUE}"),
        ("headcounts[0].establishment", "establishment/0301674G"),
        ("stands[0].organisation", "organisation/imt-mines-ales"),
        ("stands[1].organisation", "organisation/enac"),
    ]


async def test_a_forum_with_a_stand_of_an_unknown_organisation_waits_for_it(desk: Desk) -> None:
    forum = held(activity="forum", title="Forum des métiers", stands=STANDS)

    outcome = await desk.report(forum)
    before = await desk.published()
    await desk.register(ENAC)

    assert (outcome, before) == (Outcome.HELD, [])
    (fact,) = await desk.published()
    assert isinstance(fact, SessionHeld)
    assert (fact.title, fact.stands) == ("Forum des métiers", STANDS)
