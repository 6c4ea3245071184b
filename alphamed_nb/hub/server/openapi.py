"""Builds `openapi.yaml` from the table of endpoints: ``python -m alphamed_nb.hub.server.openapi`` writes it anew.

A test fails while the file differs from what this builds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..._version import __version__
from ...protocol import errors
from ...protocol.journal import KINDS
from ..store.lines import MAX_LINES
from ..store.tallies import LEVELS
from .rest import ENDPOINTS, Endpoint

__all__ = ["PATH", "build"]

PATH = Path(__file__).with_name("openapi.yaml")

_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0}
_TEXT: dict[str, Any] = {"type": "string"}
_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "task": (_TEXT, "Only of this task"),
    "run": (_NUMBER, "Only of this run; runs are numbered by task"),
    "node": ({"type": "array", "items": _TEXT}, "Only of these nodes; may be given several times"),
    "without": ({"type": "array", "items": _TEXT}, "All nodes but these; may be given several times"),
    "after": (_NUMBER, "Only numbers above this one"),
    "before": (_NUMBER, "Only numbers below this one"),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 5000, "default": 500}, "At most so many rows"),
    "order": ({"enum": ["oldest", "newest"], "default": "oldest"}, "Which rows come first"),
    "kind": (
        {"type": "array", "items": {"enum": list(KINDS)}},
        "Only rows of these kinds; may be given several times",
    ),
    "level": (_NUMBER, "Only log rows of at least this level, as in Python's logging"),
    "text": (_TEXT, "Only rows that contain this text, whatever its case"),
    "number": (_NUMBER, "As of this journal number, instead of now"),
    "regex": ({"type": "string", "maxLength": 1024}, "Only rows in which this RE2 pattern is found"),
}
_OF_LINES: dict[str, tuple[dict[str, Any], str]] = {
    "level": (
        {"type": "array", "items": {"enum": list(LEVELS)}},
        "Only records of these levels (below 20, below 30, below 40, from 40); may be given several times",
    ),
    "offset": (_NUMBER, "The place of the first record, counted from 0"),
    "around": (_NUMBER, "Instead of `offset`: the first record with at least this journal number is in the middle"),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": MAX_LINES, "default": 200},
        "At most so many records; fewer come where they are very long",
    ),
}
_OWN_PARAMETERS = {"api/lines": _OF_LINES}
"""What means something else, or only exists, at one path."""
_GROUP = "([^/]+)"
_REFUSALS = (errors.InvalidRequest, errors.Unauthorized, errors.NotFound)


def build() -> dict[str, Any]:
    """The document."""
    types = [endpoint.answer for endpoint in ENDPOINTS] + [errors.ErrorBody]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for endpoint, schema in zip(ENDPOINTS, schemas[:-1], strict=True):
        names = ["task", "run"][: endpoint.path.count("(")]
        path = endpoint.path
        for name in names:
            path = path.replace(_GROUP, f"{{{name}}}", 1)
        paths.setdefault(f"/{path}", {})[endpoint.method.lower()] = _operation(endpoint, names, schema, schemas[-1])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "alphamed_nb hub",
            "version": __version__,
            "description": "Below {base_url}alphamed-nb/ of the Jupyter server (token or cookie; a page needs the XSRF "
            "token for POST and DELETE), and, GET only, at the hub's node door (Authorization: Bearer and the ticket "
            "of a link).",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "jupyter": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "token TOKEN"},
                "ticket": {"type": "http", "scheme": "bearer", "description": "The ticket of an open link"},
            },
        },
    }


def _operation(endpoint: Endpoint, names: list[str], schema: dict[str, Any], error: dict[str, Any]) -> dict[str, Any]:
    parameters = {**_PARAMETERS, **_OWN_PARAMETERS.get(endpoint.path, {})}
    refusals = [*_REFUSALS, errors.RunIsLive] if endpoint.method == "DELETE" else _REFUSALS
    asked: dict[str, Any] = {
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": parameters[name][0]} for name in names),
            *(
                {"name": name, "in": "query", "schema": parameters[name][0], "description": parameters[name][1]}
                for name in endpoint.parameters
            ),
        ]
    }
    if endpoint.method == "POST":
        named = {name: {**parameters[name][0], "description": parameters[name][1]} for name in endpoint.parameters}
        asked = {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": named}}}}}
    return {
        "summary": endpoint.summary,
        "security": [{"jupyter": []}, {"ticket": []}] if endpoint.method == "GET" else [{"jupyter": []}],
        **asked,
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": schema}}},
            **{
                str(refusal.status): {
                    "description": refusal.code,
                    "content": {"application/json": {"schema": error}},
                }
                for refusal in refusals
            },
        },
    }


def _write() -> None:
    import yaml  # type: ignore[import-untyped]

    class Plain(yaml.SafeDumper):  # type: ignore[misc]
        """Writes what is used twice twice, not as a reference."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    PATH.write_text(yaml.dump(build(), Dumper=Plain, sort_keys=False, allow_unicode=True, width=120))


if __name__ == "__main__":
    _write()
