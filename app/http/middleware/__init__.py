"""Pure ASGI middleware, one class a file. `app.main` adds them, and says in which order and why."""
