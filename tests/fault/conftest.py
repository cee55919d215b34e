"""A server of its own, which these tests restart."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
sys.path.insert(0, os.path.dirname(__file__))

import program  # noqa: E402


@pytest.fixture(scope="session")
def cluster():
    return program.Cluster()
