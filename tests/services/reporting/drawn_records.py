"""Facts as our services write them. Drawn with a seeded `Random`."""

import json
import uuid
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from contracts.catalogue import PEOPLE, SESSIONS
from contracts.people import PupilEnrolled, PupilProfiled, StudentEnrolled, VolunteerEngaged
from contracts.sessions import SessionEvent
from contracts.uai import control_letter
from contracts.vocabulary import (
    ActingRole,
    Activity,
    Answer,
    Attendance,
    Category,
    EnrolmentKind,
    EnrolmentStatus,
    Gender,
    Level,
    StandStatus,
    TrainingKind,
)

KINDS = (*SESSIONS, *PEOPLE)
UAI = tuple(digits + control_letter(digits) for digits in ("0300002", "0750655", "9720001", "6200001"))
SLUGS = ("ales", "enac", "isae-supaero", "pcsi", "a" * 64)
DATES = ("2018-09-01", "2019-01-07", "2019-02-28", "2019-09-01", "1990-01-01", "2100-12-31")
MOMENTS = ("2019-01-07T17:00:00+01:00", "2019-07-07T17:00:00.123456Z", "2019-07-07T17:00:00.123456789-11:30")


def span(random: Random, **said: Any) -> dict[str, Any]:
    first, last = sorted(random.sample(DATES, 2))
    return {"starts_on": first, "ends_on": random.choice((last, last, None)), **said}


def some(random: Random, make: Callable[[], Any], least: int = 0, most: int = 4) -> list[Any]:
    return [make() for _ in range(random.randint(least, most))]


def regular(random: Random, kind: type) -> dict[str, Any]:
    """A fact as our services write it, with or without what may be left out."""

    def new_id() -> str:
        text = str(uuid.UUID(int=random.getrandbits(128), version=4))
        return f"{text[:14]}{random.choice('48')}{text[15:]}"

    def one(words: Any) -> str:
        return str(random.choice([word.value for word in words if word.value != "unknown"]))

    def sampled(values: tuple[str, ...]) -> list[str]:
        return random.sample(values, random.randint(0, 3))

    def minutes() -> int | None:
        return random.choice((None, 0, 45, 20_160))

    slug, uai, answer = (lambda: random.choice(SLUGS)), (lambda: random.choice(UAI)), (lambda: one(Answer))
    makers: dict[str, Callable[[], Any]] = {
        "version": lambda: random.choice((1, 2, 2**31 - 1)),
        "session": new_id,
        "record": new_id,
        "person": new_id,
        "reported_version": lambda: random.choice((None, 1, 7)),
        "school_year": lambda: random.choice((1990, 2018, 2100)),
        "activity": lambda: one(Activity),
        "starts_at": lambda: random.choice(MOMENTS),
        "minutes": lambda: random.choice((1, 60, 20_160)),
        "place": lambda: random.choice((None, *UAI)),
        "organisers": lambda: sampled(SLUGS),
        "subject_taught": lambda: random.choice((None, *SLUGS)),
        "title": lambda: random.choice((None, "Forum", "Conférence d'été", "a" * 200)),
        "presences": lambda: some(
            random, lambda: {"record": new_id(), "status": one(Attendance), "minutes": minutes()}, most=14
        ),
        "headcounts": lambda: [
            {"establishment": place, "level": one(Level), "pupils": 100_000, "girls": random.choice((None, 0, 100_000))}
            for place in sampled(UAI)
        ],
        "acting": lambda: some(
            random,
            lambda: {"record": new_id(), "role": one(ActingRole), "minutes": minutes(), "preparation_minutes": 30},
        ),
        "stands": lambda: [{"organisation": place, "status": one(StandStatus)} for place in sampled(SLUGS)],
        "training": lambda: one(TrainingKind),
        "completed_on": lambda: random.choice((None, *DATES)),
        "issued_on": lambda: random.choice(DATES),
        "withdrawn_on": lambda: random.choice((None, *DATES)),
    }
    profile = {"establishment": uai, "track": slug, "scholarship": answer, "qpv": answer, "rural": answer}
    spans: dict[type, Callable[[], dict[str, Any]]] = {
        PupilProfiled: lambda: span(
            random, level=one(Level), gender=one(Gender), **{name: make() for name, make in profile.items()}
        ),
        PupilEnrolled: lambda: span(random, kind=one(EnrolmentKind), status=one(EnrolmentStatus)),
        VolunteerEngaged: lambda: span(random, organisation=slug(), category=one(Category), gender=one(Gender)),
        StudentEnrolled: lambda: span(random, organisation=slug(), pathway=answer()),
    }
    fields: dict[str, Any] = kind.model_fields  # type: ignore[attr-defined]
    data = {
        name: some(random, spans[kind], least=1) if name == "spans" else makers.get(name, slug)() for name in fields
    }
    optional = [name for name, field in fields.items() if not field.is_required()]
    for name in optional:
        if data[name] is None or random.random() < 0.2:
            del data[name]
    if issubclass(kind, SessionEvent):
        # As pydantic writes: what nobody said is left out.
        data = {name: [_said(line) for line in part] if isinstance(part, list) else part for name, part in data.items()}
    return data


def _said(line: Any) -> Any:
    return {name: value for name, value in line.items() if value is not None} if isinstance(line, dict) else line


def containers(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document: (what holds it, key or index)."""
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from containers(data[key])


def fullest(kind: Any) -> dict[str, Any]:
    """A regular fact in which nearly everything is said, with two lines in each list."""
    drawn_facts = (regular(Random(seed), kind) for seed in range(60))
    short = ({k: v[:2] if isinstance(v, list) else v for k, v in fact.items()} for fact in drawn_facts)
    return max(short, key=lambda fact: len(list(containers(fact))))


def headers_of(random: Random, kind: Any) -> list[tuple[str, Any]]:
    made = str(uuid.UUID(int=random.getrandbits(128), version=4)).encode()
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", made),
        ("ce_source", b"urn:cordees:service:sessions"),
        ("ce_type", kind.type.encode()),
        ("ce_subject", b"session/" + made),
        ("ce_time", random.choice(MOMENTS).encode()),
        ("content-type", b"application/json"),
        ("ce_partitionkey", b"programme/ales"),
        ("ce_correlationid", made),
    ]
    random.shuffle(headers)
    return headers


def as_json(data: Any, *, escaped: bool = False) -> bytes:
    """As whatever writes JSON; lone surrogates give what is not UTF-8."""
    return json.dumps(data, ensure_ascii=escaped, separators=(",", ":")).encode(errors="surrogatepass")
