"""Generated worlds, made once for each programme and seed of a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examples.generator.__main__ import generate

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMMES = {file.stem: file for file in sorted((EXAMPLES / "programmes").glob("*.toml"))}
ALES = PROGRAMMES["ales"]

Generated = Callable[..., Path]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """`generated(seed, file=ALES)`: a folder with what the generator writes for that programme."""
    made: dict[tuple[Path, int, str | None, float], Path] = {}

    def make(seed: int, *, file: Path = ALES, programme: str | None = None, scale: float = 1.0) -> Path:
        asked = file, seed, programme, scale
        if asked not in made:
            made[asked] = tmp_path_factory.mktemp("generated")
            generate(file, made[asked], seed=seed, programme=programme, scale=scale)
        return made[asked]

    return make


def messages_in(folder: Path, name: str = "messages.ndjson") -> list[dict[str, Any]]:
    """The messages of one file."""
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
