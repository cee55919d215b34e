"""What holds when nothing is lucky: polls find what no notification announced, what is kept for a while is cleared, and
a desk that stands still says so."""

import contextlib

import pytest

import program


@pytest.fixture
def fresh(cluster, tmp_path):
    """A desk that is migrated, but not started."""
    desk = program.Desk(cluster, tmp_path)
    desk.migrate()
    yield desk
    desk.discard()


def furnish(desk):
    account = program.Account(desk)
    team = account.team("Support")
    maija = account.agent("Maija", teams=[team])
    maija.online()
    return account, maija, account.channel("Chat", team=team)


def mute(desk):
    """Whoever works as lupaus_worker finds another pg_notify first, which says nothing to anybody."""
    desk.query("CREATE SCHEMA muted")
    desk.query("CREATE FUNCTION muted.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT'")
    desk.query("GRANT USAGE ON SCHEMA muted TO lupaus_worker")
    desk.environment["LUPAUS_DATABASE_WORKER_URL"] += "?options=-csearch_path%3Dmuted,pg_catalog,public"


@contextlib.contextmanager
def listening(desk):
    """A session that hears every notification of the desk's database."""
    with contextlib.closing(desk.cluster.connect("lupaus_owner", desk.database)) as connection:
        cursor = connection.cursor()
        for topic in ("queue", "event", "delivery", "due", "stream"):
            cursor.execute(f"LISTEN lupaus_{topic}")

        def heard():
            connection.poll()
            return [note.channel for note in connection.notifies]

        yield heard


def test_a_poll_finds_what_no_notification_announced(fresh):
    """One process takes the message and the snooze, another one routes and watches; no NOTIFY gets through."""
    mute(fresh)
    fresh.start("--roles", "chat,inbox")
    try:
        fresh.join("--roles", "router")
        with listening(fresh) as heard:
            _, maija, chat = furnish(fresh)
            conversation = chat.ask(maija)
            assert maija.assigned(conversation)["assignee_id"] == maija.agent_id
            maija.act(conversation, "snooze", {"until": program.from_now(seconds=2)})
            assert maija.conversation(conversation["id"])["state"] == "snoozed"
            program.wait_until(
                lambda: maija.conversation(conversation["id"])["state"] == "open", what="the end of the snooze"
            )
            assert heard() == []
            fresh.query("SELECT pg_notify('lupaus_queue', '')")
            program.wait_until(heard, what="a notification, to see that they would have been heard")
        assert fresh.stop() == [0, 0]
    finally:
        fresh.stop()


def test_what_is_kept_for_a_while_is_cleared(fresh):
    """Stored answers after a day, refused bodies after a week; the younger ones stay."""
    fresh.start()
    account, _, chat = furnish(fresh)
    for number in range(2):
        assert chat.post(b"junk").status == 400
        headers = {"Idempotency-Key": f"key-{number}"}
        account.admin.expect(201, "POST", "/v1/teams", {"name": f"Team {number}"}, headers)
    assert fresh.stop() == [0]
    fresh.query(
        "UPDATE rejection SET received_at = received_at - interval '8 days'"
        " WHERE id = (SELECT id FROM rejection ORDER BY received_at LIMIT 1)"
    )
    fresh.query("UPDATE idempotency SET created_at = created_at - interval '25 hours' WHERE key = 'key-0'")
    assert fresh.query("SELECT count(*) FROM rejection") == fresh.query("SELECT count(*) FROM idempotency") == [(2,)]
    fresh.start()
    for what in ("rejection", "idempotency"):
        count = f"SELECT count(*) FROM {what}"
        program.wait_until(lambda: fresh.query(count) == [(1,)], what=f"the end of an old {what}")
    assert fresh.query("SELECT key FROM idempotency") == [("key-1",)]
    assert fresh.stop() == [0]


def test_a_queue_that_nobody_routes_makes_it_unready(fresh):
    fresh.start("--roles", "chat,inbox")
    try:
        account, maija, chat = furnish(fresh)
        message = chat.say("Anybody there?")
        assert fresh.server.probe("/readyz") == 200
        fresh.query("UPDATE inbound SET received_at = received_at - interval '61 seconds'")
        program.wait_until(lambda: fresh.server.probe("/readyz") == 503, what="unreadiness")
        checks = program.request("GET", fresh.server.metrics_url + "/readyz").json()["checks"]
        assert [check["name"] for check in checks if not check["ok"]] == ["queue"]
        assert fresh.server.probe("/healthz") == 200
        fresh.join("--roles", "router")
        chat.routed(maija, message)
        program.wait_until(lambda: fresh.server.probe("/readyz") == 200, what="readiness")
        assert fresh.stop() == [0, 0]
    finally:
        fresh.stop()
