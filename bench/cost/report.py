"""What the sizes say side by side: cost of an event, bytes of a session, seconds of a figure."""

from collections.abc import Sequence
from typing import Any

from bench.cost.growing import Grown
from bench.measuring.platform import number

FLAT_WITHIN = 0.25
_MICRO = 1e6
_EXACT = (
    "Exacts à chaque taille, nationaux et par dispositif : I08, I11 (minutes, effectifs déclarés, élèves présents), "
    "I12, I13, I14 (et annulées). Des autres chiffres et des ventilations, seule la durée est mesurée."
)


def report(grown: Sequence[Grown]) -> dict[str, Any]:
    """By size, and whether the CPU of one event stays the same within `FLAT_WITHIN`: of one size alone, nothing."""
    costs = [one.microseconds for one in grown]
    several = len({one.sessions for one in grown}) > 1
    return {
        "sizes_measured": [_one(one) for one in grown],
        "dearest_to_cheapest": round(max(costs) / min(costs), 2) if several else None,
        "flat": max(costs) <= (1 + FLAT_WITHIN) * min(costs) if several else None,
        "exact": not any(one.wrong for one in grown),
    }


def _one(one: Grown) -> dict[str, Any]:
    return {
        "sessions": one.sessions,
        "records": one.records,
        "generated_seconds": round(one.generated_seconds, 1),
        "processes": one.processes,
        "seconds": round(one.seconds, 1),
        "records_per_second": round(one.records / one.seconds),
        "cpu_microseconds_per_record": {
            name: round(_MICRO * value / one.records) for name, value in vars(one.cpu).items()
        }
        | {"total": round(one.microseconds)},
        "peak_memory_bytes": one.peak_memory_bytes,
        "disk_bytes_per_session": round(one.disk_bytes / one.sessions),
        "log_bytes_per_session": round(one.log_bytes / one.sessions),
        "figures": [vars(asked) for asked in one.asked],
        "wrong": list(one.wrong)[:20],
    }


def lines(said: dict[str, Any]) -> list[str]:
    """For people, in French: a column for each size."""
    measured = said["sizes_measured"]
    text = [
        _row("séances", [number(one["sessions"]) for one in measured]),
        _row("messages", [number(one["records"]) for one in measured]),
        _row("reconstruction (s)", [_decimal(one["seconds"]) for one in measured]),
        _row("messages/s", [number(one["records_per_second"]) for one in measured]),
        *(
            _row(f"µs CPU par message, {shown}", [str(one["cpu_microseconds_per_record"][name]) for one in measured])
            for name, shown in (
                ("client", "client"),
                ("postgres", "PostgreSQL"),
                ("broker", "Kafka"),
                ("total", "ensemble"),
            )
        ),
        _row("Mo de mémoire par processus", [number(one["peak_memory_bytes"] / 1e6) for one in measured]),
        _row("octets par séance, base", [number(one["disk_bytes_per_session"]) for one in measured]),
        _row("octets par séance, Kafka", [number(one["log_bytes_per_session"]) for one in measured]),
    ]
    for place, asked in enumerate(measured[0]["figures"]):
        by = f" par {asked['by']}" if asked["by"] else ""
        text.append(_row(f"{asked['code']}{by} (s)", [_time(one["figures"][place]) for one in measured]))
    text.append(_flatness(said))
    wrong = [f"FAUX, {one['sessions']} séances : {line}" for one in measured for line in one["wrong"]]
    return [*text, *(wrong or [_EXACT])]


def _flatness(said: dict[str, Any]) -> str:
    if said["flat"] is None:
        return "Une seule taille : rien à comparer."
    ratio, flat = _decimal(said["dearest_to_cheapest"]), "" if said["flat"] else "PAS "
    return f"Coût d'un message, du plus cher au moins cher : {ratio} ({flat}à 25 % près)"


def _row(name: str, columns: Sequence[str]) -> str:
    return f"{name:<34}" + "".join(f"{text:>14}" for text in columns)


def _time(asked: dict[str, Any]) -> str:
    return _decimal(asked["seconds"]) if asked["seconds"] is not None else str(asked["refused"])


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
