"""The metrics that dashboards and alerts are built on: a golden list of names, and that the numbers are right."""

import os
import re

import pytest

import program

GOLDEN = os.path.join(os.path.dirname(__file__), "metrics.golden")


def families(text):
    """`name type` of every family, with the names of its labels."""
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    labels = {name: set() for name in kinds}
    for name, given, _ in program.samples(text):
        family = name if name in kinds else re.sub(r"_(bucket|sum|count)$", "", name)
        labels[family] |= set(given) - {"le"}
    return [f"{name} {kind} {' '.join(sorted(labels[name]))}".rstrip() for name, kind in sorted(kinds.items())]


def test_the_names_are_the_golden_ones(support, desk, outlet, follow):
    """Everything happens once, so that every family has appeared; renaming one breaks somebody's dashboard."""
    shop = support.channel("Shop", team=support.support, outbound_url=outlet.url)
    support.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["conversation.created"]}, 201)
    stream = follow(support.maija)
    support.policy("1s")
    conversation = shop.ask(support.maija)
    stream.event("alert.raised")
    support.maija.reply(conversation)
    support.maija.act(shop.ask(support.maija), "waive", {"reason": "other"})
    stream.event("message.delivery")
    bot = support.token("bot", "conversations:read")
    support.admin.patch(f"/v1/channels/{shop.id}", {"bot_token_id": bot.token_id})
    bot.act(shop.ask(support.maija), "handoff")
    shop.post(b"junk")
    shop.post({"id": "x"}, headers={"webhook-signature": "v1,AAAA"})
    support.admin.expect(201, "POST", "/v1/teams", {"name": "Keyed"}, {"Idempotency-Key": "k"})
    support.admin.expect(201, "POST", "/v1/teams", {"name": "Keyed"}, {"Idempotency-Key": "k"})
    support.chat.say("", attachments=[{"url": "http://169.254.169.254/latest"}])
    program.wait_until(lambda: desk.server.metric("lupaus_attachment_fetches_total"), what="the refusal of an address")
    program.wait_until(lambda: desk.server.metric("lupaus_alerts") is not None, what="the measured gauges")
    program.wait_until(
        lambda: desk.server.metric("lupaus_webhooks_deliveries_total", result="sent"), what="the delivery of an event"
    )
    with open(GOLDEN, encoding="utf-8") as file:
        golden = [line for line in file.read().splitlines() if not line.startswith("#")]
    always = [line for line in golden if not line.startswith("? ")]
    seen = [line for line in families(desk.server.metrics()) if "? " + line not in golden]
    assert seen == always


def test_a_help_text_and_a_type_for_every_family(desk):
    text = desk.server.metrics()
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert set(helps) == set(kinds)
    assert all(name.startswith("lupaus_") for name in kinds)


def test_no_label_carries_what_an_account_says(support, desk):
    """Labels are of a closed set: neither ids nor names nor paths with ids."""
    support.maija.reply(support.chat.ask(support.maija, sender="sender-in-no-label"))
    text = desk.server.metrics()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)
    assert "sender-in-no-label" not in text and "Maija" not in text


def counted(desk, name, **labels):
    return desk.server.metric(name, **labels) or 0


def test_messages_are_counted_by_what_became_of_them(support, desk):
    before = {
        outcome: counted(desk, "lupaus_inbound_messages_total", outcome=outcome)
        for outcome in ("accepted", "duplicate", "conflict", "rejected")
    }
    message = support.chat.say("Hei!")
    support.chat.post(message)
    support.chat.post({**message, "text": "Else"})
    support.chat.post(b"junk")
    for outcome, count in before.items():
        assert counted(desk, "lupaus_inbound_messages_total", outcome=outcome) == count + 1, outcome


def test_requests_are_counted_by_route(support, desk):
    route = "/v1/conversations/{id}"
    before = counted(desk, "lupaus_http_requests_total", route=route, status="404")
    support.maija.expect(404, "GET", f"/v1/conversations/{support.id}")
    assert counted(desk, "lupaus_http_requests_total", route=route, status="404") == before + 1
    assert counted(desk, "lupaus_http_request_seconds_count", route=route) >= 1


def test_named_queries_are_timed(desk):
    text = desk.server.metrics()
    queries = {labels["query"] for name, labels, _ in program.samples(text) if name == "lupaus_query_seconds_count"}
    assert {"desk_inbound_accept", "desk_inbound_claim", "desk_event_append"} <= queries
    assert len(queries) > 20
    assert counted(desk, "lupaus_query_failures_total") == 0


def test_who_waits_and_for_how_long(support, desk):
    for _ in range(3):
        support.chat.ask(support.maija)
    program.wait_until(lambda: counted(desk, "lupaus_waiting_customers") >= 3, what="the gauge of waiting customers")
    assert counted(desk, "lupaus_oldest_wait_seconds") > 0
    program.wait_until(lambda: counted(desk, "lupaus_queue_rows") == 0, what="the empty queue")


def test_streams_are_counted_while_they_are_open(support, desk, follow):
    before = counted(desk, "lupaus_stream_open")
    stream = follow(support.maija)
    assert counted(desk, "lupaus_stream_open") == before + 1
    stream.close()
    program.wait_until(lambda: counted(desk, "lupaus_stream_open") == before, what="the end of the stream")


REPLIES = {
    "replied": (lambda api, one: api.reply(one), 1),
    "answered elsewhere": (lambda api, one: api.act(one, "answered", {"how": "phone"}), 1),
    "waived": (lambda api, one: api.act(one, "waive", {"reason": "other"}), 0),
    "noted": (lambda api, one: api.reply(one, kind="note"), 0),
}


@pytest.mark.parametrize("end, count", REPLIES.values(), ids=REPLIES.keys())
def test_reply_times_are_a_histogram_of_human_replies(support, desk, end, count):
    before = counted(desk, "lupaus_reply_seconds_count", kind="first_reply")
    end(support.maija, support.chat.ask(support.maija))
    assert counted(desk, "lupaus_reply_seconds_count", kind="first_reply") == before + count
