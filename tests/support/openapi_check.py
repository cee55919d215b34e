"""Holds answers against proto/openapi.yaml: tests that speak HTTP pass all they get through Description.check_response.

Stricter than a client should be: a field that the description does not name is a failure too, so that nothing is served
that nobody wrote down. Needs Debian's python3-yaml and python3-jsonschema.
"""

import copy
import pathlib
import re

import jsonschema
import yaml

PATH = pathlib.Path(__file__).resolve().parents[2] / "proto" / "openapi.yaml"
METHODS = ("get", "put", "post", "patch", "delete")


class Mismatch(AssertionError):
    """An answer, or the description itself, that is not as described."""


def load(path=PATH):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def resolve(document, node):
    """Follows a $ref of the document itself; everything else is returned as it is."""
    while isinstance(node, dict) and "$ref" in node and node["$ref"].startswith("#/"):
        target = document
        for part in node["$ref"][2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operations(document):
    """Yields (method, path, operation, the path's own item)."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method], item


def close_objects(node):
    """Objects with named properties take no others, unless the schema says that they may."""
    if isinstance(node, list):
        for child in node:
            close_objects(child)
    elif isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            node.setdefault("additionalProperties", False)
        for child in node.values():
            close_objects(child)


class Description:
    def __init__(self, path=PATH, closed=True):
        self.document = load(path)
        schemas = copy.deepcopy(self.document["components"]["schemas"])
        if closed:
            close_objects(schemas)
        self._root = {"components": {"schemas": schemas}}
        self._routes = [
            (method, re.compile(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path)) + r"\Z"), path, operation)
            for method, path, operation, _ in operations(self.document)
        ]
        # A literal segment wins over a {name}, as in the program.
        self._routes.sort(key=lambda route: route[2].count("{"))

    def validate(self, schema, value):
        """Raises Mismatch with the place and the reason of the deepest disagreement."""
        validator = jsonschema.Draft202012Validator({**self._root, **schema}, format_checker=jsonschema.FormatChecker())
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if error is not None:
            place = "/".join(str(part) for part in error.absolute_path)
            raise Mismatch(f"/{place}: {error.message}")

    def validate_as(self, name, value):
        """Against one schema of the components, such as StreamFrame."""
        self.validate({"$ref": f"#/components/schemas/{name}"}, value)

    def find(self, method, path):
        path = path.split("?", 1)[0]
        for known_method, pattern, template, operation in self._routes:
            if known_method == method.lower() and pattern.match(path):
                return template, operation
        return None, None

    def check_response(self, method, path, status, content_type, body):
        """`body`: the parsed JSON, or None where there was none."""
        template, operation = self.find(method, path)
        if operation is None:
            if status in (404, 405):
                self.validate_as("Problem", body)
                return
            raise Mismatch(f"{method} {path} is not described")
        where = f"{method} {template} -> {status}"
        if str(status) not in operation["responses"]:
            raise Mismatch(f"{where} is not described (got {body})")
        content = resolve(self.document, operation["responses"][str(status)]).get("content")
        if content is None:
            if body is not None:
                raise Mismatch(f"{where} has no body, but got {body}")
            return
        kind = (content_type or "").split(";")[0].strip()
        if kind not in content:
            raise Mismatch(f"{where}: content type {content_type!r} is not one of {list(content)}")
        if kind.endswith("json"):
            try:
                self.validate(content[kind]["schema"], body)
            except Mismatch as mismatch:
                raise Mismatch(f"{where}: {mismatch}\n{body}") from None
