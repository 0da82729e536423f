"""The generator: the same seed says the same, any seed gives what the plan asks for, and partners' rules are kept."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from contracts.catalogue import EVENTS
from contracts.envelope import decode
from contracts.partners import load_partners
from contracts.topics import inbound_topic
from examples.generator.__main__ import generate
from examples.generator.plan import PlanRefused, load_plan
from examples.generator.sessions import Fate, tutored
from examples.generator.world import World, build_world
from examples.recount.__main__ import recount
from examples.recount.wording import verdict
from services.inscriptions.commands import OpenProgramme, RegisterEstablishment, RegisterOrganisation, SignConvention
from tests.examples.conftest import ALES, EXAMPLES, Generated, messages_in

SEEDS = (1, 2, 3, 2019)
FILES = ("registry.json", "messages.ndjson", "second_act.ndjson", "second_act.json")


def facts_in(folder: Path, name: str = "messages.ndjson") -> list[dict[str, Any]]:
    """Type, source and data of each message, in either mode."""
    facts = []
    for message in messages_in(folder, name):
        headers = [(name, text.encode()) for name, text in message["headers"].items()]
        envelope = decode(headers, json.dumps(message["value"]).encode())
        facts.append({**vars(envelope), **message, "data": json.loads(envelope.data)})
    return facts


def test_the_same_seed_writes_the_same_bytes(generated: Generated, tmp_path: Path) -> None:
    generate(ALES, tmp_path, seed=1)

    assert all((tmp_path / name).read_bytes() == (generated(1) / name).read_bytes() for name in FILES)


def test_another_seed_invents_another_world(generated: Generated) -> None:
    assert (generated(1) / "messages.ndjson").read_bytes() != (generated(2) / "messages.ndjson").read_bytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_any_seed_bears_out_what_the_report_prints(generated: Generated, seed: int) -> None:
    for row in tomllib.loads(ALES.read_text(encoding="utf-8"))["printed"]:
        figure = recount(generated(seed), row["period"])[row["indicator"]]
        value = figure.get("hours", figure.get("value"))

        assert verdict(row["wording"], row["number"], value) == "established", (row, figure)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_recount_of_the_messages_finds_what_really_happened(generated: Generated, seed: int) -> None:
    world = build_world(load_plan(ALES, seed=seed))
    happened = [session for session in world.sessions if session.fate is Fate.HELD and world.plan.in_aim(session.day)]

    found = recount(generated(seed), "2019")

    there = [(session, seat) for session in happened for seat in session.seats if seat.present]
    acts = [(session, act) for session in happened for act in session.acts]
    assert found["I11"]["minutes"] == sum(session.minutes - seat.missed for session, seat in there)
    assert found["I04"]["low"] == len({id(seat.pupil) for _, seat in there})
    assert found["I02"]["value"] == sum(not pupil.guest for pupil in world.pupils)
    assert found["I12"]["minutes"] == sum(session.minutes - act.missed for session, act in acts)
    assert found["I13"]["minutes"] == sum(session.minutes for session in happened)
    assert found["I14"]["value"] == len(happened)


@pytest.mark.parametrize("seed", SEEDS)
def test_pupils_are_of_seconde_or_premiere(generated: Generated, seed: int) -> None:
    levels = recount(generated(seed), "2019")["I02"]["by_level"]

    assert levels.keys() <= {"2GT", "2PRO", "1G", "1T", "1PRO"}


def test_every_message_is_what_its_contract_and_its_partner_allow(generated: Generated) -> None:
    partners = load_partners(EXAMPLES / "partners.toml")
    allowed = {
        (topic.name, system.source, event.type): system.programmes
        for partner in partners
        for system in partner.systems
        for topic in (inbound_topic("inscriptions", partner.partner), inbound_topic("sessions", partner.partner))
        for event in topic.events
    }

    for fact in facts_in(generated(1)) + facts_in(generated(1), "second_act.ndjson"):
        event = EVENTS[fact["type"]].parse_written(json.dumps(fact["data"]))

        assert fact["data"].get("programme", "ales") in allowed[fact["topic"], fact["source"], fact["type"]]
        assert fact["subject"] == fact["key"] == event.subject


def test_both_modes_are_spoken(generated: Generated) -> None:
    modes = Counter(message["headers"]["content-type"].split(";")[0] for message in messages_in(generated(1)))

    assert modes.keys() == {"application/json", "application/cloudevents+json"}
    assert min(modes.values()) > 100


def test_a_join_names_a_record_of_its_sender(generated: Generated) -> None:
    partners = load_partners(EXAMPLES / "partners.toml")
    own = {
        system.source: {each.source for each in partner.systems} for partner in partners for system in partner.systems
    }
    joins = [fact for fact in facts_in(generated(1)) if fact["type"] == "fr.cordees.record.joined.v1"]

    assert joins
    assert all(any(side["source"] in own[join["source"]] for side in join["data"]["records"]) for join in joins)


def test_the_same_version_never_has_two_contents(generated: Generated) -> None:
    facts = facts_in(generated(1)) + facts_in(generated(1), "second_act.ndjson")
    said = Counter(
        (fact["source"], fact["subject"], fact["data"].get("school_year"), fact["data"]["version"]) for fact in facts
    )

    assert said.most_common(1)[0][1] == 1
    assert len({(fact["source"], fact["id"]) for fact in facts}) == len(facts)


def test_a_partner_gets_things_wrong_in_every_way_that_the_plan_names(generated: Generated) -> None:
    facts = facts_in(generated(1))
    said: dict[str, list[str]] = {}
    for fact in facts:
        if "session" in fact["data"]:
            said.setdefault(fact["data"]["session"], []).append(fact["type"].split(".")[3])
    ways = Counter(tuple(events) for events in said.values())

    assert ways["held", "held"] + ways["planned", "held", "held"] > 5, "rolls corrected"
    assert ways["cancelled",], "cancelled without a word before"
    assert ways["planned", "cancelled"]
    assert ways["held", "cancelled"] + ways["planned", "held", "cancelled"], "reported as held by mistake"
    assert ways["planned",], "never held"
    corrected = Counter(fact["type"].split(".")[3] for fact in facts if fact["data"]["version"] > 1)
    assert corrected["profiled"], "profiles corrected"
    assert corrected["enrolled"], "enrolments corrected"
    assert corrected["joined"], "joins corrected"
    whole = recount(generated(1), "2018-09-01/2020-09-01")
    assert whole["quality"]["unknown_references"] == 8


def test_an_account_of_the_app_is_another_pupil_in_the_next_school_year(generated: Generated) -> None:
    owners: dict[str, set[int]] = {}
    for fact in facts_in(generated(1)):
        for side in fact["data"].get("records", ()):
            if side["source"].startswith("https://fraternite") and "-e-" in side["record"]:
                owners.setdefault(side["record"], set()).add(side["school_year"])

    assert any(len(years) > 1 for years in owners.values())


def test_another_programme_shares_no_reference_and_no_message(generated: Generated) -> None:
    ours, other = generated(1), generated(1, programme="ales-crash-1")

    named = [{(fact["source"], fact["subject"]) for fact in facts_in(folder)} for folder in (ours, other)]
    ids = [{fact["id"] for fact in facts_in(folder)} for folder in (ours, other)]
    assert not named[0] & named[1]
    assert not ids[0] & ids[1]
    assert recount(ours, "2019") == recount(other, "2019", programme="ales-crash-1")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_small_world_is_smaller_in_everything_and_as_true(generated: Generated, seed: int) -> None:
    folder = generated(seed, programme="ales-crash-1", scale=0.2)

    assert len(messages_in(folder)) < 400
    found = recount(folder, "2019")
    assert found["I08"]["value"] == 9
    assert found["I02"]["value"] > 20


def test_a_plan_that_cannot_be_is_refused() -> None:
    with pytest.raises(PlanRefused):
        load_plan(ALES, seed=1, scale=0)


def test_the_operator_can_register_every_entry(generated: Generated) -> None:
    wishes: dict[str, type[BaseModel]] = {
        "organisation": RegisterOrganisation,
        "establishment": RegisterEstablishment,
        "programme": OpenProgramme,
        "convention": SignConvention,
    }
    known: set[str] = set()
    for entry in json.loads((generated(1) / "registry.json").read_text(encoding="utf-8")):
        body = wishes[entry["kind"]].model_validate_json(json.dumps(entry["body"]), strict=True)

        assert named_in(body.model_dump(mode="json", exclude_none=True)) <= known | {entry["id"]}
        known.add(entry["id"])


def named_in(body: dict[str, Any]) -> set[str]:
    """The registry entries that a body names."""
    names = ("site", "programme", "establishment", "organisation", "parent")
    rows = (body, *body.get("memberships", ()), *body.get("organisers", ()))
    return {row[name] for row in rows for name in names if name in row}


def test_the_second_act_moves_hours_and_activities_and_no_count_of_persons(generated: Generated) -> None:
    folder = generated(1)
    named = json.loads((folder / "second_act.json").read_text(encoding="utf-8"))

    before, after = recount(folder, "2019"), recount(folder, "2019", more=[folder / "second_act.ndjson"])

    assert len(named["corrected"]["absent"]) == 3
    for code in ("I02", "I04", "I05", "I05_uai", "I08", "I09"):
        assert after[code] == before[code], code
    assert after["I11"]["minutes"] < before["I11"]["minutes"] - 180
    assert after["I14"]["value"] == before["I14"]["value"] - 1
    assert after["I14"]["cancelled"] == before["I14"]["cancelled"] + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_acts_or_is_tutored_often_enough(seed: int) -> None:
    world = build_world(load_plan(ALES, seed=seed))

    assert rarest(world) >= world.plan.at_least


@pytest.mark.parametrize("change", ["absent_unjustified = 0.85", "cancelled_share = 0.9"])
def test_so_it_does_in_a_bad_year(tmp_path: Path, change: str) -> None:
    name = change.split(" = ", maxsplit=1)[0]
    plan = re.sub(rf"^{name} = .*$", change, ALES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (tmp_path / "bad.toml").write_text(plan.replace("pupil_hours = 4000", "pupil_hours = 800"), encoding="utf-8")

    world = build_world(load_plan(tmp_path / "bad.toml", seed=1))

    assert rarest(world) >= world.plan.at_least


def rarest(world: World) -> int:
    """How often the student who acts least, or the pupil who is tutored least, does so in the period aimed at."""
    own = [session for session in world.sessions if session.tutoring and world.plan.in_aim(session.day)]
    acted = Counter(id(act.person) for session in own for act in session.acts)
    there = Counter(
        id(seat.pupil)
        for session in own
        for seat in session.seats
        if seat.present and tutored(world.plan, session, seat.pupil)
    )
    students = [acted[id(person)] for person in world.volunteers if person.category == "etudiant"]
    return min(*students, *(there[id(pupil)] for pupil in world.pupils if not pupil.guest))
