"""JSON logs: a constant dotted event name and fields. Never an f-string, never a person's data."""

import logging
import sys

import structlog


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
    for noisy in ("aiokafka", "faststream", "uvicorn.error", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _name_exception(_l: object, _m: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    info = entry.pop("exc_info", None)
    if isinstance(info, tuple) and info[0]:
        entry["error"] = info[0].__name__
    elif isinstance(info, BaseException):
        entry["error"] = type(info).__name__
    return entry
