"""Topics as data: name, key, partitions, retention or compaction, producer, consumers, rejected topic."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from contracts.base import Event
from contracts.catalogue import INBOUND_INSCRIPTIONS, INBOUND_SESSIONS, PEOPLE, REGISTRY, SESSIONS
from contracts.partners import Partner

_DAY_MS = 24 * 3600 * 1000
_FOREVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
# A consumer that was away longer than a tombstone lives must rebuild: 30 days leave time to notice.
_COMPACTED = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(7 * _DAY_MS),
    "delete.retention.ms": str(30 * _DAY_MS),
}
_INBOUND = {"cleanup.policy": "delete", "retention.ms": str(90 * _DAY_MS), "retention.bytes": "-1"}

Domain = Literal["inscriptions", "sessions"]


@dataclass(frozen=True)
class Topic:
    """One topic. `key` says in words what the Kafka key is; `events` are the only types that may stand on it."""

    name: str
    key: str
    partitions: int
    config: dict[str, str]
    producer: str
    consumers: tuple[str, ...]
    events: tuple[type[Event], ...]
    rejected: str | None = None


REGISTRY_TOPIC = Topic(
    name="cordees.registry",
    key="<kind>/<id>",
    partitions=1,
    config=_COMPACTED,
    producer="inscriptions",
    consumers=("sessions", "reporting"),
    events=REGISTRY,
)
PEOPLE_TOPIC = Topic(
    name="cordees.people",
    key="<kind>/<id>",
    partitions=6,
    config=_COMPACTED,
    producer="inscriptions",
    consumers=("reporting",),
    events=PEOPLE,
)
SESSIONS_TOPIC = Topic(
    name="cordees.sessions",
    key="programme/<id>",
    partitions=6,
    config=_FOREVER,
    producer="sessions",
    consumers=("reporting",),
    events=SESSIONS,
)
OURS = (REGISTRY_TOPIC, PEOPLE_TOPIC, SESSIONS_TOPIC)

_ACCEPTED: dict[Domain, tuple[type[Event], ...]] = {
    "inscriptions": INBOUND_INSCRIPTIONS,
    "sessions": INBOUND_SESSIONS,
}


def inbound_topic(domain: Domain, partner: str) -> Topic:
    """The topic on which one partner tells one service its facts."""
    name = f"cordees.inbound.{domain}.{partner}"
    return Topic(
        name=name,
        key="the partner's choice; what must stay in order shares it",
        partitions=3,
        config=_INBOUND,
        producer=partner,
        consumers=(domain,),
        events=_ACCEPTED[domain],
        rejected=f"{name}.rejected",
    )


def rejected_topic(domain: Domain, partner: str) -> Topic:
    """Where the partner learns what was refused: reason, field and position, never the value."""
    return Topic(
        name=f"cordees.inbound.{domain}.{partner}.rejected",
        key="<topic>/<partition>",
        partitions=1,
        config=_INBOUND,
        producer=domain,
        consumers=(partner,),
        events=(),
    )


def all_topics(partners: Iterable[Partner]) -> tuple[Topic, ...]:
    """Ours, then two pairs for each partner."""
    domains: tuple[Domain, ...] = ("inscriptions", "sessions")
    inbound = [
        make(domain, partner.partner)
        for partner in partners
        for domain in domains
        for make in (inbound_topic, rejected_topic)
    ]
    return (*OURS, *inbound)


def topic_of(event: type[Event]) -> Topic:
    """The topic on which we publish this type. Raises KeyError for a type that is inbound only."""
    for topic in OURS:
        if event in topic.events:
            return topic
    raise KeyError(event.type)
