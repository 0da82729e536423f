"""What a question asks about: which activities, conventions and schools are meant (R11)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from examples.recount.activities import Activity
from examples.recount.facts import Data
from examples.recount.period import Period, parse_period
from examples.recount.registry import Registry
from examples.recount.spans import ALWAYS, Span, common, covers, span_of
from examples.recount.world import World

THRESHOLD_HOURS = 10
_ROLES = {"establishment": "encorde", "organisation": "partenaire"}
"""What a party is where its convention does not say it."""


@dataclass(frozen=True)
class Question:
    """One figure. Without programme, all of them; without organisation, whoever organises."""

    indicator: str
    period: Period
    programme: str | None = None
    organisation: str | None = None
    by: str | None = None
    threshold_hours: int = THRESHOLD_HOURS


def parse_question(row: Data) -> Question:
    """From a row of the file of questions; an empty programme or organisation is none. Raises ValueError."""
    hours = row.get("threshold_hours")
    return Question(
        indicator=row["indicator"],
        period=parse_period(row["period"]),
        programme=row.get("programme") or None,
        organisation=row.get("organisation") or None,
        by=row.get("by") or None,
        threshold_hours=THRESHOLD_HOURS if hours is None else hours,
    )


class Scope:
    """What one question is about, in one world. Raises ValueError for a programme or organisation nobody registered."""

    def __init__(self, world: World, question: Question) -> None:
        self.world = world
        self.registry: Registry = world.registry
        self.question = question
        self.period = question.period
        self.programmes: set[str] | None = None
        if question.programme is not None:
            _must_be_in(self.registry.programmes, question.programme)
            self.programmes = self.registry.inside(question.programme)
        if question.organisation is not None:
            _must_be_in(self.registry.organisations, question.organisation)

    def has_programme(self, programme: str) -> bool:
        """The programme asked for, or one inside it."""
        return self.programmes is None or programme in self.programmes

    def is_under(self, organisation: str, day: date) -> bool:
        """The organisation asked for, or one that stands under it that day."""
        top = self.question.organisation
        return top is None or top in self.registry.above(organisation, day)

    def has(self, activity: Activity) -> bool:
        """Whatever the day: of the programme, and run by the organisation."""
        if not self.has_programme(activity.programme):
            return False
        return self.question.organisation is None or any(
            self.is_under(organiser, activity.day) for organiser in activity.organisers
        )

    @cached_property
    def activities(self) -> list[Activity]:
        """Of the scope and period, whatever became of them."""
        return [each for each in self.world.activities if each.day in self.period and self.has(each)]

    @cached_property
    def held(self) -> list[Activity]:
        """Of the scope and period, and held."""
        return [each for each in self.activities if each.said == "held"]

    def running(self, programme: str, *spans: Span) -> list[Span]:
        """The days common to these spans on which the programme is of the scope and run by the organisation."""
        both = common(ALWAYS, *spans)
        if both is None or not self.has_programme(programme):
            return []
        top = self.question.organisation
        if top is None:
            return [both]
        found: list[Span] = []
        for organiser in self.registry.organised(programme):
            if together := common(both, span_of(organiser)):
                found += self.registry.spans_under(organiser["organisation"], top, together)
        return found

    def conventions(self, party: str, roles: Collection[str]) -> Iterable[Data]:
        """Of an `establishment` or an `organisation`, in one of these roles, at any time and in any programme."""
        for each in self.registry.conventions.values():
            if each.get(party) and (each.get("role") or _ROLES[party]) in roles:
                yield each

    def member_spans(self, school: str) -> list[Span]:
        """When the school is under the organisation, else under who runs the programme; without both, always."""
        if not self.registry.is_school(school):
            return []
        if self.question.organisation is not None:
            return self.registry.spans_under(school, self.question.organisation)
        if self.programmes is None:
            return [ALWAYS]
        return [
            span
            for programme in sorted(self.programmes)
            for organiser in self.registry.organised(programme)
            for span in self.registry.spans_under(school, organiser["organisation"], span_of(organiser))
        ]

    def is_member(self, school: str, day: date) -> bool:
        """Whether the school is a member that day."""
        return any(covers(span, day) for span in self.member_spans(school))


def _must_be_in(entries: Collection[str], name: str) -> None:
    if name not in entries:
        message = f"nobody registered {name}"
        raise ValueError(message)
