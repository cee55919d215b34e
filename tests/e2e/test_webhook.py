"""POST /hooks/webhook/{channel_id}: who may hand something in, what is refused and how it says so, and that the same
message twice is one message."""

import json
import time

import pytest

import program

HELLO = {"sender": {"id": "u1", "name": "Aino"}, "text": "Hei!"}


def hello(**more):
    return {"id": program.new_id(), **HELLO, **more}


def nested(levels):
    """A body whose unknown field `x` is nested so deep that the whole has `levels` levels."""
    return b'{"id":"deep","sender":{"id":"u1"},"text":"Hei!","x":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def test_the_smallest_message_is_accepted(support):
    answer = support.chat.post({"id": "ext-1", "sender": {"id": "u1", "name": "Aino"}, "text": "Hei!"})
    assert answer.status == 202
    assert answer.json()["status"] == "accepted"
    assert support.chat.fate(support.maija, {"id": "ext-1"})["inbound_id"] == answer.json()["inbound_id"]


# ---- signatures

UNSIGNED = {
    "no id": ({"webhook-id": None}, "Missing header: webhook-id."),
    "no timestamp": ({"webhook-timestamp": None}, "Missing header: webhook-timestamp."),
    "no signature": ({"webhook-signature": None}, "Missing header: webhook-signature."),
    "nothing": (
        {"webhook-id": None, "webhook-timestamp": None, "webhook-signature": None},
        "Missing header: webhook-id, webhook-timestamp, webhook-signature.",
    ),
    "timestamp in words": ({"webhook-timestamp": "yesterday"}, "not a number of seconds"),
    "another signature": ({"webhook-signature": "v1,AAAA"}, "No secret of this channel matches"),
    "another version": ({"webhook-signature": "v1a,AAAA"}, "No secret of this channel matches"),
    "another id": ({"webhook-id": "msg_other"}, "No secret of this channel matches"),
}


@pytest.mark.parametrize("headers, detail", UNSIGNED.values(), ids=UNSIGNED.keys())
def test_a_wrong_signature_is_a_401_that_says_which_check_failed(shared, headers, detail):
    message = hello()
    answer = shared.chat.post(message, headers=headers)
    assert answer.status == 401
    assert detail in answer.json()["detail"]
    assert (
        "whsec_" not in answer.body.decode() and shared.chat.secret.removeprefix("whsec_") not in answer.body.decode()
    )
    shared.maija.expect(404, "GET", f"/v1/channels/{shared.chat.id}/inbound/{message['id']}")


@pytest.mark.parametrize("seconds", [-300, -301, 300, 301])
def test_the_clock_may_be_300_seconds_off(shared, seconds):
    answer = shared.chat.post(
        hello(), timestamp=int(time.time()) + seconds + (1 if seconds == -300 else -1 if seconds == 300 else 0)
    )
    if abs(seconds) == 300:
        assert answer.status == 202, answer
    else:
        way = "behind" if seconds < 0 else "ahead of"
        assert answer.status == 401 and f"s {way} this server's clock" in answer.json()["detail"]


def test_a_secret_of_another_channel_opens_nothing(shared):
    other = shared.channel("Other one")
    assert shared.chat.post(hello(), secret=other.secret).status == 401


def test_one_of_several_signatures_is_enough(shared):
    body = json.dumps(hello()).encode()
    headers = program.signed_headers(shared.chat.secret, body)
    headers["webhook-signature"] = "v1,AAAA v1a,BBBB " + headers["webhook-signature"]
    assert shared.chat.post(body, headers=headers).status == 202


def test_an_unknown_channel_is_a_404(shared, desk):
    for path in (
        "/hooks/webhook/019a9f52-7b1c-7c33-8a51-0c1f6b8a4e20",
        "/hooks/webhook/chat",
        "/hooks/telegram/" + shared.chat.id,
    ):
        body = json.dumps(hello()).encode()
        assert (
            program.request("POST", desk.url + path, body, program.signed_headers(shared.chat.secret, body)).status
            == 404
        )


def test_a_disabled_channel_takes_nothing_more(support):
    support.admin.patch(f"/v1/channels/{support.chat.id}", {"disabled": True})
    program.wait_until(lambda: support.chat.post(hello()).status == 404, what="the channel's end")


def test_while_a_secret_rotates_both_are_accepted(support):
    chat, admin, old = support.chat, support.admin, support.chat.secret
    rotated = admin.post(f"/v1/channels/{chat.id}/rotate")
    new = rotated["secret"]
    assert rotated["rotating"] and new != old
    program.wait_until(lambda: chat.post(hello(), secret=new).status == 202, what="the new secret's beginning")
    assert chat.post(hello(), secret=old).status == 202
    finished = admin.post(f"/v1/channels/{chat.id}/rotate/finish")
    assert not finished["rotating"] and "secret" not in finished
    program.wait_until(lambda: chat.post(hello(), secret=old).status == 401, what="the old secret's end")
    assert chat.post(hello(), secret=new).status == 202


# ---- bodies

BAD_BODIES = {
    # name: (body, the field that is named; None: the whole body)
    "no JSON": (b"hei", None),
    "half of it": (b'{"id":"a","sender":{"id":"u1"},"text":"Hei', None),
    "two documents": (b'{"id":"a","sender":{"id":"u1"},"text":"Hei!"}{}', None),
    "nothing": (b"", None),
    "65 levels": (nested(65), None),
    "NUL byte": (b'{"id":"a\x00b","sender":{"id":"u1"},"text":"Hei!"}', None),
    "escaped NUL": (b'{"id":"a","sender":{"id":"u1"},"text":"a\\u0000b"}', None),
    "NUL in a key": (b'{"id":"a","sender":{"id":"u1"},"text":"Hei!","a\\u0000":1}', None),
    "invalid UTF-8": (b'{"id":"a","sender":{"id":"u1"},"text":"\xff\xfe"}', None),
    "half a surrogate": (b'{"id":"a","sender":{"id":"u1"},"text":"\\ud800"}', None),
    "a key twice": (b'{"id":"a","id":"b","sender":{"id":"u1"},"text":"Hei!"}', None),
    "a list": (b"[]", ""),
    "a string": (b'"Hei!"', ""),
    "no id": ({"sender": {"id": "u1"}, "text": "Hei!"}, "/id"),
    "empty id": ({"id": "", **HELLO}, "/id"),
    "number as id": ({"id": 7, **HELLO}, "/id"),
    "null id": ({"id": None, **HELLO}, "/id"),
    "no sender": ({"id": "a", "text": "Hei!"}, "/sender"),
    "a sender in words": ({"id": "a", "sender": "u1", "text": "Hei!"}, "/sender"),
    "sender without id": ({"id": "a", "sender": {"name": "Aino"}, "text": "Hei!"}, "/sender/id"),
    "a number as name": ({"id": "a", "sender": {"id": "u1", "name": 7}, "text": "Hei!"}, "/sender/name"),
    "nothing said": ({"id": "a", "sender": {"id": "u1"}}, "/text"),
    "a number as text": ({"id": "a", "sender": {"id": "u1"}, "text": 7}, "/text"),
    "a number as html": ({"id": "a", **HELLO, "html": 7}, "/html"),
    "a number as thread": ({"id": "a", **HELLO, "thread_id": 7}, "/thread_id"),
    "a day as time": ({"id": "a", **HELLO, "occurred_at": "2026-11-22"}, "/occurred_at"),
    "seconds as time": ({"id": "a", **HELLO, "occurred_at": 1700000000}, "/occurred_at"),
    "an unknown visibility": ({"id": "a", **HELLO, "visibility": "friends"}, "/visibility"),
    "an unknown type": ({"id": "a", **HELLO, "type": "call"}, "/type"),
    "a type not yet understood": ({"id": "a", **HELLO, "type": "message.liked"}, "/type"),
    "attachments in words": ({"id": "a", **HELLO, "attachments": "photo.jpg"}, "/attachments"),
    "an attachment in words": ({"id": "a", **HELLO, "attachments": ["photo.jpg"]}, "/attachments/0"),
    "an attachment without name": ({"id": "a", **HELLO, "attachments": [{"content": "SGVp"}]}, "/attachments/0/name"),
    "an attachment without content": (
        {"id": "a", **HELLO, "attachments": [{"name": "a.txt"}]},
        "/attachments/0/content",
    ),
    "no base64": ({"id": "a", **HELLO, "attachments": [{"name": "a.txt", "content": "?"}]}, "/attachments/0/content"),
    "a line break in a file name": (
        {"id": "a", **HELLO, "attachments": [{"name": "a\r\nb", "content": "SGVp"}]},
        "/attachments/0/name",
    ),
}


@pytest.mark.parametrize("body, field", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_a_400_that_names_the_field(shared, body, field):
    answer = shared.chat.post(body)
    assert answer.status == 400, answer
    problem = answer.json()
    if field is None:
        assert problem["detail"].startswith("This is not acceptable JSON") and "byte" in problem["detail"]
    else:
        assert field in [error["field"] for error in problem["errors"]], problem


def test_all_wrong_fields_are_named_at_once(shared):
    answer = shared.chat.post({"sender": {}, "html": 7})
    assert {error["field"] for error in answer.json()["errors"]} == {"/id", "/sender/id", "/html"}


def test_64_levels_are_fine(shared):
    assert shared.chat.post(nested(64)).status == 202


TOO_LARGE = {
    "id": ({"id": "a" * 513, **HELLO}, "/id"),
    "sender's id": ({"id": "a", "sender": {"id": "u" * 513}, "text": "Hei!"}, "/sender/id"),
    "text": ({"id": "a", "sender": {"id": "u1"}, "text": "x" * (256 * 1024 + 1)}, "/text"),
    "html": ({"id": "a", **HELLO, "html": "x" * (256 * 1024 + 1)}, "/html"),
    "attachments": ({"id": "a", **HELLO, "attachments": [{"name": "a", "content": ""}] * 21}, "/attachments"),
}


@pytest.mark.parametrize("body, field", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_field_that_is_too_large_is_a_413(shared, body, field):
    answer = shared.chat.post(body)
    assert answer.status == 413, answer
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_largest_fields_are_fine(shared):
    message = {"id": "a" * 512, "sender": {"id": "u" * 512}, "text": "x" * (256 * 1024)}
    assert shared.chat.post(message).status == 202
    assert len(shared.maija.messages(shared.chat.routed(shared.maija, message))[0]["text"]) == 256 * 1024


def test_a_body_that_is_too_large_is_a_413(shared):
    assert shared.chat.post(b"x" * (25 * 1024 * 1024 + 1)).status == 413


def test_unknown_fields_are_kept_and_ignored(support, desk):
    message = hello(sticker={"pack": "cats"}, sender={"id": "u1", "name": "Aino", "language": "fi"})
    assert support.chat.post(message).status == 202
    assert support.chat.routed(support.maija, message)["contact"]["name"] == "Aino"
    kept = desk.query("SELECT bytes FROM inbound_raw WHERE account_id = %s", support.id)
    assert b'"sticker": {"pack": "cats"}' in bytes(kept[0][0])


# ---- the same again


def test_the_same_id_again_is_one_message(shared):
    message = hello(sender={"id": "twice", "name": "Aino"})
    first, second = shared.chat.post(message), shared.chat.post(message)
    assert (first.status, second.status) == (202, 200)
    assert second.json() == {"status": "duplicate", "conflict": False, "inbound_id": first.json()["inbound_id"]}
    conversation = shared.chat.routed(shared.maija, message)
    assert shared.chat.post(message).status == 200
    assert len(shared.maija.messages(conversation)) == 1


def test_other_bytes_with_the_same_meaning_are_no_conflict(shared):
    message = hello()
    shared.chat.post(message)
    spaced = json.dumps({**message, "extra": 1}, indent=3).encode()
    assert shared.chat.post(spaced).json()["conflict"] is False


OTHER_MEANINGS = {
    "text": {"text": "Something else"},
    "html": {"html": "<p>Hei!</p>"},
    "sender": {"sender": {"id": "u2", "name": "Aino"}},
    "thread": {"thread_id": "t1"},
    "attachments": {"attachments": [{"name": "a.txt", "content": "SGVp"}]},
}


@pytest.mark.parametrize("other", OTHER_MEANINGS.values(), ids=OTHER_MEANINGS.keys())
def test_another_meaning_under_the_same_id_is_recorded_as_a_conflict(support, other):
    lead = support.agent("Leena", role="lead")
    message = hello()
    support.chat.post(message)
    answer = support.chat.post({**message, **other})
    assert answer.status == 200 and answer.json()["conflict"] is True
    kept = lead.items(f"/v1/channels/{support.chat.id}/rejections")
    assert [(one["reason"], one["external_id"]) for one in kept] == [("conflict", message["id"])]
    conversation = support.chat.routed(support.maija, message)
    assert [one["text"] for one in support.maija.messages(conversation)] == ["Hei!"]
    assert support.chat.fate(support.maija, message)["conflicts"] == 1


def test_what_came_again_is_routed_once_and_says_how_often_it_came(support):
    message = hello()
    support.chat.post(message)
    conversation = support.chat.routed(support.maija, message)
    for _ in range(2):
        assert support.chat.post(message).json()["status"] == "duplicate"
    fate = support.chat.fate(support.maija, message)
    assert (fate["state"], fate["conversation_id"]) == ("routed", conversation["id"])
    assert (fate["duplicates"], fate["conflicts"]) == (2, 0)


def test_the_same_id_on_two_channels_is_two_messages(shared):
    other = shared.channel("Other", team=shared.support)
    message = hello()
    assert [shared.chat.post(message).status, other.post(message).status] == [202, 202]


def test_sixteen_at_once_are_one_message(shared):
    message = hello(sender={"id": "sixteen", "name": "Aino"})
    answers = program.in_parallel(*[lambda: shared.chat.post(message)] * 16)
    assert sorted(answer.status for answer in answers) == [200] * 15 + [202]
    assert len({answer.json()["inbound_id"] for answer in answers}) == 1
    assert len(shared.maija.messages(shared.chat.routed(shared.maija, message))) == 1


# ---- what was refused


def test_a_refused_body_is_kept_listed_and_replayed_once_it_is_understood(support):
    chat, lead = support.chat, support.agent("Leena", role="lead")
    refused = chat.post({"id": "r1", "sender": {"id": "u1"}, "text": 7})
    kept = lead.items(f"/v1/channels/{chat.id}/rejections")
    assert [(one["id"], one["reason"], one["external_id"]) for one in kept] == [
        (refused.json()["rejection_id"], "refused", "r1")
    ]
    assert json.loads(kept[0]["body"])["text"] == 7 and "/text" in kept[0]["detail"]
    fate = chat.fate(support.maija, {"id": "r1"})
    assert (fate["state"], fate["conversation_id"]) == ("rejected", None) and "/text" in fate["error"]

    again = lead.post(f"/v1/channels/{chat.id}/rejections/{kept[0]['id']}/replay", status=409)
    assert "refused as before" in again["detail"]
    assert chat.post({"id": "r1", "sender": {"id": "u1"}, "text": "7"}).status == 202
    assert chat.fate(support.maija, {"id": "r1"})["state"] in ("queued", "routed")


def test_a_conflicting_body_is_replayed_as_a_message_of_its_own_once(support):
    chat, lead = support.chat, support.agent("Leena", role="lead")
    message = chat.say("First", sender="u1")
    chat.post({**message, "text": "Second"})
    kept = lead.items(f"/v1/channels/{chat.id}/rejections")[0]
    path = f"/v1/channels/{chat.id}/rejections/{kept['id']}/replay"
    assert lead.post(path, status=202)["status"] == "accepted"
    assert lead.post(path, status=200)["status"] == "duplicate"
    conversation = chat.routed(support.maija, message)
    texts = program.wait_until(
        lambda: [one["text"] for one in support.maija.messages(conversation)][1:], what="the replayed message"
    )
    assert texts == ["Second"]
    assert lead.items(f"/v1/channels/{chat.id}/rejections")[0]["replayed_at"] is not None


def test_what_was_not_signed_is_not_kept(support):
    lead = support.agent("Leena", role="lead")
    support.chat.post(b"junk", headers={"webhook-signature": "v1,AAAA"})
    assert lead.items(f"/v1/channels/{support.chat.id}/rejections") == []
