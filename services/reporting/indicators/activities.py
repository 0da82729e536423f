"""Activities themselves, each once: their hours (I13), how many were held (I14), by type (I16)."""

from fractions import Fraction

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of
from services.reporting.queries.facts import UNHELD, fact_steps
from services.reporting.queries.held import held_item, held_steps
from services.reporting.queries.question import By, Question, Steps


def activities(question: Question) -> Steps:
    """Held ones count."""
    return (*held_steps(question), *fact_steps([held_item(), UNHELD]))


async def session_hours(reader: Reader) -> Result:
    """Duration of each activity, once."""
    rows = await reader.totals("coalesce(sum(minutes) FILTER (WHERE counted), 0) AS minutes")

    def figure(row: Row) -> Figure | None:
        minutes = int(row["minutes"])
        shown = row["facts"] or row["whole"]
        return exact(Fraction(minutes, 60), row["facts"], minutes=minutes) if shown else None

    return result_of(reader, rows, figure)


async def activities_held(reader: Reader) -> Result:
    """How many were held, and of those held or cancelled the share that was held."""
    rows = await reader.totals("count(*) FILTER (WHERE why = 'cancelled') AS cancelled")

    def figure(row: Row) -> Figure | None:
        held, cancelled = row["facts"], row["cancelled"]
        decided = held + cancelled
        if not decided and not row["whole"]:
            return None
        rate = Fraction(100 * held, decided) if decided else None
        return exact(held, held, cancelled=cancelled, rate_percent=rate)

    return result_of(reader, rows, figure)


_BREAKDOWNS = frozenset({By.ACTIVITY, By.PROGRAMME, By.PLACE, By.ORGANISATION})

ACTIVITIES = (
    Indicator(
        code="I13",
        name_fr="Heures d'activité",
        name_en="Session-hours",
        unit="hours",
        version=1,
        rule="Somme des durées des activités réalisées, chacune une fois.",
        seed="ales",
        breakdowns=_BREAKDOWNS,
        facts=activities,
        measure=session_hours,
    ),
    Indicator(
        code="I14",
        name_fr="Activités réalisées",
        name_en="Activities held",
        unit="activities",
        version=1,
        rule="Nombre d'activités réalisées ; taux de réalisation = réalisées / (réalisées + annulées).",
        seed="ales",
        breakdowns=_BREAKDOWNS,
        facts=activities,
        measure=activities_held,
    ),
    Indicator(
        code="I16",
        name_fr="Actions par type",
        name_en="Actions by type",
        unit="activities",
        version=1,
        rule="Activités réalisées, par type d'activité (ou par programme).",
        seed="x, encpb",
        breakdowns=_BREAKDOWNS,
        facts=activities,
        measure=activities_held,
        default_by=By.ACTIVITY,
    ),
)
