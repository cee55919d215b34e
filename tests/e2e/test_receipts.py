"""What a receiver says later of a reply: delivered, read, or failed after all."""

import pytest

import program


@pytest.fixture
def shop(support, outlet):
    """A channel whose receiver has its own ids, and a customer who waits there."""
    support.shop = support.channel("Shop", team=support.support, outbound_url=outlet.url)
    support.policy("1h")
    outlet.answer_always((200, b'{"id":"sms-77"}', {"Content-Type": "application/json"}))
    return support


def sent_reply(shop):
    conversation = shop.shop.ask(shop.maija)
    reply = shop.maija.reply(conversation)
    state_becomes(shop, conversation, "sent")
    return conversation, reply


def state_of(shop, conversation):
    return shop.maija.messages(conversation)[-1]["delivery_state"]


def state_becomes(shop, conversation, state):
    program.wait_until(lambda: state_of(shop, conversation) == state, what=f"the reply {state}")


def tell(channel, state, message_id="sms-77", status=200, **more):
    body = {"type": "delivery.updated", "id": program.new_id(), "message_id": message_id, "state": state, **more}
    answer = channel.post(body)
    assert answer.status == status, answer
    return answer.json()


def told(shop, reply):
    """The states of the reply, as the log tells them."""
    events = shop.maija.events(types="message.delivery")
    return [event["delivery"]["state"] for event in events if event["delivery"]["message_id"] == reply["id"]]


def undelivered(shop):
    alerts = shop.maija.items("/v1/alerts")
    return [one for one in alerts if one["kind"] == "undelivered" and one["state"] == "firing"]


def test_the_furthest_state_wins(shop):
    conversation, reply = sent_reply(shop)
    assert tell(shop.shop, "read") == {"status": "noted", "state": "read"}
    assert tell(shop.shop, "delivered") == {"status": "known", "state": "read"}
    assert tell(shop.shop, "failed") == {"status": "known", "state": "read"}
    assert state_of(shop, conversation) == "read"
    assert told(shop, reply) == ["sent", "read"]


def test_a_receipt_may_name_the_desks_own_id(shop):
    conversation, reply = sent_reply(shop)
    assert tell(shop.shop, "delivered", reply["id"])["status"] == "noted"
    assert state_of(shop, conversation) == "delivered"


def test_a_reply_that_failed_after_all_makes_the_wait_go_on(shop):
    conversation, _ = sent_reply(shop)
    before = shop.maija.conversation(conversation["id"])
    assert before["waiting_since"] is None
    tell(shop.shop, "failed", detail="No such number")
    now = shop.maija.conversation(conversation["id"])
    assert now["waiting_since"] == conversation["waiting_since"]
    assert now["owed"]["due_at"] == conversation["owed"]["due_at"]
    alert = program.wait_until(lambda: undelivered(shop), what="the alert")[0]
    assert alert["conversation_id"] == conversation["id"]
    tell(shop.shop, "delivered")
    assert shop.maija.conversation(conversation["id"])["waiting_since"] is None
    assert undelivered(shop) == []


def test_a_receipt_for_nothing_is_kept_and_replayed_later(shop):
    lead = shop.agent("Liisa", role="lead")
    problem = tell(shop.shop, "delivered", "sms-77", status=400)
    assert [error["field"] for error in problem["errors"]] == ["/message_id"]
    conversation, _ = sent_reply(shop)
    path = f"/v1/channels/{shop.shop.id}/rejections/{problem['rejection_id']}/replay"
    assert lead.post(path) == {"status": "noted", "state": "delivered"}
    assert state_of(shop, conversation) == "delivered"


def test_another_channel_cannot_speak_of_the_reply(shop):
    conversation, reply = sent_reply(shop)
    stranger = program.Account(shop.desk).channel("Theirs")
    for channel in (shop.channel("Other"), stranger):
        tell(channel, "failed", reply["id"], status=400)
        tell(channel, "failed", status=400)
    assert state_of(shop, conversation) == "sent"


@pytest.mark.parametrize("wrong", [{"state": "queued"}, {"message_id": ""}, {"id": 7}, {"detail": ["x"]}])
def test_a_wrong_receipt_names_its_field(shop, wrong):
    body = {"type": "delivery.updated", "id": "r-1", "message_id": "sms-77", "state": "read", **wrong}
    answer = shop.shop.post(body)
    assert answer.status == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["/" + next(iter(wrong))]
