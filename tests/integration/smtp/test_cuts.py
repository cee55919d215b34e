"""The link to a real relay is cut at every step of the protocol. What the client says of the mail has to be true: safe
to repeat means that the relay does not have it, and uncertain is said only where it may."""

import random
import secrets

import pytest

import exim
import smtp_gate
from conftest import OPEN, Probe

REPLIES = 300  # tests/fault/test_mail_cuts.py sends 2,000 through the whole desk
SEED = 20_261_126


@pytest.fixture(scope="module")
def relay():
    """It only takes mails over: its log says which."""
    with exim.running_exim(queue_only=True) as running:
        yield running


@pytest.fixture(scope="module")
def probe(relay):
    running = Probe(relay.authority, "127.0.0.0/8", "::1/128")
    yield running
    running.close()


def send(probe, port, message_id, **more):
    return probe.ask(
        message_id=message_id,
        **{"from": {"address": "support@shop.example"}},
        to=[{"address": "ada@example.org"}],
        subject="Cut",
        text="Hello\n" * 20,
        host="127.0.0.1",
        port=port,
        security=OPEN,
        **more,
    )


def new_id():
    return secrets.token_hex(8) + "@shop.example"


@pytest.mark.parametrize("is_silent", [False, True])
def test_each_step_is_known_for_what_it_is(relay, probe, is_silent):
    for point in smtp_gate.POINTS + smtp_gate.AFTER_ALL:
        with smtp_gate.running_smtp_gate(relay.open_port, lambda: point) as gate:
            gate.is_silent = is_silent
            message_id = new_id()
            outcome = send(probe, gate.port, message_id, step_ms=300, all_ms=1_000)
            assert gate.cuts == {point: 1}
        count = relay.accepted().get(message_id, 0)
        if point in smtp_gate.AFTER_ALL:
            assert (outcome["fate"], count) == ("sent", 1), (point, outcome)
        elif point == "message":  # the rest of so small a mail is on its way already
            assert outcome["fate"] in ("unreachable", "uncertain") and count == 0, (point, outcome)
        elif point in smtp_gate.UNCERTAIN:
            assert outcome["fate"] == "uncertain", (point, outcome)
            assert count == (0 if point == "before ." else 1), point
        else:
            assert (outcome["fate"], count) == ("unreachable", 0), (point, outcome)


def test_of_many_replies_none_is_lost_and_none_is_repeated_without_need(relay, probe):
    """As the courier does it: again where that is safe, and where it is uncertain once more and never again."""
    chance = random.Random(SEED)
    points = [None] * len(smtp_gate.POINTS) + smtp_gate.POINTS + smtp_gate.AFTER_ALL
    doubts = {}
    with smtp_gate.running_smtp_gate(relay.open_port, lambda: chance.choice(points)) as gate:
        for _ in range(REPLIES):
            message_id, fate = new_id(), "unreachable"
            doubts[message_id] = 0
            while fate == "unreachable" or (fate == "uncertain" and doubts[message_id] < 2):
                fate = send(probe, gate.port, message_id)["fate"]
                doubts[message_id] += fate == "uncertain"
        cuts = gate.cuts
    assert set(cuts) == set(smtp_gate.POINTS + smtp_gate.AFTER_ALL), cuts
    accepted = relay.accepted()
    for message_id, count in doubts.items():
        copies = accepted.get(message_id, 0)
        assert copies <= 1 + count and copies <= 2, (message_id, copies, count)
        assert copies >= 1 or count == 2, "lost"
    repeated = [message_id for message_id in doubts if accepted.get(message_id, 0) > 1]
    print(f"{REPLIES} replies, {sum(cuts.values())} cuts, {len(repeated)} repeated, all of them shown as uncertain")
    assert all(doubts[message_id] for message_id in repeated)
