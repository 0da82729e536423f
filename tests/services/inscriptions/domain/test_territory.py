"""Départements and académies: the table of standards.md §4, and its counts."""

import pytest

from services.inscriptions.domain.refusals import NoSuchDepartement
from services.inscriptions.domain.territory import ACADEMIE_OF, ACADEMIES, territory_of


def test_there_are_thirty_academies_and_a_hundred_and_one_departements_in_them() -> None:
    # 96 metropolitan, five overseas; Saint-Barthélemy and Saint-Martin (977, 978) belong to Guadeloupe.
    within = [departement for departement, academie in ACADEMIE_OF.items() if academie in ACADEMIES]

    assert len(ACADEMIES) == 30
    assert len(within) == 101 + 2


@pytest.mark.parametrize(
    ("uai", "departement", "academie"),
    [
        ("0911568K", "91", "25"),
        ("0750685M", "75", "01"),
        ("0300077W", "30", "11"),
        ("6200001G", "2A", "27"),
        ("7200009X", "2B", "27"),
        ("9710003B", "971", "32"),
    ],
)
def test_a_uai_gives_its_territory(uai: str, departement: str, academie: str) -> None:
    assert territory_of(uai) == (departement, academie)


def test_a_departement_that_is_none_is_refused() -> None:
    with pytest.raises(NoSuchDepartement):
        territory_of("0960001E")
