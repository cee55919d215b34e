"""Notes that name agents."""

import receiver


def test_whoever_is_named_hears_of_it_and_has_it_until_they_have_read(support, follow):
    maija, sami = support.maija, support.agent("Sami", teams=[support.support])
    asked = support.chat.ask(maija, name="Matti")
    stream = follow(sami)
    note = maija.reply(asked, "Do you know this one?", kind="note", mentions=[sami.agent_id])
    assert note["mentions"] == [sami.agent_id]
    told = stream.event("agent.mentioned", conversation_id=asked["id"])
    assert (told["agent"]["id"], told["message"]["id"]) == (sami.agent_id, note["id"])
    [mention] = sami.items("/v1/mentions?unread=true")
    assert mention == {"conversation_id": asked["id"], "unread": True, "message": note}
    assert maija.items("/v1/mentions") == []
    sami.put(f"/v1/conversations/{asked['id']}/read", {"message_id": note["id"]})
    assert sami.items("/v1/mentions?unread=true") == []
    [mention] = sami.items("/v1/mentions")
    assert not mention["unread"]
    history = sami.items(f"/v1/conversations/{asked['id']}/timeline")
    assert "Maija mentioned Sami in a note" in [one["text"] for one in history]


def test_a_webhook_hears_of_mentions_alone(support):
    maija = support.maija
    asked = support.chat.ask(maija)
    with receiver.running_receiver() as outlet:
        support.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["agent.mentioned"]}, 201)
        maija.reply(asked, kind="note")
        note = maija.reply(asked, kind="note", mentions=[maija.agent_id])
        [told] = [one.json() for one in outlet.wait(1)]
        assert (told["type"], told["message"]["id"]) == ("agent.mentioned", note["id"])


def test_a_reply_names_nobody(support):
    maija = support.maija
    asked = support.chat.ask(maija)
    refused = maija.reply(asked, mentions=[maija.agent_id], status=400)
    assert [one["field"] for one in refused["errors"]] == ["/mentions"]
