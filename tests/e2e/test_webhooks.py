"""Integrators' webhooks: what they are told, how it is signed, and what happens when a receiver is in a bad mood."""

import collections
import contextlib
import json
import os
import ssl
import threading

import jsonschema
import pytest

import program
import receiver

IMPATIENT = {
    "LUPAUS_COURIER_RETRY_FIRST": "50ms",
    "LUPAUS_COURIER_RETRY_MAX": "200ms",
    "LUPAUS_COURIER_GIVE_UP_AFTER": "1h",
    "LUPAUS_COURIER_ATTEMPT_WAIT": "500ms",
    "LUPAUS_COURIER_LEASE": "1s",
}


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **IMPATIENT) as running:
        yield running


@pytest.fixture(scope="module")
def patient_desk(cluster, tmp_path_factory):
    """With pauses too long to wait for."""
    settings = {"LUPAUS_COURIER_RETRY_FIRST": "5s", "LUPAUS_COURIER_LEASE": "3s", "LUPAUS_COURIER_ATTEMPT_WAIT": "2s"}
    with program.running_desk(cluster, tmp_path_factory.mktemp("patient"), **settings) as running:
        yield running


@pytest.fixture
def patient(patient_desk):
    account = program.Account(patient_desk)
    account.chat = account.channel("Chat")
    account.watch = lambda outlet: Endpoint(
        account.admin,
        account.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["message.created"]}, 201),
    )
    return account


class Endpoint:
    """A webhook as its integrator sees it."""

    def __init__(self, api, made):
        self.api, self.id, self.secret = api, made["id"], made["secret"]
        self.path = f"/v1/webhooks/{self.id}"

    def now(self):
        return self.api.get(self.path)

    def breaker(self):
        return self.now()["breaker"]["state"]

    def edit(self, status=200, **changes):
        return self.api.patch(self.path, changes, status)

    def deliveries(self, query="?limit=100"):
        return self.api.items(self.path + "/deliveries" + query)

    def delivery(self, event_id):
        return self.api.get(f"{self.path}/deliveries/{event_id}")

    def ended(self, event_id, state):
        return program.wait_until(
            lambda: (found := self.delivery(event_id))["state"] == state and found, what=f"the delivery {state}"
        )

    def replay(self, cursor):
        return self.api.post(self.path + "/replay", {"from_cursor": cursor})

    def ping(self):
        return self.api.post(self.path + "/test", status=202)


@pytest.fixture
def watch(support, outlet):
    """Makes an endpoint; at the test's receiver unless another URL is given."""

    def make(api=None, url=None, **settings):
        api = api or support.admin
        return Endpoint(api, api.post("/v1/webhooks", {"url": url or outlet.url, **settings}, 201))

    return make


def told(outlet):
    """What came, each event once, in the order of its first arrival: (type, cursor)."""
    seen = {}
    for delivery in outlet.deliveries:
        seen.setdefault(delivery.headers["webhook-id"], delivery.json())
    return [(event["type"], event["cursor"]) for event in seen.values()]


def wait_for_all(outlet, api, after, types=None, seconds=20):
    """Until the receiver has everything that is in the log after a cursor; returns those events."""
    wanted = api.events(after, types)

    def has_all():
        come = {delivery.headers["webhook-id"] for delivery in list(outlet.deliveries)}
        return all(event["id"] in come for event in wanted)

    program.wait_until(has_all, seconds, f"the delivery of {len(wanted)} events")
    return wanted


# ---- what is told


def test_every_event_is_told_once_signed_and_complete(support, outlet, watch):
    endpoint = watch()
    start = support.admin.cursor()
    conversation = support.chat.ask(support.maija, html="<p>Hei!</p>")
    support.maija.assigned(conversation, support.maija.agent_id)
    support.maija.reply(conversation)
    wait_for_all(outlet, support.admin, start - 1)
    with open(os.path.join(program.REPOSITORY, "proto", "webhook.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    in_log = {event["id"]: event for event in support.admin.events(start - 1)}
    for delivery in outlet.deliveries:
        assert delivery.is_signed_with(endpoint.secret) and delivery.headers["Content-Type"] == "application/json"
        event = delivery.json()
        jsonschema.validate(event, schema)
        program.description().validate_as("Event", event)
        assert delivery.headers["webhook-id"] == event["id"]
        known = in_log[event["id"]]
        assert {**event, "message": None} == {**known, "message": None}
    counts = collections.Counter(delivery.headers["webhook-id"] for delivery in outlet.deliveries)
    assert set(counts.values()) == {1}
    types = [kind for kind, _ in told(outlet)]
    assert {"webhook.created", "conversation.created", "message.created", "conversation.assigned"} <= set(types)


def test_promises_and_alerts_are_events_too(support, outlet, watch):
    watch(types=["promise.*", "alert.*"])
    support.policy("2s", warn_lead="1s")
    conversation = support.chat.ask(support.maija)

    def wait_for(*kinds):
        program.wait_until(lambda: set(kinds) <= {kind for kind, _ in told(outlet)}, what=f"{kinds} at the receiver")

    wait_for("promise.opened", "promise.due_soon", "promise.overdue", "alert.raised", "alert.superseded")
    firing = [one for one in support.maija.items("/v1/alerts") if one["state"] == "firing"]
    support.maija.post(f"/v1/alerts/{firing[0]['id']}/acknowledge")
    wait_for("alert.acknowledged")
    support.maija.reply(conversation)
    wait_for("promise.settled", "alert.resolved")
    assert all(kind.startswith(("promise.", "alert.")) for kind, _ in told(outlet))
    raised = next(one.json() for one in outlet.deliveries if one.json()["type"] == "alert.raised")
    assert raised["alert"]["kind"] == "promise" and raised["conversation"]["id"] == conversation["id"]


def test_filters_by_type_team_and_channel(support, watch):
    other_team = support.team("Other", mode="pull")
    other_chat = support.channel("Other", team=other_team)
    with receiver.running_receiver() as by_team, receiver.running_receiver() as by_channel:
        watch(url=by_team.url, types=["message.created"], team_ids=[other_team])
        watch(url=by_channel.url, types=["message.*"], channel_ids=[support.chat.id])
        here = support.chat.ask(support.maija, text="here")
        there = other_chat.ask(support.maija, text="there")
        assert by_team.wait(1)[0].json()["conversation"]["id"] == there["id"]
        assert by_channel.wait(1)[0].json()["conversation"]["id"] == here["id"]
        last = support.chat.ask(support.maija, text="last")
        assert by_channel.wait(2)[1].json()["conversation"]["id"] == last["id"]
        assert len(by_team.deliveries) == 1


def test_exclude_own_leaves_out_what_the_endpoints_token_did(support, outlet, watch):
    mirror = support.token("webhooks:write", "events:read", "conversations:write", "conversations:read")
    watch(mirror, exclude_own=True, types=["conversation.updated"])
    conversation = support.chat.ask(support.maija)
    path = f"/v1/conversations/{conversation['id']}"
    mirror.patch(path, {"subject": "By the mirror"})
    support.maija.patch(path, {"subject": "By Maija"})
    assert outlet.wait(1)[0].json()["conversation"]["subject"] == "By Maija"
    assert len(outlet.deliveries) == 1


def test_slack_gets_a_line(support, outlet, watch):
    endpoint = watch(format="slack", types=["message.created"], link_url="https://desk.example/c/{conversation_number}")
    conversation = support.chat.ask(support.maija, name="Aino <!channel>")
    delivery = outlet.wait(1)[0]
    assert delivery.is_signed_with(endpoint.secret)
    line = delivery.json()
    assert set(line) == {"text"}
    assert line["text"].startswith("New message: Aino &lt;!channel&gt; \u00b7 waiting ")
    assert line["text"].endswith(f"<https://desk.example/c/{conversation['number']}|#{conversation['number']}>")


def test_other_accounts_are_told_nothing(support, desk, outlet, watch):
    watch()
    start = support.admin.cursor()
    other = program.Account(desk, "Other")
    other.team("Elsewhere")
    support.chat.ask(support.maija)
    ours = {event["id"] for event in wait_for_all(outlet, support.admin, start - 1)}
    assert {delivery.headers["webhook-id"] for delivery in outlet.deliveries} <= ours


# ---- order


def test_ordered_tells_one_thing_at_a_time_about_a_conversation(support, outlet, watch):
    watch(ordered=True, types=["conversation.*", "message.*"])
    busy = collections.Counter()
    together = []
    lock = threading.Lock()
    outlet.answer_always(OneAtATime(busy, together, lock))
    start = support.admin.cursor()
    conversations = [support.chat.ask(support.maija, text=f"first {number}") for number in range(3)]
    for number in range(5):
        for conversation in conversations:
            support.maija.patch(f"/v1/conversations/{conversation['id']}", {"subject": str(number)})
    wanted = wait_for_all(outlet, support.admin, start, "conversation.*,message.*")
    assert len(wanted) >= 18 and not together
    for conversation in conversations:
        cursors = [
            one.json()["cursor"] for one in outlet.deliveries if one.json()["conversation"]["id"] == conversation["id"]
        ]
        assert cursors == sorted(cursors)


class OneAtATime:
    """Takes its time, and notes whoever comes meanwhile about the same conversation."""

    def __init__(self, busy, together, lock):
        self.busy, self.together, self.lock = busy, together, lock

    def give(self, handler):
        conversation = json.loads(handler.body)["conversation"]["id"]
        with self.lock:
            self.busy[conversation] += 1
            if self.busy[conversation] > 1:
                self.together.append(conversation)
        handler.server.is_closing.wait(0.02)
        with self.lock:
            self.busy[conversation] -= 1
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


def test_an_ordered_endpoint_waits_for_what_failed(support, outlet, watch):
    watch(ordered=True, types=["conversation.updated"])
    conversation = support.chat.ask(support.maija)
    outlet.answer_next((500, b"", {}), (500, b"", {}))
    for number in range(3):
        support.maija.patch(f"/v1/conversations/{conversation['id']}", {"subject": str(number)})
    subjects = [one.json()["conversation"]["subject"] for one in outlet.wait(5)]
    assert subjects == ["0", "0", "0", "1", "2"]


# ---- bad moods

REFUSALS = {
    "an error": (500, b"", {}),
    "busy": (503, b"", {}),
    "not found": (404, b"", {}),
    "a redirect": (302, b"", {"Location": "http://127.0.0.1:1/elsewhere"}),
    "a redirect to a private address": (307, b"", {"Location": "http://10.0.0.1/"}),
    "no answer": (None, b"", {}),
    "silence": receiver.Mute(),
}


@pytest.mark.parametrize("mood", REFUSALS.values(), ids=REFUSALS.keys())
def test_whatever_is_no_2xx_is_tried_again_with_the_same_bytes(support, outlet, watch, mood):
    endpoint = watch(types=["message.created"])
    outlet.answer_next(mood, mood)
    support.chat.ask(support.maija)
    first, second, third = outlet.wait(3)
    assert first.body == second.body == third.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == third.headers["webhook-id"]
    assert third.is_signed_with(endpoint.secret)
    sent = endpoint.ended(third.headers["webhook-id"], "sent")
    assert sent["attempt"] == 3 and sent["status"] == 200 and sent["event"] == third.json()
    assert endpoint.breaker() == "closed"


def test_a_message_that_changed_meanwhile_changes_no_bytes(support, outlet, watch):
    shop = support.channel("Shop", team=support.support, outbound_url=outlet.url)
    with receiver.running_receiver() as mirror:
        watch(url=mirror.url, types=["message.created"])
        mirror.answer_next((200, b"", {}), (500, b"", {}), (500, b"", {}))
        conversation = shop.ask(support.maija)
        mirror.wait(1)  # deliveries may overtake each other
        reply = support.maija.reply(conversation)
        outlet.wait(1)
        program.wait_until(lambda: support.maija.messages(conversation)[-1]["delivery_state"] == "sent")
        mirror.wait(4)
        about = [one for one in mirror.deliveries if one.json()["message"]["id"] == reply["id"]]
        assert len(about) == 3 and len({one.body for one in about}) == 1


@pytest.mark.parametrize("mood", [receiver.Endless(), receiver.Slow(0.05)], ids=["endless", "slow"])
def test_a_body_without_an_end_is_cut_and_its_2xx_counts(support, outlet, watch, mood):
    endpoint = watch(types=["message.created"])
    outlet.answer_next(mood)
    support.chat.ask(support.maija)
    event = outlet.wait(1)[0].json()
    assert endpoint.ended(event["id"], "sent")["attempt"] == 1


def test_a_receiver_that_is_not_there(support, watch):
    endpoint = watch(url=f"http://127.0.0.1:{program.free_ports(1)[0]}/", types=["message.created"])
    support.chat.ask(support.maija)
    program.wait_until(lambda: endpoint.breaker() != "closed", what="the breaker")
    state = endpoint.now()["breaker"]
    assert state["failures"] >= 5 and state["error"] and state["failing_since"]
    assert endpoint.deliveries()[0]["status"] is None


def test_a_certificate_that_nobody_vouches_for(support, outlet, watch, tmp_path):
    """The TLS handshake fails before anything of the event is seen."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    program.subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    outlet.socket = context.wrap_socket(outlet.socket, server_side=True)
    endpoint = watch(url=outlet.url.replace("http:", "https:"), types=["message.created"])
    support.chat.ask(support.maija)
    failed = program.wait_until(lambda: [one for one in endpoint.deliveries() if one["attempt"] >= 2], what="a repeat")
    assert "certificate" in failed[0]["error"].lower() and failed[0]["status"] is None
    assert outlet.deliveries == []


def test_a_forbidden_address_is_named_with_the_option_and_nothing_is_lost(support, watch):
    """169.254.169.254 answers with credentials in many clouds."""
    endpoint = watch(url="http://169.254.169.254/latest/meta-data/", types=["message.created"])
    support.chat.ask(support.maija)
    waiting = program.wait_until(lambda: [one for one in endpoint.deliveries() if one["error"]], what="a refusal")
    assert "169.254.169.254" in waiting[0]["error"] and "egress.allow" in waiting[0]["error"]
    assert waiting[0]["state"] in ("queued", "sending")
    assert endpoint.breaker() != "closed", "one refusal says it all"


def test_retry_after_is_for_the_whole_endpoint(patient, outlet):
    endpoint = patient.watch(outlet)
    outlet.answer_next((429, b"", {"Retry-After": "2"}))
    patient.chat.say("Hei!")
    first = outlet.wait(1)[0]
    program.wait_until(lambda: endpoint.breaker() == "open", what="the pause")
    for _ in range(3):
        patient.chat.say("Hei!")
    rest = outlet.wait(5)[1:]
    assert all(1.9 < one.at - first.at < 10 for one in rest)
    program.wait_until(lambda: endpoint.breaker() == "closed", what="the end of the pause")


def test_gone_means_gone(support, outlet, watch):
    endpoint = watch(types=["message.created"])
    outlet.answer_next((410, b"", {}))
    support.chat.ask(support.maija)
    program.wait_until(lambda: endpoint.now()["disabled"], what="the end of the endpoint")
    assert endpoint.now()["disabled_reason"] == "gone"
    first = outlet.wait(1)[0].json()
    failed = endpoint.delivery(first["id"])
    assert (failed["state"], failed["attempt"], failed["status"]) == ("failed", 1, 410)
    assert endpoint.deliveries("?state=failed")[0]["event_id"] == first["id"]
    disabled = support.admin.events(types="webhook.disabled")
    assert disabled[-1]["webhook"]["id"] == endpoint.id and "url" not in disabled[-1]["webhook"]
    support.chat.ask(support.maija)
    endpoint.api.post(endpoint.path + "/test", status=409)
    endpoint.api.post(f"{endpoint.path}/deliveries/{first['id']}/replay", status=409)
    assert len(outlet.deliveries) == 1
    endpoint.edit(disabled=False)
    assert outlet.wait(2)[1].json()["id"] != first["id"], "what happened meanwhile is told, what it refused is not"
    assert endpoint.now()["disabled_reason"] is None


def test_after_a_breaker_everything_is_caught_up_from_the_cursor(support, outlet, watch):
    endpoint = watch()
    outlet.answer_always((500, b"", {}))
    start = support.admin.cursor()
    conversation = support.chat.ask(support.maija)
    program.wait_until(lambda: endpoint.breaker() != "closed", what="the breaker")
    path = f"/v1/conversations/{conversation['id']}"
    for number in range(600):
        support.maija.patch(path, {"subject": str(number)})
    behind = support.admin.cursor() - endpoint.now()["cursor"]
    assert behind > 50, "what it cannot take stays in the log"
    outlet.answer_always(None)
    wait_for_all(outlet, support.admin, start - 1)
    program.wait_until(lambda: endpoint.breaker() == "closed", what="the end of the breaker")
    assert endpoint.now()["cursor"] == support.admin.cursor()
    by_id = collections.defaultdict(set)
    for delivery in outlet.deliveries:
        by_id[delivery.headers["webhook-id"]].add(delivery.body)
    assert {len(bodies) for bodies in by_id.values()} == {1}


def test_a_bad_endpoint_does_not_hold_a_good_one_up(support, outlet, watch):
    with contextlib.ExitStack() as bad:
        for mood in (receiver.Mute(), receiver.Slow(0.05), receiver.Endless(), (500, b"", {})):
            running = bad.enter_context(receiver.running_receiver())
            running.answer_always(mood)
            watch(url=running.url)
        watch(types=["conversation.updated"])
        conversation = support.chat.ask(support.maija)
        for number in range(50):
            support.maija.patch(f"/v1/conversations/{conversation['id']}", {"subject": str(number)})
            asked = program.time.monotonic()
            outlet.wait(number + 1)
            assert program.time.monotonic() - asked < 2


# ---- again


def test_one_delivery_is_sent_again_as_it_was(support, outlet, watch):
    endpoint = watch(types=["message.created"])
    support.chat.ask(support.maija)
    event = outlet.wait(1)[0].json()
    endpoint.ended(event["id"], "sent")
    again = endpoint.api.post(f"{endpoint.path}/deliveries/{event['id']}/replay")
    assert again["state"] in ("queued", "sending")
    first, second = outlet.wait(2)
    assert first.body == second.body and first.headers["webhook-id"] == second.headers["webhook-id"]
    assert endpoint.ended(event["id"], "sent")["attempt"] == 2
    endpoint.api.post(f"{endpoint.path}/deliveries/{program.uuid.uuid4()}/replay", status=404)


def test_replay_tells_everything_after_a_cursor_again(support, outlet, watch):
    endpoint = watch(types=["conversation.updated"])
    conversation = support.chat.ask(support.maija)
    for number in range(4):
        support.maija.patch(f"/v1/conversations/{conversation['id']}", {"subject": str(number)})
    before = sorted((one.json() for one in outlet.wait(4)), key=lambda event: event["cursor"])
    for event in before:
        endpoint.ended(event["id"], "sent")
    assert endpoint.replay(before[1]["cursor"])["cursor"] == before[1]["cursor"]
    again = outlet.wait(6)[4:]
    assert {one.json()["id"] for one in again} == {event["id"] for event in before[2:]}
    assert {one.body for one in again} <= {one.body for one in outlet.deliveries[:4]}
    newest = support.admin.cursor()
    refused = endpoint.api.post(endpoint.path + "/replay", {"from_cursor": newest + 5}, 409)
    assert refused["newest_cursor"] == newest
    endpoint.api.post(endpoint.path + "/replay", {"from_cursor": -1}, 400)
    endpoint.api.post(endpoint.path + "/replay", {}, 400)


def test_a_cursor_ahead_leaves_out_what_lies_between(support, outlet, watch):
    endpoint = watch(types=["conversation.updated"])
    endpoint.edit(disabled=True)
    conversation = support.chat.ask(support.maija)
    path = f"/v1/conversations/{conversation['id']}"
    support.maija.patch(path, {"subject": "missed"})
    endpoint.replay(support.admin.cursor())
    endpoint.edit(disabled=False)
    support.maija.patch(path, {"subject": "told"})
    assert outlet.wait(1)[0].json()["conversation"]["subject"] == "told"


def test_a_ping_is_one_signed_attempt(support, outlet, watch):
    endpoint = watch(types=["promise.opened"])
    ping = endpoint.ping()
    delivery = outlet.wait(1)[0]
    assert delivery.is_signed_with(endpoint.secret) and delivery.headers["webhook-id"] == ping["event_id"]
    body = delivery.json()
    assert (body["id"], body["type"], body["webhook_id"]) == (ping["event_id"], "ping", endpoint.id)
    assert endpoint.ended(ping["event_id"], "sent")["event"] == body
    outlet.answer_next((500, b"", {}))
    failed = endpoint.ended(endpoint.ping()["event_id"], "failed")
    assert failed["attempt"] == 1 and "500" in failed["error"]
    assert len(outlet.deliveries) == 2


def test_a_ping_that_arrives_closes_the_breaker(patient, outlet):
    """Half a minute before it would have been tried again."""
    endpoint = patient.watch(outlet)
    start = endpoint.now()["cursor"]
    outlet.answer_always((500, b"", {}))
    for _ in range(10):
        patient.chat.say("Hei!")
    program.wait_until(lambda: endpoint.breaker() == "open", what="the breaker")
    outlet.answer_always(None)
    endpoint.ping()
    wait_for_all(outlet, patient.admin, start, "message.created", seconds=5)
    program.wait_until(lambda: endpoint.breaker() == "closed", what="the end of the breaker")


# ---- secrets


def test_a_secret_is_shown_once_and_sealed(support, desk, outlet, watch):
    endpoint = watch(name="CRM")
    assert endpoint.secret.startswith("whsec_") and "secret" not in endpoint.now()
    assert all("secret" not in one for one in support.admin.items("/v1/webhooks"))
    stored = desk.query("SELECT secret FROM webhook WHERE id = %s", endpoint.id)[0][0]
    assert program.base64.b64decode(endpoint.secret.removeprefix("whsec_")) not in bytes(stored)
    assert endpoint.secret.encode() not in bytes(stored)
    assert endpoint.secret not in json.dumps(support.admin.events())


def test_while_a_secret_rotates_both_sign(support, outlet, watch):
    endpoint = watch(types=["message.created"])
    fresh = endpoint.api.post(endpoint.path + "/rotate")["secret"]
    assert fresh != endpoint.secret and endpoint.now()["rotating"]
    support.chat.ask(support.maija)
    delivery = outlet.wait(1)[0]
    assert delivery.is_signed_with(endpoint.secret) and delivery.is_signed_with(fresh)
    endpoint.api.post(endpoint.path + "/rotate/finish")
    assert not endpoint.now()["rotating"]
    support.chat.ask(support.maija)
    delivery = outlet.wait(2)[1]
    assert not delivery.is_signed_with(endpoint.secret) and delivery.is_signed_with(fresh)


# ---- setting up


def test_an_endpoint_is_made_read_edited_and_deleted(support, outlet, watch):
    start = support.admin.cursor()
    endpoint = watch(name="CRM", types=["message.created"])
    made = endpoint.now()
    assert made["types"] == ["message.created"] and made["format"] == "event" and made["breaker"]["state"] == "closed"
    assert made["url"] == outlet.url and start <= made["cursor"] <= start + 1
    edited = endpoint.edit(types=[], ordered=True, name="")
    assert edited["types"] == [] and edited["ordered"] and edited["version"] == made["version"] + 1
    endpoint.api.patch(endpoint.path, {"name": "X"}, 412, {"If-Match": f'"{made["version"]}"'})
    others = [watch(types=["message.created"]).id for _ in range(4)]
    assert [one["id"] for one in support.admin.pages("/v1/webhooks", 2)] == [endpoint.id, *others]
    endpoint.api.delete(endpoint.path)
    for method, path in (("GET", ""), ("GET", "/deliveries"), ("POST", "/test"), ("POST", "/rotate")):
        endpoint.api.expect(404, method, endpoint.path + path, {} if method == "POST" else None)
    types = [event["type"] for event in support.admin.events(types="webhook.*")]
    assert types == ["webhook.created", "webhook.updated", *["webhook.created"] * 4, "webhook.deleted"]


BAD = {
    "no url": {},
    "a strange scheme": {"url": "ftp://example.com/"},
    "a password": {"url": "http://user:password@example.com/"},
    "a bad type": {"url": "http://example.com/", "types": ["Message"]},
    "a list in a type": {"url": "http://example.com/", "types": ["a.b,c.d"]},
    "a bad format": {"url": "http://example.com/", "format": "xml"},
    "a bad link": {"url": "http://example.com/", "link_url": "javascript:alert(1)"},
    "an unknown team": {"url": "http://example.com/", "team_ids": [str(program.uuid.uuid4())]},
    "an unknown channel": {"url": "http://example.com/", "channel_ids": [str(program.uuid.uuid4())]},
    "an unknown token": {"url": "http://example.com/", "token_id": str(program.uuid.uuid4())},
    "an unknown field": {"url": "http://example.com/", "egress": ["10.0.0.0/8"]},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_what_makes_no_sense_is_refused(shared, body):
    shared.admin.post("/v1/webhooks", body, 400)
    assert shared.admin.items("/v1/webhooks") == []


def test_a_list_that_is_too_long_is_a_413(shared):
    refused = shared.admin.post("/v1/webhooks", {"url": "http://example.com/", "types": ["a.b"] * 51}, 413)
    assert refused["errors"][0]["field"] == "/types"


def test_an_account_has_a_hundred_at_most(support):
    for _ in range(100):
        support.admin.post("/v1/webhooks", {"url": "http://example.com/", "types": ["no.thing"]}, 201)
    refused = support.admin.post("/v1/webhooks", {"url": "http://example.com/"}, 409)
    assert "100" in refused["detail"]


def test_who_may(support, desk, watch):
    endpoint = watch()
    for path in ("/v1/webhooks", endpoint.path, endpoint.path + "/deliveries"):
        support.maija.expect(403, "GET", path)
    blind = support.token("webhooks:write", "webhooks:read")
    refused = blind.post("/v1/webhooks", {"url": "http://example.com/"}, 403)
    assert "events:read" in refused["detail"]
    blind.patch(endpoint.path, {"types": []}, 403)
    stranger = program.Account(desk, "Stranger").admin
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate"),
                         ("POST", "/replay"), ("GET", "/deliveries")):  # fmt: skip
        stranger.expect(404, method, endpoint.path + path, {} if method in ("POST", "PATCH") else None)


def test_the_command_line_makes_and_lists_them(support, desk, outlet):
    made = desk.cli("webhook", "add", "--account", support.id, "--url", outlet.url, "--type", "message.created",
                    "--type", "alert.*", "--name", "CRM", "--ordered")  # fmt: skip
    support.chat.ask(support.maija)
    assert outlet.wait(1)[0].is_signed_with(made["secret"])
    listed = desk.cli("webhook", "list", "--account", support.id)["items"]
    assert [(one["id"], one["name"], one["types"], one["ordered"]) for one in listed] == [
        (made["id"], "CRM", ["message.created", "alert.*"], True)
    ]


# ---- deliveries


def test_deliveries_are_listed_page_by_page_newest_first(support, outlet, watch):
    endpoint = watch(types=["conversation.updated"])
    conversation = support.chat.ask(support.maija)
    for number in range(5):
        support.maija.patch(f"/v1/conversations/{conversation['id']}", {"subject": str(number)})
    outlet.wait(5)
    listed = support.admin.pages(endpoint.path + "/deliveries", 2)
    cursors = [one["cursor"] for one in listed]
    assert len(cursors) == 5 and cursors == sorted(cursors, reverse=True)
    endpoint.api.expect(400, "GET", endpoint.path + "/deliveries?state=sent")
    endpoint.api.expect(400, "GET", endpoint.path + "/deliveries?cursor=x")


# ---- processes


def test_a_courier_that_dies_with_an_event_in_its_hand(cluster, tmp_path, outlet):
    """The receiver has it and the courier is killed before it can say so: sent again, under the same id."""
    with program.running_desk(cluster, tmp_path, **IMPATIENT) as desk:
        account = program.Account(desk)
        chat = account.channel("Chat")
        account.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["message.created"]}, 201)
        outlet.on_arrival = desk.server.kill
        message = {"id": program.new_id(), "sender": {"id": "a", "name": "Aino"}, "text": "Hei!"}
        with contextlib.suppress(OSError, program.http.client.HTTPException):  # killed before it could answer
            chat.post(message)
        outlet.wait(1)
        outlet.on_arrival = None
        desk.start()
        first, second = outlet.wait(2)[:2]
        assert first.body == second.body and first.headers["webhook-id"] == second.headers["webhook-id"]


def test_two_couriers_share_the_work_and_tell_nothing_twice(cluster, tmp_path, outlet):
    patient = {**IMPATIENT, "LUPAUS_COURIER_ATTEMPT_WAIT": "10s", "LUPAUS_COURIER_LEASE": "30s"}
    with program.running_desk(cluster, tmp_path, **patient) as desk:
        desk.join("--roles", "courier")
        account = program.Account(desk)
        chat = account.channel("Chat")
        for _ in range(5):
            account.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["message.created"]}, 201)
        messages = 60
        program.in_parallel(*[lambda: chat.say("Hei!", sender=program.new_id()) for _ in range(messages)])
        outlet.wait(5 * messages)
        ids = collections.Counter(one.headers["webhook-id"] for one in outlet.deliveries)
        assert len(ids) == messages and set(ids.values()) == {5}
        counted = [server.metric("lupaus_webhooks_deliveries_total", result="sent") or 0 for server in desk.servers]
        program.wait_until(
            lambda: sum(s.metric("lupaus_webhooks_deliveries_total", result="sent") or 0 for s in desk.servers)
            == 5 * messages,
            what=f"the count of all deliveries, now {counted}",
        )
