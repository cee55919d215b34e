"""More than the desk can store: those beyond the bound are told at once to come back, and whoever was told yes is
stored."""

import contextlib
import json
import resource

import pytest

import program
import raw_http

QUEUE_MAX = 4_000  # limits::kIntakeQueueMax
UNDER_WAY_MAX = 2 * 200  # two transactions of limits::kIntakeBatchMax
ENOUGH = QUEUE_MAX + UNDER_WAY_MAX + 200


@pytest.fixture(scope="module", autouse=True)
def many_files():
    """A connection is a file, here and there."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    """One whose statements wait for the test's lock."""
    patient = {"LUPAUS_DATABASE_LOCK_TIMEOUT": "1m", "LUPAUS_DATABASE_STATEMENT_TIMEOUT": "1m"}
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **patient) as running:
        yield running


@contextlib.contextmanager
def blocked_intake(cluster, desk):
    """Nothing can be stored until the function that it gives is called, or the test is over."""
    with contextlib.closing(cluster.connect("lupaus_owner", desk.database)) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE inbound_key IN ACCESS EXCLUSIVE MODE")
        yield lambda: cursor.execute("ROLLBACK")


def stored_ids(desk, account):
    rows = desk.query("SELECT id::text FROM inbound_raw WHERE account_id = %s", account.id)
    return sorted(row[0] for row in rows)


def status_of(told):
    return int(told.split(b" ", 2)[1])


def body_of(told):
    return json.loads(told.partition(b"\r\n\r\n")[2])


def fill(crowd, chats, enough):
    """Messages of the channels by turns until fifty were answered; gives each sender's channel and message."""
    names = {}
    while len(crowd.ended) < 50:
        if len(names) == enough:
            assert crowd.listen(raw_http.WAIT_S), "nobody was refused"
            continue
        message = {"id": f"m{len(names)}", "sender": {"id": f"u{len(names) % 100}"}, "text": "Hei!"}
        chat = chats[len(names) % len(chats)]
        head, body = raw_http.webhook(chat, message, Connection="close")
        names[crowd.join(head + body)] = (chat, message)
        crowd.listen(0)
    assert {status_of(told) for told in crowd.ended.values()} == {503}, "nothing can have been stored"
    return names


def finish(crowd, release):
    """The answers of all, the accepted ones as their ids."""
    release()
    while crowd.open:
        assert crowd.listen(raw_http.WAIT_S), "some were never answered"
    refused = {peer: told for peer, told in crowd.ended.items() if status_of(told) == 503}
    return refused, [body_of(told)["inbound_id"] for told in crowd.ended.values() if status_of(told) == 202]


def furnish_other(desk):
    account = program.Account(desk, "Other")
    account.chat = account.channel("Chat")
    return account


def test_beyond_its_bound_the_intake_says_come_back_and_keeps_what_it_took(cluster, desk, support):
    other = furnish_other(desk)
    with blocked_intake(cluster, desk) as release, raw_http.Crowd(desk.url) as crowd:
        names = fill(crowd, [support.chat, other.chat], ENOUGH)
        refused, accepted = finish(crowd, release)
    assert len(refused) + len(accepted) == len(names) and len(accepted) >= QUEUE_MAX
    for told in refused.values():
        assert b"\r\nRetry-After: 1\r\n" in told
        program.description().validate_as("Problem", body_of(told))
    assert sorted(stored_ids(desk, support) + stored_ids(desk, other)) == sorted(accepted)
    for peer in list(refused)[:3]:
        chat, message = names[peer]
        assert chat.post(message).status == 202, "who comes back is welcome"
    both = "SELECT count(*) FROM message WHERE account_id IN (%s, %s)"
    program.wait_until(
        lambda: desk.query(both, support.id, other.id)[0][0] == len(accepted) + 3,
        seconds=120,
        what="the routing of all of them",
    )


def test_one_account_has_no_more_than_half_of_the_queue(cluster, desk, support):
    other = furnish_other(desk)
    with blocked_intake(cluster, desk) as release, raw_http.Crowd(desk.url) as crowd:
        names = fill(crowd, [support.chat], QUEUE_MAX // 2 + UNDER_WAY_MAX + 200)
        while len(crowd.ended) < len(names) - (QUEUE_MAX // 2 + UNDER_WAY_MAX):
            assert crowd.listen(raw_http.WAIT_S), "more than half of the queue was given to one account"
        message = {"id": "m1", "sender": {"id": "u1"}, "text": "Hei!"}
        head, body = raw_http.webhook(other.chat, message, Connection="close")
        late = crowd.join(head + body)
        _, accepted = finish(crowd, release)
    assert status_of(crowd.ended[late]) == 202, "it waits for its turn and not behind the other's line"
    assert QUEUE_MAX // 2 <= len(accepted) - 1 <= QUEUE_MAX // 2 + UNDER_WAY_MAX
