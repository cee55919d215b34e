"""What agents and integrators read of a mail: what is new apart from what it quotes, with nothing lost; and pictures
from elsewhere only for whoever asks for them."""

import email.message
import email.utils

import pytest

import mail
import program

TEXT = """\
Toimii, kiitos!

ma 3. tammikuuta 2022 klo 10.00 Aino (aino@example.org) kirjoitti:
> Yritä uudelleen.
> --
> Aino
"""
NEW_HTML = "<p>Toimii, <b>kiitos</b>!</p>"
HTML = NEW_HTML + '<blockquote class="gmail_quote"><p>Yritä uudelleen.</p></blockquote>'
SIGNATURE = '<div class="gmail_signature">Eero</div>'
TRACKERS = (
    '<body background="https://t.example/0"><p style="background:url(https://t.example/1)">Hei!</p>'
    '<img src="https://t.example/2.png" srcset="https://t.example/3.png 2x"><table background="https://t.example/4">'
    '<tr><td background="https://t.example/5">x</td></tr></table><img src="//t.example/6">'
    '<img src="cid:logo@example.org">'
    "<style>@import url(https://t.example/7)</style><video poster=https://t.example/8></video>"
)


@pytest.fixture
def box(support):
    return mail.open_channel(support)


def hand_in(support, box, text, html=None):
    """The conversation and the message that a mail became."""
    one = email.message.EmailMessage()
    given = {"From": "Eero <eero@example.com>", "To": box.address, "Message-ID": email.utils.make_msgid()}
    for name, value in given.items():
        one[name] = value
    if text is not None:
        one.set_content(text)
    if html is not None:
        (one.add_alternative if text is not None else one.set_content)(html, subtype="html")
    conversation = box.conversation(support.maija, box.hand_in(one).json())
    [message] = support.maija.messages(conversation)
    return conversation, message


def html_of(support, message, images=None, status=200):
    path = f"/v1/conversations/{message['conversation_id']}/messages/{message['id']}/html"
    return support.maija.expect(status, "GET", path + (f"?images={images}" if images else ""))


def test_what_is_new_stands_apart_and_nothing_is_lost(support, box):
    conversation, message = hand_in(support, box, TEXT, HTML)
    assert message["text"].split() == TEXT.split()
    assert message["text"].startswith(message["new_text"])
    assert message["new_text"].split() == ["Toimii,", "kiitos!"]
    assert message["new_html"] == NEW_HTML
    assert "Yritä uudelleen." in message["html"]
    [event] = [one for one in support.maija.events(types="message.created") if one["message"]["id"] == message["id"]]
    assert {name: event["message"][name] for name in ("text", "new_text", "html", "new_html")} == {
        name: message[name] for name in ("text", "new_text", "html", "new_html")
    }
    assert html_of(support, message) == {
        "message_id": message["id"],
        "images": "off",
        "html": message["html"],
        "new_html": NEW_HTML,
    }


def test_a_webhook_has_it_too(support, box, outlet):
    support.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["message.created"]}, 201)
    hand_in(support, box, TEXT)
    message = outlet.wait(1)[0].json()["message"]
    assert message["new_text"].split() == ["Toimii,", "kiitos!"]
    assert "Yritä" in message["text"]


def test_a_mail_of_nothing_but_markup_is_folded_as_well(support, box):
    _, message = hand_in(support, box, None, HTML)
    assert message["new_html"] == NEW_HTML
    assert message["text"].startswith("Toimii, kiitos!") and "Yritä" in message["text"]


def test_what_is_all_new_is_not_folded(support, box):
    _, message = hand_in(support, box, "Hei!\n\nMissä tilaukseni on?\n", "<p>Hei!</p>")
    assert (message["new_text"], message["new_html"]) == (None, None)
    chat = support.chat.ask(support.maija, text=TEXT)
    assert support.maija.messages(chat)[0]["new_text"] is None, "a chat quotes no history"


def test_a_search_shows_what_is_new(support, box):
    text = "Polkupyörä toimii.\n\nAm 03.01.2022 um 10:00 schrieb Aino:\n> Die Polkupyörä, mañana?\n"
    _, message = hand_in(support, box, text)

    def passage(words):
        found = support.maija.items("/v1/search?q=" + words)
        hits = [one["passage"] for one in found if one["message_id"] == message["id"]]
        return ["".join(part["text"] for part in parts) for parts in hits]

    [shown] = program.wait_until(lambda: passage("polkupyora"), what="the index")
    assert shown.strip() == "Polkupyörä toimii."
    [shown] = passage("manana")
    assert "mañana" in shown, "what is folded away is found all the same"


def test_nothing_is_loaded_before_an_agent_asks(support, box):
    conversation, message = hand_in(support, box, "Hei!", TRACKERS)
    everywhere = [message["html"], html_of(support, message)["html"], html_of(support, message, "off")["html"]]
    [event] = [one for one in support.maija.events(types="message.created") if one["message"]["id"] == message["id"]]
    for html in [*everywhere, event["message"]["html"]]:
        assert html.count("t.example") == 1 and '<img data-src="https://t.example/2.png">' in html
        assert '<img src="cid:logo@example.org">' in html, "what came along is shown"


def test_the_asking_brings_the_pictures_and_nothing_else(support, box):
    conversation, message = hand_in(support, box, "Hei!", TRACKERS)
    asked = html_of(support, message, "remote")
    assert asked["images"] == "remote"
    assert asked["html"] == message["html"].replace("data-src", "src")
    assert support.maija.messages(conversation)[0]["html"] == message["html"], "once asked is not always asked"
    folded, _ = hand_in(support, box, "Hei!", TRACKERS + SIGNATURE)
    [message] = support.maija.messages(folded)
    asked = html_of(support, message, "remote")
    assert '<img src="https://t.example/2.png">' in asked["new_html"] and "Eero" not in asked["new_html"]


def test_what_is_asked_has_to_be_there(support, box):
    conversation, message = hand_in(support, box, "Hei!")
    assert html_of(support, message, "remote")["html"] is None
    assert html_of(support, message, "all", 400)["errors"][0]["field"] == "images"
    other = support.chat.ask(support.maija)
    html_of(support, {**message, "conversation_id": other["id"]}, status=404)
