"""`fact`: one shape for everything that a figure counts or leaves out, whatever its kind, each with its reason.

A figure and its explanation read the same step, so they cannot disagree.
"""

from collections.abc import Mapping, Sequence

from services.reporting.queries.question import Steps

COLUMNS: Mapping[str, str] = {
    "family": "text",
    "session": "text",
    "version": "bigint",
    "item": "bigint",
    "day": "date",
    "times": "bigint",
    "programme": "text",
    "activity": "text",
    "subject_taught": "text",
    "place": "text",
    "organisers": "text[]",
    "record": "text",
    "person": "text",
    "role": "text",
    "attendance": "text",
    "minutes": "bigint",
    "preparation": "bigint",
    "pupils": "bigint",
    "girls": "bigint",
    "not_girls": "bigint",
    "establishment": "text",
    "level": "text",
    "school": "text",
    "organisation": "text",
    "convention": "text",
    "certificate": "text",
    "course": "text",
    "declaration": "text",
    "wording": "text",
    "number": "bigint",
    "numerator": "bigint",
    "denominator": "bigint",
    "starts_on": "date",
    "ends_on": "date",
    "kind": "text",
    "years_between": "bigint",
    "cohort": "text",
    "condition": "text",
    "categories": "text[]",
    "reason": "text",
}

COUNTED = (
    "present",
    "present_without_enrolment",
    "held",
    "declared",
    "enrolled",
    "in_force",
    "issued",
    "confirmed",
    "admitted_by_pathway",
    "former_beneficiary",
    "former_tutee",
    "year_reached",
    "course_completed",
    "eligible",
)
"""The reasons with which a fact counts; every other one leaves it out."""

# Of an activity that is read by itself: what the item does not say of it.
_OF_ACTIVITY = ("activity", "subject_taught", "place", "organisers")
_OWN = ", ".join(f"i.{name}" for name in COLUMNS if name not in _OF_ACTIVITY)
_ITS = ", ".join(f"coalesce(i.{name}, a.{name}) AS {name}" for name in _OF_ACTIVITY)


def item(source: str, **given: str) -> str:
    """A SELECT of the common shape: the columns that are given, and NULL for the rest.

    `times`: for how many facts of the same kind it stands, one unless it is said.
    """
    given = {"times": "1"} | given
    columns = ", ".join(f"CAST({given.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    return f"SELECT {columns} FROM {source}"  # noqa: S608 - written in this package


# What did not take place is a fact too: it says why an activity is not in the figure (R2).
UNHELD = item(
    "activity a WHERE a.status <> 'held'",
    family="'activity'",
    session="a.session",
    version="a.version",
    day="a.day",
    programme="a.programme",
    minutes="a.minutes",
    establishment="a.place",
    reason="""CASE WHEN a.standing <> 'current' THEN a.standing
        WHEN a.status = 'cancelled' THEN 'cancelled'
        WHEN a.day < :as_of THEN 'appel_manquant'
        ELSE 'planned' END""",
)


def fact_steps(items: Sequence[str], *, reason: str = "i.reason", joins: str = "", more: str = "") -> Steps:
    """`fact` from SELECTs of the common shape. `reason` may look once more at all items (`i`) and their site (`e`).

    `more` are columns that `joins` add, each followed by a comma.
    """
    fact = f"""
        SELECT {_OWN}, {_ITS}, a.title, a.reported_version, a.correlation, a.at_partition, a.at_offset, e.site,
            e.academie, e.departement, e.nature, extract(year FROM i.day - interval '8 months') AS school_year,
            {more} {reason} AS why
        FROM item i
        LEFT JOIN activity a ON a.session = i.session AND a.version = i.version
        LEFT JOIN establishment e ON e.establishment = i.establishment
        {joins}
    """  # noqa: S608 - written in this package
    counted = f"SELECT *, why IN {COUNTED} AS counted FROM ({fact}) AS reasoned"  # noqa: S608 - constants of this module
    return (("item", "\nUNION ALL\n".join(items)), ("fact", counted))
