"""Partners as files: one file, or a folder in which each programme names the partners that speak of it."""

from pathlib import Path

import pytest

from contracts.partners import load_partners

SCHOOL = """
[[partners]]
partner = "school"
[[partners.systems]]
source = "urn:example:students"
programmes = ["{programme}"]
stable_references = {stable}
"""
LYCEE = """
[[partners]]
partner = "lycee"
systems = [{source = "urn:example:lycee", programmes = ["two"]}]
"""


def write(folder: Path, name: str, *, programme: str, stable: str = "true", more: str = "") -> None:
    (folder / f"{name}.toml").write_text(SCHOOL.format(programme=programme, stable=stable) + more, encoding="utf-8")


def test_a_source_in_two_files_speaks_of_the_programmes_of_both(tmp_path: Path) -> None:
    write(
        tmp_path, "one", programme="one", more='[[partners.systems]]\nsource = "urn:example:app"\nprogrammes = ["one"]'
    )
    write(tmp_path, "two", programme="two", more=LYCEE)

    school, lycee = load_partners(tmp_path)

    assert (school.partner, lycee.partner) == ("school", "lycee")
    assert {system.source: system.programmes for system in school.systems} == {
        "urn:example:students": ("one", "two"),
        "urn:example:app": ("one",),
    }


def test_one_file_alone_is_read_alone(tmp_path: Path) -> None:
    write(tmp_path, "one", programme="one")
    write(tmp_path, "two", programme="two")

    (school,) = load_partners(tmp_path / "two.toml")

    assert school.systems[0].programmes == ("two",)


def test_two_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "one", programme="one")
    write(tmp_path, "two", programme="two", stable="false")

    with pytest.raises(ValueError, match=r"two\.toml: stable_references"):
        load_partners(tmp_path)


def test_a_source_of_two_partners_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "one", programme="one")
    write(tmp_path, "two", programme="two")
    file = tmp_path / "two.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"school"', '"other"'), encoding="utf-8")

    with pytest.raises(ValueError, match="the same source stands twice"):
        load_partners(tmp_path)


def test_a_partner_stands_once_in_a_file(tmp_path: Path) -> None:
    write(tmp_path, "one", programme="one", more=SCHOOL.format(programme="one", stable="true"))

    with pytest.raises(ValueError, match=r"one\.toml: the same partner stands twice"):
        load_partners(tmp_path / "one.toml")
