"""`lupaus simulate`: customers and agents through the public API alone, and a summary that adds up."""

import json
import os
import re
import signal
import subprocess

import pytest

import program


@pytest.fixture
def demo(desk):
    account = program.Account(desk, "Demo")
    team = account.team("Support")
    for name in ("Maija", "Pekka"):
        account.agent(name, teams=[team])
    account.chat = account.channel("Website chat", team=team)
    return account


def start(account, *words):
    """The simulator at 20 messages a second, its progress in a pipe."""
    words = [
        *("--url", account.desk.url, "--token", account.admin.token),
        *("--webhook-url", account.desk.url + account.chat.path, "--secret", account.chat.secret),
        *("--rate", "20", "--think", "1s", *words),
    ]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [program.PROGRAM, "simulate", *words], stdout=pipe, stderr=pipe, env=account.desk.environment
    )


def check(account, output):
    """The summary against the database."""
    summary = json.loads(output)
    assert (summary["lost"], summary["doubled"], summary["refused"]) == (0, 0, 0)
    said, replied = (
        account.desk.query("SELECT count(*) FROM message WHERE account_id = %s AND direction = %s", account.id, way)[0][
            0
        ]
        for way in (0, 1)
    )
    assert summary["sent"] == said > 0 and 0 < summary["answered"] <= replied
    times = summary["first_reply_ms"]
    assert 0 < times["p50"] <= times["p90"] <= times["p99"]


def test_a_run_of_a_few_seconds_loses_and_doubles_nothing(demo):
    simulator = start(demo, "--for", "4s")
    output, progress = simulator.communicate(timeout=60)
    assert simulator.returncode == 0, progress
    check(demo, output)
    assert b"sent" in progress and b"answered" in progress


def test_a_signal_ends_it_with_its_summary(demo):
    simulator = start(demo)
    seen = b""
    while not re.search(rb"[1-9]\d* answered", seen):
        piece = os.read(simulator.stderr.fileno(), 4096)
        assert piece, seen
        seen += piece
    simulator.send_signal(signal.SIGINT)
    output, _ = simulator.communicate(timeout=60)
    assert simulator.returncode == 0
    check(demo, output)
