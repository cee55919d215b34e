"""Backup and restore as the README tells it, and the promise that goes with it: what was restored or cloned sends
nothing to anybody until an operator says that it takes its original's place."""

import contextlib
import os
import subprocess

import pytest

import conftest
import program

BIN = "/usr/lib/postgresql/15/bin/"
LOOKS = "desk_outbound_read_standing"


def tool(*words):
    done = subprocess.run([BIN + words[0], *words[1:]], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def twin(original, folder, **settings):
    """A desk on a database of its own, still empty, with the original's key and attachments."""
    kept = ("LUPAUS_SECRET_KEY_FILE", "LUPAUS_BLOB_DIR")
    desk = program.Desk(original.cluster, folder)
    desk.environment.update({name: original.environment[name] for name in kept}, **settings)
    return desk


@contextlib.contextmanager
def restored(original, folder):
    dump = os.path.join(original.folder, "desk.dump")
    owner = original.environment["LUPAUS_DATABASE_URL"]
    tool("pg_dump", "--enable-row-security", "--format=custom", "--file", dump, owner)
    desk = twin(original, folder)
    try:
        tool("pg_restore", "--exit-on-error", "--dbname", desk.environment["LUPAUS_DATABASE_URL"], dump)
        yield desk
    finally:
        desk.discard()


def outbound(server):
    checks = program.request("GET", server.metrics_url + "/readyz").json()["checks"]
    return next(one for one in checks if one["name"] == "outbound")


def looks(server):
    return server.metric("lupaus_query_seconds_count", query=LOOKS) or 0


def wait_for_looks(server, count=3):
    """Three ask again and again whether anything may leave: courier, sender of events, probe. A few times each means:
    and it did not."""
    target = looks(server) + 3 * count
    program.wait_until(lambda: looks(server) >= target, what="further looks at the hold")


def texts(outlet):
    return [one.json()["text"] for one in outlet.deliveries]


def waiting_events(desk):
    return desk.query("SELECT attempt, state FROM webhook_delivery")


def tables(desk):
    found = desk.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
    )
    return {name: desk.query(f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t')
            for (name,) in found}


def on(desk, api):
    return program.Api(desk, api.token, api.agent_id)


def channel_on(desk, channel):
    return program.Channel(desk, {"id": channel.id, "path": channel.path, "secret": channel.secret})


def furnished(desk, outlet):
    account = conftest.furnish(program.Account(desk))
    account.shop = account.channel("Shop", team=account.support, outbound_url=outlet.url)
    return account


def test_a_dump_restores_the_whole_desk(cluster, tmp_path, outlet):
    with program.running_desk(cluster, tmp_path / "original") as original:
        account = furnished(original, outlet)
        conversation = account.shop.ask(account.maija, text="Hei! Ä 漢 🙂")
        account.maija.reply(conversation)
        outlet.wait(1)
        program.wait_until(lambda: account.maija.messages(conversation)[-1]["delivery_state"] == "sent")
        account.chat.post(b"junk")
        original.stop()
        with restored(original, tmp_path / "copy") as copy:
            assert tables(copy) == tables(original)
            copy.start()
            maija = on(copy, account.maija)
            assert [one["text"] for one in maija.messages(conversation)] == ["Hei! Ä 漢 🙂", "Hei hei!"]
            # It goes on where it was: the same log, the next number, the channel's secret still opens.
            cursor = maija.cursor()
            chat = channel_on(copy, account.shop)
            later = chat.ask(maija)
            assert later["number"] == conversation["number"] + 1
            assert maija.cursor() > cursor
            assert copy.stop() == [0]


def test_beside_its_original_a_restored_desk_sends_nothing_until_it_is_released(cluster, tmp_path, outlet):
    with program.running_desk(cluster, tmp_path / "original") as original:
        account = furnished(original, outlet)
        asked = account.shop.ask(account.maija)
        outlet.answer_next((503, b"", {"Retry-After": "2"}))
        account.maija.reply(asked, "In the outbox when the dump was made")
        outlet.wait(1)
        waiting = "SELECT count(*) FROM delivery WHERE state = 0 AND attempt = 1"
        program.wait_until(lambda: original.query(waiting) == [(1,)], what="the refusal on record")
        with restored(original, tmp_path / "copy") as copy:
            copy.start()
            assert copy.server.probe("/readyz") == 200, "it may be looked at and worked in"
            assert "restored or cloned" in outbound(copy.server)["detail"]
            assert "lupaus outbound release" in copy.server.log()
            assert copy.server.metric("lupaus_outbound_held") == 1
            maija = on(copy, account.maija)
            shop = channel_on(copy, account.shop)
            mine = maija.reply(shop.ask(maija), "From the copy")
            account.maija.reply(asked, "From the original")
            outlet.wait(3)
            wait_for_looks(copy.server)
            assert sorted(texts(outlet)) == [
                "From the original",
                "In the outbox when the dump was made",
                "In the outbox when the dump was made",
            ]
            assert copy.query("SELECT attempt, state FROM delivery WHERE message_id = %s", mine["id"]) == [(0, 0)]
            assert copy.query("SELECT count(*) FROM delivery WHERE attempt > 1")[0][0] == 0
            assert outbound(original.server)["detail"] == "open"

            assert copy.cli("outbound", "release") == {"released": True, "was_held": True}
            program.wait_until(lambda: "From the copy" in texts(outlet), what="the reply of the released copy")
            program.wait_until(lambda: outbound(copy.server)["detail"] == "open", what="the open outbound")
            assert copy.server.metric("lupaus_outbound_held") == 0
            assert copy.stop() == [0]
            assert outbound(original.server)["detail"] == "open"


def test_endpoints_in_a_dump_hear_of_the_copy_only_after_its_release(cluster, tmp_path, outlet):
    with program.running_desk(cluster, tmp_path / "original") as original:
        account = conftest.furnish(program.Account(original))
        account.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["message.created"]}, 201)
        account.chat.ask(account.maija, "To the original")
        outlet.wait(1)
        program.wait_until(lambda: waiting_events(original) == [(1, 2)], what="the told event on record")
        with restored(original, tmp_path / "copy") as copy:
            copy.start()
            channel_on(copy, account.chat).ask(on(copy, account.maija), "To the copy")
            program.wait_until(lambda: (0, 0) in waiting_events(copy), what="the event that waits")
            account.chat.ask(account.maija, "To the original again")
            outlet.wait(2)
            wait_for_looks(copy.server)
            said = [one.json()["message"]["text"] for one in outlet.deliveries]
            assert said == ["To the original", "To the original again"]
            copy.cli("outbound", "release")
            assert outlet.wait(3)[2].json()["message"]["text"] == "To the copy"
            assert copy.stop() == [0]


def test_a_cloned_database_is_held_as_well(cluster, tmp_path, outlet):
    original = program.Desk(cluster, tmp_path / "original").migrate()
    copy = twin(original, tmp_path / "copy")
    try:
        with contextlib.closing(cluster.connect("lupaus_owner", "postgres")) as owner:
            owner.cursor().execute(f'DROP DATABASE "{copy.database}"')
            owner.cursor().execute(f'CREATE DATABASE "{copy.database}" TEMPLATE "{original.database}"')
        copy.start()
        account = furnished(copy, outlet)
        account.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["message.created"]}, 201)
        account.maija.reply(account.shop.ask(account.maija))
        program.wait_until(lambda: waiting_events(copy) == [(0, 0)] * 2, what="the events that wait")
        wait_for_looks(copy.server)
        assert outlet.deliveries == [] and waiting_events(copy) == [(0, 0)] * 2
        assert "restored or cloned" in outbound(copy.server)["detail"]
        assert copy.stop() == [0]
    finally:
        copy.discard()
        original.discard()


@pytest.mark.parametrize("words, settings", [(("--hold-outbound",), {}), ((), {"LUPAUS_COURIER_HOLD": "true"})])
def test_an_operator_may_hold_a_process(cluster, tmp_path, outlet, words, settings):
    desk = program.Desk(cluster, tmp_path).migrate()
    try:
        desk.start(*words, **settings)
        account = furnished(desk, outlet)
        endpoint = account.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["message.created"]}, 201)
        reply = account.maija.reply(account.shop.ask(account.maija))
        account.admin.post(f"/v1/webhooks/{endpoint['id']}/test", status=202)
        program.wait_until(lambda: waiting_events(desk) == [(0, 0)] * 3, what="the events that wait")
        wait_for_looks(desk.server)
        assert outlet.deliveries == [] and waiting_events(desk) == [(0, 0)] * 3
        assert "told to send nothing" in outbound(desk.server)["detail"]
        assert desk.query("SELECT attempt, state FROM delivery WHERE message_id = %s", reply["id"]) == [(0, 0)]
        assert desk.stop() == [0]
        desk.start()
        outlet.wait(4)
        assert desk.stop() == [0]
    finally:
        desk.discard()
