"""The word given, as agents use it: a promise in a reply, kept, renegotiated or broken; its alerts; what is owed."""

import datetime

import pytest

import program

QUICK = {"LUPAUS_WATCHER_POLL": "60s"}


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    """The watcher hardly polls, so that what is punctual was scheduled."""
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **QUICK) as running:
        yield running


def word(text="The part arrives by Friday.", **due_in):
    return {"text": text, "due_at": program.from_now(**(due_in or {"hours": 24}))}


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def owed(api, **query):
    return api.items("/v1/owed" + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""))


def contact_of(conversation):
    return conversation["contact"]["id"]


def test_a_reply_gives_a_word_that_is_owed_until_it_is_kept(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    given = maija.reply(conversation, "I call you when it is here.", promise=word())["promise"]
    assert (given["kind"], given["source"], given["agent_id"]) == ("commitment", "agent", maija.agent_id)
    now = support.admin.conversation(conversation["id"])
    assert now["waiting_since"] is None and now["owed"]["id"] == given["id"] and now["owed"]["kind"] == "commitment"
    [item] = owed(maija)
    assert item["text"] == given["text"]
    assert item["conversation"] == now and item["contact"] == now["contact"]
    kept = maija.post(f"/v1/promises/{given['id']}/keep")
    assert kept["outcome"] == "kept" and kept == maija.get(f"/v1/promises/{given['id']}")
    assert maija.conversation(conversation["id"])["owed"] is None
    assert owed(maija) == []
    settled = maija.events(types="promise.settled")
    assert [event["promise"]["kind"] for event in settled] == ["first_reply", "commitment"]


def test_a_word_that_is_due_raises_alerts_until_it_is_kept(support, follow):
    maija = support.maija
    stream = follow(maija)
    conversation = support.chat.ask(maija)
    given = maija.reply(conversation, promise=word(seconds=2))["promise"]
    warning = stream.event("alert.raised")["alert"]
    due = stream.event("alert.raised")["alert"]
    assert [warning["level"], due["level"]] == [0, 1]
    assert warning["promise_id"] == due["promise_id"] == given["id"]
    assert warning["recipient"] == {"type": "agent", "id": maija.agent_id}
    used = (at(warning["raised_at"]) - at(given["opened_at"])) / (at(given["due_at"]) - at(given["opened_at"]))
    assert abs(used - 0.75) < 0.001
    assert maija.conversations(view="overdue") != []
    late = maija.post(f"/v1/promises/{given['id']}/keep")
    assert late["outcome"] == "late"
    assert stream.event("alert.resolved")["alert"]["id"] == due["id"]
    maija.post(f"/v1/promises/{given['id']}/keep", status=409)


def test_a_word_to_a_contact_alone(support, follow):
    """No conversation: its alert goes to whoever gave it."""
    maija = support.maija
    contact = contact_of(support.chat.ask(maija))
    stream = follow(maija)
    given = maija.post("/v1/promises", {"contact_id": contact, **word("We call.", seconds=2)}, 201)
    assert given["conversation_id"] is None and given["contact_id"] == contact
    opened = stream.event("promise.opened")
    assert opened["contact"]["id"] == contact and "conversation" not in opened
    alert = stream.event("alert.raised")["alert"]
    assert alert["conversation_id"] is None and alert["recipient"]["id"] == maija.agent_id
    taken = maija.post(f"/v1/alerts/{alert['id']}/acknowledge")
    assert taken["state"] == "acknowledged"
    items = owed(maija, view="mine")
    assert given["id"] in [item["id"] for item in items]
    broken = maija.post(f"/v1/promises/{given['id']}/break")
    assert broken["outcome"] == "broken"
    assert stream.event("alert.resolved")["alert"]["promise_id"] == given["id"]


def test_renegotiating_keeps_the_chain(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    first = maija.reply(conversation, promise=word(hours=1))["promise"]
    told = maija.reply(conversation, "It takes until tomorrow.")
    path = f"/v1/promises/{first['id']}/renegotiate"
    ended = maija.post(path, {"due_at": program.from_now(hours=20), "message_id": told["id"]})
    assert (ended["outcome"], ended["told_before_due"]) == ("renegotiated", True)
    second = maija.get(f"/v1/promises/{ended['succeeded_by']}")
    assert second["first_due_at"] == first["due_at"] and second["text"] == first["text"]
    assert maija.conversation(conversation["id"])["owed"]["id"] == second["id"]
    maija.post(path, {"due_at": program.from_now(hours=30)}, 409)
    maija.post(f"/v1/promises/{second['id']}/renegotiate", {"due_at": program.from_now(hours=-1)}, 400)
    waived = maija.post(f"/v1/promises/{second['id']}/waive")
    assert waived["outcome"] == "waived"


def test_what_is_owed_by_whom(support):
    """One list for everybody, one for each team, one for each agent; pages that fit together."""
    sales = support.team("Sales")
    pekka = support.agent("Pekka", teams=[sales])
    pekka.online()
    shop = support.channel("Shop", team=sales)
    maija = support.maija
    support.policy("1h")
    ours = [support.chat.ask(maija) for _ in range(3)]
    theirs = shop.ask(pekka)
    pekka.assigned(theirs, pekka.agent_id)
    for one in ours:
        maija.assigned(one, maija.agent_id)
    mine = owed(maija)
    assert [one["conversation"]["id"] for one in mine] == [one["id"] for one in ours]
    assert [one["id"] for one in owed(pekka)] == [theirs["owed"]["id"]]
    assert [one["id"] for one in owed(maija, team_id=sales)] == [theirs["owed"]["id"]]
    everything = owed(support.admin)
    assert len(everything) == 4 and [one["due_at"] for one in everything] == sorted(one["due_at"] for one in everything)
    assert maija.pages("/v1/owed?view=all", 1) == everything
    support.admin.expect(403, "GET", "/v1/owed?view=mine")


def test_a_replys_word_is_given_once_however_often_it_is_sent(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    promise = word()
    answers = [maija.reply(conversation, headers={"Idempotency-Key": "once"}, promise=promise) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(owed(maija)) == 1


def test_scopes(support):
    conversation = support.chat.ask(support.maija)
    given = support.maija.reply(conversation, promise=word())["promise"]
    reader = support.token("promises:read")
    reader.get(f"/v1/promises/{given['id']}")
    assert len(owed(reader)) == 1
    reader.post(f"/v1/promises/{given['id']}/keep", status=403)
    support.token("conversations:read").expect(403, "GET", "/v1/owed")
    writer = support.token("promises:write", "messages:act_as")
    body = {"conversation_id": conversation["id"], **word()}
    writer.post("/v1/promises", body, 403)
    made = writer.post("/v1/promises", {**body, "on_behalf_of": support.maija.agent_id}, 201)
    assert made["agent_id"] == support.maija.agent_id
    assert writer.post(f"/v1/promises/{made['id']}/keep")["outcome"] == "kept"
