"""Answers as responses: bytes made once, with the headers that all of them carry."""

from collections.abc import Mapping
from typing import Annotated, Any, cast

import orjson
from fastapi import Depends, Request, Response

from app.database import Reader
from app.http.conditional import CACHE_CONTROL, NO_STORE

FRESH = {"Cache-Control": NO_STORE}
"""For what says nothing of how things will be when it is asked again."""


async def reader_of(request: Request) -> Reader:
    """The reader that the application was made with."""
    return cast(Reader, request.app.state.reader)


Reading = Annotated[Reader, Depends(reader_of)]


class Made(Response):
    """An answer with its bytes and headers as they are: `Response` looks at each, which takes longer than making some answers."""

    def __init__(self, body: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        self.body, self.status_code, self.background = body, 200, None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", media_type.encode())]
        self.raw_headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def json_response(body: Any, data_version: str | None = None, **headers: str) -> Response:
    """An answer, at a data version where it is made of data."""
    version = {"X-Data-Version": data_version} if data_version else {}
    return Made(orjson.dumps(body), "application/json", version | headers)


def written_response(json: str, data_version: str, **headers: str) -> Response:
    """An answer that is JSON already."""
    return Made(json.encode(), "application/json", {"X-Data-Version": data_version} | headers)


def text_response(text: str, media_type: str, data_version: str, **headers: str) -> Response:
    """An answer in a format of text, at its data version."""
    content_type = f"{media_type}; charset=utf-8"
    return Made(text.encode(), content_type, {"X-Data-Version": data_version} | headers)


def lasting_response(body: bytes | str, media_type: str, **headers: str) -> Response:
    """An answer made of the program alone, which no release changes."""
    return Response(body, headers={"Cache-Control": CACHE_CONTROL} | headers, media_type=media_type)
