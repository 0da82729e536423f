"""What becomes of the sessions: held or not, who came, who acted, how long. What systems get wrong is elsewhere."""

import random
from collections.abc import Callable

from examples.generator.people import Pupil, Volunteer
from examples.generator.plan import Plan, PlanRefused
from examples.generator.sessions import Act, Fate, Seat, Session, tutored

_SHORTEST, _LONGEST = 50, 240
"""Minutes of a session that a lycée would accept, on average."""


def take_place(
    plan: Plan, sessions: list[Session], pupils: list[Pupil], students: list[Volunteer], staff: list[Volunteer]
) -> None:
    """Decide everything about the sessions. Raises PlanRefused when the plan cannot give what it asks for."""
    _draw_fates(plan, sessions, pupils)
    held = [session for session in sessions if session.fate is Fate.HELD]
    _call_rolls(plan, held, pupils)
    _take_turns(plan, held, students, staff)
    _set_minutes(plan, sessions)


def _draw_fates(plan: Plan, sessions: list[Session], pupils: list[Pupil]) -> None:
    """Some are cancelled or never reported; but everybody keeps enough sessions to be tutored in the period."""
    rng, asked = plan.rng("fates"), plan.tables["trouble"]
    for session in sessions:
        drawn = rng.random()
        if session.tutoring and drawn < asked["cancelled_share"]:
            session.fate = Fate.CANCELLED
        elif session.tutoring and drawn < asked["cancelled_share"] + asked["never_held_share"]:
            session.fate = Fate.NEVER_HELD
    for pupil in pupils:
        if pupil.guest:
            continue
        own = [session for session in sessions if tutored(plan, session, pupil)]
        held = sum(session.fate is Fate.HELD for session in own)
        if len(own) < plan.at_least:
            raise PlanRefused("too few weeks: a pupil has fewer sessions than everybody must attend")
        for session in [session for session in own if session.fate is not Fate.HELD][: max(0, plan.at_least - held)]:
            session.fate = Fate.HELD


def _call_rolls(plan: Plan, held: list[Session], pupils: list[Pupil]) -> None:
    """Attendance as drawn; whoever would have been there too rarely was there after all."""
    rng = plan.rng("attendance")
    draw = _attendance(plan, rng)
    for session in held:
        session.seats = [draw(pupil) for pupil in session.members]
    for pupil in pupils:
        own = [
            seat for session in held if tutored(plan, session, pupil) for seat in session.seats if seat.pupil is pupil
        ]
        absences = [seat for seat in own if not seat.present]
        for seat in absences[: max(0, plan.at_least - len(own) + len(absences))]:
            seat.status, seat.missed = "present", 0


def _attendance(plan: Plan, rng: random.Random) -> Callable[[Pupil], Seat]:
    asked = plan.tables["attendance"]
    shares = {
        "absent_justifie": asked["absent_justified"],
        "absent_non_justifie": asked["absent_unjustified"],
        "non_renseigne": asked["not_recorded"],
        "retard": asked["late"],
        "depart_anticipe": asked["leaves_early"],
        "distance": asked["remote"],
    }
    shares["present"] = 1 - sum(shares.values())

    def draw(pupil: Pupil) -> Seat:
        status = rng.choices(list(shares), list(shares.values()))[0]
        missed = rng.choice(asked["missed"]) if status in {"retard", "depart_anticipe"} else 0
        return Seat(pupil, status, missed)

    return draw


def _take_turns(plan: Plan, held: list[Session], students: list[Volunteer], staff: list[Volunteer]) -> None:
    """Students act "à tour de rôle": each year's in a circle, the sessions of the period aimed at first."""
    rng, asked = plan.rng("turns"), plan.tables["volunteers"]
    for year in plan.years:
        circle = rng.sample(students, len(students))
        circle = [student for student in circle if year.year in student.accounts]
        turn = 0
        own = [session for session in held if session.year == year.year]
        for session in sorted(own, key=lambda session: not (session.tutoring and plan.in_aim(session.day))):
            number = rng.choice(asked["per_session"]) if session.tutoring else plan.tables["visits"]["students"]
            chosen = [circle[(turn + position) % len(circle)] for position in range(min(number, len(circle)))]
            turn += len(chosen)
            session.acts = [_act(plan, rng, session, student) for student in chosen]
            if not session.tutoring:
                session.acts += [Act(chosen[0], "accompagnateur"), Act(rng.choice(staff), "accompagnateur")]


def _act(plan: Plan, rng: random.Random, session: Session, student: Volunteer) -> Act:
    asked = plan.tables["volunteers"]
    missed = rng.choice(plan.tables["attendance"]["missed"]) if rng.random() < asked["partial_share"] else 0
    preparation = rng.choice([15, 30, 45]) if rng.random() < asked["preparation_share"] else 0
    return Act(student, "tuteur" if session.tutoring else "animateur", missed, preparation)


def _set_minutes(plan: Plan, sessions: list[Session]) -> None:
    """Tutoring sessions last about what the hours aimed at ask for, given who came."""
    rng, around = plan.rng("minutes"), plan.tables["rhythm"]["minutes_around_mean"]
    wanted, seats = plan.pupil_hours * 60, 0
    for session in sessions:
        if plan.in_aim(session.day):
            present = [seat for seat in session.seats if seat.present]
            wanted += sum(seat.missed for seat in present) - (0 if session.tutoring else len(present) * session.minutes)
            seats += len(present) if session.tutoring else 0
    mean = wanted / seats if seats else 0
    if not _SHORTEST <= mean <= _LONGEST:
        raise PlanRefused(f"the hours aimed at would need sessions of {mean:.0f} minutes")
    for session in sessions:
        if session.tutoring:
            session.minutes = 5 * round((mean + rng.uniform(-around, around)) / 5)
