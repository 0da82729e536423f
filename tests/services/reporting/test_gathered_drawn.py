"""Drawn histories and drawn questions: a figure is the same from the rolls, from half of the terms gathered, from all.

Spans begin and end at the days where terms, years and sessions meet; records belong to one person, or turn to another.
A failure names its seed and the question.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from contracts.base import Event
from contracts.people import EngagementSpan, EnrolmentSpan, PupilEnrolled, PupilProfiled, VolunteerEngaged
from contracts.registry import PrioritySpan
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
    PartyRole,
    PriorityStatus,
)
from services.reporting.answers import answer, snapshot
from services.reporting.indicators import CATALOGUE, find_indicator
from services.reporting.indicators.indicator import Result
from services.reporting.queries import question as questions_asked
from services.reporting.queries.question import Question
from tests.services.reporting.bonds import convention, elective, studying
from tests.services.reporting.desk import Reporting, question
from tests.services.reporting.facts import (
    BELLEVUE,
    LA_SALLE,
    LA_SALLE_PRO,
    MARCH,
    RENTREE,
    assigned,
    at,
    attributes,
    cancelled,
    counted,
    held,
    member_of,
    organisation,
    planned,
    present,
    programme,
    run_by,
    school,
    trained,
    tutor,
)
from tests.services.reporting.gathered import check_gathered, names

RECORDS = [f"r-{n}" for n in range(9)]
PROGRAMMES = {"ales": None, "albi": None, "sub1": "ales"}
SCHOOLS = ("fed", "ctr", "eco-a", "eco-b", "eco-c")
UAIS = (BELLEVUE, LA_SALLE, LA_SALLE_PRO)
TURNS = ((8, 31), (9, 1), (9, 2), (12, 31), (1, 1), (1, 2), (3, 6), (3, 7), (10, 3), (10, 4))
EDGES = [date(year, *turn) for year in (2017, 2018, 2019) for turn in TURNS]
ALWAYS = (date(2000, 1, 1), None)
ROLES = [one for one in ActingRole if one not in {ActingRole.TUTEUR, ActingRole.UNKNOWN}]
ORGANISERS = ((), (), ("eco-a",), ("eco-a", "eco-b"), ("eco-b", "eco-a"), ("ctr",), ("ctr", "eco-c"))
ACTIVITIES = (Activity.TUTORAT, Activity.SPORT, Activity.COURS, Activity.INFORMATION, Activity.FORUM)
PERIODS = (
    *("2017-2018", "2018-2019", "2018-2019", "2018", "2019", "2017-01-01/2020-01-01", "2018-03-06/2019-03-07"),
    *("2018-09-02/2019-01-02", "2018-10-03/2018-10-04", "2018-12-31/2019-01-01", "2019-01-02/2019-03-07"),
)
ROLLS_UNREAD = {"I02_inscrits", "I06", "I18b", "I20", "I21", "I23", "I28b", "I29"}
SEALED = ("false", "hashtext(programme || CAST(term AS text)) % 2 = 0", "true")


class Draw(Random):
    """The facts of one history."""

    def likely(self, chance: float) -> bool:
        return self.random() < chance

    def some(self, make: Callable[[], Any], *counts: int) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self.choice(counts)))

    def word(self, kind: Any, *more: Any) -> Any:
        """Any that a producer may write, and some more often."""
        return self.choice([*(one for one in kind if one.value != "unknown"), *more])

    def day(self) -> date:
        return self.choice(EDGES) if self.likely(0.7) else date(2017, 1, 1) + timedelta(days=self.randint(0, 1090))

    def span(self, turns: float = 0.5) -> tuple[date, date | None]:
        """Two different days, or always: `turns` says how often something changes at all."""
        if not self.likely(turns):
            return ALWAYS
        starts_on = self.day()
        ends_on = self.choice([day for day in EDGES if day != starts_on])
        first, last = sorted((starts_on, ends_on))
        return first if self.likely(0.6) else ALWAYS[0], last if self.likely(0.6) else None

    def dates(self) -> dict[str, Any]:
        return dict(zip(("starts_on", "ends_on"), self.span(), strict=True))

    def registry(self) -> Iterator[Event]:
        for name in SCHOOLS:
            others = [other for other in SCHOOLS if other != name]
            yield organisation(name, *self.some(lambda o=others: member_of(self.choice(o), *self.span(0.1)), 0, 1, 2))
        for name, parent in PROGRAMMES.items():
            runs = self.some(lambda: run_by(self.choice(SCHOOLS), *self.span(0.1)), 0, 1, 1, 2)
            yield programme(name, parent=parent, organisers=runs)
        for uai in UAIS[: self.choice((2, 3))]:
            priority = tuple(PrioritySpan(rentree=year, status=self.word(PriorityStatus)) for year in (2017, 2018))
            yield school(uai, academie=self.choice(("11", "16"))).model_copy(update={"priority": priority})

    def people(self, version: int) -> Iterator[Event]:
        for record in RECORDS:
            yield from self._pupil(record, version)
            yield from self._student(record, version)
            if self.likely(0.4):
                yield assigned(record, self.choice(("p-0", "p-0", "p-1", "r-0", "r-1")), version=version)
        for of in PROGRAMMES:
            said = {"of": of, "starts_on": self.day(), "version": version}
            yield convention(f"c-{of}", self.choice(UAIS), **said)
            role = self.choice((PartyRole.PARRAIN, PartyRole.PARTENAIRE))
            yield convention(f"d-{of}", organisation=self.choice(SCHOOLS), role=role, **said)

    def _pupil(self, record: str, version: int) -> Iterator[Event]:
        said = {"record": record, "version": version, "school_year": 2018}
        if self.likely(0.8):
            yield PupilProfiled(**said, spans=self.some(self._profile, 1, 1, 2, 3))
        for name in self.sample(list(PROGRAMMES), self.randint(0, 2)):
            yield PupilEnrolled(**said, programme=name, spans=self.some(self._enrolment, 1, 2))

    def _student(self, record: str, version: int) -> Iterator[Event]:
        if self.likely(0.7):
            spans = self.some(self._engagement, 1, 1, 2, 3)
            yield VolunteerEngaged(record=record, version=version, school_year=2018, spans=spans)
        if self.likely(0.35):
            yield studying(record, self.choice(SCHOOLS), **self.dates(), pathway=self.word(Answer), version=version)
        if self.likely(0.2):
            yield trained(record, completed_on=self.choice((None, MARCH, RENTREE)), version=version)
        if self.likely(0.3):
            yield elective(record, version=version)

    def _profile(self) -> Any:
        return attributes(
            *self.span(),
            establishment=self.choice((*UAIS, None)),
            level=self.choice((Level.SECONDE_GT, Level.CPGE1, Level.TERMINALE_G, Level.NON_RENSEIGNE)),
            gender=self.word(Gender),
            scholarship=self.word(Answer),
            qpv=self.word(Answer),
            track=self.choice((None, "pcsi")),
        )

    def _enrolment(self) -> EnrolmentSpan:
        kind = self.choice((EnrolmentKind.TUTORAT, EnrolmentKind.TUTORAT, EnrolmentKind.STAGE))
        status = self.choice((EnrolmentStatus.ACTIVE, EnrolmentStatus.ACTIVE, EnrolmentStatus.ASKED))
        return EnrolmentSpan(kind=kind, status=status, **self.dates())

    def _engagement(self) -> EngagementSpan:
        category, gender = self.word(Category, Category.ETUDIANT), self.word(Gender)
        return EngagementSpan(organisation=self.choice(SCHOOLS), category=category, gender=gender, **self.dates())

    def session(self, name: str, version: int) -> Event:
        said = {
            "programme": self.choice(("ales", "ales", *PROGRAMMES)),
            "activity": self.choice((Activity.TUTORAT, *ACTIVITIES)),
            "starts_at": at(
                self.choice((self.day(), MARCH - timedelta(days=self.randint(0, 180)))), self.choice((0, 17, 23))
            ),
            "minutes": self.choice((60, 90, 600)),
            "subject_taught": self.choice((None, "maths", "svt")),
            "organisers": self.choice(ORGANISERS),
            "title": self.choice((*(None,) * 6, "T")),
            "place": self.choice((None, *UAIS)),
        }
        if self.likely(0.15):
            return self.choice((planned, cancelled))(name, version=version, **said)
        return held(name, *self._pupils(), *self._hands(), *self._headcounts(), version=version, **said)

    def _pupils(self) -> Iterator[Any]:
        for record in self.sample(RECORDS, self.randint(0, self.choice((4, 9)))):
            yield present(record, self.choice((None, None, 0, 20)), self.word(Attendance, *(Attendance.PRESENT,) * 4))

    def _hands(self) -> Iterator[Any]:
        for record in self.sample(RECORDS, self.randint(0, 4)):
            for role in (ActingRole.TUTEUR, *self.sample(ROLES, 1))[self.choice((0, 1)) : self.choice((1, 2))]:
                yield tutor(record, self.choice((None, 45, 600)), role, self.choice((0, 0, 30)))

    def _headcounts(self) -> Sequence[Any]:
        return [counted(self.randint(0, 9), self.choice(UAIS))] if self.likely(0.12) else []

    def history(self) -> Sequence[Event]:
        """Registry and people first, rolls with their corrections in any order, and what is said of people later on."""
        drawn = [(f"s-{n}", v) for n in range(self.choice((15, 40, 80))) for v in range(1, self.choice((2, 2, 3)))]
        sessions = [self.session(*one) for one in drawn]
        self.shuffle(sessions)
        later = [event for event in self.people(2) if self.likely(0.3)] if self.likely(0.4) else []
        return [*self.registry(), *self.people(1), *sessions, *later]

    def asked(self) -> tuple[str, Question]:
        code = self.choice([code for code in CATALOGUE if code not in ROLLS_UNREAD])
        return code, question(
            self.choice(PERIODS),
            by=self.choice([None, *sorted(find_indicator(code).breakdowns)]),
            organisation=self.choice((*(None,) * 5, *SCHOOLS)),
            programme=self.choice((*(None,) * 3, *PROGRAMMES)),
            threshold_minutes=self.choice((600, 60, 100)),
        )


async def _answers(reporting: Reporting, asked: Sequence[tuple[str, Question]], sealed: str) -> Sequence[Result]:
    async with reporting.engine.begin() as connection:
        since = f"CASE WHEN NOT ({sealed}) THEN now() END"
        await connection.execute(text(f"UPDATE projection_1.programme_term SET stale_since = {since}"))  # noqa: S608
    async with snapshot(reporting.engine) as connection:
        return [(await answer(connection, find_indicator(code), one)).result for code, one in asked]


async def hunt(reporting: Reporting, seed: int, count: int) -> int:
    """Gives how many figures are not nothing."""
    async with reporting.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(names())}"))
    reporting._times.clear()
    await reporting.receive(*(draw := Draw(seed)).history())
    await check_gathered(reporting.engine)
    asked = [draw.asked() for _ in range(count)]
    rolls, half, whole = [await _answers(reporting, asked, sealed) for sealed in SEALED]
    for one, *said in zip(asked, rolls, half, whole, strict=True):
        assert said[1:] == [said[0], said[0]], f"seed {seed}: {one}"
    return sum(bool(result.whole.high) for result in rolls)


# Few values are looked up, many are matched by hash (question.rows_of): the same figures either way.
@pytest.mark.parametrize("few", [questions_asked.FEW, 3])
@pytest.mark.parametrize(
    "seeds", [range(3), pytest.param(range(1_000, 1_200), marks=[pytest.mark.storm, pytest.mark.timeout(1800)])]
)
async def test_a_drawn_figure_is_the_same_however_much_is_gathered(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch, seeds: range, few: int
) -> None:
    monkeypatch.setattr(questions_asked, "FEW", few)

    assert sum([await hunt(reporting, seed + few, 25) for seed in seeds]) > 20
