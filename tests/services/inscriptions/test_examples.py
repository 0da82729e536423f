"""Every committed example of an inbound type is read and accepted, once the registry knows what it names."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from chassis.inbox import Outcome
from chassis.service import build_context
from contracts.catalogue import INBOUND_INSCRIPTIONS
from contracts.envelope import decode
from contracts.people import RecordsJoined
from contracts.topics import inbound_topic
from services.inscriptions.domain.facts import subjects_named
from tests.conftest import MakeSettings, Running, Token, load_service
from tests.contracts.examples import ExampleMessage, example_messages
from tests.services.inscriptions.office import Arrival, Office

EXAMPLES = [
    (kind, message) for kind in INBOUND_INSCRIPTIONS for message in example_messages(kind.type) if not message.is_ours
]
BODIES: dict[str, dict[str, Any]] = {
    "organisation": {"name": "Une organisation", "nature": "ecole"},
    "programme": {"name": "Un programme"},
    "establishment": {"name": "Un établissement", "nature": "lycee_gt"},
}


@pytest_asyncio.fixture
async def example_office(
    tmp_path: Path, make_settings: MakeSettings, inscriptions_database: str, token: Token
) -> AsyncIterator[Office]:
    """One partner has every source of the examples."""
    sources = sorted({decode(message.headers, message.value).source for _, message in EXAMPLES})
    systems = "".join(
        f"[[partners.systems]]\nsource = {json.dumps(source)}\nprogrammes = {_programmes()}\n" for source in sources
    )
    partners = tmp_path / "partners.toml"
    partners.write_text(f'[[partners]]\npartner = "example"\n{systems}', encoding="utf-8")
    service = load_service("inscriptions")
    settings = make_settings("inscriptions", inscriptions_database, partners_file=partners)
    running = Running(service, *build_context(service, settings))
    yield Office(running, token("operator"))
    await running.http.aclose()
    await running.context.engine.dispose()


def _programmes() -> list[str]:
    facts = (kind.parse_written(decode(message.headers, message.value).data) for kind, message in EXAMPLES)
    return sorted({fact.programme for fact in facts if hasattr(fact, "programme")})


async def test_every_example_of_an_inbound_type_is_accepted(example_office: Office) -> None:
    for kind, message in EXAMPLES:
        fact = kind.parse_written(decode(message.headers, message.value).data)
        named = () if isinstance(fact, RecordsJoined) else subjects_named(fact)  # type: ignore[arg-type]
        for subject in named:
            entry_kind, _, entry = subject.partition("/")
            await example_office.put(f"/{entry_kind}s/{entry}", BODIES[entry_kind])
    outcomes = [await example_office.receive(_arrival(offset, message)) for offset, (_, message) in enumerate(EXAMPLES)]

    unexpected = {
        message.name: outcome
        for (_, message), outcome in zip(EXAMPLES, outcomes, strict=True)
        if outcome not in {Outcome.ACCEPTED, Outcome.STALE, Outcome.DUPLICATE}
    }
    assert unexpected == {}
    assert outcomes.count(Outcome.ACCEPTED) >= len(INBOUND_INSCRIPTIONS)


def test_each_inbound_type_has_an_example() -> None:
    assert {kind for kind, _ in EXAMPLES} == set(INBOUND_INSCRIPTIONS)


def _arrival(offset: int, message: ExampleMessage) -> Arrival:
    return Arrival(inbound_topic("inscriptions", "example").name, message.value, message.headers, offset)
