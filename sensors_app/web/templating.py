"""Renders pages: Jinja2, with everything that a user wrote escaped."""

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sensors_app.web import shown
from sensors_app.web.strips import strip
from sensors_app.web.tracebacks import chain_of

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment of all templates; names that are not given are errors."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(shown.FILTERS, error_chain=chain_of)
    made.globals.update(version=version("sensors-app"), strip=strip)
    return made


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """Return a page.

    Args:
        request: What it answers.
        template: Its template.
        status: The HTTP status.
        context: What the template shows.
    """
    text = (
        environment()
        .get_template(template)
        .render(
            root=request.scope.get("root_path", ""),
            path=request.url.path,
            user=request.state.user,
            live_last=request.app.state.site.hub.last,
            **context,
        )
    )
    # What users write may hold halves of characters, which no page can.
    return HTMLResponse(text.encode("utf-8", "replace"), status, {"Cache-Control": "no-store"})


def rendered(template: str, **context: Any) -> str:
    """Return the text of a template."""
    return environment().get_template(template).render(**context)
