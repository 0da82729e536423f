"""Which presences, headcounts and enrolments an indicator of pupils counts, and why it leaves the others out."""

from collections.abc import Sequence

from services.reporting.queries.facts import UNHELD, fact_steps, item
from services.reporting.queries.first_day import FIRST_PUPIL_DAY
from services.reporting.queries.people import mapped, persons_of, pupil_attributes, pupil_steps
from services.reporting.queries.question import Question, Steps, among
from services.reporting.queries.scope import enrolments_in_scope

INFORMATION = ("information", "forum", "decouverte_campus", "conference")
"""The family *information* of I01."""
SUPPORT = ("soutien_scolaire", "cours", "stage_sciences", "stage_cpge")
"""The family *soutien* of I03."""
TUTORING = ("tutorat",)
"""What I02 and its kin ask of."""
_CPGE = ("CPGE1", "CPGE2")

_NOT_TUTORING = "WHEN l.activity <> 'tutorat' THEN 'activity_not_counted'"
_NOT_ENROLLED = "WHEN d.person IS NULL THEN '{}'"

# R3, R4b and R4, in this order: what the roll says, whose it is, and only then which of two records.
_REASON = """CASE
    WHEN l.standing <> 'current' THEN l.standing
    {activity}
    WHEN l.attendance IN ('absent_justifie', 'absent_non_justifie') THEN 'absent'
    WHEN l.attendance = 'non_renseigne' THEN 'non_renseigne'
    WHEN NOT l.there THEN 'unknown_status'
    WHEN NOT l.registered THEN 'unknown_reference'
    WHEN l.rank > 1 THEN 'same_person'
    {enrolment}
    ELSE 'present' END"""

# Any record of the person, any programme: the tutoring enrolment must cover the day of the session.
_TUTEE_DAY = f"""
    WITH span AS MATERIALIZED (
        SELECT r.person, s.starts_on, s.ends_on
        FROM person_record r JOIN enrolment_span s ON s.record = r.record
        WHERE s.kind = 'tutorat' AND s.status = 'active' AND {among("s.record", "person_record")}
    )
    SELECT DISTINCT p.person, p.day
    FROM pupil_day p JOIN span s ON s.person = p.person AND p.day >= s.starts_on AND p.day < s.ends_on
"""  # noqa: S608 - our own names


def _presences(reason: str, source: str = "roll_line l") -> str:
    return item(
        source,
        family="'presence'",
        reason=reason,
        **{name: f"l.{name}" for name in ("session", "version", "item", "day", "programme", "record", "person")},
        **{name: f"l.{name}" for name in ("attendance", "minutes", "establishment", "level", "times")},
        **{name: f"l.{name}" for name in ("activity", "subject_taught", "organisers")},
    )


def _other(activity: str, family: Sequence[str]) -> str:
    return f"WHEN {activity} NOT IN {family} THEN 'activity_not_counted'" if family else ""


def any_presence(family: Sequence[str] = ()) -> str:
    """Presences as items: of the activities of a family, or of every activity."""
    return _presences(_REASON.format(activity=_other("l.activity", family), enrolment=""))


def _tutoring_presences(not_enrolled: str) -> str:
    reason = _REASON.format(activity=_NOT_TUTORING, enrolment=_NOT_ENROLLED.format(not_enrolled))
    return _presences(reason, "roll_line l LEFT JOIN tutee_day d ON d.person = l.person AND d.day = l.day")


def tutees(question: Question) -> Steps:
    """Presences at tutoring sessions, with a tutoring enrolment that is active on that day."""
    steps = (*pupil_steps(question, TUTORING), ("tutee_day", _TUTEE_DAY))
    return (*steps, *fact_steps([_tutoring_presences("no_tutorat_enrolment"), UNHELD]))


def tutees_above_threshold(question: Question) -> Steps:
    """The same, of those who reach the minutes asked for: all their minutes at tutoring, enrolled that day or not."""
    total = """SELECT person, sum(minutes) AS minutes FROM item
        WHERE reason IN ('present', 'no_tutorat_enrolment') GROUP BY person"""
    reason = """CASE WHEN i.reason = 'present' AND m.minutes < :threshold_minutes THEN 'below_threshold'
        ELSE i.reason END"""
    first, *rest = fact_steps(
        [_tutoring_presences("no_tutorat_enrolment"), UNHELD],
        reason=reason,
        joins="LEFT JOIN reached m ON m.person = i.person",
    )
    return (*pupil_steps(question, TUTORING), ("tutee_day", _TUTEE_DAY), first, ("reached", total), *rest)


def tutoring_hours(question: Question) -> Steps:
    """Presences at tutoring sessions; those without an enrolment that day bring hours and are no tutees."""
    steps = (*pupil_steps(question, TUTORING), ("tutee_day", _TUTEE_DAY))
    return (*steps, *fact_steps([_tutoring_presences("present_without_enrolment"), UNHELD]))


def enrolments(question: Question) -> Steps:
    """Tutoring enrolments that are active on a day of the period; no activity is asked for."""
    span = f"""
        SELECT f.*, greatest(f.starts_on, :starts_on) AS day FROM enrolment_span f
        WHERE f.starts_on < :ends_on AND f.ends_on > :starts_on AND {enrolments_in_scope(question)}
    """  # noqa: S608 - constants of this package
    listed = "SELECT f.*, coalesce(m.person, f.record) AS person FROM span f LEFT JOIN mapped m ON m.record = f.record"
    reason = """CASE WHEN l.kind <> 'tutorat' THEN 'kind_not_counted' WHEN l.status <> 'active' THEN 'not_active'
        ELSE 'enrolled' END"""
    enrolled = item(
        "listed l LEFT JOIN pupil_then t ON t.person = l.person AND t.day = l.day",
        family="'enrolment'",
        establishment="t.establishment",
        level="t.level",
        reason=reason,
        **{name: f"l.{name}" for name in ("item", "day", "programme", "record", "person")},
    )
    return (
        ("span", span),
        ("mapped", mapped("span")),
        ("listed", listed),
        *persons_of("listed"),
        ("pupil_day", "SELECT DISTINCT person, day FROM listed"),
        ("pupil_then", pupil_attributes("pupil_day")),
        *fact_steps([enrolled]),
    )


# Those counted on the roll of the same activity are in its declared number already: each lowers the headcount of
# the own level, or where there is none, the one without a level (R12).
_DECLARED = f"""
    SELECT h.*, a.day, a.programme, a.activity, a.minutes, a.standing,
        CASE WHEN h.level IN ('NON_RENSEIGNE', 'unknown') THEN NULL ELSE h.level END AS known_level
    FROM activity a JOIN headcount h ON h.session = a.session AND h.version = a.version
    WHERE {among("h.session", "activity")}
"""  # noqa: S608 - our own names
_TALLY = """
    SELECT session, version, establishment, level, count(DISTINCT person) AS persons FROM item_presence
    WHERE reason = 'present' AND establishment IS NOT NULL AND session IS NOT NULL
    GROUP BY session, version, establishment, level
"""
_ON_ROLL = """
    SELECT d.session, d.version, d.item, sum(t.persons) AS persons
    FROM declared d
    JOIN tally t ON t.session = d.session AND t.version = d.version AND t.establishment = d.establishment
    WHERE t.level = d.known_level OR d.known_level IS NULL AND NOT EXISTS (
        SELECT FROM declared x WHERE x.session = d.session AND x.version = d.version
            AND x.establishment = d.establishment AND x.known_level = t.level)
    GROUP BY d.session, d.version, d.item
"""


def headcounts(pupils: str, source: str, family: Sequence[str] = ()) -> str:
    """Headcounts as items; `pupils` is the number that counts of declared line `d`."""
    other = _other("d.activity", family)
    return item(
        source,
        family="'headcount'",
        pupils=pupils,
        girls=f"CASE WHEN d.girls IS NOT NULL THEN least(d.girls, {pupils}) END",
        not_girls=f"CASE WHEN d.girls IS NOT NULL THEN least(d.pupils - d.girls, {pupils}) END",
        level="d.known_level",
        reason=f"CASE WHEN d.standing <> 'current' THEN d.standing {other} ELSE 'declared' END",
        **{
            name: f"d.{name}" for name in ("session", "version", "item", "day", "programme", "minutes", "establishment")
        },
    )


def declared_steps() -> Steps:
    """`declared`: every headcount of every activity."""
    return (("declared", _DECLARED),)


def presences_and_headcounts(question: Question) -> Steps:
    """Every presence, and the headcounts without those who are on the same activity's roll (R12)."""
    return _beside_headcounts(question)


def informed(question: Question) -> Steps:
    """The same, of the activities of family *information*."""
    return _beside_headcounts(question, INFORMATION)


def _beside_headcounts(question: Question, family: Sequence[str] = ()) -> Steps:
    beside = "greatest(0, d.pupils - coalesce(o.persons, 0))"
    source = "declared d LEFT JOIN on_roll o ON o.session = d.session AND o.version = d.version AND o.item = d.item"
    return (
        *pupil_steps(question, family),
        *declared_steps(),
        ("item_presence", any_presence(family)),
        ("tally", _TALLY),
        ("on_roll", _ON_ROLL),
        *fact_steps(["SELECT * FROM item_presence", headcounts(beside, source, family), UNHELD]),
    )


def supported(question: Question) -> Steps:
    """Presences at the activities of family *soutien*."""
    return (*pupil_steps(question, SUPPORT), *fact_steps([any_presence(SUPPORT), UNHELD]))


def presences_with_gender(question: Question) -> Steps:
    """Every presence, each with the gender of the pupil at the first activity of the period (R7)."""
    return (
        *pupil_steps(question),
        ("gender_day", FIRST_PUPIL_DAY),
        ("gender_then", pupil_attributes("gender_day", ("gender",))),
        *fact_steps(
            [any_presence(), UNHELD],
            joins="LEFT JOIN gender_then g ON g.person = i.person",
            more="g.gender,",
        ),
    )


def tutees_in_cpge(question: Question) -> Steps:
    """Tutees whose level at the first activity of the period is one of a preparatory class (R7)."""
    reason = f"""CASE WHEN i.reason = 'present' AND coalesce(c.level, '') NOT IN {_CPGE} THEN 'level_not_counted'
        ELSE i.reason END"""
    return (
        *pupil_steps(question, TUTORING),
        ("tutee_day", _TUTEE_DAY),
        ("level_day", FIRST_PUPIL_DAY),
        ("level_then", pupil_attributes("level_day", ("level",))),
        *fact_steps(
            [_tutoring_presences("no_tutorat_enrolment"), UNHELD],
            reason=reason,
            joins="LEFT JOIN level_then c ON c.person = i.person",
        ),
    )


def presences_and_declared(question: Question) -> Steps:
    """Every presence, and the headcounts as declared: for hours, which are shown apart (R10)."""
    items = [any_presence(), headcounts("d.pupils", "declared d"), UNHELD]
    return (*pupil_steps(question), *declared_steps(), *fact_steps(items))
