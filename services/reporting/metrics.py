"""Every metric of reporting, each with one line of meaning and labels from closed sets.

`projection` is the version: one or two at a time.
"""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)

RECORDS = Counter(
    "cordees_projection_records_total",
    "Records of our topics by outcome: projected, removed, skipped (a type of a newer version), parked, given_up.",
    ["projection", "topic", "outcome"],
)
LAG = Gauge(
    "cordees_projection_lag_records",
    "Records that the projection has not passed yet.",
    ["projection", "topic", "partition"],
)
EVENT_AGE = Gauge(
    "cordees_projection_event_age_seconds",
    "Age of the newest event that was projected.",
    ["projection", "topic", "partition"],
)
PARKED = Gauge(
    "cordees_projection_parked_records",
    "Records that could not be read and wait for somebody.",
    ["projection", "topic"],
)
GIVEN_UP = Gauge(
    "cordees_given_up_records",
    "Unreadable records that somebody gave up, of all versions: no figure has them.",
    ["topic"],
)
FAULTS = Counter(
    "cordees_projection_faults_total", "Batches that failed and were tried again.", ["projection", "topic"]
)
STOPPED = Gauge(
    "cordees_projection_stopped", "1 where the projection stands still until somebody acts.", ["projection", "topic"]
)

STALE_TERMS = Gauge(
    "cordees_projection_stale_terms",
    "Terms of programmes that wait to be gathered: figures read their rolls one by one until then.",
    ["projection"],
)
STALE_SECONDS = Gauge(
    "cordees_projection_stale_seconds",
    "Since how long the oldest of these waits; 0: none does.",
    ["projection"],
)
GATHERS = Counter(
    "cordees_projection_gathers_total",
    "Attempts by outcome: gathered, touched (sessions came meanwhile), taken (by another process), fresh, failed.",
    ["projection", "outcome"],
)
GATHER_SECONDS = Histogram(
    "cordees_projection_gather_seconds", "How long it took to gather one term.", ["projection"], buckets=_SECONDS
)


def forget(projection: int, topic: str) -> None:
    """A version that is followed no longer has no lag and no age; what was counted stays."""
    for gauge in (LAG, EVENT_AGE, PARKED, STOPPED):
        gauge.remove_by_labels({"projection": str(projection), "topic": topic})
