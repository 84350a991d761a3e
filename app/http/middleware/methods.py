"""HEAD and OPTIONS, which FastAPI does not add to GET routes."""

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import METHODS
from app.telemetry.request_info import CURRENT_REQUEST

ALLOW = {"Allow": ", ".join(METHODS)}


class MethodsMiddleware:
    """Answers HEAD as the GET without its body, and OPTIONS with the methods that there are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "GET":
            await self.app(scope, receive, send)
        elif scope["method"] == "HEAD":
            # A copy: the server looks at its own scope to send no body. The router leaves the route in the copy, for metrics.
            get = CURRENT_REQUEST.get().scope = {**scope, "method": "GET"}
            await self.app(get, receive, _without_body(send))
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=ALLOW)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def send_headers(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_headers
