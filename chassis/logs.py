"""JSON logs: a constant dotted event name and fields. Never an f-string, never a person's data."""

import logging
import sys
import traceback

import structlog

_FRAMES = 5


def configure_logs(service: str, level: str) -> None:
    """One JSON object a line on stdout, for our own events and for the libraries' alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )

    def name_service(_l: object, _m: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
        entry["service"] = service
        return entry

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                name_service,
                # Only the kind of an exception: its text may hold what was being stored.
                _name_exception,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("faststream", "uvicorn.error", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    # Ten lines a second for as long as a broker is away; readiness, relay and projections say it once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def _name_exception(_l: object, _m: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    info = entry.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        entry["error"] = type(error).__name__
        entry["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return entry
