"""The application, wired: settings, resources, reader, routes. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from app.api.lists import all_parameters, resource_router
from app.api.openapi import describe
from app.api.pages import serve_pages
from app.api.problem import handle_errors
from app.api.routes import health
from app.api.routes.graph import graph_router
from app.api.routes.path import path_router
from app.api.routes.root import root_router
from app.api.routes.source import source_router
from app.catalog.catalogue import Catalogue
from app.database import open_reader
from app.entities import RESOURCES
from app.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """An application over the database that the settings name."""
    reader = open_reader(settings or Settings())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await reader.close()

    app = FastAPI(version=version("casebook"), lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.reader = reader
    catalogue = Catalogue(RESOURCES)
    known = all_parameters(catalogue)
    app.include_router(root_router(catalogue, known))
    for resource in catalogue.resources:
        app.include_router(resource_router(resource, catalogue, known))
    app.include_router(source_router(catalogue))
    app.include_router(graph_router(catalogue))
    app.include_router(path_router(catalogue))
    app.include_router(health.router)
    serve_pages(app)
    handle_errors(app)
    describe(app, catalogue)
    return app
