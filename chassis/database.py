"""One engine per service: SQLAlchemy Core on asyncpg."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from chassis.settings import Settings


def create_engine(settings: Settings) -> AsyncEngine:
    """The service's connection pool. UTC on every connection; a statement that hangs is ended by the server."""
    return create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_connections,
        max_overflow=5,
        pool_pre_ping=True,
        pool_timeout=10,
        # Parameters of a failed statement are people's data: they do not go into the exception's text.
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "timezone": "UTC",
                "application_name": "cordees",
                "statement_timeout": f"{settings.statement_seconds}s",
                "idle_in_transaction_session_timeout": "120000",
            },
        },
    )
