"""The generator: the same seed says the same, whatever the programme file describes; and partners' rules are kept."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from contracts.catalogue import EVENTS
from contracts.partners import load_partners
from contracts.topics import inbound_topic
from examples.generator.__main__ import generate
from examples.generator.plan import PlanRefused, apportion, load_plan
from services.inscriptions.commands import (
    DeclareIndicator,
    OpenProgramme,
    RegisterEstablishment,
    RegisterOrganisation,
    SignConvention,
)
from tests.examples.conftest import ALES, EXAMPLES, PROGRAMMES, Generated, messages_in
from tests.examples.heard import facts_in, listen

FILES = ("registry.json", "messages.ndjson", "second_act.ndjson", "second_act.json")
WISHES: dict[str, type[BaseModel]] = {
    "organisation": RegisterOrganisation,
    "establishment": RegisterEstablishment,
    "programme": OpenProgramme,
    "convention": SignConvention,
    "declaration": DeclareIndicator,
}
every_programme = pytest.mark.parametrize("programme", PROGRAMMES)


def registry_in(folder: Path) -> list[dict[str, Any]]:
    """The entries that the operator registers."""
    entries: list[dict[str, Any]] = json.loads((folder / "registry.json").read_text(encoding="utf-8"))
    return entries


@every_programme
def test_the_same_seed_writes_the_same_bytes(generated: Generated, tmp_path: Path, programme: str) -> None:
    folder = generated(1, file=PROGRAMMES[programme], scale=0.1)

    generate(PROGRAMMES[programme], tmp_path, seed=1, scale=0.1)

    assert all((tmp_path / name).read_bytes() == (folder / name).read_bytes() for name in FILES)


def test_another_seed_invents_another_world(generated: Generated) -> None:
    assert (generated(1) / "messages.ndjson").read_bytes() != (generated(2) / "messages.ndjson").read_bytes()


@every_programme
def test_every_message_is_what_its_contract_and_its_partner_allow(generated: Generated, programme: str) -> None:
    folder = generated(1, file=PROGRAMMES[programme])
    partners = load_partners(PROGRAMMES[programme])
    allowed = {
        (topic.name, system.source, event.type): system.programmes
        for partner in partners
        for system in partner.systems
        for topic in (inbound_topic("inscriptions", partner.partner), inbound_topic("sessions", partner.partner))
        for event in topic.events
    }

    for fact in facts_in(folder) + facts_in(folder, "second_act.ndjson"):
        event = EVENTS[fact["type"]].parse_written(json.dumps(fact["data"]))

        programmes = allowed[fact["topic"], fact["source"], fact["type"]]
        assert fact["data"].get("programme", programme) in programmes
        assert fact["subject"] == fact["key"] == event.subject


@every_programme
def test_a_join_names_records_of_its_sender_and_one_of_others_at_most(generated: Generated, programme: str) -> None:
    partners = load_partners(PROGRAMMES[programme])
    own = {
        system.source: {each.source for each in partner.systems} for partner in partners for system in partner.systems
    }
    joins = [
        fact
        for fact in facts_in(generated(1, file=PROGRAMMES[programme]))
        if fact["type"] == "fr.cordees.record.joined.v1"
    ]

    assert joins
    for join in joins:
        sources = [side["source"] for side in join["data"]["records"]]
        foreign = [source for source in sources if source not in own[join["source"]]]
        assert len(foreign) < len(sources)
        assert len(foreign) <= 1
        assert set(sources) <= own.keys()


@every_programme
def test_the_same_version_never_has_two_contents(generated: Generated, programme: str) -> None:
    folder = generated(1, file=PROGRAMMES[programme])
    facts = facts_in(folder) + facts_in(folder, "second_act.ndjson")
    said = Counter(
        (fact["source"], fact["subject"], fact["data"].get("school_year"), fact["data"]["version"]) for fact in facts
    )

    assert said.most_common(1)[0][1] == 1
    assert len({(fact["source"], fact["id"]) for fact in facts}) == len(facts)


@every_programme
def test_both_modes_are_spoken(generated: Generated, programme: str) -> None:
    messages = messages_in(generated(1, file=PROGRAMMES[programme]))
    modes = Counter(message["headers"]["content-type"].split(";")[0] for message in messages)

    assert modes.keys() == {"application/json", "application/cloudevents+json"}
    assert min(modes.values()) > 100


@every_programme
def test_partners_get_things_wrong_in_every_programme(generated: Generated, programme: str) -> None:
    said: dict[str, list[str]] = {}
    corrected = Counter[str]()
    for fact in facts_in(generated(1, file=PROGRAMMES[programme])):
        event = fact["type"].split(".")[3]
        corrected[event] += fact["data"]["version"] > 1
        if "session" in fact["data"]:
            said.setdefault(fact["data"]["session"], []).append(event)
    ways = Counter(tuple(events) for events in said.values())

    assert ways["held", "held"] + ways["planned", "held", "held"] > 3, "rolls corrected"
    assert ways["cancelled",] + ways["planned", "cancelled"], "cancelled"
    assert ways["planned",], "never held"
    assert corrected["profiled"], "profiles corrected"
    assert corrected["enrolled"], "enrolments corrected"
    assert corrected["joined"], "joins corrected"


@every_programme
def test_some_references_on_rolls_are_nobodys(generated: Generated, programme: str) -> None:
    heard = listen(generated(1, file=PROGRAMMES[programme]), PROGRAMMES[programme])
    known = heard.registered("pupil.profiled")
    seats = [
        heard.person(held["source"], line["record"], int(held["starts_at"][:4]) - (held["starts_at"][5:7] < "09"))
        for held in heard.standing["session.held"]
        for line in held["presences"]
    ]

    assert 5 <= len([seat for seat in seats if seat not in known]) <= 30


def test_an_account_of_the_app_is_another_pupil_in_the_next_school_year(generated: Generated) -> None:
    owners: dict[str, set[int]] = {}
    for fact in facts_in(generated(1)):
        for side in fact["data"].get("records", ()):
            if side["source"].startswith("https://fraternite") and "-e-" in side["record"]:
                owners.setdefault(side["record"], set()).add(side["school_year"])

    assert any(len(years) > 1 for years in owners.values())


@every_programme
def test_another_programme_id_shares_no_reference_and_no_message(generated: Generated, programme: str) -> None:
    file = PROGRAMMES[programme]
    ours, other = generated(1, file=file, scale=0.1), generated(1, file=file, scale=0.1, programme="again-1")

    named = [{(fact["source"], fact["subject"]) for fact in facts_in(folder)} for folder in (ours, other)]
    ids = [{fact["id"] for fact in facts_in(folder)} for folder in (ours, other)]
    entries = [
        {entry["id"] for entry in registry_in(folder) if entry["kind"] not in {"organisation", "establishment"}}
        for folder in (ours, other)
    ]
    assert not named[0] & named[1]
    assert not ids[0] & ids[1]
    assert not entries[0] & entries[1]
    assert len(named[0]) == len(named[1])


@every_programme
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_small_world_still_has_some_of_everything(generated: Generated, programme: str, seed: int) -> None:
    small = generated(seed, file=PROGRAMMES[programme], scale=0.1)
    whole = generated(1, file=PROGRAMMES[programme])

    types = [{fact["type"] for fact in facts_in(folder)} for folder in (small, whole)]
    activities = [{fact["data"].get("activity") for fact in facts_in(folder)} for folder in (small, whole)]
    assert types[0] | {"fr.cordees.certificate.issued.v1"} >= types[1] - {"fr.cordees.session.cancelled.v1"}
    assert activities[0] == activities[1]
    assert len(messages_in(small)) < 0.25 * len(messages_in(whole))


@every_programme
def test_the_operator_can_register_every_entry(generated: Generated, programme: str) -> None:
    known: set[str] = set()
    for entry in registry_in(generated(1, file=PROGRAMMES[programme])):
        body = WISHES[entry["kind"]].model_validate_json(json.dumps(entry["body"]), strict=True)

        assert named_in(body.model_dump(mode="json", exclude_none=True)) <= known | {entry["id"]}, entry["id"]
        known.add(entry["id"])


def named_in(body: dict[str, Any]) -> set[str]:
    """The registry entries that a body names."""
    names = ("site", "programme", "establishment", "organisation", "parent")
    rows = (body, *body.get("memberships", ()), *body.get("organisers", ()))
    return {row[name] for row in rows for name in names if name in row} | set(body.get("parts", ()))


def test_what_stands_in_two_files_says_the_same(generated: Generated) -> None:
    bodies: dict[tuple[str, str], Any] = {}
    for file in PROGRAMMES.values():
        for entry in registry_in(generated(1, file=file)):
            assert bodies.setdefault((entry["kind"], entry["id"]), entry["body"]) == entry["body"], entry["id"]

    assert load_partners(EXAMPLES / "programmes")


@every_programme
def test_facts_name_only_what_is_registered(generated: Generated, programme: str) -> None:
    folder = generated(1, file=PROGRAMMES[programme])
    known = {(entry["kind"], entry["id"]) for entry in registry_in(folder)}

    for fact in facts_in(folder):
        data = fact["data"]
        rows = [data, *data.get("spans", ()), *data.get("headcounts", ()), *data.get("stands", ())]
        kinds = ("programme", "organisation", "establishment")
        named = {(kind, row[kind]) for row in rows for kind in kinds if kind in row}
        named |= {("organisation", organiser) for organiser in data.get("organisers", ())}
        named |= {("establishment", data["place"])} if "place" in data else set()
        assert named <= known, named - known


def test_a_world_without_trouble_needs_no_word_of_it(tmp_path: Path) -> None:
    with pytest.raises(PlanRefused):
        load_plan(ALES, seed=1, scale=0)
    text = ALES.read_text(encoding="utf-8")
    (tmp_path / "mild.toml").write_text(text[: text.index("[generator.trouble]")], encoding="utf-8")

    written = generate(tmp_path / "mild.toml", tmp_path / "out", seed=1)

    events = Counter(fact["type"].split(".")[3] for fact in facts_in(tmp_path / "out"))
    assert events["held"] == written["sessions"]
    assert not events["cancelled"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pupil_hours = 4000", "pupil_hours = 40000"),
        ("number = [2, 2, 3] }]", "number = [2, 2, 3] }]\nnonsense = 1"),
        ("at_least = 2", "at_least = 60"),
        ('source = "https://viescolaire.prevert.example"\nmode', 'source = "https://nobody.example"\nmode'),
    ],
)
def test_a_plan_that_cannot_be_is_refused(tmp_path: Path, before: str, after: str) -> None:
    text = ALES.read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "bad.toml").write_text(text.replace(before, after), encoding="utf-8")

    with pytest.raises(PlanRefused):
        generate(tmp_path / "bad.toml", tmp_path / "out", seed=1)


@pytest.mark.parametrize("change", ["absent_unjustified = 0.85", "cancelled_share = 0.9"])
def test_everybody_is_there_often_enough_even_in_a_bad_year(tmp_path: Path, change: str) -> None:
    name = change.split(" = ", maxsplit=1)[0]
    lines = [change if line.startswith(name) else line for line in ALES.read_text(encoding="utf-8").splitlines()]
    text = "\n".join(lines).replace("pupil_hours = 4000", "pupil_hours = 800")
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")

    generate(tmp_path / "bad.toml", tmp_path / "out", seed=1)

    heard = listen(tmp_path / "out", ALES)
    times = Counter[Any]()
    for held in heard.standing["session.held"]:
        if held["activity"] == "tutorat" and held["starts_at"].startswith("2019"):
            times.update(heard.there(held).keys())
    assert len(times) == 140
    assert min(times.values()) >= 2


def test_shares_are_whole_and_lose_nobody() -> None:
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert sum(apportion(296, [22, 20, 16, 24, 18, 22, 18])) == 296
