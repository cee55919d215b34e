"""A conversation by mail from one real server to the next: an independent client (swaks) gives the customer's mail to
Exim, which hands it to the desk; the answer goes through Exim into the customer's Dovecot mailbox; and what the
customer answers there comes back into the same conversation."""

import contextlib
import email.message
import email.policy
import secrets
import subprocess

import pytest

import dovecot
import mail
import mail_server
import program

CUSTOMERS = "customer.example"
FETCHED = "shop.example"  # has mailboxes of its own


@pytest.fixture(scope="module")
def mailboxes():
    with dovecot.running_dovecot() as running:
        yield running


@pytest.fixture(scope="module")
def lmtp_port():
    return program.free_ports(1)[0]


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory, lmtp_port):
    folder = tmp_path_factory.mktemp("desk")
    with program.running_desk(cluster, folder, LUPAUS_EMAIL_LMTP_LISTEN=f"127.0.0.1:{lmtp_port}") as running:
        yield running


@pytest.fixture(scope="module", params=["Exim", "Dovecot", "mailbox"])
def way(request):
    """How mail reaches the desk: from Exim itself, by way of a Dovecot, or fetched from a mailbox of its own."""
    return request.param


@pytest.fixture(scope="module")
def server(way, mailboxes, lmtp_port):
    """Where customers hand their mail in."""
    with contextlib.ExitStack() as stack:
        desk_port = lmtp_port
        if way == "Dovecot":
            handover = dovecot.running_dovecot(dovecot.Handover, port=lmtp_port)
            desk_port = stack.enter_context(handover).lmtp
        settings = {"mailbox_port": mailboxes.lmtp, "mailbox_domains": f"{CUSTOMERS} : {FETCHED}"}
        yield stack.enter_context(mail_server.running(desk_port, **settings))


class Customer:
    """Writes with swaks and reads in her own mailbox."""

    def __init__(self, server, mailboxes):
        self.server, self.mailboxes = server, mailboxes
        self.name = "aino-" + secrets.token_hex(4)
        self.address = f"{self.name}@{CUSTOMERS}"

    def send(self, to, *words, data=None):
        command = ["swaks", "--server", f"127.0.0.1:{self.server.port}", "--from", self.address, "--to", to]
        if data is not None:
            words = ("--data", "-")
        done = subprocess.run([*command, *words], input=data, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout

    def write(self, to, subject, text):
        self.send(to, "--header", f"Subject: {subject}", "--body", text)

    def mails(self, count):
        """What is in her mailbox, as Python reads it, once it is so many."""

        def look():
            found = self.mailboxes.mails(self.name)
            return found if len(found) >= count else None

        found = program.wait_until(look, what=f"{count} mails in the mailbox of {self.name}")
        assert len(found) == count
        return [email.message_from_bytes(raw, policy=email.policy.default) for _, raw in found]

    def answer(self, received, text):
        """As a mail program does that knows nothing of the desk."""
        answer = email.message.EmailMessage()
        answer["From"], answer["Subject"] = f"Aino <{self.address}>", "Re: " + received["Subject"]
        answer["To"] = received["Reply-To"] or received["From"]
        answer["Message-ID"] = f"<{secrets.token_hex(8)}@{CUSTOMERS}>"
        answer["In-Reply-To"] = received["Message-ID"]
        answer["References"] = " ".join(filter(None, (received["References"], received["Message-ID"])))
        quoted = received.get_body(("plain",)).get_content().splitlines()
        answer.set_content("\n".join([text, "", "Maija wrote:", *["> " + line for line in quoted]]))
        to = answer["To"].addresses[0].addr_spec
        self.send(to, data=answer.as_bytes(policy=email.policy.SMTP))
        return to


@pytest.fixture
def customer(server, mailboxes):
    return Customer(server, mailboxes)


@pytest.fixture
def box(support, server, way, mailboxes):
    """A channel that sends through the same mail server."""
    smtp = {"host": "127.0.0.1", "port": server.port, "security": "none"}
    if way != "mailbox":
        return mail.open_channel(support, smtp=smtp)
    user = "support-" + secrets.token_hex(4)
    imap = {"host": "127.0.0.1", "port": mailboxes.imap, "security": "none", "user": user}
    imap["password"] = dovecot.PASSWORD
    return mail.open_channel(support, f"{user}@{FETCHED}", smtp=smtp, imap=imap)


def conversation_of(account, count=1):
    """The account's only conversation, when so many messages are in it."""

    def look():
        found = account.maija.conversations(view="all")
        assert len(found) <= 1, found
        is_there = found and len(account.maija.messages(found[0])) == count
        # Read again: the message may have come between the list and its messages.
        return account.maija.conversation(found[0]["id"]) if is_there else None

    return program.wait_until(look, what=f"a conversation of {count} messages")


def test_a_question_its_answer_and_the_answer_to_that_are_one_conversation(support, box, customer):
    customer.write(box.address, "Bicycle 7", "Hei! Is my bicycle ready?")
    conversation = conversation_of(support)
    assert (conversation["subject"], conversation["waiting_since"] is not None) == ("Bicycle 7", True)

    reply = support.maija.reply(conversation, "It is; you can fetch it at four.")
    [received] = customer.mails(1)
    assert received["Message-ID"].startswith(f"<{reply['id']}@")
    assert received["From"].addresses[0].addr_spec == box.address
    assert received["Subject"] == "Re: Bicycle 7"
    assert "fetch it at four" in received.get_body(("plain",)).get_content()

    to = customer.answer(received, "Thank you, I will be there.")
    assert "+r." in to, "the address that every answer carries"
    again = conversation_of(support, 3)
    assert again["id"] == conversation["id"] and again["waiting_since"] is not None
    said = support.maija.messages(again)
    assert sorted(one["direction"] for one in said) == ["in", "in", "out"]
    assert any("I will be there" in one["text"] for one in said)


def test_an_answer_that_lost_the_reply_address_is_known_by_what_it_refers_to(support, box, customer):
    customer.write(box.address, "Lamp", "Where is my lamp?")
    conversation = conversation_of(support)
    support.maija.reply(conversation, "On its way.")
    [received] = customer.mails(1)
    del received["Reply-To"]
    assert customer.answer(received, "Wonderful!") == box.address
    assert conversation_of(support, 3)["id"] == conversation["id"]


def test_what_the_customer_writes_anew_is_a_conversation_of_its_own(support, box, customer):
    customer.write(box.address, "Lamp", "Where is my lamp?")
    first = conversation_of(support)
    customer.write(box.address, "Lamp", "And my chair?")

    def both():
        found = support.maija.conversations(view="all")
        return found if len(found) == 2 else None

    found = program.wait_until(both, what="a second conversation")
    assert first["id"] in [one["id"] for one in found]
    assert len({one["contact"]["id"] for one in found}) == 1


def test_an_answer_that_nobody_takes_comes_back_as_a_bounce(support, box, customer):
    """The mail server has the answer, and cannot deliver it: nobody has that address any more."""
    customer.address = f"{customer.name}@relay.example"
    customer.write(box.address, "Lamp", "Where is my lamp?")
    reply = support.maija.reply(conversation_of(support), "On its way.")

    def delivery():
        [row] = support.desk.rows("SELECT id FROM delivery WHERE message_id = %s", reply["id"])
        found = support.maija.get(f"/v1/deliveries/{row['id']}")
        return found if found["state"] == "failed" else None

    error = program.wait_until(delivery, what="the failure of the delivery")["error"]
    assert error.startswith("The mail came back. ") and customer.address in error
    [bounce] = [one for one in support.maija.messages(conversation_of(support, 3)) if one["verdict_rule"]]
    assert bounce["verdict_rule"] == "mail.bounce"
