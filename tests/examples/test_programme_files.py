"""The five programme files as data: real establishments with their published codes, the others said to be invented."""

import csv
import tomllib
from pathlib import Path
from typing import Any

import pytest

from contracts.uai import check_uai, control_letter

PROGRAMMES = Path(__file__).parents[2] / "examples" / "programmes"
FILES = sorted(PROGRAMMES.glob("*.toml"))
INVENTED = "(démonstration)"

# Codes that the national directory and the priority education list of 2022 publish of schools that the documents name.
PUBLISHED = {
    # Alès: Bellevue, La Salle, Jean-Baptiste Dumas, Jacques Prévert
    *("0300077W", "0300125Y", "0301498R", "0300002P", "0300056Y", "0301778V", "0301783A"),
    # Paris, the lycée at the head, then its collèges in priority education
    *("0750685M", "0753937X", "0752958H", "0753938Y", "0755433Y", "0752195D"),
    *("0754706H", "0752695X", "0750575T", "0752606A", "0752198G", "0753939Z"),
    # Two schools of Vitry-sur-Seine and one of Bobigny
    *("0941033M", "0941294W", "0931196V"),
}


def establishments(file: Path) -> list[dict[str, Any]]:
    """Those that stand in the file itself."""
    found: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8")).get("establishments", [])
    return found


def listed() -> set[str]:
    """Codes of the files of real establishments."""
    codes = set()
    for file in PROGRAMMES.glob("*.csv"):
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        codes |= {row["uai"] for row in csv.DictReader(lines, delimiter=";")}
    return codes


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_7_no_invented_code_passes_for_a_real_school_s(file: Path) -> None:
    real = {one["establishment"] for one in establishments(file) if not one["name"].endswith(INVENTED)}
    invented = {one["establishment"] for one in establishments(file) if one["name"].endswith(INVENTED)}

    assert real <= PUBLISHED | listed()
    assert not invented & (PUBLISHED | listed())
    # Real codes are given out from the low numbers of a département on: nobody has these.
    assert all(code[3:5] == "99" for code in invented)


def test_every_code_has_its_control_letter() -> None:
    codes = listed() | {one["establishment"] for file in FILES for one in establishments(file)}

    assert len(codes) > 450
    assert all(check_uai(code) == code and control_letter(code[:7]) == code[7] for code in codes)


def test_the_files_of_real_schools_name_their_sources() -> None:
    for file in PROGRAMMES.glob("*.csv"):
        head = "".join(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
        assert "Licence Ouverte 2.0" in head or "MIT" in head, file.name


def test_every_printed_line_can_be_contradicted() -> None:
    """A wording with its number, a list of cells, or « la plupart »: nothing is printed without being judged."""
    for file in FILES:
        for row in tomllib.loads(file.read_text(encoding="utf-8"))["printed"]:
            judged = "only" in row or row.get("wording") == "la plupart" or ("number" in row)
            assert judged, (file.stem, row["text"])
