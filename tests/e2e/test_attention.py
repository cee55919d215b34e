"""What an agent has of a conversation alone: a draft, and how far they have read."""

import pytest

import program


def path(conversation, what):
    return f"/v1/conversations/{conversation['id']}/{what}"


def listed(api, conversation):
    return [one for one in api.conversations() if one["id"] == conversation["id"]][0]


def read(api, conversation, message, status=200):
    return api.put(path(conversation, "read"), {"message_id": message["id"]}, status)


@pytest.fixture
def sami(support):
    return support.agent("Sami", teams=[support.support])


# ---- drafts


def test_a_draft_is_kept_until_the_reply(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    maija.expect(404, "GET", path(conversation, "draft"))
    kept = maija.put(path(conversation, "draft"), {"text": "Hei A"})
    assert maija.get(path(conversation, "draft")) == kept
    maija.put(path(conversation, "draft"), {"text": "Hei Aino!", "html": "<p>Hei Aino!</p>"})
    assert maija.get(path(conversation, "draft"))["html"] == "<p>Hei Aino!</p>"
    assert listed(maija, conversation)["has_draft"] and maija.conversation(conversation["id"])["has_draft"]
    maija.reply(conversation, "A note", kind="note")
    assert maija.get(path(conversation, "draft"))["text"] == "Hei Aino!"
    maija.reply(conversation, "Hei Aino!")
    maija.expect(404, "GET", path(conversation, "draft"))
    assert not listed(maija, conversation)["has_draft"]


def test_a_reply_that_was_refused_leaves_the_draft(support):
    maija = support.maija
    conversation = support.chat.ask(maija, sender="u1")
    seen = maija.messages(conversation)[-1]["id"]
    support.chat.routed(maija, support.chat.say("And?", sender="u1"))
    maija.put(path(conversation, "draft"), {"text": "Hei!"})
    maija.reply(conversation, "Hei!", 409, after=seen)
    assert maija.get(path(conversation, "draft"))["text"] == "Hei!"


def test_a_draft_is_its_authors_alone(support, sami):
    maija = support.maija
    conversation = support.chat.ask(maija)
    maija.put(path(conversation, "draft"), {"text": "Mine"})
    sami.expect(404, "GET", path(conversation, "draft"))
    assert not listed(sami, conversation)["has_draft"] and sami.items("/v1/drafts") == []
    sami.put(path(conversation, "draft"), {"text": "Sami's"})
    sami.reply(conversation, "Sami's")
    assert maija.get(path(conversation, "draft"))["text"] == "Mine"
    assert [event["type"] for event in maija.events() if "draft" in event["type"]] == []
    maija.delete(path(conversation, "draft"))
    maija.delete(path(conversation, "draft"), 404)


def test_drafts_are_listed_page_by_page(support):
    maija = support.maija
    for number in range(3):
        maija.put(path(support.chat.ask(maija), "draft"), {"text": str(number)})
    assert sorted(one["text"] for one in maija.pages("/v1/drafts", 2)) == ["0", "1", "2"]


def test_drafts_have_a_size(shared):
    conversation = shared.chat.ask(shared.maija)
    shared.maija.put(path(conversation, "draft"), {"text": "x" * 262144})
    shared.maija.put(path(conversation, "draft"), {"text": "x" * 262145}, 413)
    shared.maija.put(path(conversation, "draft"), {"text": ""}, 400)
    shared.maija.put(path(conversation, "draft"), {"text": "x", "kind": "note"}, 400)


def test_who_is_no_agent_has_neither(support):
    conversation = support.chat.ask(support.maija)
    support.admin.put(path(conversation, "draft"), {"text": "Hei"}, 403)
    support.admin.expect(403, "GET", "/v1/drafts")
    support.admin.put(path(conversation, "read"), {"message_id": conversation["id"]}, 403)
    assert "unread" not in support.admin.conversation(conversation["id"])


def test_another_accounts_conversation_takes_neither(support, desk):
    other = program.Account(desk)
    foreign = other.channel("Chat").ask(other.admin)
    message = other.admin.messages(foreign)[-1]
    support.maija.put(path(foreign, "draft"), {"text": "Hei"}, 404)
    support.maija.expect(404, "GET", path(foreign, "draft"))
    read(support.maija, foreign, message, 404)
    read(support.maija, support.chat.ask(support.maija), message, 400)


# ---- read markers


def test_what_came_after_the_last_message_read_is_unread(support, sami):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="u1")
    assert listed(maija, conversation)["unread"] and maija.conversation(conversation["id"])["unread"]
    marked = read(maija, conversation, maija.messages(conversation)[-1])
    assert not marked["unread"] and not listed(maija, conversation)["unread"]
    assert listed(sami, conversation)["unread"], "Sami has not read it"
    chat.routed(maija, chat.say("And?", sender="u1"))
    assert listed(maija, conversation)["unread"]
    read(maija, conversation, maija.messages(conversation)[-1])
    sami.reply(conversation, "A note", kind="note")
    assert not listed(maija, conversation)["unread"], "a note is no news of the customer"
    sami.reply(conversation, "Sami here")
    assert listed(maija, conversation)["unread"]


def test_a_marker_never_goes_back(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="u1")
    chat.routed(maija, chat.say("And?", sender="u1"))
    first, last = maija.messages(conversation)
    read(maija, conversation, last)
    assert not read(maija, conversation, first)["unread"]


def test_ones_own_reply_is_read_where_all_before_it_was(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="u1")
    read(maija, conversation, maija.messages(conversation)[-1])
    maija.reply(conversation)
    assert not listed(maija, conversation)["unread"]
    chat.routed(maija, chat.say("And?", sender="u1"))
    maija.reply(conversation, "I had not seen that")
    assert listed(maija, conversation)["unread"]
