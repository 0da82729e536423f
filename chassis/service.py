"""Runs one service: `python -m services.<name> serve | migrate`."""

import argparse
import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any

import structlog
import uvicorn
from prometheus_client import start_http_server

from chassis import crashpoints, health, migrations
from chassis.api import create_app
from chassis.context import Context, Service
from chassis.database import create_engine
from chassis.ending import pause
from chassis.housekeeping import Housekeeping
from chassis.inbox import PartnerInbox
from chassis.logs import configure_logs
from chassis.references import RecordKeys
from chassis.relay import Relay
from chassis.sampling import Sampling
from chassis.settings import Settings
from chassis.subscriptions import Consuming, partner_subscription
from chassis.transaction import Transactions
from contracts.partners import Partner, load_partners
from contracts.topics import Domain, Topic, inbound_topic

log = structlog.get_logger()

_START_PAUSE = 1.0


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """The command line of a service; settings come from `CORDEES_…` (chassis/settings.py)."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}", description=service.description)
    parser.add_argument(
        "command", choices=["serve", "migrate"], help="serve: run; migrate: bring the database up to date"
    )
    parser.add_argument("--migrate", action="store_true", help="with serve: migrate first")
    asked = parser.parse_args(arguments)
    settings = Settings()
    configure_logs(service.name, settings.log_level)
    if asked.migrate or asked.command == "migrate":
        migrations.upgrade(service.migrations, settings)
    if asked.command == "migrate":
        return
    crashpoints.arm(settings.profile)
    asyncio.run(serve(service, settings))


def inbound(service: str, partners: Sequence[Partner]) -> dict[str, tuple[Topic, Partner]]:
    """The inbound topics of one service, each with the partner that writes it."""
    domain: Domain = "inscriptions" if service == "inscriptions" else "sessions"
    topics = [(inbound_topic(domain, partner.partner), partner) for partner in partners]
    return {topic.name: (topic, partner) for topic, partner in topics}


def build_context(service: Service, settings: Settings) -> tuple[Context, PartnerInbox | None]:
    """Engine, transactions, keys and partners; and the inbox of a service that partners write to."""
    engine = create_engine(settings)
    transactions = Transactions(engine, service.name, settings.max_event_bytes)
    context = Context(
        settings=settings,
        engine=engine,
        transactions=transactions,
        record_keys=RecordKeys(settings.record_keys),
        partners=load_partners(settings.partners_file),
    )
    if service.on_partner_event is None:
        return context, None
    inbox = PartnerInbox(
        inbound(service.name, context.partners), service.on_partner_event(context), context.record_keys
    )
    transactions.announce = inbox.announce
    return context, inbox


async def serve(service: Service, settings: Settings) -> None:
    """Until SIGTERM or SIGINT, or until a part of the service fails."""
    context, inbox = build_context(service, settings)
    try:
        await _serve(service, context, inbox)
    finally:
        await context.engine.dispose()


async def _serve(service: Service, context: Context, inbox: PartnerInbox | None) -> None:
    settings = context.settings
    checks = {
        "database": health.database_check(context.engine),
        "migrations": health.migrations_check(context.engine, service.migrations),
        "broker": health.broker_check(settings.kafka_bootstrap),
    }
    works: list[Coroutine[Any, Any, None]] = []
    relay = Relay(settings, service.name) if service.publishes else None
    if relay is not None:
        checks["relay"] = health.relay_check(relay.state)
        works.append(relay.run())
    background = service.background(context)
    for part in background:
        checks[part.name] = part.check
        works.append(part.run())
    consuming = Consuming(settings.kafka_bootstrap, service.name, context.transactions, settings.batch_records)
    if inbox is not None and (topics := inbound(service.name, context.partners)):
        consuming.add(partner_subscription(service.name, inbox, list(topics)))
    for subscription in service.subscribe(context):
        consuming.add(subscription)
    if consuming.subscribers:
        checks["inbox"] = consuming.check
    if service.publishes:
        works.append(Housekeeping(context, inbox).run())
    works.append(Sampling(context, relay, consuming.subscribers).run())
    start_http_server(settings.metrics_port, addr=settings.http_host)
    async with _consuming(consuming):
        await _until_stopped([_http(service, context, checks), *works])


@contextlib.asynccontextmanager
async def _consuming(consuming: Consuming) -> AsyncIterator[None]:
    """Started beside everything else: a broker that is away must not keep the API down."""
    task = asyncio.create_task(_start(consuming)) if consuming.subscribers else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await consuming.broker.stop()


async def _start(consuming: Consuming) -> None:
    while True:
        try:
            await consuming.start()
        except Exception as error:  # noqa: BLE001 - the broker is away; readiness says so meanwhile
            log.warning("broker.away", error=type(error).__name__)
            await consuming.broker.stop()
            await pause(_START_PAUSE)
        else:
            log.info("broker.connected")
            return


async def _http(service: Service, context: Context, checks: dict[str, health.Check]) -> None:
    config = uvicorn.Config(
        create_app(service, context, checks),
        host=context.settings.http_host,
        port=context.settings.http_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        # Requests under way are answered before the database goes.
        server.should_exit = True
        await serving
        raise


class _Server(uvicorn.Server):
    """Signals are the service's business, not the server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def _until_stopped(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all parts; the first that ends, or a signal, ends the others. A part that failed is raised."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(work) for work in works]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    log.info("service.stops", asked=stop.is_set())
    for task in [stopping, *tasks]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            log.error("service.failed", error=type(result).__name__)
            raise result
