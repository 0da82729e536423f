"""Facts in the shape that the recount reads, and the figures of a handful of them."""

from collections.abc import Iterable
from typing import Any

from examples.recount.facts import Data, latest
from examples.recount.figures import figures
from examples.recount.period import parse_period
from examples.recount.persons import resolve_persons

CLASS = "0300077W"
SITES = {"0300077W": "0300077W", "0300125Y": "0300125Y", "0301498R": "0300125Y", "0300002P": "0300002P",
         "0300056Y": "0300002P", "0301778V": "0301778V", "0301783A": "0301778V"}  # fmt: skip


def said(event: str, source: str = "app", version: int = 1, **data: Any) -> Data:
    """A fact as it stands after reading."""
    return {"said": event, "source": source, "version": version, "at": f"2019-01-{version:02d}", **data}


def profiled(record: str, *, source: str = "app", year: int = 2018, uai: str = CLASS, level: str = "2GT") -> Data:
    """A pupil of one school year."""
    span = {"starts_on": f"{year}-09-01", "ends_on": f"{year + 1}-09-01", "establishment": uai, "level": level}
    return said("pupil.profiled", source, record=record, school_year=year, spans=[span])


def enrolled(record: str, *, starts_on: str = "2018-09-01", kind: str = "tutorat", status: str = "active") -> Data:
    """Enrolled in `ales`, until the end of the school year."""
    span = {"starts_on": starts_on, "ends_on": "2019-09-01", "kind": kind, "status": status}
    return said("pupil.enrolled", record=record, programme="ales", school_year=2018, spans=[span])


def engaged(record: str, category: str = "etudiant", *, year: int = 2018) -> Data:
    """A volunteer of one school year."""
    span = {"starts_on": f"{year}-09-01", "ends_on": f"{year + 1}-09-01", "organisation": "x", "category": category}
    return said("volunteer.engaged", record=record, school_year=year, spans=[span])


def joined(*sides: tuple[str, str, int], join: str = "j1", version: int = 1) -> Data:
    """These records are one person."""
    records = [{"source": source, "record": record, "school_year": year} for source, record, year in sides]
    return said("record.joined", version=version, join=join, records=records)


def held(session: str, *present: str, version: int = 1, **more: Any) -> Data:
    """A tutoring hour in March 2019 with these pupils present."""
    usual = {"programme": "ales", "activity": "tutorat", "starts_at": "2019-03-06T14:00:00+01:00", "minutes": 60}
    lines = [{"record": record, "status": "present"} for record in present]
    return said("session.held", version=version, session=session, **{**usual, "presences": lines, **more})


def cancelled(session: str, *, version: int) -> Data:
    """The same hour does not take place."""
    return {**held(session, version=version), "said": "session.cancelled"}


def counted(facts: Iterable[Data], period: str = "2018-2019", stable: Iterable[str] = ()) -> dict[str, Any]:
    """The figures of `ales`."""
    standing = latest(facts)
    persons = resolve_persons(standing, set(stable))
    return figures(standing, persons, programmes={"ales"}, sites=SITES, period=parse_period(period))
