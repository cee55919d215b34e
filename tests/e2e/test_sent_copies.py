"""Copies of what was sent in the folder that a channel names, on a real Dovecot: the very bytes, once, marked as read;
and whatever happens there, the mail itself was sent once and stays sent."""

import email
import email.policy
import secrets

import pytest

import dovecot
import exim
import mailing
import program

PATIENCE = {"LUPAUS_COURIER_RETRY_FIRST": "50ms", "LUPAUS_COURIER_RETRY_MAX": "100ms"}
FOLDER = "Lähetetyt & muut"
FOLDER_ON_THE_WIRE = '"L&AOQ-hetetyt &- muut"'


@pytest.fixture(scope="module")
def relay():
    with exim.running_exim() as running:
        yield running


@pytest.fixture(scope="module")
def mailboxes():
    with dovecot.running_dovecot() as running:
        yield running


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    trust = {"LUPAUS_EGRESS_ALLOW": "127.0.0.0/8,::1"}
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **PATIENCE, **trust) as running:
        yield running


class Sent:
    """A channel that copies into a folder of a mailbox of its own, which is there or not."""

    def __init__(self, account, relay, mailboxes, port=None):
        self.account, self.relay, self.mailboxes = account, relay, mailboxes
        self.user = "support-" + secrets.token_hex(4)
        self.channel = mailing.mail_channel(account, account.support, relay.open_port)
        imap = {"host": "127.0.0.1", "port": port or mailboxes.imap, "security": "none", "user": self.user}
        imap |= {"password": dovecot.PASSWORD, "sent_folder": FOLDER}
        account.admin.patch(f"/v1/channels/{self.channel['id']}", {"email": {"imap": imap}})

    def make_folder(self):
        with self.mailboxes.client(self.user) as client:
            assert client.create(FOLDER_ON_THE_WIRE)[0] == "OK"

    def copies(self):
        return self.mailboxes.mails(self.user, FOLDER_ON_THE_WIRE)

    def send(self):
        """A reply that the relay has taken: the name of the customer, and the reply."""
        name = "ada-" + secrets.token_hex(6)
        reply = self.account.maija.reply(mailing.ask_by_mail(self.account, self.channel, name), "Päivää!")
        program.wait_until(lambda: self.delivery(reply)["state"] == "sent", what="the relay's yes")
        return name, reply

    def delivery(self, reply):
        [row] = self.account.desk.rows("SELECT id FROM delivery WHERE message_id = %s", reply["id"])
        return self.account.maija.get(f"/v1/deliveries/{row['id']}")

    def ask_for_copy(self, reply):
        self.account.desk.query(
            "INSERT INTO sent_copy (account_id, delivery_id, channel_id)"
            " SELECT account_id, id, channel_id FROM delivery WHERE message_id = %s",
            reply["id"],
        )

    def attempts(self):
        return self.account.desk.rows(
            "SELECT attempt, due_at, error FROM sent_copy WHERE account_id = %s", self.account.id
        )


@pytest.fixture
def sent(support, relay, mailboxes):
    return Sent(support, relay, mailboxes)


def test_the_very_bytes_lie_in_the_folder_and_count_as_read(sent):
    sent.make_folder()
    name, reply = sent.send()
    [(flags, copy)] = program.wait_until(sent.copies, what="the copy")
    assert b"\\Seen" in flags
    [mail] = sent.relay.wait_for_mails(name)
    copied = email.message_from_bytes(copy, policy=email.policy.default)
    assert copied.items() == mail.items()[-len(copied.items()) :], "but for what servers wrote above it"
    assert copied.get_content() == mail.get_content()
    program.wait_until(lambda: sent.attempts() == [], what="the end of the work")
    assert sent.delivery(reply)["copy_error"] is None


def test_a_mailbox_that_is_away_costs_a_copy_and_no_second_mail(support, relay, mailboxes):
    nobody = program.free_ports(1)[0]
    sent = Sent(support, relay, mailboxes, port=nobody)
    name, reply = sent.send()
    program.wait_until(lambda: any(one["due_at"] is None for one in sent.attempts()), what="the last attempt")
    assert [one["attempt"] for one in sent.attempts()] == [5]
    delivery = sent.delivery(reply)
    assert (delivery["state"], delivery["attempt"], delivery["error"]) == ("sent", 1, None)
    assert delivery["copy_error"]
    assert len(relay.mails(name)) == 1
    assert support.desk.server.metric("lupaus_sent_copies_total", result="failed") >= 1


def test_a_folder_that_is_made_meanwhile_gets_the_copy(sent):
    _, reply = sent.send()
    program.wait_until(lambda: sent.delivery(reply)["copy_error"], what="the first attempt")
    assert FOLDER in sent.delivery(reply)["copy_error"]
    sent.account.desk.query("UPDATE sent_copy SET attempt = 1 WHERE account_id = %s", sent.account.id)
    sent.make_folder()
    sent.account.desk.query("UPDATE sent_copy SET due_at = now() WHERE account_id = %s", sent.account.id)
    assert len(program.wait_until(sent.copies, what="the copy")) == 1


def test_a_copy_that_was_made_before_a_crash_is_not_made_again(sent):
    """As if the process had died between the server's yes and its own note of it."""
    sent.make_folder()
    _, reply = sent.send()
    program.wait_until(sent.copies, what="the copy")
    program.wait_until(lambda: sent.attempts() == [], what="the end of the work")
    sent.ask_for_copy(reply)
    program.wait_until(lambda: sent.attempts() == [], what="the end of the work")
    assert len(sent.copies()) == 1


def test_a_held_desk_copies_nothing(desk, sent):
    sent.make_folder()
    _, reply = sent.send()
    program.wait_until(lambda: sent.copies() and sent.attempts() == [], what="the copy")
    assert desk.stop() == [0]
    sent.ask_for_copy(reply)
    desk.start("--hold-outbound")
    path = f"/v1/channels/{sent.channel['id']}"
    program.wait_until(lambda: sent.account.admin.get(path)["mailbox"]["state"] == "held", what="the hold")
    assert [one["attempt"] for one in sent.attempts()] == [0]
    assert desk.stop() == [0]
    desk.start()
    program.wait_until(lambda: sent.attempts() == [], what="the copy that was there")


def test_without_a_folder_nothing_is_copied(sent):
    sent.make_folder()
    path = f"/v1/channels/{sent.channel['id']}"
    sent.account.admin.patch(path, {"email": {"imap": {"sent_folder": None}}})
    sent.send()
    assert sent.attempts() == [] and sent.copies() == []


def test_the_folder_that_is_fetched_is_none_for_copies(sent):
    path = f"/v1/channels/{sent.channel['id']}"
    problem = sent.account.admin.patch(path, {"email": {"imap": {"sent_folder": "INBOX"}}}, 400)
    assert [one["field"] for one in problem["errors"]] == ["/email/imap/sent_folder"]
