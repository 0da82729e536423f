"""What the rounds say: medians, spread, and how many times the peer's speed ours is."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from bench.catchup.rounds import Run, Side
from deploy.reporting.french import rounded

TARGET = 3.0
_MICRO = 1e6


OURS = ("live", "rebuild")


def report(asked: Sequence[Side], runs: Sequence[Run]) -> dict[str, Any]:
    """By side the medians, and how many times either peer's speed ours is. The target names live and the plain peer."""
    found = {side.name: _summary([run for run in runs if run.side == side.name]) for side in asked}
    ours = [side.name for side in asked if side.kind in OURS]
    peers = {side.kind: side.name for side in asked if side.kind not in OURS}
    aimed = next(side.name for side in asked if side.kind == "live")
    ratios = _ratios(found, ours, peers["peer"])
    return {
        "sides": found,
        "ratios": ratios,
        # Of less meaning, but steadier where the machine has other work.
        "cpu_ratios": _cpu_ratios(found, ours, peers["peer"]),
        "tuned_ratios": _ratios(found, ours, peers["tuned"]),
        "tuned_cpu_ratios": _cpu_ratios(found, ours, peers["tuned"]),
        "target": TARGET,
        "target_side": aimed,
        "reached": ratios[aimed] >= TARGET,
        "exact": not any(run.wrong for run in runs),
    }


def _ratios(found: Mapping[str, Any], ours: Sequence[str], peer: str) -> dict[str, float]:
    return {name: round(found[peer]["seconds"] / found[name]["seconds"], 2) for name in ours}


def _cpu_ratios(found: Mapping[str, Any], ours: Sequence[str], peer: str) -> dict[str, float]:
    cpu = {name: sum(one["cpu_seconds"].values()) for name, one in found.items()}
    return {name: round(cpu[peer] / cpu[name], 2) for name in ours}


def _summary(runs: Sequence[Run]) -> dict[str, Any]:
    records = runs[0].records
    seconds = sorted(run.seconds for run in runs)
    middle = median(seconds)
    cpu = {name: median(run.cpu[name] for run in runs) for name in runs[0].cpu}
    return {
        "records": records,
        "seconds": round(middle, 2),
        "seconds_all": [round(one, 2) for one in seconds],
        "spread_percent": round(100 * (seconds[-1] - seconds[0]) / middle, 1),
        "records_per_second": round(records / middle),
        "cpu_seconds": {name: round(value, 2) for name, value in cpu.items()},
        "cpu_microseconds_per_record": {name: round(_MICRO * value / records) for name, value in cpu.items()},
        "peak_memory_bytes": max(run.peak_memory_bytes for run in runs),
        "disk_bytes": round(median(run.disk_bytes for run in runs)),
        "figures_seconds": round(median(run.figures_seconds for run in runs), 2),
        "wrong": sorted({line for run in runs for line in run.wrong}),
    }


def lines(said: Mapping[str, Any]) -> list[str]:
    """For people, in French."""
    columns = ("messages/s", "s (médiane)", "écart", "µs CPU client", "PostgreSQL", "Kafka", "Mo mémoire", "Mo disque")
    text = [f"{'':<24}" + "".join(f"{name:>15}" for name in columns)]
    text += [_line(name, one) for name, one in said["sides"].items()]
    text.append("µs CPU : par message, client, PostgreSQL et Kafka ; écart : (max - min) / médiane.")
    text += _times(said["ratios"], said["cpu_ratios"], "le pair")
    text += _times(said["tuned_ratios"], said["tuned_cpu_ratios"], "le pair affûté")
    target, reached = _decimal(said["target"]), "atteint" if said["reached"] else "PAS atteint"
    text.append(f"Objectif ({target} fois le pair, par « {said['target_side']} ») : {reached}")
    wrong = [f"FAUX, {name} : {line}" for name, one in said["sides"].items() for line in one["wrong"][:10]]
    text += wrong or [
        "Totaux exacts de chaque côté, à chaque tour (8 comptes du moteur, 13 des pairs), nationaux et par dispositif."
    ]
    return text


def _times(ratios: Mapping[str, float], cheaper: Mapping[str, float], peer: str) -> list[str]:
    return [
        f"{name} : {_decimal(ratio)} fois {peer} (à CPU égale, tous processus : {_decimal(cheaper[name])} fois)"
        for name, ratio in ratios.items()
    ]


def _line(name: str, one: Mapping[str, Any]) -> str:
    cpu = one["cpu_microseconds_per_record"]
    columns = (
        rounded(one["records_per_second"]),
        _decimal(one["seconds"]),
        f"{_decimal(one['spread_percent'])} %",
        rounded(cpu["client"]),
        rounded(cpu["postgres"]),
        rounded(cpu["broker"]),
        rounded(one["peak_memory_bytes"] / 1e6),
        rounded(one["disk_bytes"] / 1e6),
    )
    return f"{name:<24}" + "".join(f"{text:>15}" for text in columns)


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
