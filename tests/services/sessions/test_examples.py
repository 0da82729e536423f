"""Every committed example message is read by the consumer of its type."""

import pytest

from chassis.inbox import Outcome, OwnInbox, PartnerInbox
from chassis.service import inbound
from contracts.catalogue import REGISTRY, SESSIONS
from contracts.partners import Partner, PartnerSource
from contracts.sessions import SessionEvent
from contracts.topics import REGISTRY_TOPIC
from services.sessions import consumers
from services.sessions.app import SERVICE
from tests.contracts.examples import example_messages
from tests.services.sessions.conftest import Arrived, Desk

PARTNER = Partner(
    partner="imt-mines-ales", systems=(PartnerSource(source="urn:imt-mines-ales:tutorat", programmes=("ales",)),)
)
FINE = {Outcome.ACCEPTED, Outcome.STALE, Outcome.HELD}
"""Some correct one another, and some speak of establishments of which no example tells."""


async def learn_the_registry(desk: Desk) -> list[Outcome]:
    inbox = OwnInbox(REGISTRY_TOPIC, consumers.on_registry_event)
    async with desk.context.transactions.begin() as tx:
        messages = [message for kind in REGISTRY for message in example_messages(kind.type)]
        return await inbox.decide_all(tx, [Arrived(message.value, message.headers) for message in messages])


async def test_every_example_of_the_registry_is_read(empty_desk: Desk) -> None:
    outcomes = await learn_the_registry(empty_desk)

    assert outcomes == [Outcome.ACCEPTED] * len(outcomes)
    assert outcomes


@pytest.mark.parametrize("kind", SESSIONS)
async def test_every_example_of_a_partner_is_read_and_none_rejected(empty_desk: Desk, kind: type[SessionEvent]) -> None:
    await learn_the_registry(empty_desk)
    topics = inbound("sessions", (PARTNER,))
    handle = SERVICE.on_partner_event(empty_desk.context)  # type: ignore[misc]  # it has one
    inbox = PartnerInbox(topics, handle, empty_desk.context.record_keys)
    told = [message for message in example_messages(kind.type) if not message.is_ours]

    async with empty_desk.context.transactions.begin() as tx:
        outcomes = {
            message.name: await inbox.decide(tx, Arrived(message.value, message.headers, offset=offset))
            for offset, message in enumerate(told)
        }

    assert Outcome.ACCEPTED in outcomes.values()
    assert {name: outcome for name, outcome in outcomes.items() if outcome not in FINE} == {}


@pytest.mark.parametrize("kind", SESSIONS)
def test_every_example_of_ours_is_a_state_that_storage_reads(kind: type[SessionEvent]) -> None:
    facts = [kind.parse_read(message.value) for message in example_messages(kind.type) if message.is_ours]

    assert [kind.parse_read(fact.to_data()) for fact in facts] == facts
