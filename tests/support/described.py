"""proto/openapi.yaml as requests that can be sent: what the tests of every operation are generated from. Its examples
name things by ids of their own (KINDS); whoever sends one puts the ids of real things in their places."""

import copy
import datetime
import functools
import re
import secrets
import urllib.parse

import openapi_check

PREFIX = "019a9f52-7b1c-7c33-8a51-0c1f6b8a4e"
KINDS = {
    PREFIX + end: kind
    for end, kind in {
        "20": "conversation",
        "21": "agent",
        "22": "team",
        "23": "channel",
        "24": "contact",
        "25": "promise",
        "26": "message",
        "27": "event",
        "28": "alert",
        "29": "delivery",
        "2a": "token",
        "2b": "webhook",
        "2c": "policy",
        "2d": "hours",
        "2e": "rejection",
        "2f": "inbound",
        "31": "attachment",
        "32": "said",
        "40": "canned",
        "41": "attribute",
        "42": "view",
        "4a": "sibling",
        "4b": "question",
        "4c": "namesake",
    }.items()
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT")
ID_PATTERN = openapi_check.load()["components"]["schemas"]["Id"]["pattern"]


def is_id(schema):
    return schema.get("pattern") == ID_PATTERN


def is_text(schema):
    return "string" in ([schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", []))


def leaves(document, schema, pointer=""):
    """(pointer, schema) of every value that a body may hold; the elements of a list stand at 0."""
    schema = openapi_check.resolve(document, schema)
    parts = schema.get("anyOf", []) + schema.get("oneOf", [])
    for part in parts:
        yield from leaves(document, part, pointer)
    for name, child in schema.get("properties", {}).items():
        yield from leaves(document, child, f"{pointer}/{name}")
    if "items" in schema:
        yield from leaves(document, schema["items"], pointer + "/0")
    if not parts and "properties" not in schema and "items" not in schema:
        yield pointer, schema


def values(node, pointer=""):
    """(pointer, value) of everything that is neither an object nor a list."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if children is None:
        yield pointer, node
        return
    for name, child in children:
        yield from values(child, f"{pointer}/{name}")


def at(node, pointer):
    """The value there; None where there is none."""
    for part in pointer.split("/")[1:]:
        if isinstance(node, list):
            node = node[int(part)] if int(part) < len(node) else None
        else:
            node = node.get(part) if isinstance(node, dict) else None
    return node


def with_value(node, pointer, value):
    """A copy of a body with that value there; what leads to it is made."""
    if not pointer:
        return value
    part, _, rest = pointer[1:].partition("/")
    rest = "/" + rest if rest else ""
    if part.isdigit():
        items = list(node) if isinstance(node, list) else []
        return [with_value(items[0] if items else None, rest, value), *items[1:]]
    fields = dict(node) if isinstance(node, dict) else {}
    return {**fields, part: with_value(fields.get(part), rest, value)}


class Operation:
    def __init__(self, document, method, path, described, item):
        self.document, self.described = document, described
        self.method, self.path, self.id = method.upper(), path, described["operationId"]
        self.role, self.scope = described["x-role"], described["x-scope"]
        self.is_public = described.get("security") == []
        both = item.get("parameters", []) + described.get("parameters", [])
        self.parameters = [openapi_check.resolve(document, one) for one in both]
        contents = described.get("requestBody", {}).get("content", {})
        content = contents.get("application/json") or next(iter(contents.values()), {})
        self.body_schema = content.get("schema")
        self.examples = {name: one["value"] for name, one in content.get("examples", {}).items()}
        if "example" in content:
            self.examples[""] = content["example"]

    def __repr__(self):
        return f"{self.method} {self.path}"

    def in_place(self, place):
        return [one for one in self.parameters if one["in"] == place]

    def schema_of(self, parameter):
        return openapi_check.resolve(self.document, parameter["schema"])

    def body_leaves(self):
        return list(leaves(self.document, self.body_schema)) if self.body_schema else []

    def requests(self):
        """One for each example of its body."""
        path = {one["name"]: one["example"] for one in self.in_place("path")}
        query = {one["name"]: one["example"] for one in self.in_place("query") if one.get("required")}
        return [Request(self, path, query, body, name) for name, body in (self.examples or {"": None}).items()]

    def answers(self):
        """(status, schema, example) of what is no refusal and has a body."""
        for status, response in self.described["responses"].items():
            for content in openapi_check.resolve(self.document, response).get("content", {}).values():
                if status < "400":
                    schema, is_given = content["schema"], "example" in content
                    yield status, schema, content["example"] if is_given else example_of(self.document, schema)


def example_of(document, schema):
    """What a schema gives as an example, or what the examples of its parts make. Raises LookupError where a part has
    none."""
    schema = openapi_check.resolve(document, schema)
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema or "const" in schema:
        return schema["enum"][0] if "enum" in schema else schema["const"]
    if schema.get("type") == "array":
        return [example_of(document, schema["items"])]
    if schema.get("type") == "object" and "properties" in schema:
        return {name: example_of(document, schema["properties"][name]) for name in schema.get("required", [])}
    if schema.get("type") == "boolean":
        return False
    raise LookupError(f"no example: {schema}")


class Request:
    def __init__(self, operation, path, query, body, name=""):
        self.operation, self.path, self.query, self.body, self.name = operation, path, query, body, name

    def __repr__(self):
        return f"{self.operation}" + (f" ({self.name})" if self.name else "")

    def with_query(self, name, value):
        return Request(self.operation, self.path, {**self.query, name: value}, self.body, self.name)

    def slots(self):
        """(place, name or pointer, kind) of every id in it."""
        found = [("path", name, value) for name, value in self.path.items()]
        found += [("query", name, value) for name, value in self.query.items()]
        found += [("body", pointer, value) for pointer, value in values(self.body)]
        return [(place, name, KINDS[value]) for place, name, value in found if value in KINDS]

    def filled(self, things, replaced=()):
        """(method, target, body) with the ids of `things`, or in a slot of `replaced` another one; what else stands in
        a path, or in a link that needs no token, they have by its name. Times become tomorrow's, names and addresses
        new ones."""
        replaced = {slot[:2]: value for slot, value in dict(replaced).items()}

        def real(place, name, value):
            if (place, name) in replaced:
                return replaced[place, name]
            if value in KINDS:
                return things[KINDS[value]]
            if place == "path" or (place == "query" and self.operation.is_public):
                return things[name]
            return fresh(name, value) if place == "body" else value

        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace("{%s}" % name, urllib.parse.quote(real("path", name, value), safe=""))
        query = {name: real("query", name, value) for name, value in self.query.items()}
        body = copy.deepcopy(self.body)
        for pointer, value in values(self.body):
            if isinstance(value, str):
                body = with_element(body, pointer, real("body", pointer, value))
        return self.operation.method, path + ("?" + urllib.parse.urlencode(query) if query else ""), body


def with_element(node, pointer, value):
    """With another value there; changes what has it, a list too. A body that is no JSON is one value."""
    if not pointer:
        return value
    *way, last = pointer.split("/")[1:]
    place = node
    for part in way:
        place = place[int(part)] if isinstance(place, list) else place[part]
    place[int(last) if isinstance(place, list) else last] = value
    return node


def fresh(pointer, value):
    if TIME.match(value):
        return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).isoformat()
    if pointer in ("/email", "/email/address"):
        return f"{secrets.token_hex(6)}@desk.example"
    if pointer in ("/shortcut", "/external_id"):
        return f"{value}-{secrets.token_hex(6)}"
    if pointer == "/key":
        return f"{value}_{secrets.token_hex(6)}"
    return f"{value} {secrets.token_hex(6)}" if pointer == "/name" else value


@functools.cache
def operations():
    document = openapi_check.load()
    return [Operation(document, *one) for one in openapi_check.operations(document)]


def guarded():
    """Those that need a token, in JSON both ways or as a file."""
    return [one for one in operations() if not one.is_public]
