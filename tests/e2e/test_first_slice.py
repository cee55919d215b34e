"""The whole way once: a signed webhook, a conversation assigned to an online agent, told live, answered through the
API, delivered. Then what the desk owed: a promise kept, and one that was not."""

import program


def test_a_message_travels_to_the_agent_and_the_reply_back(support, outlet, follow):
    chat = support.channel("Shop", team=support.support, outbound_url=outlet.url)
    maija = support.maija
    stream = follow(maija)

    said = chat.say("Hei! Is my bicycle ready?", sender="u1", name="Aino")
    created = stream.event("conversation.created")["conversation"]
    heard = stream.event("message.created")
    assigned = stream.event("conversation.assigned", conversation_id=created["id"])["conversation"]

    assert heard["message"]["text"] == said["text"]
    assert heard["message"]["direction"] == "in" and heard["message"]["author"]["type"] == "customer"
    assert heard["actor"]["type"] == "customer"
    assert assigned["assignee_id"] == maija.agent_id
    assert assigned["contact"]["name"] == "Aino"
    assert assigned["owed"]["kind"] == "first_reply" and assigned["waiting_since"] is not None

    reply = maija.reply(created, "You can fetch it at four.")
    told = stream.event("message.created", message_id=reply["id"])
    assert told["message"]["text"] == "You can fetch it at four." and told["actor"]["id"] == maija.agent_id
    stream.event("promise.settled", conversation_id=created["id"])

    delivery = outlet.wait(1)[0]
    sent = delivery.json()
    assert delivery.is_signed_with(chat.outbound_secret)
    assert delivery.headers["webhook-id"] == reply["id"] == sent["id"]
    assert (sent["text"], sent["contact"]["address"], sent["in_reply_to"]) == (
        "You can fetch it at four.",
        "u1",
        said["id"],
    )
    assert sent["agent"] == {"id": maija.agent_id, "name": "Maija"}
    stream.event("message.delivery", message_id=reply["id"])
    assert maija.messages(created)[-1]["delivery_state"] == "sent"
    after = maija.conversation(created["id"])
    assert after["owed"] is None and after["waiting_since"] is None


def test_without_an_outbound_url_the_reply_waits_until_it_is_fetched(support):
    chat, maija = support.chat, support.maija
    lead = support.agent("Leena", role="lead")
    conversation = chat.ask(maija, sender="u2")
    reply = maija.reply(conversation, "Come by.", html="<p>Come by.</p>")

    waiting = maija.items(f"/v1/channels/{chat.id}/outbox")
    assert [item["message_id"] for item in waiting] == [reply["id"]]
    assert waiting[0]["body"]["contact"]["address"] == "u2" and waiting[0]["body"]["html"] == "<p>Come by.</p>"

    sent = lead.post(f"/v1/channels/{chat.id}/outbox/{waiting[0]['id']}/acknowledge", {"id": "platform-77"})
    assert (sent["state"], sent["external_id"]) == ("sent", "platform-77")
    assert maija.items(f"/v1/channels/{chat.id}/outbox") == []
    assert maija.messages(conversation)[-1]["delivery_state"] == "sent"


def test_a_reply_in_time_keeps_the_promise_and_shows_in_the_metrics(support, desk, follow):
    support.policy("1h")
    stream = follow(support.maija)
    before = desk.server.metric("lupaus_reply_seconds_count", kind="first_reply") or 0
    conversation = support.chat.ask(support.maija)
    opened = stream.event("promise.opened")["promise"]
    support.maija.reply(conversation)
    settled = stream.event("promise.settled")["promise"]

    assert conversation["owed"]["id"] == opened["id"] == settled["id"]
    assert settled["outcome"] == "kept" and settled["kind"] == "first_reply"
    after = program.wait_until(
        lambda: desk.server.metric("lupaus_reply_seconds_count", kind="first_reply"), what="the metric"
    )
    assert after == before + 1


def test_a_customer_left_unanswered_raises_alerts_until_the_reply(support, desk, follow):
    support.policy("2s", warn_lead="1s", leads_after="1h", account_after="1h")
    maija = support.maija
    stream = follow(maija)
    raised_before = desk.server.metric("lupaus_alerts_raised_total") or 0
    conversation = support.chat.ask(maija)

    warning = stream.event("alert.raised")["alert"]
    assert (warning["kind"], warning["level"], warning["state"]) == ("promise", 0, "firing")
    assert warning["conversation_id"] == conversation["id"] and warning["promise_id"] == conversation["owed"]["id"]
    assert warning["recipient"] == {"type": "agent", "id": maija.agent_id}

    due = stream.event("alert.raised")["alert"]
    assert due["level"] == 1
    states = {alert["level"]: alert["state"] for alert in maija.items("/v1/alerts")}
    assert states == {0: "superseded", 1: "firing"}
    assert [one["id"] for one in maija.items("/v1/alerts?state=firing")] == [due["id"]]
    assert [one["id"] for one in maija.conversations(view="overdue")] == [conversation["id"]]
    assert desk.server.metric("lupaus_alerts_raised_total") >= raised_before + 2
    program.wait_until(
        lambda: desk.server.metric("lupaus_alerts", kind="promise", state="firing"), what="the gauge of alerts"
    )

    taken = maija.post(f"/v1/alerts/{due['id']}/acknowledge")
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", maija.agent_id)
    stream.event("alert.acknowledged")

    maija.reply(conversation, "Sorry for the wait.")
    assert stream.event("promise.settled")["promise"]["outcome"] == "late"
    assert stream.event("alert.resolved")["alert"]["id"] == due["id"]
    assert maija.items("/v1/alerts?state=firing") == []
    assert maija.get(f"/v1/alerts/{due['id']}")["state"] == "resolved"


def test_the_next_wait_is_a_promise_of_its_own(support):
    maija = support.maija
    conversation = support.chat.ask(maija, sender="u3")
    maija.reply(conversation)
    again = support.chat.routed(maija, support.chat.say("And my helmet?", sender="u3"))
    assert again["id"] == conversation["id"]
    assert again["owed"]["kind"] == "next_reply"
