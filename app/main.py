"""The application, wired: settings, resources, reader, routes. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from app.api import ports, rate
from app.api.cache import Cache
from app.api.compressed import Compressed
from app.api.dispatch import Dispatch, Routes
from app.api.exchange import Exchange
from app.api.faults import Faults
from app.api.lists import all_parameters, resource_router
from app.api.openapi import describe
from app.api.pages import serve_pages
from app.api.ports import SecondPort
from app.api.problem import handle_errors
from app.api.rate import RateLimit
from app.api.routes import case_study, changes
from app.api.routes.cite import cite_router
from app.api.routes.compare import compare_router
from app.api.routes.geojson import formats_of
from app.api.routes.graph import graph_router
from app.api.routes.health import health_router
from app.api.routes.metrics import serve_metrics
from app.api.routes.package import package_router
from app.api.routes.path import path_router
from app.api.routes.root import root_router
from app.api.routes.search import search_router
from app.api.routes.source import source_router
from app.api.routes.timeline import timeline_router
from app.api.templates import Templates
from app.api.tracing import name_span, tracing
from app.api.turns import Turns
from app.api.unwaited import Unwaited
from app.catalog.catalogue import Catalogue
from app.database import open_reader
from app.entities import RESOURCES
from app.entities.case_study import CASE_STUDIES
from app.settings import Settings
from app.telemetry.tally import Tally
from app.telemetry.workers import Workers


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
