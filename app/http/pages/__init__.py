"""Pages for a browser. Everything they load is served from here: the scripts come from a package, not from another host."""

from importlib.resources import files
from string import Template

import fastapi_offline
from fastapi import FastAPI, Response
from fastapi.staticfiles import StaticFiles

from app.http.responses import static_response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def page_response(name: str, **values: str) -> Response:
    """Return a page of this folder with its placeholders filled in."""
    text = Template(files(__name__).joinpath(name).read_text(encoding="utf-8")).substitute(values)
    policy = {"Content-Security-Policy": POLICY}
    if "data_version" in values:
        return Response(text, headers=policy | {"X-Data-Version": values["data_version"]}, media_type="text/html")
    return static_response(text, "text/html", **policy)


def add_pages(app: FastAPI) -> None:
    """Add /docs and /redoc, with the scripts and styles that they load."""

    @app.get("/assets/redoc.standalone.js", include_in_schema=False)
    async def get_redoc_script() -> Response:
        script = files(fastapi_offline).joinpath("static/redoc.standalone.js").read_bytes()
        return static_response(_without_logo(script), "text/javascript")

    app.mount("/assets/vendor", StaticFiles(packages=[(fastapi_offline.__name__, "static")]))
    app.mount("/assets", StaticFiles(packages=[(__name__, "assets")]))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return page_response("docs.html")

    @app.get("/redoc", include_in_schema=False)
    async def redoc() -> Response:
        return page_response("redoc.html")


def _without_logo(script: bytes) -> bytes:
    """Remove the logo that ReDoc loads from its maker's host."""
    return script.replace(b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:,")
