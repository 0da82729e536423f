"""Each new fact has its row, field by field."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from contracts.vocabulary import PartyRole
from tests.services.reporting.bonds import convention
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import APRIL, BELLEVUE, END, RENTREE
from tests.services.reporting.test_commuting import CORDEE, NOVELTIES

FOR_EVER = date.max


async def _rows(reporting: Reporting, columns: str, table: str) -> list[tuple[Any, ...]]:
    query = f"SELECT {columns} FROM projection_1.{table} ORDER BY {columns}"  # noqa: S608 - our own tables
    async with reporting.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


@pytest.mark.parametrize(
    ("table", "columns", "rows"),
    [
        ("programme", "programme, version, opened_on", [("ales", 2, RENTREE)]),
        ("programme_label", "programme, label, starts_on, ends_on", [("ales", CORDEE, RENTREE, FOR_EVER)]),
        ("convention", "convention, establishment, organisation, role", [("c-1", None, "enedis", "parrain")]),
        ("profile_span", "record, track", [("r-0", "pcsi")]),
        ("study", "record, version, school_year", [("r-0", 2, 2018)]),
        ("study_span", "record, organisation, pathway, ends_on", [("r-0", "telecom", "non_renseigne", END)]),
        ("training", "record, course, kind, minutes, completed_on", [("r-0", "devenir-tuteur", "tuteur", 180, None)]),
        ("certificate", "record, name, withdrawn_on", [("r-0", "management-diversite", APRIL)]),
        ("declaration", "declaration, version, unit, wording, number", [("accords", 2, "persons", "exact", 88)]),
        ("declaration_part", "declaration, part", [("accords", "doubles"), ("accords", "simples")]),
        (
            "declaration_earlier",
            "declaration, wording, number, unit, starts_on, ends_on",
            [("accords", "exact", 80, "persons", RENTREE, END)],
        ),
        ("session_fact", "session, version, title", [("f-1", 1, "Forum"), ("f-1", 2, "Forum")]),
        (
            "stand",
            "session, version, organisation, status",
            [("f-1", 1, "inria", "confirme"), ("f-1", 2, "cnrs", "confirme"), ("f-1", 2, "inria", "confirme")],
        ),
    ],
)
async def test_a_fact_has_its_row(reporting: Reporting, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    await reporting.receive(NOVELTIES)

    assert await _rows(reporting, columns, table) == rows


async def test_a_convention_without_a_role_has_that_of_its_party(reporting: Reporting) -> None:
    await reporting.receive(convention("c-1", BELLEVUE), convention("c-2", organisation="enedis"))
    await reporting.receive(convention("c-3", BELLEVUE, role=PartyRole.TETE))

    roles = [("c-1", "encorde"), ("c-2", "partenaire"), ("c-3", "tete")]
    assert await _rows(reporting, "convention, role", "convention") == roles
