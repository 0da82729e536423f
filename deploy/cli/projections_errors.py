"""What failed in `cordees projections`, in words for whoever typed it: what stops a version, who is away, our fault."""

import shlex
import traceback
from pathlib import Path

from aiokafka.errors import KafkaError, KafkaTimeoutError, KafkaUnavailableError

from chassis.errors import CANCELLED, is_passing, named, state_of
from deploy.local.errors import PlatformError
from deploy.local.folders import PROJECT
from services.reporting.batches import Poison, TooManyParked
from services.reporting.engine.lane import RecordsLost, TopicReplaced
from services.reporting.gathering.filling import NotGathered

_ANEW = "Cette version ne peut plus être remplie : cordees projections drop, puis rebuild."
_STOPPING = {
    RecordsLost: f"Des messages ont été effacés du topic avant d'être lus. {_ANEW}",
    TopicReplaced: f"Le topic a été recréé sous le même nom : ses offsets désignent d'autres messages. {_ANEW}",
    TooManyParked: "Trop de messages de ce topic sont illisibles : cordees projections parked.",
}
_AWAY = {"08", "53", "57"}
"""SQLSTATE classes of a server that takes nobody, as the driver says it before SQLAlchemy knows of the connection."""


def is_told_elsewhere(error: Exception) -> bool:
    """By `lifetime.run`, in their own words: no platform, a file that cannot be read."""
    return isinstance(error, PlatformError) or (isinstance(error, OSError) and error.filename is not None)


def explain(error: Exception, data: Path | None) -> str:
    """For stderr. `data`: what the command was given, for one that is to be typed next."""
    if isinstance(error, NotGathered):
        return str(error)
    if isinstance(error, Poison):
        return _poison(error, data)
    if type(error) in _STOPPING:
        return f"{_STOPPING[type(error)]}\n{error}"
    if _is_away(error):
        return f"Kafka ou PostgreSQL ne répond pas : {named(error)}"
    return f"Erreur interne : {named(error)}{_where(error)}"


def _poison(error: Poison, data: Path | None) -> str:
    place, record = error.place, error.parked
    at = f"{place.topic} {place.partition} {record.offset}"
    option = f" --data {shlex.quote(str(data))}" if data else ""
    return (
        f"Un message illisible arrête la version {place.projection} : topic {place.topic}, "
        f"partition {place.partition}, offset {record.offset}, sujet {record.subject or 'inconnu'}, "
        f"motif {record.reason} ({record.field}).\n"
        "Une fois la cause corrigée, relancez cordees projections rebuild, qui reprend là. "
        "Si le message doit rester illisible, abandonnez-le, sans retour, puis relancez :\n"
        f'cordees projections give-up {at} --reason "…"{option}'
    )


def _is_away(error: Exception) -> bool:
    """Not where a statement took too long, or was refused: then somebody answered."""
    if isinstance(error, KafkaError):
        return error.retriable or isinstance(error, KafkaTimeoutError | KafkaUnavailableError)
    state = state_of(error)
    return state != CANCELLED and (is_passing(error) or state[:2] in _AWAY)


def _where(error: Exception) -> str:
    """The last place of ours: enough to find the fault by."""
    frames = traceback.extract_tb(error.__traceback__)
    paths = [(Path(frame.filename), frame.lineno) for frame in frames if "site-packages" not in frame.filename]
    ours = [f" ({path.relative_to(PROJECT)}, ligne {line})" for path, line in paths if PROJECT in path.parents]
    return ours[-1] if ours else ""
