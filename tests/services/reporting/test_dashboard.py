"""Two versions are filled side by side, and each is read by itself: the dashboard never adds them up."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "deploy" / "grafana" / "dashboards" / "platform.json"
TARGETS: list[dict[str, Any]] = [
    target
    for panel in json.loads(FILE.read_text(encoding="utf-8"))["panels"]
    for target in panel.get("targets", ())
    if "cordees_projection_" in target["expr"]
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: re.findall(r"cordees_\w+", target["expr"])[0])
def test_a_panel_about_projections_keeps_versions_apart(target: dict[str, Any]) -> None:
    kept = {name for names in re.findall(r"by \(([^)]*)\)", target["expr"]) for name in names.split(", ")}

    assert "projection" in kept
    assert "{{projection}}" in target["legendFormat"]


def test_every_metric_of_a_projection_has_a_panel() -> None:
    assert len(TARGETS) == 10
