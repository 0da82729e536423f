"""Indicators about what was held: activities and their hours, conferences, forums."""

from collections.abc import Sequence

from examples.recount.activities import Activity
from examples.recount.answer import Answer, exactly, share
from examples.recount.scope import Scope


def session_hours(activities: Sequence[Activity], _: Scope) -> Answer:
    """I13: each activity once."""
    minutes = sum(activity.minutes for activity in activities)
    return exactly(minutes / 60, minutes=minutes)


def held(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I14, with the rate of what was held among what was decided, in percent."""
    cancelled = sum(activity.said == "cancelled" for activity in scope.activities)
    count = len(activities)
    return exactly(count, cancelled=cancelled, rate_percent=share(count, count + cancelled))


def by_type(activities: Sequence[Activity], _: Scope) -> Answer:
    """I16."""
    return exactly(len(activities))


def conferences(activities: Sequence[Activity], _: Scope) -> Answer:
    """I30, with the distinct registered speakers."""
    found = [activity for activity in activities if activity.kind == "conference"]
    speakers = {person for activity in found for person, role in activity.acting if role == "conferencier"}
    return exactly(len(found), speakers=len(speakers))


def forum_institutions(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I29: of the latest edition, never added over editions; by edition, or by kind in the latest."""
    editions: dict[str, set[str]] = {}
    for activity in scope.held:
        if activity.kind == "forum":
            stands = {each["organisation"] for each in activity.stands if _is_confirmed(each.get("status"))}
            editions.setdefault(activity.day.isoformat(), set()).update(stands)
    last = editions[max(editions)] if editions else set()
    whole = exactly(len(last), editions=len(editions))
    if scope.question.by == "edition":
        return whole, {edition: exactly(len(there)) for edition, there in editions.items()}
    return whole, organisations_by_kind(last, scope)


def _is_confirmed(status: str | None) -> bool:
    return status in {None, "confirme"}


def organisations_by_kind(organisations: set[str], scope: Scope) -> dict[str, Answer]:
    """How many of each nature."""
    natures = [scope.registry.organisations.get(each, {}).get("nature", "non_renseigne") for each in organisations]
    return {nature: exactly(natures.count(nature)) for nature in natures}
