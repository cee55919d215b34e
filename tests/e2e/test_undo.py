"""Replies that are held for a while, and taken back."""

import concurrent.futures
import datetime
import time

import program
import receiver


def undo(api, message):
    path = f"/v1/conversations/{message['conversation_id']}/messages/{message['id']}/undo"
    return api.call("POST", path, {})


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def state_of(api, message):
    return next(one for one in api.messages({"id": message["conversation_id"]}) if one["id"] == message["id"])[
        "delivery_state"
    ]


def test_a_held_reply_leaves_on_time(support, outlet):
    maija = support.maija
    support.admin.patch(f"/v1/teams/{support.support}", {"undo_s": 1})
    chat = support.channel("Pushed", team=support.support, outbound_url=outlet.url)
    asked = chat.ask(maija)
    held = maija.reply(asked)
    sends_in = when(held["sends_at"]) - when(held["created_at"])
    assert 0.99 <= sends_in <= 1.1, held
    outlet.wait(1)
    late = time.time() - when(held["sends_at"])
    assert -0.05 <= late <= 0.2, late
    program.wait_until(lambda: state_of(maija, held) == "sent", what="the end of the delivery")
    answer = undo(maija, held)
    assert answer.status == 409, answer
    assert len(outlet.deliveries) == 1


def test_what_is_undone_was_never_said(support, outlet):
    maija = support.maija
    chat = support.channel("Pushed", team=support.support, outbound_url=outlet.url)
    asked = chat.ask(maija)
    held = maija.reply(asked, undo_s=1, then={"state": "resolved"})
    assert held["conversation"]["state"] == "resolved" and held["conversation"]["waiting_since"] is None
    undone = undo(maija, held)
    assert undone.status == 200, undone
    message = undone.json()
    assert (message["delivery_state"], message["sends_at"], message["text"]) == ("undone", None, held["text"])
    conversation = message["conversation"]
    assert (conversation["state"], conversation["waiting_since"]) == ("open", asked["waiting_since"])
    assert conversation["owed"]["opened_at"] == asked["owed"]["opened_at"]
    told = maija.items(f"/v1/conversations/{asked['id']}/timeline")
    assert "Maija took the reply back before it was sent" in [one["text"] for one in told]
    # What is sent later is not held: by then the undone one would have come, too.
    program.wait_until(lambda: time.time() > when(held["sends_at"]), what="the end of the hold")
    second = maija.reply(asked, "Hei!")
    outlet.wait(1)
    program.wait_until(lambda: state_of(maija, second) == "sent", what="the end of the delivery")
    assert [one.json()["id"] for one in outlet.deliveries] == [second["id"]]


def test_a_crash_meanwhile_sends_it_once(cluster, tmp_path, outlet):
    with program.running_desk(cluster, tmp_path) as desk:
        account = program.Account(desk)
        maija = account.agent("Maija")
        chat = account.channel("Pushed", outbound_url=outlet.url)
        held = maija.reply(chat.ask(maija), undo_s=2)
        desk.server.kill()
        desk.start()
        [sent] = outlet.wait(1)
        assert sent.json()["id"] == held["id"]
        assert time.time() >= when(held["sends_at"]) - 0.05
        program.wait_until(lambda: state_of(maija, held) == "sent", what="the end of the delivery")
        assert len(outlet.deliveries) == 1


def test_undoing_at_the_very_moment_of_sending(support, outlet):
    """Two hundred times: it was undone and nobody saw it, or it was too late and it was seen once."""
    maija = support.maija
    chat = support.channel("Pushed", team=support.support, outbound_url=outlet.url)
    asked = [chat.ask(maija) for _ in range(8)]

    def race(number):
        held = maija.reply(asked[number % len(asked)], undo_s=1)
        moment = when(held["sends_at"]) + (number % 40 - 10) / 1000
        program.wait_until(lambda: time.time() >= moment, what="the end of the hold")
        return held["id"], undo(maija, held).status

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        ends = dict(pool.map(race, range(200)))
    assert set(ends.values()) <= {200, 409}
    sent = sorted(one for one, status in ends.items() if status == 409)
    seen = outlet.wait(len(sent))
    program.wait_until(
        lambda: not [one for one in sent if state_of_id(support, one) != 2], what="the end of all deliveries"
    )
    assert sorted(one.json()["id"] for one in seen) == sent
    assert len(outlet.deliveries) == len(sent)


def state_of_id(account, message_id):
    [[state]] = account.desk.query("SELECT state FROM delivery WHERE message_id = %s", message_id)
    return state
