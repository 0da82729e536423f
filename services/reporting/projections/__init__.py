"""From facts to rows, one module a topic: the only writers of their tables. A row is written from one record alone."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.topics import PEOPLE_TOPIC, REGISTRY_TOPIC, SESSIONS_TOPIC, Topic
from services.reporting.projections.people import project_people
from services.reporting.projections.records import Arrived, Removed
from services.reporting.projections.registry import project_registry
from services.reporting.projections.sessions import project_sessions

Project = Callable[[AsyncConnection, Sequence[Arrived | Removed]], Awaitable[None]]

PROJECTIONS: tuple[tuple[Topic, Project], ...] = (
    (REGISTRY_TOPIC, project_registry),
    (PEOPLE_TOPIC, project_people),
    (SESSIONS_TOPIC, project_sessions),
)

__all__ = ["PROJECTIONS", "Arrived", "Project", "Removed"]
