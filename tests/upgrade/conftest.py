import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))

import program  # noqa: E402
import receiver  # noqa: E402


@pytest.fixture(scope="session")
def cluster():
    return program.Cluster()


@pytest.fixture
def outlet():
    with receiver.running_receiver() as running:
        yield running
