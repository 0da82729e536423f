"""What a version says otherwise than the live one, table by table and figure by figure, each with its cause.

And what either has gathered otherwise than its own rolls say.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.topics import PEOPLE_TOPIC, REGISTRY_TOPIC, SESSIONS_TOPIC
from services.reporting.answers import answer, snapshot, today
from services.reporting.engine.gathered_check import list_unlike
from services.reporting.engine.giving_up import list_given_up
from services.reporting.engine.schema import schema_of
from services.reporting.engine.versions import check_finished, check_shape, find_version, list_parked, read_offsets
from services.reporting.indicators import find_indicator
from services.reporting.periods import parse_period
from services.reporting.projections import people, registry
from services.reporting.queries.question import Question
from services.reporting.storage import live_version, use_projection
from services.reporting.tables import facts

INDICATORS = ("I02", "I04", "I05", "I06", "I08", "I11", "I12", "I13", "I14")
"""They read every table between them."""
_YEARS = 3
_TOPICS = (REGISTRY_TOPIC.name, PEOPLE_TOPIC.name, SESSIONS_TOPIC.name)
_WHERE_IT_CAME_FROM = {"at_partition", "at_offset", "correlation"}
"""A record that stands twice in its topic may be known by the other one, after compaction."""
_AS_ROLLS = "rien d'autre que les appels"
_GATHER_ANEW = ("à rassembler de nouveau",)


@dataclass(frozen=True)
class Bounds:
    """A figure, exactly. Neither end: nobody can say. `low` alone: that much or more."""

    low: Fraction | None
    high: Fraction | None


@dataclass(frozen=True)
class Difference:
    """What is compared, what the two versions say of it, and why they differ.

    Of a table or of what is gathered in words, with causes of its own; of a figure `Bounds`, and the causes of all
    tables together: which of them it is read from nobody asks.
    """

    what: str
    live: str | Bounds
    other: str | Bounds
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Of `other` with `live`. `compared`: tables and figures that were looked at; no figure if nothing differs before.

    What is gathered is held against the rolls of its own version besides, and is not compared.
    """

    live: int
    other: int
    compared: int
    differences: Sequence[Difference]


Causes = Mapping[str, Sequence[str]]
"""By table: what explains a difference in it."""
Say = Callable[[str, int, int], None]
"""What is compared now, and how many of how many were."""


async def compare(
    engine: AsyncEngine,
    number: int,
    periods: Sequence[str] = (),
    topics: Sequence[str] = _TOPICS,
    say: Say = lambda *_: None,
) -> Comparison:
    """In one snapshot. `topics`: where registry, people and sessions are read from.

    A figure is computed from nothing but these tables, some of it by way of what is gathered from them, and asking for
    a nation's takes most of the time: figures are asked only to tell what differing tables, or gathered terms unlike
    their rolls, amount to. Periods: those given, else the latest school years with a session. Raises
    `versions.Refused`.
    """
    async with snapshot(engine) as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        wanted = await find_version(connection, number)
        check_shape(wanted)
        # Keys of rows are read from unique indexes.
        await check_finished(connection, wanted)
        live = await live_version(connection)
        known = await _causes(connection, live, number, topics)
        tables = await _tables(connection, (live, number), known, say)
        found = [*tables, *await _gathered(connection, (live, number), say)]
        if not found:
            return Comparison(live, number, len(facts.sorted_tables), [])
        asked = [(code, period) for period in periods or await _years(connection, live) for code in INDICATORS]
        figures = await _figures(connection, asked, (live, number), found, say)
    return Comparison(live, number, len(facts.sorted_tables) + len(asked), [*found, *figures])


async def _tables(
    connection: AsyncConnection, versions: tuple[int, int], known: Causes, say: Say
) -> Sequence[Difference]:
    found = []
    for done, table in enumerate(facts.sorted_tables):
        say(f"table {table.name}", done, len(facts.sorted_tables))
        found.append(await _compare_table(connection, table, *versions, known))
    return [one for one in found if one is not None]


async def _gathered(connection: AsyncConnection, versions: tuple[int, int], say: Say) -> Sequence[Difference]:
    """Equal rolls do not make equal figures where one version has gathered them wrongly, or both have."""
    unlike = []
    for done, version in enumerate(versions):
        say(f"rassemblé, version {version}", done, len(versions))
        unlike.append(await list_unlike(connection, version))
    live, other = unlike
    return [
        Difference(what, live.get(what, _AS_ROLLS), other.get(what, _AS_ROLLS), _GATHER_ANEW)
        for what in sorted(live.keys() | other.keys())
    ]


async def _figures(
    connection: AsyncConnection,
    asked: Sequence[tuple[str, str]],
    versions: tuple[int, int],
    differences: Sequence[Difference],
    say: Say,
) -> Sequence[Difference]:
    why = tuple(dict.fromkeys(cause for one in differences for cause in one.causes))
    found = []
    for done, (code, period) in enumerate(asked):
        say(f"{code} {period}", done, len(asked))
        found.append(await _compare_figure(connection, code, period, versions, why))
    return [one for one in found if one is not None]


async def _causes(connection: AsyncConnection, live: int, other: int, topics: Sequence[str]) -> Causes:
    causes: dict[str, list[str]] = defaultdict(list)
    mine, theirs = await read_offsets(connection, live), await read_offsets(connection, other)
    for topic in topics:
        places = {place for place in mine.keys() | theirs.keys() if place[0] == topic}
        moved = [theirs.get(place, 0) - mine.get(place, 0) for place in places]
        for word, offsets in (("retard", -sum(d for d in moved if d < 0)), ("avance", sum(d for d in moved if d > 0))):
            if offsets:
                causes[topic].append(f"position : {offsets} de {word} sur {topic}")
    for one, another in ((live, other), (other, live)):
        for topic, records in (await _parked_only(connection, one, another)).items():
            causes[topic].append(f"mis de côté dans la version {one} seule : {topic} {', '.join(records)}")
    for topic in topics:
        causes[topic] += await _given_up(connection, topic)
    return {table: causes[topics[place]] for table, place in _FAMILY.items()}


async def _given_up(connection: AsyncConnection, topic: str) -> Sequence[str]:
    """A version that can read them counts them, whatever was given up before."""
    found = [f"{one.partition}/{one.offset} ({one.subject or '?'})" for one in await list_given_up(connection, topic)]
    return [f"abandonné : {topic} {', '.join(found)}"] if found else []


async def _parked_only(connection: AsyncConnection, one: int, another: int) -> Mapping[str, Sequence[str]]:
    elsewhere = {(p.place.topic, p.place.partition, p.offset) for p in await list_parked(connection, another)}
    found: dict[str, list[str]] = defaultdict(list)
    for p in await list_parked(connection, one):
        if (p.place.topic, p.place.partition, p.offset) not in elsewhere:
            found[p.place.topic].append(f"{p.place.partition}/{p.offset} ({p.subject or '?'})")
    return found


def _families() -> dict[str, int]:
    """Which of the topics fills a table."""
    families = {table.name: 2 for table in facts.sorted_tables}
    for place, shelves in enumerate((registry.SHELVES, people.SHELVES)):
        for shelf in shelves:
            families |= {table.name: place for table in (shelf.head, *shelf.parts)}
    return families


_FAMILY = _families()


async def _compare_table(
    connection: AsyncConnection, table: Table, live: int, other: int, known: Causes
) -> Difference | None:
    columns = ", ".join(column.name for column in table.columns if column.name not in _WHERE_IT_CAME_FROM)
    sums = [await _sum(connection, table, columns, version) for version in (live, other)]
    if sums[0] == sums[1]:
        return None
    rows = await _rows(connection, table, columns, live, other)
    causes = known[table.name]
    here, there = (f"{count} lignes" for count, _ in sums)
    return Difference(f"table {table.name}", here, there, (*causes, *rows))


async def _sum(connection: AsyncConnection, table: Table, columns: str, version: int) -> tuple[int, str]:
    """How many rows, and the sum of their hashes: the same rows in any order."""
    query = f"""
        SELECT count(*), coalesce(sum(hashtextextended(CAST(ROW({columns}) AS text), 0)), 0)
        FROM {schema_of(version)}.{table.name}
    """  # noqa: S608 - names of this package
    count, total = (await connection.execute(text(query))).one()
    return count, str(total)


async def _rows(connection: AsyncConnection, table: Table, columns: str, live: int, other: int) -> Iterable[str]:
    """How many rows are missing, too many, or otherwise, with the key of one of each."""
    keys = await _keys(connection, f"{schema_of(live)}.{table.name}")
    sides = [
        f"(SELECT {keys}, hashtextextended(CAST(ROW({columns}) AS text), 0) AS h FROM {schema_of(v)}.{table.name})"  # noqa: S608
        for v in (live, other)
    ]
    cases = {"absentes": "b.h IS NULL", "en trop": "a.h IS NULL", "différentes": "a.h <> b.h"}
    counts = ", ".join(
        f"count(*) FILTER (WHERE {case}), min(concat_ws('/', {keys})) FILTER (WHERE {case})" for case in cases.values()
    )
    query = f"SELECT {counts} FROM {sides[0]} a FULL JOIN {sides[1]} b USING ({keys})"  # noqa: S608
    found = (await connection.execute(text(query))).one()
    pairs = zip(cases, found[::2], found[1::2], strict=True)
    return [f"lignes {word} : {count} (par exemple {example})" for word, count, example in pairs if count]


async def _keys(connection: AsyncConnection, table: str) -> str:
    query = text(
        "SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_index i "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
        "WHERE i.indrelid = CAST(:named AS regclass) AND i.indisunique"
    )
    return str(await connection.scalar(query, {"named": table}))


async def _years(connection: AsyncConnection, version: int) -> list[str]:
    query = f"""
        SELECT DISTINCT extract(year FROM day - interval '8 months')::int AS year
        FROM {schema_of(version)}.session_current ORDER BY year DESC LIMIT {_YEARS}
    """  # noqa: S608 - names of this package
    return [f"{year}-{year + 1}" for year in await connection.scalars(text(query))]


async def _compare_figure(
    connection: AsyncConnection, code: str, period: str, versions: tuple[int, int], why: tuple[str, ...]
) -> Difference | None:
    said = [await _figure(connection, code, period, version) for version in versions]
    if said[0] == said[1]:
        return None
    return Difference(f"{code} {period}", said[0], said[1], why)


async def _figure(connection: AsyncConnection, code: str, period: str, version: int) -> Bounds:
    await use_projection(connection, version)
    question = Question(period=parse_period(period), as_of=today())
    figure = (await answer(connection, find_indicator(code), question)).result.whole
    return Bounds(figure.low, figure.high)
