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


def test_beyond_its_bound_the_intake_says_come_back_and_keeps_what_it_took(cluster, desk, support):
    names = {}
    with blocked_intake(cluster, desk) as release, raw_http.Crowd(desk.url) as crowd:
        while len(crowd.ended) < 50:
            if len(names) == ENOUGH:
                assert crowd.listen(raw_http.WAIT_S), "nobody was refused"
                continue
            message = {"id": f"m{len(names)}", "sender": {"id": f"u{len(names) % 100}"}, "text": "Hei!"}
            head, body = raw_http.webhook(support.chat, message, Connection="close")
            names[crowd.join(head + body)] = message
            crowd.listen(0)
        assert {status_of(told) for told in crowd.ended.values()} == {503}, "nothing can have been stored"
        release()
        while crowd.open:
            assert crowd.listen(raw_http.WAIT_S), "some were never answered"
    refused = {peer: told for peer, told in crowd.ended.items() if status_of(told) == 503}
    accepted = [body_of(told)["inbound_id"] for told in crowd.ended.values() if status_of(told) == 202]
    assert len(refused) + len(accepted) == len(names) and len(accepted) >= QUEUE_MAX
    for told in refused.values():
        assert b"\r\nRetry-After: 1\r\n" in told
        program.description().validate_as("Problem", body_of(told))
    assert stored_ids(desk, support) == sorted(accepted)
    for peer in list(refused)[:3]:
        assert support.chat.post(names[peer]).status == 202, "who comes back is welcome"
    program.wait_until(
        lambda: desk.query("SELECT count(*) FROM message WHERE account_id = %s", support.id)[0][0] == len(accepted) + 3,
        seconds=120,
        what="the routing of all of them",
    )
