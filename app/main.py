"""The application, wired: settings, reader, middleware, routes. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from itertools import chain, pairwise
from threading import Event

from fastapi import APIRouter, FastAPI
from starlette_compress import CompressMiddleware

from app.database import open_reader
from app.http.errors import add_error_handlers
from app.http.middleware.admission import AdmissionMiddleware
from app.http.middleware.cors import CORSMiddleware
from app.http.middleware.internal_error import InternalErrorMiddleware
from app.http.middleware.methods import MethodsMiddleware
from app.http.middleware.metrics import MetricsMiddleware
from app.http.middleware.rate_limit import RateLimitMiddleware
from app.http.middleware.request_head import RequestHeadMiddleware
from app.http.middleware.request_id import RequestIDMiddleware
from app.http.middleware.response_cache import ResponseCacheMiddleware
from app.http.openapi import describe
from app.http.pages import add_pages
from app.http.resources.documentation import operations
from app.http.resources.lists import add_resource, all_parameters
from app.http.response_store import ResponseStore
from app.http.routes import case_study, changes, source
from app.http.routes.cite import cite_router
from app.http.routes.compare import compare_router
from app.http.routes.geojson import formats_of
from app.http.routes.graph import graph_router
from app.http.routes.health import health_router
from app.http.routes.metrics import metrics_router
from app.http.routes.package import package_router
from app.http.routes.path import path_router
from app.http.routes.root import root_router
from app.http.routes.search import search_router, suggest_router
from app.http.routes.source import source_router
from app.http.routes.timeline import timeline_router
from app.http.routing import StrictRoute
from app.http.tracing import name_span, tracing
from app.kinds import RESOURCES
from app.kinds.case_study import CASE_STUDIES
from app.model.catalogue import Catalogue
from app.query.lists.parameters import Parameters
from app.server.draining import drain_on_sigterm
from app.settings import Settings
from app.telemetry.request_metrics import RequestMetrics
from app.telemetry.worker_files import WorkerFiles

DISTRIBUTION = "casebook-api"


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the application over the database that the settings name, by default those of the environment."""
    settings = settings or Settings()
    reader, metrics, telemetry = open_reader(settings), RequestMetrics(), tracing()
    workers, draining = WorkerFiles(metrics, settings.workers_folder), Event()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with drain_on_sigterm(settings.drain_seconds, draining), workers.writing():
            yield
        await reader.close()

    app = FastAPI(version=version(DISTRIBUTION), lifespan=lifespan, openapi_url=None, redirect_slashes=False, telemetry=telemetry)
    app.router.route_class = StrictRoute
    app.state.reader, app.state.draining = reader, draining
    app.state.metrics, app.state.response_store = metrics, ResponseStore(settings.cache_bytes, metrics)
    catalogue = Catalogue(RESOURCES)
    parameters = all_parameters(catalogue)
    for resource in catalogue.resources:
        is_written = resource is CASE_STUDIES
        add_resource(app.router, resource, catalogue, parameters, formats_of(resource), own_detail=is_written)
    for router in _routers(catalogue, parameters, settings):
        app.include_router(router)
    if settings.admin_port is None:
        app.include_router(metrics_router(workers))
    add_pages(app)
    add_error_handlers(app)
    describe(app, catalogue, lambda: dict(chain(operations(catalogue, parameters), source.operations(catalogue))))
    _add_middleware(app, settings, is_traced=bool(telemetry["tracing"]))
    return app


def reserved_names() -> dict[str, set[str]]:
    """Return the names that no item of a resource can have, by the resource's name: routes have them, as /v1/missions/stats."""
    names: dict[str, set[str]] = {}
    for route in create_app(Settings(database_url="sqlite://")).routes:
        parts = getattr(route, "path", "").split("/")
        for parent, name in pairwise(parts):
            if "{" not in name:
                names.setdefault(parent, set()).add(name)
    return {resource.name: names.get(resource.name, set()) for resource in RESOURCES}


def create_admin_app(settings: Settings | None = None) -> FastAPI:
    """Create the application of the admin port: probes and metrics."""
    settings = settings or Settings()
    reader = open_reader(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await reader.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    app.router.route_class = StrictRoute
    app.state.reader, app.state.draining = reader, Event()
    app.include_router(health_router(settings.query_seconds))
    app.include_router(metrics_router(WorkerFiles(RequestMetrics(workers=0), settings.workers_folder)))
    add_error_handlers(app)
    app.add_middleware(InternalErrorMiddleware)
    app.add_middleware(MethodsMiddleware)
    app.add_middleware(RequestIDMiddleware)
    return app


def _routers(catalogue: Catalogue, parameters: dict[str, Parameters], settings: Settings) -> list[APIRouter]:
    """Return the routers that are written by hand, in the order of the documentation."""
    return [
        root_router(catalogue, parameters),
        case_study.router,
        source_router(catalogue),
        search_router(catalogue),
        suggest_router(catalogue),
        graph_router(catalogue),
        path_router(catalogue),
        compare_router(catalogue),
        cite_router(catalogue),
        timeline_router(catalogue),
        changes.router,
        package_router(catalogue, parameters),
        health_router(settings.query_seconds),
    ]


def _add_middleware(app: FastAPI, settings: Settings, *, is_traced: bool) -> None:
    """Add the middleware, the innermost first: the last one added is the first to see a request."""
    reader, metrics = app.state.reader, app.state.metrics
    app.add_middleware(AdmissionMiddleware, concurrency=reader.concurrency, queue=settings.queue, seconds=settings.query_seconds)
    app.add_middleware(CompressMiddleware)
    # Outside of compression, so that compressed bytes are stored; outside of admission, for a stored response needs no slot.
    app.add_middleware(ResponseCacheMiddleware, reader=reader, store=app.state.response_store)
    # Outside of the cache, which holds a response back until its first bytes: until then it can be replaced.
    app.add_middleware(InternalErrorMiddleware)
    app.add_middleware(MethodsMiddleware)
    app.add_middleware(
        RequestHeadMiddleware, root_path=settings.root_path, trust_forwarded_prefix=settings.trust_forwarded_prefix
    )
    if settings.rate_limit is not None:
        app.add_middleware(RateLimitMiddleware, rate=settings.rate_limit)
    app.add_middleware(CORSMiddleware)
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    app.add_middleware(RequestIDMiddleware, log_requests=settings.access_log, name_span=name_span if is_traced else None)
