"""Order does not matter: not across topics, not with duplicates, and not with two transactions side by side."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.base import Event
from contracts.people import PupilEnrolled, PupilProfiled, RecordAssigned
from contracts.registry import Label, ProgrammeOpened
from contracts.sessions import SessionCancelled, SessionHeld
from contracts.topics import topic_of
from contracts.vocabulary import Activity, Attendance, EnrolmentKind, PartyRole
from services.reporting.projections import Arrived
from services.reporting.reading import read_record
from services.reporting.storage import Place, use_projection
from services.reporting.tables import facts
from tests.services.reporting.bonds import certified, convention, declares, earlier, said, stand, studying
from tests.services.reporting.desk import PROJECT, Received, Reporting
from tests.services.reporting.facts import (
    APRIL,
    BELLEVUE,
    END,
    MARCH,
    RENTREE,
    absent,
    assigned,
    at,
    attributes,
    cancelled,
    enrolled,
    held,
    present,
    profiled,
    programme,
    trained,
)
from tests.services.reporting.gathered import check_gathered, names

RECORDS = [f"r-{n}" for n in range(4)]
SESSIONS = [f"s-{n}" for n in range(3)]


@dataclass(frozen=True)
class Truth:
    """An independent count: plain Python over the last word on everything."""

    events: tuple[Event, ...]

    def _last(self, kind: type[Event]) -> dict[str, Event]:
        last: dict[str, Event] = {}
        for event in self.events:
            known = last.get(event.aggregate)
            if isinstance(event, kind) and (known is None or known.version < event.version):
                last[event.aggregate] = event
        return last

    @property
    def _person(self) -> dict[str, str]:
        found = {e.aggregate: e.person for e in self._last(RecordAssigned).values() if isinstance(e, RecordAssigned)}
        return {record: found.get(record, record) for record in RECORDS}

    def _tutored_on(self, person: str, day: date) -> bool:
        return any(
            isinstance(event, PupilEnrolled)
            and self._person[event.record] == person
            and any(
                span.kind is EnrolmentKind.TUTORAT and span.starts_on <= day < (span.ends_on or END)
                for span in event.spans
            )
            for event in self._last(PupilEnrolled).values()
        )

    def figures(self) -> dict[str, float]:
        """I02, I04, I11 and I14."""
        person = self._person
        registered = {person[record] for record in self._last(PupilProfiled)} | {
            person[event.record]
            for event in self._last(PupilEnrolled).values()
            if isinstance(event, PupilEnrolled) and event.spans
        }
        tutees, pupils, minutes, activities = set(), set(), 0, 0
        sessions = self._last(SessionHeld) | {}
        for event in self._last(SessionCancelled).values():
            if event.aggregate not in sessions or sessions[event.aggregate].version < event.version:
                sessions.pop(event.aggregate, None)
        for event in sessions.values():
            assert isinstance(event, SessionHeld)
            activities += 1
            longest: dict[str, int] = {}
            for entry in event.presences:
                who = person[entry.record]
                if entry.status is Attendance.PRESENT and who in registered:
                    longest[who] = max(longest.get(who, 0), event.minutes if entry.minutes is None else entry.minutes)
            minutes += sum(longest.values())
            pupils |= longest.keys()
            day = event.starts_at.date()
            if event.activity is Activity.TUTORAT:
                tutees |= {who for who in longest if self._tutored_on(who, day)}
        return {"I02": len(tutees), "I04": len(pupils), "I11": minutes / 60, "I14": activities}


versions = st.integers(1, 3)
records = st.sampled_from(RECORDS)
entries = st.builds(
    lambda record, there, minutes: present(record, minutes) if there else absent(record),
    records,
    st.booleans(),
    st.none() | st.integers(0, 60),
)
rolls = st.lists(entries, max_size=4, unique_by=lambda entry: entry.record)
moments = st.sampled_from([at(MARCH), at(APRIL)])
activities = st.sampled_from([Activity.TUTORAT, Activity.SPORT])


@st.composite
def histories(draw: st.DrawFn) -> tuple[Event, ...]:
    """Each (aggregate, version) says one thing."""
    said: dict[tuple[str, int], Event] = {}
    events = st.one_of(
        st.builds(lambda record, version: profiled(record, version=version), records, versions),
        st.builds(
            lambda record, version, start: enrolled(record, version=version, starts_on=start),
            records,
            versions,
            st.sampled_from([RENTREE, APRIL]),
        ),
        st.builds(assigned, records, st.sampled_from(["p-1", "p-2"]), versions),
        st.builds(
            lambda session, version, roll, when, what: held(
                session, *roll, version=version, starts_at=when, activity=what
            ),
            st.sampled_from(SESSIONS),
            versions,
            rolls,
            moments,
            activities,
        ),
        st.builds(cancelled, st.sampled_from(SESSIONS), versions),
    )
    for event in draw(st.lists(events, max_size=25)):
        said.setdefault((event.subject, event.version), event)
    return tuple(said.values())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.randoms(use_true_random=False), st.booleans())
async def test_any_interleaving_duplication_and_correction_gives_the_same_figures(
    reporting_engine: AsyncEngine,
    history: tuple[Event, ...],
    chance: random.Random,
    one_by_one: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    await _clear(reporting_engine)
    reporting = Reporting(reporting_engine)
    shuffled = [*history, *chance.sample(history, k=len(history) // 2)]
    chance.shuffle(shuffled)

    await reporting.receive(shuffled, one_by_one=one_by_one)

    expected = Truth(history).figures()
    assert {code: await reporting.value(code) for code in expected} == expected
    await check_gathered(reporting_engine)


async def _clear(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(names())}, position, parked"))


CORDEE = "cordee-de-la-reussite"


def _labelled(version: int, label: str) -> ProgrammeOpened:
    labels = (Label(label=label, starts_on=RENTREE),)
    return programme(version=version).model_copy(update={"opened_on": RENTREE, "labels": labels})


Transaction = Callable[[], Awaitable[None]]
OVERLAPPING: tuple[Event, ...] = (
    profiled("r-0"),
    enrolled("r-0"),
    assigned("r-0", "p-1"),
    held("s-0", present("r-0"), present("r-1")),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_overlapping_transactions_of_people_and_sessions_give_the_same_figures_in_every_commit_order(
    reporting: Reporting, order: tuple[int, ...]
) -> None:
    """All four are open and have written before the first one commits: none sees another's rows."""
    await reporting.receive(profiled("r-1"), enrolled("r-1"), assigned("r-1", "p-2"))
    written = [asyncio.Event() for _ in OVERLAPPING]
    may_commit = [asyncio.Event() for _ in OVERLAPPING]

    async def apply(n: int, event: Event) -> None:
        topic = topic_of(type(event))
        arrived = read_record(topic, Received(0, n, *reporting.message(event)))
        assert isinstance(arrived, Arrived)
        async with reporting.engine.begin() as connection:
            await use_projection(connection)
            await PROJECT[topic.name](connection, [arrived])
            written[n].set()
            await may_commit[n].wait()

    tasks = [asyncio.create_task(apply(n, event)) for n, event in enumerate(OVERLAPPING)]
    await asyncio.gather(*(one.wait() for one in written))
    for n in order:
        may_commit[n].set()
        await tasks[n]

    assert [await reporting.value(code) for code in ("I02", "I04", "I11")] == [2, 2, 2]
    await check_gathered(reporting.engine)


NOVELTIES: tuple[Event, ...] = (
    _labelled(1, "avant"),
    _labelled(2, CORDEE),
    convention("c-1", BELLEVUE),
    convention("c-1", organisation="enedis", role=PartyRole.PARRAIN, version=2),
    profiled("r-0", attributes(track="mpsi")),
    profiled("r-0", attributes(track="pcsi"), version=2),
    studying("r-0", "x"),
    studying("r-0", "telecom", version=2),
    trained("r-0"),
    trained("r-0", completed_on=None, version=2),
    certified("r-0"),
    certified("r-0", withdrawn_on=APRIL, version=2),
    declares("accords", said(80)),
    declares("accords", said(88), version=2, parts=("doubles", "simples"), earlier=(earlier(said(80)),)),
    held("f-1", activity=Activity.FORUM, title="Forum", stands=(stand("inria"),)),
    held("f-1", activity=Activity.FORUM, title="Forum", stands=(stand("cnrs"), stand("inria")), version=2),
)


@pytest.mark.parametrize("seed", range(6))
async def test_every_table_is_the_same_whatever_the_order_and_however_often(reporting: Reporting, seed: int) -> None:
    await reporting.receive(NOVELTIES, one_by_one=True)
    expected = await _rows(reporting.engine)
    await _clear(reporting.engine)
    chance = random.Random(seed)
    shuffled = chance.sample([*NOVELTIES, *NOVELTIES], k=2 * len(NOVELTIES))

    again = Reporting(reporting.engine)
    await again.receive(shuffled, one_by_one=bool(seed % 2))

    assert await _rows(reporting.engine) == expected
    assert {name: len(expected[name]) for name in NEW} == NEW
    await check_gathered(reporting.engine)


NEW = {
    "programme_label": 1,
    "convention": 1,
    "study": 1,
    "study_span": 1,
    "training": 1,
    "certificate": 1,
    "declaration": 1,
    "declaration_part": 2,
    "declaration_earlier": 1,
    "stand": 3,
}


async def test_a_tombstone_removes_an_aggregate_with_all_its_parts(reporting: Reporting) -> None:
    gone = [event for event in NOVELTIES if not isinstance(event, SessionHeld)]
    await reporting.receive(gone)
    for event in gone:
        topic = topic_of(type(event))
        place = Place(topic.name, reporting.partition(topic, event))
        await reporting.receive_records(topic, place, [(event.key.encode(), None, ())])

    assert {name for name, rows in (await _rows(reporting.engine)).items() if rows} == set()


async def _rows(engine: AsyncEngine) -> dict[str, list[str]]:
    """What stands in every table; where a row came from depends on what was delivered how often."""
    found = {}
    async with engine.connect() as connection:
        for table in facts.sorted_tables:
            columns = [c.name for c in table.columns if c.name not in {"at_partition", "at_offset", "recorded_at"}]
            query = f"SELECT {', '.join(columns)} FROM projection_1.{table.name}"  # noqa: S608 - our own tables
            rows = await connection.execute(text(query))
            found[table.name] = sorted(str(tuple(row)) for row in rows)
    return found
