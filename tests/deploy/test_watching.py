"""What Prometheus asks and Grafana shows agrees with the metrics that the code has. Nothing here needs Docker."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

# Imported for the metrics that they declare.
from chassis import metrics as _chassis  # noqa: F401
from chassis.settings import Settings
from deploy.local.folders import PROJECT
from deploy.local.service import SERVICES
from services.reporting import metrics as _reporting  # noqa: F401

DASHBOARD: dict[str, Any] = json.loads((PROJECT / "deploy/grafana/dashboards/platform.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
PROMETHEUS: dict[str, Any] = yaml.safe_load((PROJECT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))


def test_prometheus_asks_every_service_at_its_metrics_port() -> None:
    (job,) = [job for job in PROMETHEUS["scrape_configs"] if job["job_name"] == "cordees"]
    asked = {group["labels"]["service"]: group["targets"] for group in job["static_configs"]}

    port = Settings.model_fields["metrics_port"].default
    assert asked == {service: [f"{service}:{port}"] for service in SERVICES}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_every_panel_explains_itself_and_asks_for_metrics_that_exist(panel: dict[str, Any]) -> None:
    known = {f"{metric.name}{suffix}" for metric in REGISTRY.collect() for suffix in ("", "_total", "_bucket")}
    asked = {name for target in panel["targets"] for name in re.findall(r"\bcordees_\w+", target["expr"])}

    assert panel["title"]
    assert len(panel["description"]) > 20
    assert asked <= known
    assert asked or "up{" in panel["targets"][0]["expr"]


def test_the_dashboard_shows_and_the_guide_explains_every_metric_of_ours() -> None:
    shown, guide = json.dumps(DASHBOARD), (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
    names = [metric.name for metric in REGISTRY.collect() if metric.name.startswith("cordees_")]

    assert [name for name in names if name not in shown or name not in guide] == []


def test_panels_do_not_overlap_and_speak_to_the_provisioned_source() -> None:
    sources = yaml.safe_load((PROJECT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert {panel["datasource"]["uid"] for panel in PANELS} == {sources["datasources"][0]["uid"]}
    assert sources["datasources"][0]["url"] == "http://prometheus:9090"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_the_configuration() -> None:
    command = ["promtool", "check", "config", "deploy/prometheus/prometheus.yml"]

    assert subprocess.run(command, cwd=PROJECT, check=False, capture_output=True).returncode == 0
