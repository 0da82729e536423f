"""The committed schemas are current, earlier versions stay, and only a compatible change makes a new one."""

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.__main__ import main
from contracts.committed import FOLDER, ROLES, Incompatible, Place, check, generate
from contracts.schema import CONTRACTS, Schema, as_text, schema_of

HELD = "fr.cordees.session.held.v1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the committed schemas, in which `SessionHeld` has today's alone, as version 1."""
    copy_of_all = Path(shutil.copytree(FOLDER, tmp_path / "schemas"))
    shutil.rmtree(copy_of_all / HELD)
    generate(copy_of_all)
    return copy_of_all


def rewrite(folder: Path, number: int, change: Callable[[Schema], object]) -> None:
    """Commit version `number` of `SessionHeld` as version 1 of today with something changed."""
    for role in ROLES:
        schema = schema_of(HELD, role, 1)
        change(schema)
        Place(HELD, folder).path(number, role).write_text(as_text(schema), encoding="utf-8")


def lose_place(schema: Schema) -> None:
    del schema["properties"]["place"]


def have_more(schema: Schema) -> None:
    schema["properties"]["weather"] = {"type": "string"}


def test_the_committed_schemas_are_current_and_compatible() -> None:
    assert check() == []


def test_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_generating_again_changes_nothing(folder: Path) -> None:
    assert generate(folder) == []


def test_generating_from_nothing_gives_exactly_the_last_committed_files_as_version_1(tmp_path: Path) -> None:
    written = generate(tmp_path)

    assert {path.relative_to(tmp_path) for path in written} == {
        path.relative_to(FOLDER) for path in FOLDER.glob("*/1.*.json")
    }
    for event_type, role in itertools.product(CONTRACTS, ROLES):
        last = Place(event_type).numbers()[-1]
        text = Place(event_type, tmp_path).path(1, role).read_text(encoding="utf-8")
        committed = Place(event_type).path(last, role).read_text(encoding="utf-8")
        assert text.replace(f':{role}:1"', f':{role}:{last}"') == committed


def test_a_new_optional_field_makes_a_new_version_and_the_earlier_one_stays(folder: Path) -> None:
    rewrite(folder, 1, lose_place)
    before = {role: Place(HELD, folder).path(1, role).read_bytes() for role in ROLES}

    assert check(folder) == [f"{HELD}: the model has changed since version 1: generate the schemas"]
    assert generate(folder) == [Place(HELD, folder).path(2, role) for role in ROLES]
    assert {role: Place(HELD, folder).path(1, role).read_bytes() for role in ROLES} == before
    assert check(folder) == []


def test_a_forbidden_change_is_refused_and_nothing_is_written(folder: Path) -> None:
    rewrite(folder, 1, have_more)

    with pytest.raises(Incompatible) as caught:
        generate(folder)

    expected = [f"{HELD} {role} 1 → 2: weather: a field may not be removed (properties)" for role in ROLES]
    assert caught.value.faults == expected
    assert Place(HELD, folder).numbers() == [1]


def test_every_earlier_version_counts_not_only_the_last(folder: Path) -> None:
    rewrite(folder, 1, have_more)
    rewrite(folder, 2, lose_place)

    with pytest.raises(Incompatible) as caught:
        generate(folder)

    assert [fault.partition(":")[0] for fault in caught.value.faults] == [f"{HELD} {role} 1 → 3" for role in ROLES]


def test_a_version_that_was_committed_in_spite_of_a_break_is_found(folder: Path) -> None:
    rewrite(folder, 1, have_more)
    for role in ROLES:
        Place(HELD, folder).path(2, role).write_text(as_text(schema_of(HELD, role, 2)), encoding="utf-8")

    assert check(folder) == [f"{HELD} {role} 1 → 2: weather: a field may not be removed (properties)" for role in ROLES]


def test_what_is_unreleased_may_be_replaced_while_it_is_the_first(folder: Path) -> None:
    rewrite(folder, 1, have_more)

    assert generate(folder, replace_unreleased=True) == [Place(HELD, folder).path(1, role) for role in ROLES]
    assert check(folder) == []


def test_a_second_version_is_never_replaced(folder: Path) -> None:
    rewrite(folder, 1, have_more)
    rewrite(folder, 2, have_more)

    with pytest.raises(Incompatible):
        generate(folder, replace_unreleased=True)


def test_an_edited_file_is_seen(folder: Path) -> None:
    path = Place(HELD, folder).path(1, "reader")
    path.write_text(path.read_text(encoding="utf-8").replace("20160", "20161", 1), encoding="utf-8")

    assert check(folder) != []


@pytest.mark.parametrize("role", ROLES)
def test_a_missing_file_is_seen(folder: Path, role: Any) -> None:
    Place(HELD, folder).path(1, role).unlink()

    assert check(folder) == [f"{HELD}: versions must run from 1 without a gap"]


def test_a_type_that_was_published_cannot_disappear(folder: Path) -> None:
    shutil.copytree(folder / HELD, folder / "fr.cordees.session.dreamt.v1")

    assert check(folder) == ["fr.cordees.session.dreamt.v1: a published type may not be removed"]


def test_the_folder_holds_nothing_else() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(CONTRACTS)
    for path in FOLDER.glob("*/*"):
        assert json.loads(path.read_text(encoding="utf-8"))["$id"].startswith(f"urn:cordees:schema:{path.parent.name}:")
