"""The HTTP application of a service: routes, problems, metrics, correlation, and documentation without a CDN."""

import re
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import swagger_ui_bundle
from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from chassis import health, inbound_api
from chassis.api_types import Ctx, Tx, open_transaction
from chassis.context import Context, Service
from chassis.errors import install_errors, problem
from chassis.identity import Verifier
from chassis.metrics import REQUEST_SECONDS, REQUESTS

__all__ = ["CORRELATION_HEADER", "Ctx", "Tx", "create_app", "open_transaction"]

CORRELATION_HEADER = "X-Correlation-ID"
MAX_BODY_BYTES = 4_000_000
_CORRELATION = re.compile(r"[0-9A-Za-z-]{1,64}")


def create_app(service: Service, context: Context, checks: dict[str, health.Check]) -> FastAPI:
    """The application; `checks` is what `/readyz` asks."""
    app = FastAPI(
        title=f"Cordées – {service.name}",
        description=service.description,
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    app.state.context, app.state.checks, app.state.verifier = context, checks, Verifier(context.settings)
    install_errors(app, service.status)
    app.include_router(service.router)
    app.include_router(health.router)
    if service.publishes:
        app.include_router(inbound_api.router)
    app.middleware("http")(_observe)
    _serve_docs(app)
    return app


async def _observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    given = request.headers.get(CORRELATION_HEADER, "")
    request.state.correlation = given if _CORRELATION.fullmatch(given) else str(uuid.uuid4())
    started, status = time.perf_counter(), 500
    try:
        response = _too_large(request) or await call_next(request)
        status = response.status_code
        response.headers[CORRELATION_HEADER] = request.state.correlation
        return response
    finally:
        # The route's template, not the path: a path holds ids, and labels come from closed sets.
        route = getattr(request.scope.get("route"), "path", "unmatched")
        REQUESTS.labels(request.method, route, status).inc()
        REQUEST_SECONDS.labels(request.method, route).observe(time.perf_counter() - started)


def _too_large(request: Request) -> Response | None:
    """A body is announced and bounded before a byte of it is read: the largest roll has a megabyte or less."""
    if "transfer-encoding" in request.headers:
        return problem(411, "length_required", "La demande doit annoncer sa longueur (Content-Length).")
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > MAX_BODY_BYTES:
        return problem(413, "body_too_large", f"Le corps de la demande dépasse {MAX_BODY_BYTES} octets.")
    return None


def _serve_docs(app: FastAPI) -> None:
    folder = Path(swagger_ui_bundle.swagger_ui_path)
    app.mount("/docs/static", StaticFiles(directory=folder), name="docs-static")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=app.openapi_url or "/openapi.json",
            title=app.title,
            swagger_js_url="/docs/static/swagger-ui-bundle.js",
            swagger_css_url="/docs/static/swagger-ui.css",
            swagger_favicon_url="/docs/static/favicon-32x32.png",
        )
