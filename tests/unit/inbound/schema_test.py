"""The published schema of incoming messages agrees with its examples, and so does the parser: examples_test.cpp."""

import json
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
import jsonschema  # noqa: E402

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"


class InboundSchema(unittest.TestCase):
    def setUp(self):
        schema = json.loads((PROTO / "inbound.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        self.validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())

    def test_examples(self):
        examples = sorted((PROTO / "examples").glob("inbound-*.json"))
        self.assertGreaterEqual(len(examples), 8)
        for path in examples:
            with self.subTest(path.name):
                body = json.loads(path.read_text(encoding="utf-8"))
                self.assertEqual(self.validator.is_valid(body), not path.name.startswith("inbound-bad-"))


if __name__ == "__main__":
    unittest.main()
