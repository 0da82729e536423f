"""What `cordees run` says while it goes on: who is not ready, and when that is over."""

from pathlib import Path

import pytest

from deploy.cli.readiness import Readiness


class Service:
    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)

    async def trouble(self) -> str | None:
        return self.answers.pop(0)


async def _told(name: str, *answers: str | None) -> list[str]:
    said: list[str] = []
    readiness, service = Readiness(Path("/data here"), said.append), Service(*answers)
    while service.answers:
        await readiness.look({name: service})
    return said


async def test_what_begins_after_the_start_is_told_once_and_so_is_its_end() -> None:
    (begun, ended) = await _told("reporting", "", "poison", "poison", "poison", "", "")

    assert "⚠ reporting" in begun
    assert "poison" in begun
    assert "cordees projections parked --data '/data here'" in begun
    assert ended == "✓ reporting est prêt."


@pytest.mark.parametrize("answers", [("",), ("away", ""), ("away", "", "away", ""), (None, None)])
async def test_a_moment_is_nothing_and_silence_is_told_by_others(answers: tuple[str | None, ...]) -> None:
    assert await _told("sessions", *answers) == []


async def test_who_was_not_ready_from_the_start_is_not_told_of_again_but_of_its_end() -> None:
    said: list[str] = []
    readiness = Readiness(Path("/data"), said.append)
    readiness.tell("sessions", "inbox: position 9")
    assert readiness.missing == ["sessions"]

    for answer in ("inbox: position 9", "inbox: position 9", ""):
        await readiness.look({"sessions": Service(answer)})

    assert len(said) == 2
    assert "projections" not in said[0]
    assert readiness.missing == []
