"""The HTTP API: middleware, routes, formats and pages. The only package besides `main` and `server` that knows HTTP."""
