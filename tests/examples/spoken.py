"""Facts and entries in the shape that the recount reads, and the figures of a handful of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from examples.recount.answers import answer_row
from examples.recount.facts import Data, latest
from examples.recount.figures import figures
from examples.recount.period import parse_period
from examples.recount.registry import registry_of
from examples.recount.world import World, build_world

CLASS = "0300077W"
SITES = {"0300077W": "0300077W", "0300125Y": "0300125Y", "0301498R": "0300125Y", "0300002P": "0300002P",
         "0300056Y": "0300002P", "0301778V": "0301778V", "0301783A": "0301778V"}  # fmt: skip


def said(event: str, source: str = "app", version: int = 1, **data: Any) -> Data:
    """A fact as it stands after reading."""
    return {"said": event, "source": source, "version": version, "at": f"2019-01-{version:02d}", **data}


def profiled(
    record: str, *, source: str = "app", year: int = 2018, uai: str | None = CLASS, level: str = "2GT", **more: Any
) -> Data:
    """A pupil of one school year."""
    span = {**during(year), "establishment": uai, "level": level, **more}
    return said("pupil.profiled", source, record=record, school_year=year, spans=[span])


def during(year: int, until: int | None = None) -> Data:
    """A school year, or several."""
    return {"starts_on": f"{year}-09-01", "ends_on": f"{(until or year) + 1}-09-01"}


def enrolled(
    record: str,
    *,
    starts_on: str | None = None,
    status: str = "active",
    programme: str = "ales",
    year: int = 2018,
) -> Data:
    """Enrolled in a programme, until the end of the school year."""
    span = {
        "starts_on": starts_on or f"{year}-09-01",
        "ends_on": f"{year + 1}-09-01",
        "kind": "tutorat",
        "status": status,
    }
    return said("pupil.enrolled", record=record, programme=programme, school_year=year, spans=[span])


def engaged(record: str, *categories: str, year: int = 2018, school: str = "x", **more: Any) -> Data:
    """A volunteer of one school year, a student where nothing else is said."""
    spans = [{**during(year), "organisation": school, "category": each, **more} for each in categories or ["etudiant"]]
    return said("volunteer.engaged", record=record, school_year=year, spans=spans)


def studying(record: str, school: str, *, year: int = 2018, **more: Any) -> Data:
    """A student of one school year."""
    span = {**during(year), "organisation": school, **more}
    return said("student.enrolled", record=record, school_year=year, spans=[span])


def trained(record: str, course: str, *, year: int = 2018, version: int = 1, **more: Any) -> Data:
    """A training as tutor, completed in October, unless said otherwise."""
    usual = {"programme": "ales", "training": "tuteur", "organisation": "x", "minutes": 120}
    usual["completed_on"] = f"{year}-10-10"
    return said("training.completed", version=version, record=record, school_year=year, course=course, **usual | more)


def certified(record: str, *, year: int = 2018, version: int = 1, **more: Any) -> Data:
    """A certificate issued in June, unless said otherwise."""
    usual = {"programme": "ales", "certificate": "diversite", "organisation": "x", "issued_on": f"{year + 1}-06-20"}
    return said("certificate.issued", version=version, record=record, school_year=year, **usual | more)


def joined(*sides: tuple[str, str, int], join: str = "j1", version: int = 1) -> Data:
    """These records are one person."""
    records = [{"source": source, "record": record, "school_year": year} for source, record, year in sides]
    return said("record.joined", version=version, join=join, records=records)


def held(session: str, *present: str, version: int = 1, on: str = "2019-03-06", **more: Any) -> Data:
    """A tutoring hour with these pupils present, in March 2019 unless said otherwise."""
    usual = {"programme": "ales", "activity": "tutorat", "starts_at": f"{on}T14:00:00+01:00", "minutes": 60}
    lines = [{"record": record, "status": "present"} for record in present]
    return said("session.held", version=version, session=session, **{**usual, "presences": lines, **more})


def declares(session: str, number: int, *, girls: int | None = None, level: str | None = "2GT", **more: Any) -> Data:
    """A forum with so many pupils of one class, none of them by name."""
    line = {"establishment": CLASS, "level": level, "pupils": number, "girls": girls}
    return held(session, **{"activity": "forum", "headcounts": [line], **more})


def acting(*records: str, role: str = "tuteur", **more: Any) -> list[Data]:
    """The lines of those who act."""
    return [{"record": record, "role": role, **more} for record in records]


def cancelled(session: str, *, version: int, **more: Any) -> Data:
    """The same hour does not take place."""
    return {**held(session, version=version, **more), "said": "session.cancelled"}


def entry(kind: str, name: str, /, **body: Any) -> Data:
    """An entry of the registry."""
    return {"kind": kind, "id": name, "body": body}


def organisation(name: str, nature: str = "ecole", *memberships: Data) -> Data:
    """An organisation, in the tree by its memberships."""
    return entry("organisation", name, name=name, nature=nature, memberships=list(memberships))


def member_of(parent: str, starts_on: str = "2010-09-01", ends_on: str | None = None) -> Data:
    """Belongs to it between two dates."""
    return {"parent": parent, "starts_on": starts_on, "ends_on": ends_on}


def establishment(
    code: str, *, site: str | None = None, nature: str = "lycee_gt", academie: str = "11", **more: Any
) -> Data:
    """A school for pupils."""
    body = {"site": site or code, "name": code, "nature": nature, "academie": academie, "departement": "30", **more}
    return entry("establishment", code, **body)


def programme(name: str, *organisers: str | Data, parent: str | None = None) -> Data:
    """A programme; an organiser by its name alone runs it since ever."""
    spans = [
        {"organisation": each, "starts_on": "2000-09-01"} if isinstance(each, str) else each for each in organisers
    ]
    return entry("programme", name, name=name, organisers=spans, parent=parent)


def convention(
    name: str, starts_on: str = "2018-09-01", ends_on: str | None = None, *, programme: str = "ales", **party: Any
) -> Data:
    """A convention of an establishment or an organisation."""
    return entry("convention", name, programme=programme, valid={"starts_on": starts_on, "ends_on": ends_on}, **party)


def declared(name: str, indicator: str, *, year: int = 2018, unit: str = "persons", **more: Any) -> Data:
    """Something declared of a school year; its value by `number`, `numerator`, `denominator` and `wording`."""
    value = {key: more.pop(key) for key in ("wording", "number", "numerator", "denominator") if key in more}
    usual = {"label": name, "period": during(year), "declared_on": "2019-10-01", "sentence": "…", "document": "…"}
    return entry("declaration", name, indicator=indicator, unit=unit, value=value, **usual | more)


SCHOOLS = [establishment(code, site=site) for code, site in SITES.items()]
REGISTERED = [organisation("x"), programme("ales", "x"), *SCHOOLS]
IPP = [organisation("ipp", "centre"), organisation("x", "ecole", member_of("ipp")),
       organisation("y", "ecole", member_of("ipp", "2018-09-01", "2019-03-01")), organisation("z"),
       organisation("lab", "entreprise", member_of("ipp")), programme("ales", "x"), programme("other", "z"),
       *SCHOOLS]  # fmt: skip


def world(facts: Iterable[Data], entries: Iterable[Data] = REGISTERED, stable: Iterable[str] = ()) -> World:
    """These facts and entries."""
    return build_world(latest(facts), registry_of(entries), stable)


def asked(
    facts: Iterable[Data],
    indicator: str,
    period: str = "2018-2019",
    *,
    entries: Sequence[Data] = REGISTERED,
    stable: Iterable[str] = (),
    **more: Any,
) -> Data:
    """The answer to one question."""
    return answer_row(world(facts, entries, stable), {"indicator": indicator, "period": period, **more})


def cells(answer: Data) -> dict[str, Any]:
    """The cells of an answer: a number for each, or its bounds."""
    return {
        name: cell["value"] if "value" in cell else (cell["low"], cell["high"])
        for name, cell in answer["cells"].items()
    }


def counted(facts: Iterable[Data], period: str = "2018-2019", stable: Iterable[str] = ()) -> dict[str, Any]:
    """The counts of `ales` on one page."""
    return figures(world(facts, stable=stable), parse_period(period), "ales")
