"""Replies that leave as mails, by way of a real mail server, and what is told of them."""

import base64
import secrets

import pytest

import exim
import mailing
import program

IMPATIENT = {"LUPAUS_COURIER_RETRY_FIRST": "50ms", "LUPAUS_COURIER_RETRY_MAX": "100ms"}
SECURE = {"security": "starttls", "user": exim.USER, "password": exim.PASSWORD}


@pytest.fixture(scope="module")
def relay():
    with exim.running_exim() as running:
        yield running


@pytest.fixture(scope="module")
def desk(cluster, relay, tmp_path_factory):
    """It trusts the mail server's certificate, as any that the system trusts."""
    trust = {"SSL_CERT_FILE": relay.authority, "LUPAUS_EGRESS_ALLOW": "127.0.0.0/8,::1"}
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **IMPATIENT, **trust) as running:
        yield running


def new_name():
    return "ada-" + secrets.token_hex(6)


def delivery_of(account, reply):
    [row] = account.desk.rows("SELECT id FROM delivery WHERE message_id = %s", reply["id"])
    return account.maija.get(f"/v1/deliveries/{row['id']}")


def ended(account, reply, state):
    return program.wait_until(
        lambda: (found := delivery_of(account, reply))["state"] == state and found, what=f"the delivery {state}"
    )


def test_a_reply_is_a_mail_with_all_that_belongs_to_it(support, relay):
    channel = mailing.mail_channel(support, support.support, relay.starttls_port, **SECURE)
    name, content = new_name(), bytes(range(256)) * 100
    conversation = mailing.ask_by_mail(support, channel, name)
    file = {"name": "tärkeä lasku.pdf", "content_type": "application/pdf"}
    file["content"] = base64.b64encode(content).decode()
    reply = support.maija.reply(conversation, "Päivää!\n\nMaija\n", html="<p>Päivää!</p>", attachments=[file])
    delivery = ended(support, reply, "sent")
    assert (delivery["attempt"], delivery["error"]) == (1, None)
    [mail] = relay.wait_for_mails(name)
    address = channel["email"]["address"]
    assert mail["Message-ID"] == f"<{delivery['external_id']}>" and reply["id"] in mail["Message-ID"]
    assert (mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec) == ("Shop", address)
    assert mail["Return-path"] == f"<{address}>" and mail["Auto-Submitted"] is None
    assert mail["Reply-To"].addresses[0].addr_spec.startswith(address.split("@")[0] + "+r.")
    assert mail.get_body(("plain",)).get_content().splitlines() == ["Päivää!", "", "Maija"]
    assert mail.get_body(("html",)).get_content().splitlines() == ["<p>Päivää!</p>"]
    [attached] = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("tärkeä lasku.pdf", content)


def test_its_author_says_whom_it_is_for(support, relay):
    channel = mailing.mail_channel(support, support.support, relay.open_port)
    names = {part: new_name() for part in ("to", "cc", "bcc")}
    lists = {part: [{"name": "Ädä", "address": name + "@example.org"}] for part, name in names.items()}
    conversation = mailing.ask_by_mail(support, channel, new_name())
    ended(support, support.maija.reply(conversation, **lists), "sent")
    for name in names.values():
        [mail] = relay.wait_for_mails(name)
        assert [one.addr_spec for one in mail["To"].addresses] == [names["to"] + "@example.org"]
        assert [one.addr_spec for one in mail["Cc"].addresses] == [names["cc"] + "@example.org"]
        assert mail["Bcc"] is None
        assert name == names["bcc"] or names["bcc"] not in mail.as_string()


@pytest.mark.parametrize("part", ["to", "cc", "bcc"])
@pytest.mark.parametrize(
    "person, field",
    [
        ({"address": "ada@example.org\r\nBcc: all@example.org"}, "address"),
        ({"address": "no address"}, "address"),
        ({"address": "ada@example.org", "name": "Ada\nBcc: all@example.org"}, "name"),
        ({"address": "ada@example.org", "phone": "1"}, "phone"),
    ],
)
def test_no_address_brings_a_second_header(support, relay, part, person, field):
    channel = mailing.mail_channel(support, support.support, relay.open_port)
    conversation = mailing.ask_by_mail(support, channel, new_name())
    problem = support.maija.reply(conversation, status=400, **{part: [person]})
    assert [error["field"] for error in problem["errors"]] == [f"/{part}/0/{field}"], problem


def test_recipients_go_with_mails_alone(support):
    conversation = support.chat.ask(support.maija)
    for more in ({}, {"kind": "note"}, {"external": True}):
        problem = support.maija.reply(conversation, status=400, cc=[{"address": "ada@example.org"}], **more)
        assert problem["errors"][0]["field"] == "/cc", problem


def test_a_refusal_fails_with_the_mail_servers_words(support, relay):
    channel = mailing.mail_channel(support, support.support, relay.open_port)
    reply = support.maija.reply(mailing.ask_by_mail(support, channel, "gone"))
    delivery = ended(support, reply, "failed")
    assert "5.1.1 no such user" in delivery["error"] and delivery["attempts"][0]["status"] == 550
    assert delivery["attempt"] == 1


def test_a_wrong_password_waits_for_the_right_one(support, relay):
    channel = mailing.mail_channel(
        support, support.support, relay.starttls_port, **{**SECURE, "password": "expired"}
    )
    name = new_name()
    reply = support.maija.reply(mailing.ask_by_mail(support, channel, name))
    program.wait_until(lambda: delivery_of(support, reply)["attempt"] >= 2, what="a second attempt")
    waiting = delivery_of(support, reply)
    assert waiting["state"] in ("queued", "sending") and "login" in waiting["error"], waiting
    server = {"password": exim.PASSWORD}
    support.admin.patch(f"/v1/channels/{channel['id']}", {"email": {"smtp": server}})
    ended(support, reply, "sent")
    assert len(relay.wait_for_mails(name)) == 1


def test_what_the_mail_server_wants_later_is_tried_later(support, relay):
    channel = mailing.mail_channel(support, support.support, relay.open_port)
    reply = support.maija.reply(mailing.ask_by_mail(support, channel, "full"))
    program.wait_until(lambda: delivery_of(support, reply)["attempt"] >= 3, what="a third attempt")
    assert "4.2.2 mailbox full" in delivery_of(support, reply)["attempts"][1]["error"]


def test_machines_say_so_and_write_once_a_day(support, relay):
    channel = mailing.mail_channel(support, support.support, relay.open_port)
    name = new_name()
    conversation = mailing.ask_by_mail(support, channel, name)
    program_token = support.token("messages:write")
    first = program_token.reply(conversation, "We have got your mail.")
    ended(support, first, "sent")
    [mail] = relay.wait_for_mails(name)
    assert mail["Return-path"] == "<>" and mail["Auto-Submitted"].startswith("auto-")
    second = program_token.reply(conversation, "We still have got your mail.")
    assert "within the last day" in ended(support, second, "failed")["error"]
    person = support.maija.reply(conversation, "A person may always write.")
    ended(support, person, "sent")
    assert len(relay.wait_for_mails(name, 2)) == 2
