"""The committed example messages, as they come from Kafka. Every consumer's tests read those of its types."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import contracts

FOLDER = Path(contracts.__file__).parent / "examples"


@dataclass(frozen=True)
class ExampleMessage:
    """One whole Kafka record; `name` is the file's, without its ending. Those of our own topics begin with `ours-`."""

    name: str
    headers: tuple[tuple[str, bytes], ...]
    key: bytes | None
    value: bytes

    @property
    def is_ours(self) -> bool:
        """Published by one of our services; the others came from a partner."""
        return self.name.startswith("ours-")


def example_messages(event_type: str) -> list[ExampleMessage]:
    """Every example of one type, by name."""
    return [_read(path) for path in sorted((FOLDER / event_type).glob("*.json"))]


def _read(path: Path) -> ExampleMessage:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return ExampleMessage(
        name=path.stem,
        headers=tuple((name, text.encode()) for name, text in record["headers"].items()),
        key=None if record["key"] is None else record["key"].encode(),
        value=json.dumps(record["value"], ensure_ascii=False).encode(),
    )
