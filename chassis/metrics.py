"""Every metric of the chassis, each with one line of meaning and labels from closed sets."""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own annotation is missing

REQUESTS = Counter("cordees_http_requests_total", "HTTP requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram("cordees_http_request_seconds", "Time to answer an HTTP request.", ["method", "route"])
INBOX_RECORDS = Gauge(
    "cordees_inbox_records",
    "Records of an inbound topic by outcome, as committed in PostgreSQL; held ones leave when taken up.",
    ["topic", "outcome"],
)
INBOX_LAG = Gauge("cordees_inbox_lag_records", "Records not handled yet.", ["topic", "partition"])
INBOX_FAULTS = Counter("cordees_inbox_faults_total", "Batches that failed and were tried again.", ["topic"])
OUTBOX_DEPTH = Gauge("cordees_outbox_rows", "Facts that wait to be sent.")
OUTBOX_AGE = Gauge("cordees_outbox_age_seconds", "Age of the oldest fact that waits to be sent.")
RELAY_SENT = Counter("cordees_relay_sent_total", "Facts sent to Kafka and deleted from the outbox.")
RELAY_OWNER = Gauge("cordees_relay_owner", "1 where this process owns the outbox.")
READY = Gauge("cordees_ready", "1 while the readiness check holds.", ["check"])
