"""Files that agents attach: kept, delivered by name, downloaded with a token or through a link of five minutes."""

import base64
import json
import os
import urllib.parse

import jsonschema
import pytest

import program

SCHEMA = json.load(open(os.path.join(os.path.dirname(__file__), "..", "..", "proto", "outbound.schema.json")))
RECEIPT = b"%PDF-1.7 \x00\xff receipt"


def file(name="receipt.pdf", content=RECEIPT, **more):
    return {"name": name, "content": base64.b64encode(content).decode(), **more}


def link_to(account, attachment):
    return account.maija.get(f"/v1/attachments/{attachment['id']}/link")


def fetch(desk, url):
    return program.request("GET", urllib.parse.urljoin(desk.url, url))


@pytest.fixture
def attached(support):
    """A receipt that Maija sent, as her message shows it."""
    conversation = support.chat.ask(support.maija)
    return support.maija.reply(conversation, attachments=[file(content_type="application/pdf")])["attachments"][0]


def test_a_reply_carries_files_to_the_receiver_and_to_the_log(support, outlet):
    shop = support.channel("Shop", team=support.support, outbound_url=outlet.url)
    conversation = shop.ask(support.maija)
    files = [file(content_type="application/pdf"), file("kuva ä.png", os.urandom(300_000))]
    reply = support.maija.reply(conversation, "Here it is.", attachments=files)
    shown = [(one["name"], one["content_type"], one["size_bytes"]) for one in reply["attachments"]]
    assert shown == [
        ("receipt.pdf", "application/pdf", len(RECEIPT)),
        ("kuva ä.png", "application/octet-stream", 300_000),
    ]
    assert support.maija.messages(conversation)[-1]["attachments"] == reply["attachments"]
    told = [event for event in support.maija.events(types="message.created") if event["message"]["id"] == reply["id"]]
    assert told[0]["message"]["attachments"] == reply["attachments"]
    body = outlet.wait(1)[0].json()
    jsonschema.validate(body, SCHEMA)
    assert body["attachments"] == reply["attachments"]
    downloaded = support.maija.call("GET", f"/v1/attachments/{reply['attachments'][0]['id']}")
    assert downloaded.status == 200 and downloaded.body == RECEIPT


def test_a_file_needs_no_words_and_a_note_may_have_one(support):
    conversation = support.chat.ask(support.maija)
    assert support.maija.reply(conversation, "", attachments=[file()])["text"] == ""
    note = support.maija.reply(conversation, "See here.", kind="note", attachments=[file()])
    assert note["attachments"][0]["size_bytes"] == len(RECEIPT) and note["delivery_state"] is None
    problem = support.maija.reply(conversation, "", 400, attachments=[])
    assert [error["field"] for error in problem["errors"]] == ["/text"]


WRONG = {
    "no list": ({"attachments": "receipt.pdf"}, 400, "/attachments"),
    "no object": ({"attachments": ["receipt.pdf"]}, 400, "/attachments/0"),
    "no name": ({"attachments": [{"content": "SGVp"}]}, 400, "/attachments/0/name"),
    "a name that breaks a header": ({"attachments": [file("a\r\nb")]}, 400, "/attachments/0/name"),
    "no content": ({"attachments": [{"name": "a.txt"}]}, 400, "/attachments/0/content"),
    "no base64": ({"attachments": [{"name": "a.txt", "content": "?"}]}, 400, "/attachments/0/content"),
    "an unknown field": ({"attachments": [file(size=3)]}, 400, "/attachments/0/size"),
    "too many": ({"attachments": [file()] * 21}, 413, "/attachments"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_sends_nothing(support, case):
    more, status, field = WRONG[case]
    conversation = support.chat.ask(support.maija)
    problem = support.maija.reply(conversation, "Here it is.", status, **more)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert len(support.maija.messages(conversation)) == 1


def test_a_body_beyond_25_mebibytes_is_refused(support):
    conversation = support.chat.ask(support.maija)
    path = f"/v1/conversations/{conversation['id']}/messages"
    large = {"text": "x", "attachments": [file(content=b"x" * (19 << 20))]}
    assert support.maija.call("POST", path, large).status == 413
    reply = support.maija.reply(conversation, attachments=[file(content=b"x" * (18 << 20))])
    assert reply["attachments"][0]["size_bytes"] == 18 << 20


def test_whoever_has_the_link_can_save_the_file(desk, support, attached):
    link = link_to(support, attached)
    assert program.from_now(minutes=4) < link["expires_at"] <= program.from_now(minutes=5)
    answer = fetch(desk, link["url"])
    assert answer.status == 200 and answer.body == RECEIPT
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''receipt.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.content_type == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_link_says_nothing_and_cannot_be_made_up(desk, support, attached):
    url = link_to(support, attached)["url"]
    path, query = url.split("?")
    assert attached["id"] not in url and support.id not in url
    stored = desk.query("SELECT public_name::text FROM attachment WHERE id = %s", attached["id"])[0][0]
    assert path == f"/files/{stored}"
    values = dict(urllib.parse.parse_qsl(query))
    later = urllib.parse.urlencode({**values, "expires": int(values["expires"]) + 60})
    for wrong in (path, f"{path}?{later}", f"/files/{attached['id']}?{query}", f"/files/photo.jpg?{query}"):
        assert fetch(desk, wrong).status == 404, wrong


def test_a_stranger_gets_no_link(desk, support, attached):
    stranger = program.Account(desk).agent("Sirpa", role="admin")
    assert stranger.call("GET", f"/v1/attachments/{attached['id']}/link").status == 404
    assert support.maija.call("GET", f"/v1/attachments/{stranger.agent_id}/link").status == 404
