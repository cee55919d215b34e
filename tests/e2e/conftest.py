"""One desk for all tests of a file, an account of its own for each test, so that they neither wait for each other nor
see each other."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))

import live  # noqa: E402
import program  # noqa: E402
import receiver  # noqa: E402


@pytest.fixture(scope="session")
def cluster():
    return program.Cluster()


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def account(desk):
    return program.Account(desk)


def furnish(account):
    """The usual account: a team, an agent of it who is online, a channel that leads to it."""
    account.support = account.team("Support")
    account.maija = account.agent("Maija", teams=[account.support])
    account.maija.online()
    account.chat = account.channel("Chat", team=account.support)
    return account


@pytest.fixture
def support(account):
    return furnish(account)


@pytest.fixture(scope="module")
def shared(desk):
    """The same for tests that leave nothing behind which another one could mind."""
    return furnish(program.Account(desk, "Shared"))


@pytest.fixture
def outlet():
    """A receiver of replies."""
    with receiver.running_receiver() as running:
        yield running


@pytest.fixture
def follow():
    """Opens WebSockets that have said where they begin, and closes them after the test."""
    opened = []

    def open_stream(api, **how):
        stream = live.Live(api, **how)
        opened.append(stream)
        stream.begin = stream.next(lambda frame: frame["type"] in ("hello", "resync"), what="the first frame")
        return stream

    yield open_stream
    for stream in opened:
        stream.close()
