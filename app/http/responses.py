"""Responses, and the reader as a dependency of handlers."""

from collections.abc import Mapping
from typing import Annotated, Any, cast

import orjson
from fastapi import Depends, Request, Response

from app.database import Reader
from app.http.conditional import CACHE_CONTROL, NO_STORE

UNCACHED = {"Cache-Control": NO_STORE}
"""Headers of a response that is true only now, such as that of a probe."""


async def get_reader(request: Request) -> Reader:
    """Return the reader that the application was created with."""
    return cast(Reader, request.app.state.reader)


ReaderDep = Annotated[Reader, Depends(get_reader)]


class RawResponse(Response):
    """A response from bytes and headers that need no conversion.

    Starlette's `Response` inspects and encodes each of them, which takes longer than some queries do.
    """

    def __init__(self, body: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        self.body, self.status_code, self.background = body, 200, None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", media_type.encode())]
        self.raw_headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def json_response(content: Any, data_version: str | None = None, **headers: str) -> Response:
    """Serialize content as JSON, under the data version that it was made from, if any."""
    version = {"X-Data-Version": data_version} if data_version else {}
    return RawResponse(orjson.dumps(content), "application/json", version | headers)


def rendered_response(json: str, data_version: str, **headers: str) -> Response:
    """Send text that is JSON already."""
    return RawResponse(json.encode(), "application/json", {"X-Data-Version": data_version} | headers)


def text_response(text: str, media_type: str, data_version: str, **headers: str) -> Response:
    """Send text of another media type."""
    content_type = f"{media_type}; charset=utf-8"
    return RawResponse(text.encode(), content_type, {"X-Data-Version": data_version} | headers)


def static_response(body: bytes | str, media_type: str, **headers: str) -> Response:
    """Send what no data went into, which no release changes."""
    return Response(body, headers={"Cache-Control": CACHE_CONTROL} | headers, media_type=media_type)
