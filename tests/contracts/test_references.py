"""Ids and references on the wire: a national code, an e-mail address or a name never passes as a reference."""

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.base import Reference, Slug, Uai
from contracts.dates import Day, Moment
from contracts.uai import check_uai, departement, normalise_uai

REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)
VALID_UAI = ("0911568K", "0750685M", "0301674G", "0010856A", "0751234J", "6200001G", "7200009X", "9710003B")
ALES = ("0300077W", "0300125Y", "0301498R", "0300002P", "0300056Y", "0301778V", "0301783A")


@pytest.mark.parametrize("uai", VALID_UAI + ALES)
def test_a_real_uai_passes(uai: str) -> None:
    assert check_uai(uai) == uai
    assert TypeAdapter(Uai).validate_python(uai) == uai


@pytest.mark.parametrize(
    "uai", ["0010856B", "0000856A", "0750685L", "00108", "", "0333494u", "0911568I", "\u0660911568K"]
)
def test_a_wrong_uai_is_refused_and_not_repeated(uai: str) -> None:
    with pytest.raises(ValueError, match=r"uai_shape|uai_key|must be|control letter") as caught:
        check_uai(uai)
    assert not uai or uai not in str(caught.value)
    with pytest.raises(ValidationError):
        TypeAdapter(Uai).validate_python(uai)


def test_a_uai_that_lost_its_zero_or_case_is_brought_back() -> None:
    assert normalise_uai(" 911568k\n") == "0911568K"
    assert normalise_uai("10856A") == "0010856A"
    with pytest.raises(ValueError, match="must be"):
        check_uai(normalise_uai("00108"))


@pytest.mark.parametrize(
    ("uai", "code"),
    [("0911568K", "91"), ("0010856A", "01"), ("6200001G", "2A"), ("7200009X", "2B"), ("9710003B", "971")],
)
def test_a_uai_says_its_departement(uai: str, code: str) -> None:
    assert departement(uai) == code


@pytest.mark.parametrize(
    "reference", ["b001", "p-0117", "41", "a1b2c3d4-0000-8000-8000-000000000000", "prevert:2018:41"]
)
def test_an_opaque_reference_passes(reference: str) -> None:
    assert REFERENCE.validate_python(reference) == reference


@pytest.mark.parametrize(
    ("reference", "fault"),
    [
        ("zoe.martin@lycee.fr", "string_pattern_mismatch"),
        ("zoe.martin2@lycee.fr", "string_pattern_mismatch"),
        ("Zoé", "string_pattern_mismatch"),
        ("Zoe Martin 2", "string_pattern_mismatch"),
        ("zoe.martin", "reference_is_name"),
        ("MARTIN", "reference_is_name"),
        ("123456789AB", "reference_is_ine"),
        ("123456789ab", "reference_is_ine"),
        ("1234567890A", "reference_is_ine"),
        ("1234A12345B", "reference_is_ine"),
        ("1234D12345b", "reference_is_ine"),
        ("x" * 80 + "1", "string_pattern_mismatch"),
        ("b001\n", "string_pattern_mismatch"),
        ("b001\u0000", "string_pattern_mismatch"),
        ("\u0663\u0663", "string_pattern_mismatch"),
        ("", "string_pattern_mismatch"),
    ],
)
def test_what_could_name_a_person_is_no_reference(reference: str, fault: str) -> None:
    with pytest.raises(ValidationError) as caught:
        REFERENCE.validate_python(reference)

    assert [error["type"] for error in caught.value.errors()] == [fault]
    assert not reference or reference not in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("slug", ["Ales", "ales_2", "-ales", "ales-", "a--b", "é", "", "a" * 65, "ales\n"])
def test_a_registry_id_is_lower_case_words_with_hyphens(slug: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Slug).validate_python(slug)


@pytest.mark.parametrize(
    "day", ["1549324800", "20190107", "2019-02-30", "2019-1-7", "1989-12-31", "2101-01-01", 0, None]
)
def test_a_day_is_written_in_one_way(day: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(day)


@pytest.mark.parametrize(
    "moment",
    [
        *("2019-01-07T17:00:00", "2019-01-07T17:00Z", "2019-01-07 17:00:00Z", "2019-01-07T17:00:00+0100"),
        *("2019-01-07T24:00:00Z", "2019-01-07T23:59:60Z", "2019-01-07T17:00:00-24:00", "1549324800", 1549324800),
        *("2019-02-29T17:00:00Z", "1989-12-31T23:59:59Z", "2101-01-01T00:00:00Z", "2019-01-07T17:00:00Z\n"),
    ],
)
def test_a_moment_has_seconds_and_an_offset(moment: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(moment)
