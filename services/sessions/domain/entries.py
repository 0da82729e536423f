"""Which entries of the registry a fact speaks of."""

from collections.abc import Collection, Iterator

from contracts.sessions import SessionEvent, SessionHeld


def entries(fact: SessionEvent) -> Iterator[tuple[str, str]]:
    """(field, subject) of everything that must stand in the registry, in the order in which it is asked for."""
    yield "programme", f"programme/{fact.programme}"
    if fact.place is not None:
        yield "place", f"establishment/{fact.place}"
    for position, organiser in enumerate(fact.organisers):
        yield f"organisers[{position}]", f"organisation/{organiser}"
    if isinstance(fact, SessionHeld):
        for position, cell in enumerate(fact.headcounts):
            yield f"headcounts[{position}].establishment", f"establishment/{cell.establishment}"
        for position, stand in enumerate(fact.stands):
            yield f"stands[{position}].organisation", f"organisation/{stand.organisation}"


def first_unknown(fact: SessionEvent, known: Collection[str]) -> tuple[str, str] | None:
    """The first (field, subject) that is not among the known subjects."""
    return next(((field, subject) for field, subject in entries(fact) if subject not in known), None)
