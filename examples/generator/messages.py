"""From a fact to the record that a partner's system puts on its topic: CloudEvents 1.0, in either mode."""

import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from examples.generator.plan import Plan, System

PARIS = ZoneInfo("Europe/Paris")
_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "https://cordees.example/generator")


@dataclass(frozen=True)
class Fact:
    """What one system says, and when. `event` is the type without its prefix, as in `session.held`."""

    system: System
    event: str
    subject: str
    data: dict[str, Any]
    at: datetime

    @property
    def type(self) -> str:
        """The CloudEvents type."""
        return f"fr.cordees.{self.event}.v1"

    @property
    def topic(self) -> str:
        """The partner's own inbound topic of the service that the fact concerns."""
        service = "sessions" if self.event.startswith("session.") else "inscriptions"
        return f"cordees.inbound.{service}.{self.system.partner}"


def at(day: date, hour: str = "09:00") -> datetime:
    """A moment of the local clock."""
    return datetime.combine(day, time.fromisoformat(hour), PARIS)


def message(plan: Plan, fact: Fact) -> dict[str, Any]:
    """One line for the sender. The id follows from the seed and the fact: a second run repeats it."""
    attributes = {
        "specversion": "1.0",
        "id": str(uuid.uuid5(_IDS, f"{plan.seed}|{plan.scale}|{fact.system.source}|{fact.type}|{_text(fact.data)}")),
        "source": fact.system.source,
        "type": fact.type,
        "subject": fact.subject,
        "time": fact.at.isoformat(),
    }
    headers: dict[str, str]
    if fact.system.mode == "structured":
        headers = {"content-type": "application/cloudevents+json; charset=UTF-8"}
        value = {**attributes, "datacontenttype": "application/json", "data": fact.data}
    else:
        headers = {"content-type": "application/json"} | {f"ce_{name}": text for name, text in attributes.items()}
        value = fact.data
    return {"topic": fact.topic, "key": fact.subject, "headers": headers, "value": value}


def lines(plan: Plan, facts: list[Fact]) -> str:
    """One JSON object a line, in the order of the clock."""
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.system.source, fact.subject, fact.data["version"]))
    return "".join(_text(message(plan, fact)) + "\n" for fact in ordered)


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
