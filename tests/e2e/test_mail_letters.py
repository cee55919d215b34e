"""What a mail of the desk says, as a real mail server hands it on and Python's email package reads it: signatures,
the message that it answers, pictures; whom it can be written to; and that nobody writes a second header field."""

import base64
import re
import secrets

import pytest

import exim
import mail
import program

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).decode()
IMPATIENT = {"LUPAUS_COURIER_RETRY_FIRST": "50ms", "LUPAUS_COURIER_RETRY_MAX": "100ms"}


@pytest.fixture(scope="module")
def relay():
    with exim.running_exim() as running:
        yield running


@pytest.fixture(scope="module")
def desk(cluster, relay, tmp_path_factory):
    trust = {"SSL_CERT_FILE": relay.authority, "LUPAUS_EGRESS_ALLOW": "127.0.0.0/8,::1"}
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **IMPATIENT, **trust) as running:
        yield running


def server_of(relay, **more):
    return {"host": "localhost", "port": relay.open_port, "security": "none", **more}


def new_name(local="ada"):
    return f"{local}-{secrets.token_hex(6)}"


def asked(account, box, name, html=None, **headers):
    """The conversation that a mail of name@example.org begins."""
    question = mail.written(box.address, "Is it\nready?\n", sender=f"Aino <{name}@example.org>", **headers)
    if html:
        question.add_alternative(html, subtype="html")
    return box.conversation(account.maija, box.hand_in(question).json())


def delivery_of(account, reply):
    [row] = account.desk.rows("SELECT id FROM delivery WHERE message_id = %s", reply["id"])
    return account.maija.get(f"/v1/deliveries/{row['id']}")


def ended(account, reply, state):
    return program.wait_until(
        lambda: (found := delivery_of(account, reply))["state"] == state and found, what=f"the delivery {state}"
    )


def text_of(arrived, kind="plain"):
    return arrived.get_body((kind,)).get_content().replace("\r\n", "\n")


def sign(api, text, html=None):
    api.patch("/v1/agents/me", {"signature": {"text": text, "html": html}})


def fields_of(problem):
    return [error["field"] for error in problem["errors"]]


# ---- what it says


def test_a_reply_is_signed_and_carries_what_it_answers(support, relay):
    box, name = mail.open_channel(support, smtp=server_of(relay), quote_history=True), new_name()
    conversation = asked(support, box, name, html="<p>Is <i>it</i> ready? <img src=cid:x alt=This></p>")
    markup = "<p><b>{{agent.name}}</b><script>x</script></p>"
    sign(support.maija, "{{agent.name}} · {{channel.name}}\n+358 9 123", markup)
    reply = support.maija.reply(conversation, "It is.", html="<p>It is.</p>")
    assert (reply["text"], reply["html"]) == ("It is.", "<p>It is.</p>"), "colleagues read what she wrote"
    [arrived] = relay.wait_for_mails(name)
    text = text_of(arrived)
    assert text.startswith("It is.\n\n-- \nMaija · Mail\n+358 9 123\n\nOn "), text
    assert text.endswith(" UTC, Aino wrote:\n> Is it\n> ready?\n"), text
    assert re.search(r"\n\nOn \d{4}-\d\d-\d\d \d\d:\d\d UTC, Aino", text), text
    html = text_of(arrived, "html").replace("\n", "")
    assert '<p>It is.</p><div class="moz-signature">-- <br><p><b>Maija</b></p></div>' in html
    assert html.endswith('<blockquote type="cite"><p>Is <i>it</i> ready? This</p></blockquote>'), html
    assert "script" not in html and "cid:" not in html
    assert arrived["In-Reply-To"] in arrived["References"]


def test_a_team_signs_for_those_who_do_not(support, relay):
    box, name = mail.open_channel(support, smtp=server_of(relay)), new_name()
    conversation = asked(support, box, name)
    support.admin.patch(f"/v1/teams/{support.support}", {"signature": {"text": "{{team.name}}"}})
    support.maija.reply(conversation, "One.")
    sign(support.maija, "Maija")
    support.maija.reply(conversation, "Two.")
    support.maija.patch("/v1/agents/me", {"signature": None})
    support.admin.patch(f"/v1/teams/{support.support}", {"signature": None})
    support.maija.reply(conversation, "Three.")
    texts = {text_of(one) for one in relay.wait_for_mails(name, 3)}
    assert texts == {"One.\n\n-- \nSupport\n", "Two.\n\n-- \nMaija\n", "Three.\n"}


def test_no_machine_signs_or_sends_back_what_came(support, relay):
    box, name = mail.open_channel(support, smtp=server_of(relay), quote_history=True), new_name()
    support.admin.patch(f"/v1/teams/{support.support}", {"signature": {"text": "{{team.name}}"}})
    support.token("messages:write").reply(asked(support, box, name), "We have got your mail.")
    [arrived] = relay.wait_for_mails(name)
    assert text_of(arrived) == "We have got your mail.\n"


def test_a_mail_says_at_every_attempt_what_it_said_when_it_was_accepted(support, relay):
    server = {"host": "localhost", "port": relay.starttls_port, "security": "starttls", "user": exim.USER}
    box = mail.open_channel(support, smtp={**server, "password": "expired"}, quote_history=True)
    name = new_name()
    conversation = asked(support, box, name)
    sign(support.maija, "As it was")
    reply = support.maija.reply(conversation, "It is.")
    program.wait_until(lambda: delivery_of(support, reply)["attempt"] >= 2, what="a second attempt")
    sign(support.maija, "As it is")
    email = {"quote_history": False, "smtp": {"password": exim.PASSWORD}}
    support.admin.patch(f"/v1/channels/{box.id}", {"email": email})
    ended(support, reply, "sent")
    [arrived] = relay.wait_for_mails(name)
    assert text_of(arrived).startswith("It is.\n\n-- \nAs it was\n\nOn ")
    assert text_of(arrived).endswith("> ready?\n")


def test_markup_shows_the_pictures_of_its_reply(support, relay):
    box, name = mail.open_channel(support, smtp=server_of(relay)), new_name()
    conversation = asked(support, box, name)
    picture = {"name": "kuva.png", "content_type": "image/png", "content": PNG}
    html = '<p>So: <img src="cid:bicycle" alt="A bicycle"></p>'
    files = [{**picture, "content_id": "bicycle"}, {**picture, "name": "b.png", "content_id": "unseen"}]
    reply = support.maija.reply(conversation, "So.", html=html, attachments=files)
    assert reply["html"] == html and [one["content_id"] for one in reply["attachments"]] == ["bicycle", "unseen"]
    [arrived] = relay.wait_for_mails(name)
    shape = [part.get_content_type() for part in arrived.walk()]
    words = ["multipart/alternative", "text/plain", "multipart/related", "text/html"]
    assert shape == ["multipart/mixed", *words, "image/png", "image/png"]
    shown, beside = [part for part in arrived.walk() if part.get_content_type() == "image/png"]
    assert (shown["Content-ID"], shown.get_content_disposition()) == ("<bicycle>", "inline")
    assert shown.get_content() == base64.b64decode(PNG) and shown.get_filename() == "kuva.png"
    assert beside.get_content_disposition() == "attachment"
    assert 'src="cid:bicycle"' in text_of(arrived, "html")


def test_a_picture_that_nobody_attached_is_refused(support):
    conversation = support.chat.ask(support.maija)
    picture = {"name": "a.png", "content_type": "image/png", "content": PNG, "content_id": "a"}
    for html, files in (('<img src="cid:a">', []), ('<img src="cid:b">', [picture]), ("<IMG SRC=CID:b>", [picture])):
        problem = support.maija.reply(conversation, html=html, attachments=files, status=400)
        assert fields_of(problem) == ["/html"]
    problem = support.maija.reply(conversation, attachments=[picture, picture], status=400)
    assert fields_of(problem) == ["/attachments/1/content_id"]
    reply = support.maija.reply(conversation, html='<img src="data:image/png;base64,AAAA"><img src="cid:a">',
                                attachments=[picture])
    assert reply["html"] == '<img src="cid:a">', "what is neither attached nor elsewhere is no picture"


# ---- whom it can be written to


def test_an_address_beyond_ascii_is_written_to(support, relay):
    box, name = mail.open_channel(support, smtp=server_of(relay)), new_name("päivä")
    lines = [f"From: Päivä <{name}@example.org>", f"To: {box.address}", f"Message-ID: <{secrets.token_hex()}@a.b>"]
    question = ("\r\n".join([*lines, "Subject: Hei", "", "Onko se valmis?"]) + "\r\n").encode()
    conversation = box.conversation(support.maija, box.hand_in(question).json())
    other = new_name()
    reply = support.maija.reply(conversation, "On.", cc=[{"address": f"{other}@example.org"}])
    ended(support, reply, "sent")
    for local in (name, other):
        [arrived] = relay.wait_for_mails(local)
        assert f"<{name}@example.org>" in str(arrived["To"])
        assert text_of(arrived) == "On.\n"


def test_a_mail_server_that_takes_no_such_address_fails_it_in_words(support):
    with exim.running_exim(takes_utf8=False) as plain:
        box = mail.open_channel(support, smtp=server_of(plain))
        conversation = asked(support, box, new_name())
        reply = support.maija.reply(conversation, to=[{"address": "päivä@example.org"}])
        delivery = ended(support, reply, "failed")
        assert delivery["attempt"] == 1 and "SMTPUTF8" in delivery["error"] and "päivä@example.org" in delivery["error"]
        name = new_name()
        ended(support, support.maija.reply(conversation, to=[{"address": f"{name}@example.org"}]), "sent")
        assert len(plain.wait_for_mails(name)) == 1


def test_a_domain_is_written_in_ascii(support, relay):
    box = mail.open_channel(support, smtp=server_of(relay))
    conversation = asked(support, box, new_name())
    problem = support.maija.reply(conversation, to=[{"address": "ada@päivä.example"}], status=400)
    assert fields_of(problem) == ["/to/0/address"] and "xn--" in problem["errors"][0]["detail"]


# ---- header fields


def test_names_and_lists_of_addresses_stay_what_they_are(support, relay):
    """Whatever is in a name, it is one address of the list; and no list is made of the customer by what they sent."""
    box, name = mail.open_channel(support, smtp=server_of(relay)), new_name()
    lists = {"List-Id": "<all.example.org>", "List-Unsubscribe": "<mailto:x@example.org>", "Precedence": "bulk"}
    conversation = asked(support, box, name, **{key.replace("-", "_"): value for key, value in lists.items()})
    names = ["Doe, Jane <all@example.org>", 'a"; b@example.org, "c', "(x) \\", "=?utf-8?q?a?=, b", "Päivä: x;", "all:;"]
    copies = [{"name": one, "address": f"{new_name()}@example.org"} for one in names]
    ended(support, support.maija.reply(conversation, cc=copies), "sent")
    [arrived] = relay.wait_for_mails(name)
    assert [one.addr_spec for one in arrived["Cc"].addresses] == [one["address"] for one in copies]
    assert [one.addr_spec for one in arrived["To"].addresses] == [f"{name}@example.org"]
    wanted = {"Return-path", "Envelope-to", "Delivery-date", "Received"}  # the relay's
    wanted |= {"Date", "From", "Reply-To", "To", "Cc", "Subject", "Message-ID", "In-Reply-To", "References"}
    wanted |= {"MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert {key.lower() for key in arrived.keys()} == {key.lower() for key in wanted}


def reply_with(account, box, conversation, body):
    return account.maija.reply(conversation, status=400, **body)


def subject_with(account, box, conversation, body):
    return account.maija.patch(f"/v1/conversations/{conversation['id']}", body, 400)


def channel_with(account, box, conversation, body):
    return account.admin.patch(f"/v1/channels/{box.id}", {"email": body}, 400)


def new_channel_with(account, box, conversation, body):
    email = {"address": mail.new_address(), **body}
    return account.admin.post("/v1/channels", {"kind": "email", "name": "Mail", "email": email}, 400)


def person(part, field):
    """Of whom one field is bad."""
    return lambda bad: {part: [{"name": "A", "address": "a@b.example", **{field: "a@b.example" + bad}}]}


FILE = {"name": "a.txt", "content_type": "text/plain", "content": "SGVpIQ=="}
# Everything that the API takes and a header field of a mail, or a command that sends one, is made of.
HEADER_BOUND = [
    (subject_with, "/subject", lambda bad: {"subject": "Hei" + bad}),
    (reply_with, "/attachments/0/name", lambda bad: {"attachments": [{**FILE, "name": "a" + bad}]}),
    (reply_with, "/attachments/0/content_type", lambda bad: {"attachments": [{**FILE, "content_type": "a/b" + bad}]}),
    (reply_with, "/attachments/0/content_id", lambda bad: {"attachments": [{**FILE, "content_id": "a" + bad}]}),
]
for given in ("to", "cc", "bcc"):
    HEADER_BOUND += [
        (reply_with, f"/{given}/0/name", person(given, "name")),
        (reply_with, f"/{given}/0/address", person(given, "address")),
    ]
for channel in (channel_with, new_channel_with):
    HEADER_BOUND += [
        (channel, "/email/sender_name", lambda bad: {"sender_name": "Shop" + bad}),
        (channel, "/email/address", lambda bad: {"address": bad + "shop@example.org"}),
        (channel, "/email/other_addresses", lambda bad: {"other_addresses": ["a@example.org" + bad]}),
    ]


@pytest.mark.parametrize(
    "send, field, made", HEADER_BOUND, ids=[f"{send.__name__} {field}" for send, field, _ in HEADER_BOUND]
)
def test_no_text_brings_a_second_header_field(shared, relay, send, field, made):
    box = mail.open_channel(shared, smtp=server_of(relay))
    conversation = asked(shared, box, new_name())
    for bad in ("\r\nBcc: all@example.org", "\nBcc: all@example.org", "\rx", "\r\n", "\n"):
        assert fields_of(send(shared, box, conversation, made(bad))) == [field], bad
    assert len(shared.maija.messages(conversation)) == 1
