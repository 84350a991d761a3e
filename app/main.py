"""The application, wired: settings, resources, reader, routes. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from app.database import open_reader
from app.http.cache_store import Cache
from app.http.errors import handle_errors
from app.http.middleware.admin_port import SecondPort
from app.http.middleware.admission import Turns
from app.http.middleware.rate_limit import RateLimit
from app.http.old_compressed import Compressed
from app.http.old_dispatch import Dispatch, Routes
from app.http.old_exchange import Exchange
from app.http.old_faults import Faults
from app.http.old_templates import Templates
from app.http.old_unwaited import Unwaited
from app.http.openapi import describe
from app.http.pages import serve_pages
from app.http.resources.lists import all_parameters, resource_router
from app.http.routes import case_study, changes
from app.http.routes.cite import cite_router
from app.http.routes.compare import compare_router
from app.http.routes.geojson import formats_of
from app.http.routes.graph import graph_router
from app.http.routes.health import health_router
from app.http.routes.metrics import serve_metrics
from app.http.routes.package import package_router
from app.http.routes.path import path_router
from app.http.routes.root import root_router
from app.http.routes.search import search_router
from app.http.routes.source import source_router
from app.http.routes.timeline import timeline_router
from app.http.tracing import name_span, tracing
from app.kinds import RESOURCES
from app.kinds.case_study import CASE_STUDIES
from app.model.catalogue import Catalogue
from app.settings import Settings
from app.telemetry.request_metrics import Tally
from app.telemetry.worker_files import Workers


def create_app(settings: Settings | None = None) -> ASGIApp:
    """What is served over the database that the settings name: the API, and around it what needs no framework."""
    settings = settings or Settings()
    return around(create_api(settings), settings)


def around(api: FastAPI, settings: Settings) -> ASGIApp:
    """An API with what is around it: kept answers, what all exchanges have, and a second port where one is set."""
    state, traced = api.state, api.state.telemetry["tracing"]
    how: dict[str, Any] = {
        "template_of": Templates(api).of,
        "name_span": name_span if traced else None,
        "access_log": settings.access_log,
    }

    def refusing(app: ASGIApp) -> ASGIApp:
        return Exchange(app, state.reader, Cache(0, Tally()), state.tally, **how)

    turns = Turns(api, state.reader.at_once, settings.queue, settings.query_seconds)
    unwaited = None if traced or state.reader.waits else Unwaited(api, state.routes)
    served: ASGIApp = Exchange(turns, state.reader, state.cache, state.tally, turns=turns, unwaited=unwaited, **how)
    limited = served if settings.rate_limit is None else RateLimit(served, refusing(rate.refusal(api)), settings.rate_limit)
    if not settings.admin_port:
        return limited
    return SecondPort(limited, refusing(ports.refusal(api)), settings.admin_port)


def create_api(settings: Settings) -> FastAPI:
    """The API itself."""
    reader, tally, telemetry = open_reader(settings), Tally(), tracing()
    workers = Workers(tally, settings.workers_folder)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with workers.telling():
            yield
        await reader.close()

    app = FastAPI(
        version=version("casebook"),
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=telemetry,
    )
    app.state.reader, app.state.tally, app.state.telemetry = reader, tally, telemetry
    app.state.cache = Cache(settings.cache_bytes, tally)
    routers = _routers(Catalogue(RESOURCES), settings)
    app.state.routes = Routes(reader, routers)
    # The last one added is the first to see a request.
    app.add_middleware(Dispatch, routes=app.state.routes)
    app.add_middleware(Compressed)
    app.add_middleware(Faults)
    for router in routers:
        app.include_router(router)
    serve_metrics(app, workers)
    serve_pages(app)
    handle_errors(app)
    describe(app, Catalogue(RESOURCES))
    return app


def _routers(catalogue: Catalogue, settings: Settings) -> list[APIRouter]:
    """Every route, in the order of the documentation."""
    known = all_parameters(catalogue)
    lists = [
        resource_router(resource, catalogue, known, formats_of(resource), own_detail=resource is CASE_STUDIES)
        for resource in catalogue.resources
    ]
    return [
        root_router(catalogue, known),
        *lists,
        case_study.router,
        source_router(catalogue),
        search_router(catalogue),
        graph_router(catalogue),
        path_router(catalogue),
        compare_router(catalogue),
        cite_router(catalogue),
        timeline_router(catalogue),
        changes.router,
        package_router(catalogue, known),
        health_router(settings.query_seconds),
    ]
