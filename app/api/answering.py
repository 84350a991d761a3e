"""Answers as responses: bytes made once, with the headers that all of them carry."""

from typing import Annotated, Any, cast

import orjson
from fastapi import Depends, Request, Response

from app.api.conditional import CACHE_CONTROL, NO_STORE
from app.database import Reader

FRESH = {"Cache-Control": NO_STORE}
"""For what says nothing of how things will be when it is asked again."""


async def reader_of(request: Request) -> Reader:
    """The reader that the application was made with."""
    return cast(Reader, request.app.state.reader)


Reading = Annotated[Reader, Depends(reader_of)]


def json_response(body: Any, data_version: str | None = None, **headers: str) -> Response:
    """An answer, at a data version where it is made of data."""
    version = {"X-Data-Version": data_version} if data_version else {}
    return Response(orjson.dumps(body), headers=version | headers, media_type="application/json")


def written_response(json: str, data_version: str, **headers: str) -> Response:
    """An answer that is JSON already."""
    return Response(json.encode(), headers={"X-Data-Version": data_version} | headers, media_type="application/json")


def text_response(text: str, media_type: str, data_version: str, **headers: str) -> Response:
    """An answer in a format of text, at its data version."""
    content_type = f"{media_type}; charset=utf-8"
    return Response(text.encode(), headers={"X-Data-Version": data_version} | headers, media_type=content_type)


def lasting_response(body: bytes | str, media_type: str, **headers: str) -> Response:
    """An answer made of the program alone, which no release changes."""
    return Response(body, headers={"Cache-Control": CACHE_CONTROL} | headers, media_type=media_type)
