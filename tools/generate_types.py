"""Writes `labextension/src/hub/protocol.ts`, the front end's types of what the hub sends.

Run it as `python tools/generate_types.py`. The Python types (`alphamed_nb/protocol`) are the definition;
tests/protocol/test_typescript.py fails when the file no longer fits them. What comes out is as Prettier would write it.

A field that msgspec leaves out when it has its default (`omit_defaults`) is optional; one that is merely optional to
construct is always sent, so it is not. Arrays are read-only: nobody changes what came over the wire.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from alphamed_nb.protocol import errors, hub_file, journal, limits, live, messages, rest, snapshot  # noqa: E402

TARGET = ROOT / "labextension" / "src" / "hub" / "protocol.ts"
WIDTH = 80

PARTS: dict[types.ModuleType, list[str]] = {
    errors: ["ErrorBody"],
    limits: ["Limits"],
    messages: ["PresenceState"],
    hub_file: ["HubKind"],
    journal: journal.__all__,
    snapshot: snapshot.__all__,
    live: live.__all__,
    rest: rest.__all__,
}
"""Which names of which module the front end knows."""

HEAD = """\
/**
 * What the hub sends and understands, as alphamed_nb/protocol defines it.
 *
 * Written by tools/generate_types.py: change the Python types and run it again.
 */

"""

PLAIN = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    Any: "unknown",
    msgspec.Raw: "unknown",
}


def is_struct(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, msgspec.Struct)


def is_alias(value: object) -> bool:
    return value is journal.Kind or get_origin(value) in (Literal, Union, types.UnionType)


def named() -> dict[str, Any]:
    """Structs and aliases by name, module for module, each in the order of its definition."""
    found: dict[str, Any] = {}
    for module, names in PARTS.items():
        for name, value in vars(module).items():
            if name in names and (is_alias(value) or is_struct(value)):
                if found.setdefault(name, value) is not value:
                    raise SystemExit(f"two types are called {name}")
        if module is journal:
            found |= {rule.body.__name__: rule.body for rule in journal.KINDS.values()}
    return found


class Writer:
    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known
        self.names = {value: name for name, value in known.items()}

    def type(self, kind: Any) -> str:
        """Say a Python type in TypeScript."""
        if kind in PLAIN:
            return PLAIN[kind]
        if kind in self.names:
            return self.names[kind]
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.type(arguments[0])
        if origin is Literal:
            return " | ".join(quoted(value) for value in arguments)
        if is_alias(kind):
            return " | ".join(self.type(part) for part in arguments)
        if origin is list:
            inner = self.type(arguments[0])
            return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
        if origin is tuple:
            return f"readonly [{', '.join(self.type(part) for part in arguments)}]"
        if origin is dict:
            return f"Readonly<Record<string, {self.type(arguments[1])}>>"  # JSON has no other keys
        raise SystemExit(f"{kind!r} is not among the types that the front end is to know")

    def alias(self, name: str, kind: Any) -> str:
        choices = journal.KINDS if kind is journal.Kind else get_args(kind)
        parts = [quoted(part) if isinstance(part, str) else self.type(part) for part in choices]
        return union(name, parts)

    def struct(self, name: str, kind: Any) -> str:
        config, docs = kind.__struct_config__, field_docs(kind)
        fields = msgspec.structs.fields(kind)
        if config.array_like:
            items = [(docs.get(field.name, ""), f"{field.encode_name}: {self.type(field.type)}") for field in fields]
            lines = [f"export type {name} = readonly ["]
            for place, (doc, item) in enumerate(items):
                lines += [*comment(doc, "  "), f"  {item}{',' if place < len(items) - 1 else ''}"]
            return "\n".join([*comment(own_doc(kind)), *lines, "];"])
        lines = [*comment(own_doc(kind)), f"export interface {name} {{"]
        if config.tag is not None:
            lines.append(f"  {config.tag_field}: {quoted(config.tag)};")
        for field in fields:
            mark = "?" if config.omit_defaults and not field.required else ""
            lines += comment(docs.get(field.name, ""), "  ")
            lines += member(f"{field.encode_name}{mark}", self.type(field.type))
        return "\n".join([*lines, "}"])

    def row(self) -> str:
        """The row, whose kind says which body it has."""
        text = self.struct("RowOf<K extends Kind, B>", journal.Row)
        text = text.replace("  kind: Kind;", "  kind: K;").replace("  body?: unknown;", "  body: B;")
        rows = {f"{kind.capitalize()}Row": (kind, rule.body.__name__) for kind, rule in journal.KINDS.items()}
        one = [f"export type {name} = RowOf<{quoted(kind)}, {body}>;" for name, (kind, body) in rows.items()]
        return "\n\n".join([text, "\n".join(one), union("Row", list(rows))])

    def __call__(self) -> str:
        pieces = [f"export const PROTOCOL_VERSION = {messages.PROTOCOL_VERSION};"]
        for name, kind in self.known.items():
            if kind is journal.Row:
                pieces.append(self.row())
            else:
                pieces.append(self.struct(name, kind) if is_struct(kind) else self.alias(name, kind))
        return HEAD + "\n\n".join(pieces) + "\n"


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def union(name: str, parts: list[str]) -> str:
    return "\n".join(statement(f"export type {name} =", parts, ""))


def member(name: str, kind: str) -> list[str]:
    return statement(f"  {name}:", kind.split(" | "), "  ")


def statement(head: str, parts: list[str], indent: str) -> list[str]:
    """On one line, else on the next, else a line for each part."""
    joined = f"{' | '.join(parts)};"
    if len(f"{head} {joined}") <= WIDTH:
        return [f"{head} {joined}"]
    if len(f"{indent}  {joined}") <= WIDTH:
        return [head, f"{indent}  {joined}"]
    lines = [f"{indent}  | {part}" for part in parts]
    return [head, *lines[:-1], f"{lines[-1]};"]


def comment(text: str, indent: str = "") -> list[str]:
    text = " ".join(text.replace("``", "`").split()).replace("*/", "* /")
    text = re.sub(r":class:`~?[\w.]*?(\w+)`", r"`\1`", re.sub(r"\bNone\b", "null", text))
    if not text:
        return []
    if len(indent) + len(text) + 7 <= WIDTH:
        return [f"{indent}/** {text} */"]
    lines = textwrap.wrap(text, WIDTH - len(indent) - 3, break_long_words=False, break_on_hyphens=False)
    return [f"{indent}/**", *(f"{indent} * {line}" for line in lines), f"{indent} */"]


def own_doc(kind: type) -> str:
    """The first paragraph of a class's own docstring."""
    return (kind.__dict__.get("__doc__") or "").split("\n\n")[0]


def field_docs(kind: type) -> dict[str, str]:
    """What stands under each field of a class, as a string of its own."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    docs: dict[str, str] = {}
    for field, after in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            docs[field.target.id] = ast.literal_eval(after.value)
    return docs


def generate() -> str:
    return Writer(named())()


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(generate(), encoding="utf-8")
