"""Replies on their way out: attempts, retries, what the receiver says, what must not be reached, and who is told when a
reply did not arrive."""

import pytest

import live
import program

IMPATIENT = {
    "LUPAUS_COURIER_RETRY_FIRST": "50ms",
    "LUPAUS_COURIER_RETRY_MAX": "100ms",
    "LUPAUS_COURIER_GIVE_UP_AFTER": "1s",
    "LUPAUS_COURIER_ATTEMPT_WAIT": "500ms",
    "LUPAUS_COURIER_LEASE": "1s",
}


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **IMPATIENT) as running:
        yield running


@pytest.fixture
def shop(support, outlet):
    """A channel that delivers, and a way to answer on it."""
    support.outlet = outlet
    support.shop = support.channel("Shop", team=support.support, outbound_url=outlet.url)
    return support


def answered(shop, **more):
    """A reply on its way; returns its conversation and itself."""
    conversation = shop.shop.ask(shop.maija)
    return conversation, shop.maija.reply(conversation, **more)


def delivery_of(shop, reply):
    """The delivery as the log last told it."""
    told = [
        event["delivery"]
        for event in shop.maija.events(types="message.delivery")
        if event["delivery"]["message_id"] == reply["id"]
    ]
    return shop.maija.get(f"/v1/deliveries/{told[-1]['id']}") if told else None


def ended(shop, reply, state):
    return program.wait_until(
        lambda: (found := delivery_of(shop, reply)) and found["state"] == state and found, what=f"the delivery {state}"
    )


def test_every_delivery_is_signed_and_complete(shop):
    conversation, reply = answered(shop, html="<p>Hei hei!</p>")
    delivery = shop.outlet.wait(1)[0]
    assert delivery.is_signed_with(shop.shop.outbound_secret)
    assert not delivery.is_signed_with(shop.shop.secret)
    assert delivery.headers["Content-Type"] == "application/json" and delivery.headers["webhook-id"] == reply["id"]
    body = delivery.json()
    assert body["conversation_number"] == conversation["number"] and body["html"] == "<p>Hei hei!</p>"
    assert body["thread_id"] is None and body["created_at"] == reply["created_at"]
    check_outbound(body)


def check_outbound(body):
    """Against the contract that receivers read."""
    with open(program.os.path.join(program.REPOSITORY, "proto", "outbound.schema.json"), encoding="utf-8") as file:
        schema = program.json.load(file)
    program.openapi_check.jsonschema.validate(body, schema)
    assert set(body) <= set(schema["properties"])


def test_the_receivers_own_id_is_kept(shop):
    shop.outlet.answer_next((202, b'{"id":"wamid-77"}', {"Content-Type": "application/json"}))
    _, reply = answered(shop)
    assert ended(shop, reply, "sent")["external_id"] == "wamid-77"


REFUSALS = {"an error": 500, "busy": 503, "too many": 429, "a redirect": 302, "not found": 404, "no answer": None}


@pytest.mark.parametrize("status", REFUSALS.values(), ids=REFUSALS.keys())
def test_whatever_is_no_2xx_is_tried_again_with_the_same_bytes(shop, status):
    shop.outlet.answer_next((status, b"", {"Location": shop.outlet.url + "/elsewhere"}), (status, b"", {}))
    _, reply = answered(shop)
    first, second, third = shop.outlet.wait(3)
    assert first.body == second.body == third.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == third.headers["webhook-id"] == reply["id"]
    assert third.is_signed_with(shop.shop.outbound_secret)
    sent = ended(shop, reply, "sent")
    assert sent["attempt"] == 3 and [one["status"] for one in sent["attempts"]] == [200, status, status]


def test_what_is_refused_for_too_long_has_failed_and_the_wait_goes_on(shop, follow):
    """The promise returns with its first time, the author hears of it, and a human may try again. The histogram of
    reply times counts settlements, so it has counted this reply twice in the end."""

    def counted():
        return shop.desk.server.metric("lupaus_reply_seconds_count", kind="first_reply") or 0

    before = counted()
    shop.policy("1h")
    stream = follow(shop.maija)
    shop.outlet.answer_next(*[(500, b"", {})] * 1000)
    conversation, reply = answered(shop)
    failed = ended(shop, reply, "failed")
    assert failed["attempt"] >= 3 and "500" in failed["error"]
    alert = stream.next(
        lambda frame: frame["type"] == "event" and (frame["event"].get("alert") or {}).get("kind") == "undelivered"
    )
    assert alert["event"]["alert"]["recipient"] == {"type": "agent", "id": shop.maija.agent_id}
    assert alert["event"]["alert"]["delivery_id"] == failed["id"]
    again = shop.maija.conversation(conversation["id"])
    assert again["waiting_since"] == conversation["waiting_since"]
    assert (again["owed"]["kind"], again["owed"]["due_at"]) == ("first_reply", conversation["owed"]["due_at"])
    opened = [event["promise"]["id"] for event in shop.maija.events(types="promise.opened")]
    assert opened == [conversation["owed"]["id"], again["owed"]["id"]]
    assert shop.maija.messages(conversation)[-1]["delivery_state"] == "failed"
    assert counted() == before + 1
    shop.outlet.answer_next()
    retried = shop.maija.post(f"/v1/deliveries/{failed['id']}/retry")
    assert retried["state"] == "queued"
    assert ended(shop, reply, "sent")
    settled = stream.event("promise.settled", conversation_id=conversation["id"])["promise"]
    assert (settled["id"], settled["outcome"]) == (again["owed"]["id"], "kept")
    assert stream.next(lambda frame: frame["type"] == "event" and frame["event"]["type"] == "alert.resolved")
    program.wait_until(lambda: counted() == before + 2, what="the reply's time")
    shop.maija.post(f"/v1/deliveries/{failed['id']}/retry", status=409)


def test_gone_means_gone(shop):
    shop.outlet.answer_next((410, b"", {}))
    _, reply = answered(shop)
    assert ended(shop, reply, "failed")["attempt"] == 1


def test_a_refused_reply_is_forgotten_once_the_customer_is_answered(shop, follow):
    stream = follow(shop.maija)
    shop.outlet.answer_next((410, b"", {}))
    conversation, reply = answered(shop)
    failed = ended(shop, reply, "failed")
    raised = stream.event("alert.raised", conversation_id=conversation["id"])["alert"]
    assert raised["kind"] == "undelivered"
    assert ended(shop, shop.maija.reply(conversation, "Once more: at four."), "sent")
    assert stream.event("alert.resolved", conversation_id=conversation["id"])["alert"]["id"] == raised["id"]
    assert shop.maija.conversation(conversation["id"])["owed"] is None
    shop.desk.query("UPDATE timer SET due_at = now() WHERE subject_id = %s", failed["id"])
    program.wait_until(
        lambda: not shop.desk.query("SELECT 1 FROM timer WHERE subject_id = %s", failed["id"]), what="the timer to ring"
    )
    assert shop.maija.items("/v1/alerts?state=firing") == []


def test_a_receiver_that_is_not_there_is_tried_until_the_time_is_up(support):
    port = program.free_ports(1)[0]
    chat = support.channel("Later", team=support.support, outbound_url=f"http://127.0.0.1:{port}/")
    conversation = chat.ask(support.maija)
    reply = support.maija.reply(conversation)
    failed = program.wait_until(
        lambda: (found := delivery_of(support, reply)) and found["state"] == "failed" and found,
        what="the end of the attempts",
    )
    assert failed["attempt"] >= 2 and [one["status"] for one in failed["attempts"]] == [None] * failed["attempt"]


def test_replies_of_one_agent_all_arrive(shop):
    conversation = shop.shop.ask(shop.maija)
    replies = [shop.maija.reply(conversation, str(number)) for number in range(10)]
    came = {delivery.headers["webhook-id"] for delivery in shop.outlet.wait(10)}
    assert came == {reply["id"] for reply in replies}


def test_notes_are_never_delivered(shop):
    conversation = shop.shop.ask(shop.maija)
    shop.maija.reply(conversation, "Secret", kind="note")
    last = shop.maija.reply(conversation, "Public")
    assert [one.headers["webhook-id"] for one in shop.outlet.wait(1)] == [last["id"]]


def test_a_bot_is_delivered_without_an_agent(shop):
    conversation = shop.shop.ask(shop.maija)
    shop.token("messages:write").reply(conversation, "We have your message.")
    assert shop.outlet.wait(1)[0].json()["agent"] is None


def test_rotating_the_outbound_secret(shop):
    rotated = shop.admin.post(f"/v1/channels/{shop.shop.id}/rotate", {"which": "outbound"})
    answered(shop)
    delivery = shop.outlet.wait(1)[0]
    assert delivery.is_signed_with(rotated["outbound_secret"]) and not delivery.is_signed_with(
        shop.shop.outbound_secret
    )


# ---- the guard

FORBIDDEN = [
    "http://10.0.0.1/",
    "http://192.168.1.1/x",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://0.0.0.0/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_private_address_is_not_reached_and_the_refusal_names_the_option(support, url):
    chat = support.channel("Inside", team=support.support, outbound_url=url)
    conversation = chat.ask(support.maija)
    reply = support.maija.reply(conversation)
    failed = program.wait_until(
        lambda: (found := delivery_of(support, reply)) and found["state"] == "failed" and found, what="the refusal"
    )
    assert failed["attempt"] == 1 and "egress.allow" in failed["error"]


def test_the_guard_is_not_opened_by_the_api(shared):
    shared.admin.post("/v1/channels", {"kind": "webhook", "name": "X", "egress": {"allow": ["10.0.0.0/8"]}}, 400)
    for url in (
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http://user:password@example.com/",
    ):
        shared.admin.post("/v1/channels", {"kind": "webhook", "name": "X", "outbound_url": url}, 400)


# ---- the outbox


def test_the_outbox_is_a_queue_that_is_read_and_acknowledged(support):
    chat, maija = support.chat, support.maija
    lead = support.agent("Leena", role="lead")
    conversation = chat.ask(maija)
    replies = [maija.reply(conversation, str(number))["id"] for number in range(5)]
    path = f"/v1/channels/{chat.id}/outbox"
    waiting = maija.pages(path, 2)
    assert [one["message_id"] for one in waiting] == replies
    for item in waiting:
        check_outbound(item["body"])
    first = f"{path}/{waiting[0]['id']}/acknowledge"
    assert lead.post(first)["state"] == "sent"
    assert [one["message_id"] for one in maija.items(path)] == replies[1:]
    lead.post(f"{path}/{conversation['id']}/acknowledge", status=404)


def timers_of(shop, reply):
    """Kind and seconds to the alert of each timer that watches over a reply's delivery."""
    return shop.desk.query(
        "SELECT t.kind, extract(epoch FROM t.due_at - d.created_at)::int FROM delivery d"
        " JOIN timer t ON t.account_id = d.account_id AND t.subject_id = d.id WHERE d.message_id = %s",
        reply["id"],
    )


def test_waiting_in_the_outbox_is_not_undelivered(shop):
    """Of two replies that nobody takes the pushed one has a timer, which brings the alert, and the other has none."""
    shop.outlet.answer_always((500, b"", {}))
    _, pushed = answered(shop)
    conversation = shop.chat.ask(shop.maija)
    waiting = shop.maija.reply(conversation)
    assert timers_of(shop, pushed) == [(1, 600)] and timers_of(shop, waiting) == []
    shop.desk.query("UPDATE timer SET due_at = now() WHERE account_id = %s AND kind = 1", shop.id)
    raised = program.wait_until(lambda: shop.maija.items("/v1/alerts"), what="the alert of the pushed reply")
    assert [(one["kind"], one["conversation_id"] == conversation["id"]) for one in raised] == [("undelivered", False)]
    assert shop.maija.messages(conversation)[-1]["delivery_state"] == "queued"


def test_a_channel_that_gets_an_address_later_delivers_what_comes_then(support, outlet):
    channel = support.admin.patch(f"/v1/channels/{support.chat.id}", {"outbound_url": outlet.url})
    assert channel["outbound_secret"]
    conversation = support.chat.ask(support.maija)
    support.maija.reply(conversation)
    assert outlet.wait(1)[0].is_signed_with(channel["outbound_secret"])
    assert "outbound_secret" not in support.admin.get(f"/v1/channels/{support.chat.id}")


def test_a_courier_that_dies_with_a_reply_in_its_hand(cluster, tmp_path, outlet):
    """The receiver has it and the courier is killed before it can say so: sent again, under the same id."""
    with program.running_desk(cluster, tmp_path, **IMPATIENT) as desk:
        account = program.Account(desk)
        team = account.team("Support")
        maija = account.agent("Maija", teams=[team])
        maija.online()
        chat = account.channel("Shop", team=team, outbound_url=outlet.url)
        conversation = chat.ask(maija)
        outlet.on_arrival = desk.server.kill
        reply = maija.reply(conversation)
        outlet.wait(1)
        outlet.on_arrival = None
        desk.start()
        first, second = outlet.wait(2)[:2]
        assert first.body == second.body and first.headers["webhook-id"] == second.headers["webhook-id"] == reply["id"]
        with live.Live(maija, cursor=0) as stream:
            told = stream.next(
                lambda frame: frame["type"] == "event" and (frame["event"].get("delivery") or {}).get("state") == "sent"
            )
        assert told["event"]["delivery"]["message_id"] == reply["id"]
