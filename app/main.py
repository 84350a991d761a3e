"""The application, wired: settings, resources, reader, routes. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette_compress import CompressMiddleware

from app.api.conditional import Conditional
from app.api.dispatch import Dispatch
from app.api.exchange import Exchange
from app.api.lists import all_parameters, resource_router
from app.api.negotiation import check_accept
from app.api.openapi import describe
from app.api.pages import serve_pages
from app.api.problem import handle_errors
from app.api.routes import case_study, changes, health
from app.api.routes.cite import cite_router
from app.api.routes.compare import compare_router
from app.api.routes.geojson import formats_of
from app.api.routes.graph import graph_router
from app.api.routes.package import package_router
from app.api.routes.path import path_router
from app.api.routes.root import root_router
from app.api.routes.search import search_router
from app.api.routes.source import source_router
from app.api.routes.timeline import timeline_router
from app.catalog.catalogue import Catalogue
from app.database import open_reader
from app.entities import RESOURCES
from app.entities.case_study import CASE_STUDIES
from app.settings import Settings

EXPOSED = ["ETag", "Last-Modified", "Link", "X-Data-Version", "X-Notice", "X-Request-ID", "Content-Disposition"]


def create_app(settings: Settings | None = None) -> FastAPI:
    """An application over the database that the settings name."""
    reader = open_reader(settings or Settings())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await reader.close()

    served = [Depends(check_accept)]
    app = FastAPI(version=version("casebook"), lifespan=lifespan, dependencies=served, docs_url=None, redoc_url=None)
    app.state.reader = reader
    catalogue = Catalogue(RESOURCES)
    routers = _routers(catalogue)
    # The last one added is the first to see a request.
    app.add_middleware(Dispatch, reader=reader, routers=routers)
    app.add_middleware(CompressMiddleware)
    app.add_middleware(Conditional, reader=reader)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD", "OPTIONS"], expose_headers=EXPOSED, max_age=86400
    )
    app.add_middleware(Exchange)
    for router in routers:
        app.include_router(router)
    serve_pages(app)
    handle_errors(app)
    describe(app, catalogue)
    return app


def _routers(catalogue: Catalogue) -> list[APIRouter]:
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
        health.router,
    ]
