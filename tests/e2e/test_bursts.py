"""A new customer who sends ten messages at once, as phones do with an album: one contact, one conversation, ten
messages, whichever process takes each."""

import threading

import pytest

import program

SENDERS = 20
MESSAGES = 10


@pytest.fixture
def account(desk):
    account = program.Account(desk)
    account.maija = account.agent("Maija", teams=[account.team("Support")], capacity=1000)
    account.chat = account.channel("Chat")
    return account


def burst(channels, sender):
    """All of them in the same moment, each on a connection of its own."""
    barrier = threading.Barrier(MESSAGES)

    def send(number):
        message = {"id": f"{sender}-{number}", "sender": {"id": sender, "name": sender}, "text": str(number)}
        barrier.wait(20)
        answer = channels[number % len(channels)].post(message)
        assert answer.status == 202, answer
        return message

    return program.in_parallel(*(lambda number=number: send(number) for number in range(MESSAGES)))


def check(account, sender, messages):
    found = {account.chat.fate(account.maija, one)["conversation_id"] for one in messages}
    assert len(found) == 1, (sender, found)
    conversation = account.maija.conversation(found.pop())
    texts = [one["text"] for one in account.maija.messages(conversation)]
    assert sorted(texts) == [str(number) for number in range(MESSAGES)]
    return conversation


def check_all(account, sent):
    desk = account.desk
    program.wait_until(
        lambda: desk.query("SELECT count(*) FROM message WHERE account_id = %s", account.id) == [(SENDERS * MESSAGES,)],
        what="the routing of all",
    )
    conversations = [check(account, sender, messages) for sender, messages in sent.items()]
    assert len({one["id"] for one in conversations}) == len({one["contact"]["id"] for one in conversations}) == SENDERS
    assert {one["contact"]["name"] for one in conversations} == set(sent)
    contacts = desk.query("SELECT count(*) FROM contact WHERE account_id = %s", account.id)
    addresses = desk.query("SELECT count(*) FROM address WHERE account_id = %s", account.id)
    assert contacts == addresses == [(SENDERS,)]
    promises = desk.query("SELECT count(*) FROM promise WHERE account_id = %s", account.id)
    assert promises == [(SENDERS,)], "one first reply is owed to each"


def test_a_burst_is_one_conversation(account):
    sent = {f"album-{number}": burst([account.chat], f"album-{number}") for number in range(SENDERS)}
    check_all(account, sent)


def test_a_burst_over_two_processes_is_one_conversation(account, desk):
    other = desk.join()
    try:
        same = {name: getattr(account.chat, name) for name in ("id", "path", "secret")}
        second = program.Channel(other, same)
        sent = {f"twin-{number}": burst([account.chat, second], f"twin-{number}") for number in range(SENDERS)}
        check_all(account, sent)
        for server in desk.servers:
            assert server.metric("lupaus_inbound_messages_total", outcome="accepted") > 0, "both took part"
    finally:
        assert other.stop() == 0
        desk.servers.remove(other)


def test_bursts_of_all_senders_at_once(account):
    """Two hundred connections, and everybody's messages in the same batches."""
    results = program.in_parallel(
        *(lambda number=number: burst([account.chat], f"crowd-{number}") for number in range(SENDERS))
    )
    check_all(account, {f"crowd-{number}": messages for number, messages in enumerate(results)})
