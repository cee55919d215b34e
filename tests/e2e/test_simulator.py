"""`lupaus simulate`: customers and agents through the public API alone, and a summary that adds up."""

import json
import os
import re
import signal
import subprocess

import pytest

import program


def furnished(desk):
    account = program.Account(desk, "Demo")
    team = account.team("Support")
    for name in ("Maija", "Pekka"):
        account.agent(name, teams=[team])
    account.chat = account.channel("Website chat", team=team)
    return account


@pytest.fixture
def demo(desk):
    return furnished(desk)


def start(account, *words):
    """The simulator at 20 messages a second, its progress in a pipe."""
    environment = {
        **account.desk.environment,
        "LUPAUS_URL": account.desk.url,
        "LUPAUS_ADMIN_TOKEN": account.admin.token,
        "LUPAUS_WEBHOOK_URL": account.desk.url + account.chat.path,
        "LUPAUS_WEBHOOK_SECRET": account.chat.secret,
    }
    pipe = subprocess.PIPE
    words = [program.PROGRAM, "simulate", "--rate", "20", "--think", "1s", *words]
    return subprocess.Popen(words, stdout=pipe, stderr=pipe, env=environment)


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
    first = account.desk.query(
        "SELECT count(*) FILTER (WHERE outcome < 2), count(*) FILTER (WHERE settled_at IS NULL) FROM promise"
        " WHERE account_id = %s AND kind = 0",
        account.id,
    )[0]
    assert (times["answered"], times["still_waiting"]) == first


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


def said_with(desk, seed):
    """(customer, text) of each message in the order of sending, without the run's own marks."""
    account = furnished(desk)
    simulator = start(account, "--for", "3s", "--seed", str(seed))
    output, progress = simulator.communicate(timeout=60)
    assert simulator.returncode == 0 and json.loads(output)["answered"] > 0, progress
    said = {}
    for name, text in desk.query(
        "SELECT author_name, text FROM message WHERE account_id = %s AND direction = 0", account.id
    ):
        words, _, mark = text.rpartition(" #")
        said[int(mark.rpartition("-")[2])] = (name, words)
    return [said[number] for number in sorted(said)]


def test_the_same_seed_makes_the_same_customers_who_say_the_same(desk):
    """However many of them fit into the time, and whatever the agents do meanwhile, who answer when the desk lets
    them."""
    first, second, other = (said_with(desk, seed) for seed in (7, 7, 8))
    common = min(map(len, (first, second, other)))
    assert common > 20
    assert first[:common] == second[:common] != other[:common]
    assert len(set(first)) > len({name for name, _ in first}) > 5, "customers come back and say something else"


def test_a_message_that_is_stored_twice_is_told(demo):
    """The same words, with their mark, under another id: what a desk would have that stores a message twice."""
    simulator = start(demo, "--for", "3s")
    said = program.wait_until(
        lambda: demo.desk.query("SELECT text FROM message WHERE account_id = %s AND direction = 0", demo.id),
        what="the first message",
    )
    demo.chat.say(said[0][0], sender="echo")
    demo.chat.say("Somebody else's words", sender="echo")
    output, progress = simulator.communicate(timeout=60)
    assert simulator.returncode == 0, progress
    summary = json.loads(output)
    assert (summary["lost"], summary["doubled"], summary["refused"]) == (0, 1, 0)


def test_the_scripts_hand_secrets_over_by_the_environment(tmp_path):
    """deploy/run --simulate: nothing of it is on a command line, where every user of the machine could read it."""
    stub = tmp_path / "lupaus"
    told = '"$*" "$LUPAUS_URL" "$LUPAUS_ADMIN_TOKEN" "$LUPAUS_WEBHOOK_URL" "$LUPAUS_WEBHOOK_SECRET"'
    stub.write_text(f"#!/bin/bash\nprintf '%s\\n' {told}\n", encoding="utf-8")
    stub.chmod(0o755)
    script = f"""
        set -eu
        program=test
        . deploy/shell/progress.bash
        . deploy/shell/demo.bash
        lupaus={stub} desk_url=http://desk
        declare -A demo=([admin_token]=lup_admin [webhook_path]=/hooks/1 [webhook_secret]=whsec_x)
        start_simulator
        wait "$simulator_pid"
    """
    done = subprocess.run(
        ["bash", "-c", script], cwd=program.REPOSITORY, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.splitlines()[-5:] == ["simulate", "http://desk", "lup_admin", "http://desk/hooks/1", "whsec_x"]
