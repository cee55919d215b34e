"""Lints proto/openapi.yaml: what a reader or a generated client would trip over."""

import copy
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3]))

import jsonschema  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

import described  # noqa: E402

from tests.support import openapi_check  # noqa: E402
from tests.support.openapi_check import operations, resolve  # noqa: E402

PROBLEM = "#/components/schemas/Problem"
NEEDED_BY_ALL = {"400", "401", "403", "429", "500", "503"}
NEEDED_BY_METHOD = {"post": {"409", "413", "415", "422"}, "patch": {"412", "413", "415"}, "put": {"413", "415"}}
ROLES = {"agent", "lead", "admin", "anyone"}


class OpenApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.description = openapi_check.Description(closed=False)
        cls.document = cls.description.document
        cls.operations = list(operations(cls.document))

    def is_public(self, operation):
        return operation.get("security") == []

    def test_version(self):
        self.assertRegex(self.document["openapi"], r"^3\.1\.")

    def test_every_reference_leads_somewhere(self):
        def walk(node):
            if isinstance(node, dict):
                if isinstance(node.get("$ref"), str):
                    resolve(self.document, node)
                for child in node.values():
                    walk(child)
            elif isinstance(node, list):
                for child in node:
                    walk(child)

        walk(self.document)

    def test_every_component_is_used(self):
        text = openapi_check.PATH.read_text(encoding="utf-8")
        for kind, entries in self.document["components"].items():
            if kind == "securitySchemes":
                continue
            for name in entries:
                self.assertIn(f"#/components/{kind}/{name}'", text, f"{kind}/{name} is not used")

    def test_operations_say_what_they_are(self):
        tags = {tag["name"] for tag in self.document["tags"]}
        seen = set()
        for method, path, operation, _ in self.operations:
            with self.subTest(f"{method} {path}"):
                self.assertRegex(operation["operationId"], r"^[a-z][A-Za-z]+$")
                self.assertNotIn(operation["operationId"], seen)
                seen.add(operation["operationId"])
                self.assertTrue(operation["summary"])
                self.assertFalse(operation["summary"].endswith("."))
                self.assertTrue(operation["tags"] and set(operation["tags"]) <= tags)
                self.assertIn(operation["x-role"], ROLES)
                self.assertEqual(operation["x-scope"] == "", self.is_public(operation))
        used = {tag for *_, operation, _ in self.operations for tag in operation["tags"]}
        self.assertEqual(tags, used)

    def test_path_parameters_are_described(self):
        for method, path, operation, item in self.operations:
            with self.subTest(f"{method} {path}"):
                both = item.get("parameters", []) + operation.get("parameters", [])
                given = [resolve(self.document, parameter) for parameter in both]
                names = {p["name"] for p in given if p["in"] == "path"}
                self.assertEqual(set(re.findall(r"\{(\w+)\}", path)), names)
                for parameter in given:
                    self.assertTrue(parameter["description"])
                    is_needed = parameter["in"] == "path" or self.is_public(operation) or parameter["name"] == "q"
                    self.assertEqual(parameter.get("required", False), is_needed)

    def test_errors_are_problems(self):
        for method, path, operation, _ in self.operations:
            with self.subTest(f"{method} {path}"):
                statuses = set(operation["responses"])
                self.assertTrue(any(status < "400" for status in statuses))
                if not self.is_public(operation):
                    self.assertLessEqual(NEEDED_BY_ALL | NEEDED_BY_METHOD.get(method, set()), statuses)
                if "{" in path:
                    self.assertIn("404", statuses)
                for status in statuses:
                    response = resolve(self.document, operation["responses"][status])
                    self.assertTrue(response["description"])
                    if status >= "400":
                        self.assertEqual(response["content"]["application/problem+json"]["schema"], {"$ref": PROBLEM})

    def test_posts_take_an_idempotency_key_and_edits_an_if_match(self):
        for method, path, operation, _ in self.operations:
            names = {resolve(self.document, p)["name"] for p in operation.get("parameters", [])}
            if not self.is_public(operation):
                self.assertEqual(method == "post", "Idempotency-Key" in names, f"{method} {path}")
            if method == "patch":
                self.assertIn("If-Match", names, path)

    def test_lists_have_one_shape(self):
        for name, schema in self.document["components"]["schemas"].items():
            if name.endswith("List"):
                self.assertLessEqual({"items", "next_cursor"}, set(schema["required"]), name)

    def test_bodies_refuse_unknown_fields(self):
        for method, path, operation, _ in self.operations:
            if "requestBody" in operation and not self.is_public(operation):
                schema = resolve(self.document, operation["requestBody"]["content"]["application/json"]["schema"])
                self.assertIs(schema.get("additionalProperties"), False, f"{method} {path}")

    def test_schemas_are_schemas(self):
        for name, schema in self.document["components"]["schemas"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertLessEqual(set(schema.get("required", [])), set(schema.get("properties", {})), name)

    def test_examples_are_examples(self):
        for name, schema in self.document["components"]["schemas"].items():
            for example in schema.get("examples", []):
                with self.subTest(name):
                    self.description.validate_as(name, example)
        for owner in self.contents():
            examples = [example["value"] for example in owner.get("examples", {}).values()]
            examples += [owner["example"]] if "example" in owner else []
            for example in examples:
                with self.subTest(str(example)[:60]):
                    self.description.validate(owner["schema"], example)

    def test_every_body_and_every_answer_has_an_example(self):
        for operation in described.operations():
            with self.subTest(str(operation)):
                self.assertEqual("requestBody" in operation.described, bool(operation.examples))
                for _, schema, example in operation.answers():
                    self.description.validate(schema, example)

    def test_every_id_stands_in_an_example_as_something_known(self):
        """So that the tests of every operation with ids of another account find it. Within an object whose members the
        schema does not name (a filter) it is the example alone that says where ids may stand."""
        for operation in described.operations():
            with self.subTest(str(operation)):
                for parameter in operation.parameters:
                    if described.is_id(operation.schema_of(parameter)):
                        self.assertIn(parameter["example"], described.KINDS, parameter["name"])
                    elif parameter["in"] == "path":
                        self.assertIn("example", parameter)
                wanted = {pointer for pointer, schema in operation.body_leaves() if described.is_id(schema)}
                free = tuple(p + "/" for p, schema in operation.body_leaves() if schema.get("type") == "object")
                given = {
                    re.sub(r"/\d+$", "/0", pointer)
                    for example in operation.examples.values()
                    for pointer, value in described.values(example)
                    if value in described.KINDS and not pointer.startswith(free)
                }
                self.assertEqual(wanted, given)

    def test_queries_have_values_to_try(self):
        for operation in described.operations():
            for parameter in operation.in_place("query"):
                schema = operation.schema_of(parameter)
                has_value = parameter.get("example") or {"enum", "examples", "default", "minimum"} & set(schema)
                self.assertTrue(has_value or parameter["name"] == "cursor", f"{operation} {parameter['name']}")

    def contents(self):
        for response in self.document["components"]["responses"].values():
            yield from response.get("content", {}).values()
        for *_, operation, _ in self.operations:
            for owner in [operation.get("requestBody", {}), *operation["responses"].values()]:
                yield from owner.get("content", {}).values()

    def test_it_is_ascii_with_lines_that_fit(self):
        # The program embeds it in pieces, which must not cut a letter in two.
        for number, line in enumerate(openapi_check.PATH.read_bytes().splitlines(), 1):
            self.assertTrue(line.isascii(), f"line {number}")
            self.assertLessEqual(len(line), 130, f"line {number}")


class CheckerTest(unittest.TestCase):
    """The checker finds what it is there for."""

    def setUp(self):
        self.description = openapi_check.Description()
        schema = self.description.document["components"]["schemas"]["Conversation"]
        self.conversation = copy.deepcopy(schema["examples"][0])
        self.path = "/v1/conversations/" + self.conversation["id"]

    def check(self, status=200, content_type="application/json", body=None):
        self.description.check_response("GET", self.path, status, content_type, body or self.conversation)

    def test_good(self):
        self.check()

    def test_unknown_field(self):
        self.conversation["surprise"] = 1
        with self.assertRaisesRegex(openapi_check.Mismatch, "surprise"):
            self.check()

    def test_missing_and_wrong_fields(self):
        for field, value in (("owed", {"id": "x"}), ("last_message_at", "2026-11-22T10:05:17Z"), ("state", "closed")):
            broken = {**self.conversation, field: value}
            with self.assertRaises(openapi_check.Mismatch):
                self.check(body=broken)
        del self.conversation["owed"]
        with self.assertRaisesRegex(openapi_check.Mismatch, "owed"):
            self.check()

    def test_undescribed_status_type_and_path(self):
        with self.assertRaisesRegex(openapi_check.Mismatch, "not described"):
            self.check(status=418)
        with self.assertRaisesRegex(openapi_check.Mismatch, "content type"):
            self.check(content_type="text/plain")
        with self.assertRaisesRegex(openapi_check.Mismatch, "not described"):
            self.description.check_response("GET", "/v1/nothing", 200, "application/json", {})

    def test_literal_segments_win(self):
        template, _ = self.description.find("GET", "/v1/agents/me?x=1")
        self.assertEqual(template, "/v1/agents/me")


if __name__ == "__main__":
    unittest.main()
