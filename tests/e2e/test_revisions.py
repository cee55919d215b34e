"""A customer changes what they said, or takes it back."""

import base64

import pytest

import program


def revise(channel, kind, message_id, status=200, **more):
    answer = channel.post({"type": f"message.{kind}", "id": program.new_id(), "message_id": message_id, **more})
    assert answer.status == status, answer
    return answer.json()


def ask(support, text="Where is my bicycle?", sender="u1", **more):
    """The integrator's id of a new message, and its conversation."""
    said = support.chat.say(text, sender=sender, **more)
    return said["id"], support.chat.routed(support.maija, said)


def events_of(support, conversation):
    told = [event for event in support.maija.events() if event.get("conversation", {}).get("id") == conversation["id"]]
    return [event["type"] for event in told]


def test_an_edit_changes_the_words_and_nothing_else(support):
    said, conversation = ask(support)
    before = support.maija.messages(conversation)[0]
    assert revise(support.chat, "edited", said, text="Where is my car?") == {"status": "noted"}
    after = support.maija.messages(conversation)[0]
    assert after["text"] == "Where is my car?" and after["edited_at"] > before["created_at"]
    assert {**after, "text": None, "edited_at": None} == {**before, "text": None, "edited_at": None}
    assert support.maija.conversation(conversation["id"])["waiting_since"] == conversation["waiting_since"]
    assert events_of(support, conversation)[-1] == "message.edited"
    found = program.wait_until(lambda: support.maija.items("/v1/search?q=car"), what="the new words are found")
    assert found[0]["conversation"]["id"] == conversation["id"]


def test_the_same_edit_again_is_known(support):
    said, conversation = ask(support)
    revise(support.chat, "edited", said, text="Where is my car?")
    assert revise(support.chat, "edited", said, text="Where is my car?") == {"status": "known"}
    assert events_of(support, conversation).count("message.edited") == 1


def test_taking_back_the_only_question_withdraws_the_wait(support):
    support.policy("1h")
    files = [{"name": "photo.jpg", "content": base64.b64encode(b"photo").decode()}]
    said, conversation = ask(support, attachments=files)
    assert conversation["owed"]
    revise(support.chat, "deleted", said)
    message = support.maija.messages(conversation)[0]
    assert (message["text"], message["html"], message["attachments"]) == ("", None, []) and message["deleted_at"]
    now = support.maija.conversation(conversation["id"])
    assert now["waiting_since"] is None and now["owed"] is None and now["state"] == "open"
    assert support.maija.get(f"/v1/promises/{conversation['owed']['id']}")["outcome"] == "withdrawn"
    assert events_of(support, conversation)[-2:] == ["message.deleted", "promise.settled"]
    assert revise(support.chat, "deleted", said) == {"status": "known"}
    assert revise(support.chat, "edited", said, text="Again") == {"status": "known"}


def test_a_question_that_was_put_to_a_bot_can_be_taken_back(support):
    bot = support.token("bot", "messages:write")
    support.admin.patch(f"/v1/channels/{support.chat.id}", {"bot_token_id": bot.token_id})
    said, conversation = ask(support)
    assert conversation["bot_token_id"] == bot.token_id and conversation["waiting_since"]
    revise(support.chat, "deleted", said)
    now = support.maija.conversation(conversation["id"])
    assert now["waiting_since"] is None and now["bot_token_id"] == bot.token_id


def test_another_question_still_waits(support):
    first, conversation = ask(support)
    second, _ = ask(support, "And my helmet?")
    revise(support.chat, "deleted", first)
    assert support.maija.conversation(conversation["id"])["waiting_since"] == conversation["waiting_since"]
    revise(support.chat, "deleted", second)
    assert support.maija.conversation(conversation["id"])["waiting_since"] is None


def test_what_was_answered_stays_answered(support):
    support.policy("1h")
    said, conversation = ask(support)
    support.maija.reply(conversation)
    again, _ = ask(support, "Thank you. When?")
    revise(support.chat, "deleted", again)
    assert support.maija.conversation(conversation["id"])["waiting_since"] is None
    revise(support.chat, "deleted", said)
    assert support.maija.get(f"/v1/promises/{conversation['owed']['id']}")["outcome"] == "kept"


def test_a_change_of_nothing_is_kept_and_replayed_later(support):
    lead = support.agent("Liisa", role="lead")
    problem = revise(support.chat, "edited", "ext-later", 400, text="Later")
    assert [error["field"] for error in problem["errors"]] == ["/message_id"]
    said = support.chat.say("Sooner", id="ext-later")
    conversation = support.chat.routed(support.maija, said)
    path = f"/v1/channels/{support.chat.id}/rejections/{problem['rejection_id']}/replay"
    assert lead.post(path) == {"status": "noted"}
    assert support.maija.messages(conversation)[0]["text"] == "Later"


def test_another_channel_cannot_change_it(support):
    said, conversation = ask(support)
    stranger = program.Account(support.desk).channel("Theirs")
    for channel in (support.channel("Other"), stranger):
        revise(channel, "deleted", said, 400)
    assert support.maija.messages(conversation)[0]["text"] == "Where is my bicycle?"


@pytest.mark.parametrize("wrong", [{"text": ""}, {"message_id": 7}, {"id": ""}, {"html": 5}])
def test_a_wrong_change_names_its_field(support, wrong):
    body = {"type": "message.edited", "id": "e-1", "message_id": "m-1", "text": "x", **wrong}
    answer = support.chat.post(body)
    assert answer.status == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["/" + next(iter(wrong))]
