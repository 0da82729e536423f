"""What the sizes say side by side: cost of an event, bytes of a session, seconds of a figure."""

from collections.abc import Sequence
from typing import Any

from bench.cost.growing import Grown
from bench.measuring.weights import Cpu
from deploy.reporting.french import rounded

FLAT_WITHIN = 0.25
_MICRO = 1e6
_PARTS = {"client": "client", "postgres": "PostgreSQL", "broker": "Kafka", "total": "ensemble"}
_EXACT = (
    "Exacts à chaque taille, nationaux et par dispositif : I08, I11 (minutes, effectifs déclarés, élèves présents), "
    "I12, I13, I14 (et annulées). Des autres chiffres et des ventilations, seule la durée est mesurée."
)


def report(start: Grown, grown: Sequence[Grown]) -> dict[str, Any]:
    """By size, and whether the CPU of one more event stays the same within `FLAT_WITHIN`: of one size alone, nothing.

    `start` is the smallest year there is: joining groups, making tables and looking at them costs the same whatever
    comes then. One more event costs what a year costs above it, by the records that it has above it.
    """
    more, whole = [_one_more(start, one).total for one in grown], [one.microseconds for one in grown]
    several = len({one.sessions for one in grown}) > 1 and min(more) > 0
    return {
        "start": {
            "records": start.records,
            "seconds": round(start.seconds, 1),
            "cpu_seconds": _rounded(start.cpu, 1, 2),
        },
        "sizes_measured": [_one(start, one) for one in grown],
        "dearest_to_cheapest": round(max(more) / min(more), 2) if several else None,
        "dearest_to_cheapest_with_start": round(max(whole) / min(whole), 2) if several else None,
        "flat": max(more) <= (1 + FLAT_WITHIN) * min(more) if several else None,
        "exact": not any(one.wrong for one in (start, *grown)),
        "wrong_at_start": list(start.wrong)[:20],
    }


def _one_more(start: Grown, one: Grown) -> Cpu:
    """Microseconds of one more record; below nothing where a year is hardly larger than the smallest."""
    records = max(1, one.records - start.records)
    beyond = one.cpu.since(start.cpu)
    return Cpu(*(_MICRO * seconds / records for seconds in vars(beyond).values()))


def _rounded(cpu: Cpu, factor: float, digits: int | None = None) -> dict[str, float]:
    parts = vars(cpu) | {"total": cpu.total}
    return {name: round(factor * value, digits) for name, value in parts.items()}


def _one(start: Grown, one: Grown) -> dict[str, Any]:
    return {
        "sessions": one.sessions,
        "records": one.records,
        "generated_seconds": round(one.generated_seconds, 1),
        "processes": one.processes,
        "rebuilds": one.rebuilds,
        "seconds": round(one.seconds, 1),
        "records_per_second": round(one.records / one.seconds),
        "cpu_microseconds_per_record": _rounded(one.cpu, _MICRO / one.records),
        "cpu_microseconds_of_one_more": _rounded(_one_more(start, one), 1),
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
        _row("séances", [rounded(one["sessions"]) for one in measured]),
        _row("messages", [rounded(one["records"]) for one in measured]),
        _row("reconstructions", [str(one["rebuilds"]) for one in measured]),
        _row("reconstruction (s)", [_decimal(one["seconds"]) for one in measured]),
        _row("messages/s", [rounded(one["records_per_second"]) for one in measured]),
        *(
            _row(f"µs CPU par message, {shown}", [str(one["cpu_microseconds_per_record"][name]) for one in measured])
            for name, shown in _PARTS.items()
        ),
        *(
            _row(f"µs d'un de plus, {shown}", [str(one["cpu_microseconds_of_one_more"][name]) for one in measured])
            for name, shown in _PARTS.items()
        ),
        _row("Mo de mémoire par processus", [rounded(one["peak_memory_bytes"] / 1e6) for one in measured]),
        _row("octets par séance, base", [rounded(one["disk_bytes_per_session"]) for one in measured]),
        _row("octets par séance, Kafka", [rounded(one["log_bytes_per_session"]) for one in measured]),
    ]
    for place, asked in enumerate(measured[0]["figures"]):
        by = f" par {asked['by']}" if asked["by"] else ""
        text.append(_row(f"{asked['code']}{by} (s)", [_time(one["figures"][place]) for one in measured]))
    wrong = [f"FAUX, au début : {line}" for line in said["wrong_at_start"]]
    wrong += [f"FAUX, {one['sessions']} séances : {line}" for one in measured for line in one["wrong"]]
    return [*text, *_flatness(said), *(wrong or [_EXACT])]


def _flatness(said: dict[str, Any]) -> list[str]:
    records, seconds, cpu = (said["start"][name] for name in ("records", "seconds", "cpu_seconds"))
    start = (
        f"Un début de reconstruction ({records} messages) : {_decimal(seconds)} s, dont {_decimal(cpu['total'])} s de "
        "CPU, comptées « par message » et non dans « un de plus »."
    )
    if said["flat"] is None:
        return [start, "Une seule taille, ou trop petites : rien à comparer."]
    more, whole = _decimal(said["dearest_to_cheapest"]), _decimal(said["dearest_to_cheapest_with_start"])
    flat = "" if said["flat"] else "PAS "
    return [
        start,
        f"Un message de plus, du plus cher au moins cher : {more} ({flat}à 25 % près), début compris : {whole}",
    ]


def _row(name: str, columns: Sequence[str]) -> str:
    return f"{name:<34}" + "".join(f"{text:>14}" for text in columns)


def _time(asked: dict[str, Any]) -> str:
    return _decimal(asked["seconds"]) if asked["seconds"] is not None else str(asked["refused"])


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
