"""Generated worlds, made once for each seed of a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examples.generator.__main__ import generate

EXAMPLES = Path(__file__).parents[2] / "examples"
ALES = EXAMPLES / "programmes" / "ales.toml"

Generated = Callable[..., Path]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """`generated(seed)`: a folder with what the generator writes for the programme `ales`."""
    made: dict[tuple[int, str | None, float], Path] = {}

    def make(seed: int, *, programme: str | None = None, scale: float = 1.0) -> Path:
        asked = seed, programme, scale
        if asked not in made:
            made[asked] = tmp_path_factory.mktemp("generated")
            generate(ALES, made[asked], seed=seed, programme=programme, scale=scale)
        return made[asked]

    return make


def messages_in(folder: Path, name: str = "messages.ndjson") -> list[dict[str, Any]]:
    """The messages of one file."""
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
