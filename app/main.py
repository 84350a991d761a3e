"""The application, wired: settings, resources, reader, routes. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware

from app.api.cache import Cache
from app.api.exchange import Exchange
from app.api.lists import all_parameters, resource_router
from app.api.negotiation import accepts_an_answer
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


def create_app(settings: Settings | None = None) -> ASGIApp:
    """What is served: the API over the database that the settings name, and around it what needs no framework."""
    api = create_api(settings or Settings())
    return Exchange(api, api.state.reader, api.state.cache)


def create_api(settings: Settings) -> FastAPI:
    """The API itself."""
    reader, cache = open_reader(settings), Cache(settings.cache_bytes)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await reader.close()

    served = [Depends(accepts_an_answer)]
    app = FastAPI(version=version("casebook"), lifespan=lifespan, dependencies=served, openapi_url=None)
    app.state.reader, app.state.cache = reader, cache
    app.add_middleware(CompressMiddleware)
    catalogue = Catalogue(RESOURCES)
    known = all_parameters(catalogue)
    app.include_router(root_router(catalogue, known))
    for resource in catalogue.resources:
        own_detail = resource is CASE_STUDIES
        app.include_router(resource_router(resource, catalogue, known, formats_of(resource), own_detail=own_detail))
    app.include_router(case_study.router)
    app.include_router(source_router(catalogue))
    app.include_router(search_router(catalogue))
    app.include_router(graph_router(catalogue))
    app.include_router(path_router(catalogue))
    app.include_router(compare_router(catalogue))
    app.include_router(cite_router(catalogue))
    app.include_router(timeline_router(catalogue))
    app.include_router(changes.router)
    app.include_router(package_router(catalogue, known))
    app.include_router(health.router)
    serve_pages(app)
    handle_errors(app)
    describe(app, catalogue)
    return app
