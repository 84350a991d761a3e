"""FastAPI as its documentation has it, on every route: parameters, dependencies, overrides and middleware."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.resources.lists import add_resource, all_parameters
from app.http.responses import get_reader
from app.http.routing import StrictRoute
from app.kinds.mission import MISSIONS
from app.main import create_app
from app.model.error import NotReady
from app.settings import Settings
from tests.conftest import CATALOGUE, serving_app
from tests.test_contract import DOCUMENT

EXAMPLES = {
    "/v1/cite": "?id=mission:isaf",
    "/v1/changes": "?since=x",
    "/v1/compare": "?id=mission:isaf&id=mission:unok",
    "/v1/compare.csv": "?id=mission:isaf&id=mission:unok",
    "/v1/graph": "?root=mission:isaf",
    "/v1/path": "?from=mission:unok&to=principle:inclusivity",
    "/v1/search": "?q=isaf",
    "/v1/suggest": "?q=isa",
}


def every_path() -> Iterator[str]:
    """One path for each route of the document."""
    for template, methods in DOCUMENT["paths"].items():
        path = template
        for parameter in methods["get"].get("parameters", ()):
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(parameter["schema"]["examples"][0]))
        query = EXAMPLES.get(path, "?root=mission:isaf" if path.startswith("/v1/graph.") else "")
        yield path + (f"?group_by={next(iter(stats_of(template)))}" if "/stats" in path else query)


def stats_of(template: str) -> Any:
    resource = template.split("/")[2]
    return all_parameters(CATALOGUE)[resource].groupings


@pytest.fixture
def app(loaded: Callable[[str], str]) -> FastAPI:
    return create_app(Settings(database_url=loaded("sqlite")))


def get(app: FastAPI, *paths: str, **headers: str) -> list[httpx.Response]:
    with serving_app(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        return [client.get(path, headers=headers) for path in paths]


async def deny() -> None:
    raise HTTPException(403, "denied")


def test_a_plain_route_is_validated_and_injected(app: FastAPI) -> None:
    calls = []

    @app.get("/ping")
    async def ping(name: Annotated[str, Query(max_length=3)] = "x", agent: Annotated[str, Header()] = "none") -> dict[str, str]:
        calls.append(name)
        return {"name": name, "agent": agent}

    right, default, long, unknown = get(app, "/ping?name=bob", "/ping", "/ping?name=toolong", "/ping?nam=bob", agent="me")
    assert right.json() == {"name": "bob", "agent": "me"}
    assert default.json()["name"] == "x"
    assert (long.status_code, long.json()["errors"][0]["loc"]) == (422, ["query", "name"])
    assert (unknown.status_code, unknown.json()["errors"][0]["did_you_mean"]) == (422, "name")
    assert calls == ["bob", "x"]


def test_a_handler_that_awaits_or_fails_runs_once(app: FastAPI) -> None:
    calls = []

    @app.get("/fails")
    async def fails() -> None:
        calls.append(1)
        raise RuntimeError

    assert get(app, "/fails")[0].status_code == 500
    assert len(calls) == 1


def test_the_dependency_of_a_router_runs_for_each_of_its_routes(app: FastAPI) -> None:
    router = APIRouter(prefix="/secret", dependencies=[Depends(deny)], route_class=StrictRoute)

    @router.get("/thing")
    async def thing() -> dict[str, str]:
        return {"secret": "told"}

    add_resource(generated := APIRouter(), MISSIONS, CATALOGUE, all_parameters(CATALOGUE))
    app.include_router(router)
    app.include_router(generated, prefix="/private", dependencies=[Depends(deny)])
    paths = ["", ".csv", "/isaf", "/isaf/challenges", "/stats?group_by=status", "/stats.csv?group_by=status"]
    for response in get(app, "/secret/thing", *(f"/private/v1/missions{path}" for path in paths)):
        assert (response.status_code, response.json()["detail"]) == (403, "denied"), response.url


def test_a_dependency_may_take_parameters_of_its_own(app: FastAPI) -> None:
    async def token(token: Annotated[str, Query(min_length=3)]) -> str:
        return token

    add_resource(generated := APIRouter(route_class=StrictRoute), MISSIONS, CATALOGUE, all_parameters(CATALOGUE))
    app.include_router(generated, prefix="/private", dependencies=[Depends(token)])
    right, short, missing, unknown = get(
        app,
        "/private/v1/missions/isaf?token=abc",
        "/private/v1/missions/isaf?token=a",
        "/private/v1/missions/isaf",
        "/private/v1/missions/isaf?token=abc&x=1",
    )
    assert right.json()["id"] == "mission:isaf"
    assert [response.status_code for response in (short, missing, unknown)] == [422, 422, 422]
    listed, refused = get(app, "/private/v1/missions?limit=1&token=abc", "/private/v1/missions?limit=1&tokn=abc")
    assert (listed.status_code, len(listed.json()["data"])) == (200, 1)
    assert refused.status_code == 422


@pytest.mark.parametrize("kind", ["pure ASGI", "function"])
def test_added_middleware_runs_for_every_route(app: FastAPI, kind: str) -> None:
    seen: list[str] = []

    class Noting:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                seen.append(scope["path"])
            await self.app(scope, receive, send)

    async def note(request: Request, call_next: Any) -> Any:
        seen.append(request.url.path)
        return await call_next(request)

    if kind == "function":
        app.add_middleware(BaseHTTPMiddleware, dispatch=note)
    else:
        app.add_middleware(Noting)
    paths = [*every_path(), "/nope", "/docs", "/metrics", "/assets/docs.css"]
    responses = get(app, *paths, *paths)  # the second time from the cache
    assert [response.status_code for response in responses if response.status_code >= 500] == []
    assert seen == [httpx.URL(path).path for path in paths] * 2


def test_dependency_overrides_apply_to_every_route_that_reads(app: FastAPI) -> None:
    async def no_reader() -> None:
        raise NotReady("overridden")

    app.dependency_overrides[get_reader] = no_reader
    without_data = {"/v1", "/health/live"}
    paths = [path for path in every_path() if path not in without_data]
    assert len(paths) > 100
    for response in get(app, *paths):
        assert (response.status_code, response.json()["detail"]) == (503, "overridden"), response.url


def test_every_parameter_is_refused_where_it_is_unknown_and_when_a_scalar_is_repeated(app: FastAPI) -> None:
    paths = list(every_path())
    for response in get(app, *(f"{path}{'&' if '?' in path else '?'}regoin=x" for path in paths)):
        assert response.status_code == 422, response.url
        assert ["query", "regoin"] in [error["loc"] for error in response.json()["errors"]]
    for response in get(app, "/v1/graph?root=mission:isaf&depth=1&depth=2", "/v1/missions?limit=1&limit=2"):
        assert response.json()["errors"][0]["msg"] == "takes one value and was given several"
