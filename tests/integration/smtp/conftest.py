"""The probe as a process that answers questions, and one relay for all tests of a file."""

import base64
import json
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))

import exim  # noqa: E402

PROGRAM = os.environ["LUPAUS_SMTP_PROBE"]
OPEN, STARTTLS, TLS = 2, 1, 0  # codes of smtp::Security


class Probe:
    def __init__(self, authority, *allowed):
        self.process = subprocess.Popen(
            [PROGRAM, authority, *allowed], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the probe has ended"
        return json.loads(line)

    def write(self, **draft):
        return base64.b64decode(self.ask(**draft)["bytes"])

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self.process.stdout.close()


@pytest.fixture(scope="module")
def relay():
    with exim.running_exim() as running:
        yield running


@pytest.fixture(scope="module")
def probe(relay):
    running = Probe(relay.authority, "127.0.0.0/8", "::1/128")
    yield running
    running.close()
