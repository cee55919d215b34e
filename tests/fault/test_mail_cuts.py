"""Two thousand replies by mail while the link to a real mail server is cut at every step of the protocol: none is lost
in silence, and none goes out twice unless it was said to be uncertain."""

import random

import pytest

import exim
import mailing
import program
import smtp_gate

REPLIES = 2_000
CONVERSATIONS = 20
SEED = 20_261_126
IMPATIENT = {
    "LUPAUS_COURIER_RETRY_FIRST": "10ms",
    "LUPAUS_COURIER_RETRY_MAX": "50ms",
    "LUPAUS_EGRESS_ALLOW": "127.0.0.0/8,::1",
}


@pytest.fixture
def relay():
    with exim.running_exim(queue_only=True) as running:
        yield running


@pytest.fixture
def account(cluster, tmp_path):
    with program.running_desk(cluster, tmp_path, **IMPATIENT) as desk:
        account = program.Account(desk)
        account.support = account.team("Support")
        account.maija = account.agent("Maija", teams=[account.support], capacity=100)
        account.maija.online()
        account.chat = account.channel("Chat", team=account.support)
        yield account


def has_ended(desk):
    return desk.query("SELECT count(*) FROM delivery WHERE due_at IS NOT NULL OR state < 2")[0][0] == 0


def test_cuts_at_every_step_lose_nothing_and_double_only_what_is_uncertain(account, relay):
    desk, chance = account.desk, random.Random(SEED)
    points = [None] * len(smtp_gate.POINTS) + smtp_gate.POINTS + smtp_gate.AFTER_ALL
    with smtp_gate.running_smtp_gate(relay.open_port, lambda: chance.choice(points)) as gate:
        channel = mailing.mail_channel(account, account.support, gate.port)
        conversations = [mailing.ask_by_mail(account, channel, f"ada{i}") for i in range(CONVERSATIONS)]
        for i in range(REPLIES):
            account.maija.reply(conversations[i % CONVERSATIONS], f"Reply {i}")
        program.wait_until(lambda: has_ended(desk), 300, "the end of all deliveries")
        cuts = dict(gate.cuts)
    assert set(cuts) == set(smtp_gate.POINTS + smtp_gate.AFTER_ALL), cuts
    rows = desk.rows(
        "SELECT d.external_id, d.message_id::text, d.state, bool_or(strpos(a.error, 'is not known') > 0) AS in_doubt,"
        " (SELECT count(*) FROM event e WHERE e.account_id = d.account_id AND e.message_id = d.message_id"
        "  AND e.data -> 'delivery' ->> 'state' = 'uncertain') AS told"
        " FROM delivery d JOIN delivery_attempt a ON a.account_id = d.account_id AND a.delivery_id = d.id"
        " GROUP BY d.account_id, d.id"
    )
    assert len(rows) == REPLIES
    copies = {message_id.split("@")[0]: count for message_id, count in relay.accepted().items()}
    assert set(copies) <= {row["message_id"] for row in rows}
    for row in rows:
        count = copies.get(row["message_id"], 0)
        assert row["state"] in (2, 6) and count <= 2, row
        assert count >= 1 or row["state"] == 6, ("lost", row)
        assert count <= 1 or (row["in_doubt"] and row["told"] >= 1), ("doubled without a word", row, count)
        assert bool(row["in_doubt"]) == (row["told"] >= 1), row
    doubled = sum(count == 2 for count in copies.values())
    missing = sum(row["message_id"] not in copies for row in rows)
    print(f"{REPLIES} replies, {sum(cuts.values())} cuts: {doubled} doubled, {missing} missing, all of them uncertain")
