"""``python -m sensors_app.web``, or ``sensors web``: serves pages, API and metrics."""

import sys

import uvicorn

from sensors_app.errors import DagsterError, SettingsError
from sensors_app.runtime import build_runtime
from sensors_app.web.app import build_app

STOP_S = 2
"""Streams to browsers have no end of their own."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    try:
        runtime = build_runtime()
        app = build_app(runtime)
    except DagsterError as error:
        sys.stderr.write(f"error: {error}\n")
        # Another start would not help against a wrong setting: a service manager can tell.
        sys.exit(2 if isinstance(error, SettingsError) else 1)
    uvicorn.run(
        app,
        host=runtime.settings.web_host,
        port=runtime.settings.web_port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
