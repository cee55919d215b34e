"""Mailboxes that the desk reads: a real Dovecot, whose mails become conversations, once, and stay what they were."""

import contextlib
import datetime
import json
import secrets
import threading
import time
import urllib.parse

import pytest

import dovecot
import imap_gate
import mail
import program

WITHIN_S = 2  # of new mail
RENEWED_S = 10  # that a lease has left at the least


@pytest.fixture(scope="module")
def server():
    with dovecot.running_dovecot() as running:
        yield running


class Box(mail.MailChannel):
    """A channel whose mailbox is this user's."""

    def __init__(self, account, server, user=None, **imap):
        self.user = user or "user-" + secrets.token_hex(6)
        self.account, self.server, self.admin = account, server, account.admin
        self.address = mail.new_address()
        given = {"host": "127.0.0.1", "port": server.imap, "security": "none"}
        given |= {"user": self.user, "password": dovecot.PASSWORD, **imap}
        body = {"kind": "email", "name": self.user, "team_id": account.support}
        made = self.admin.post("/v1/channels", {**body, "email": {"address": self.address, "imap": given}}, 201)
        super().__init__(account.desk, made, self.address)

    def health(self):
        return self.admin.get(f"/v1/channels/{self.id}")["mailbox"]

    def edit_imap(self, **imap):
        """Returns when it is read that way; call it while nothing is being fetched."""
        before = self.health()["last_good_at"]
        self.admin.patch(f"/v1/channels/{self.id}", {"email": {"imap": imap}})
        program.wait_until(lambda: self.health()["last_good_at"] != before, what="a good look")

    def wait_for(self, state, **more):
        """The health, as soon as it is this."""

        def look():
            health = self.health()
            is_it = health is not None and {"state": state, **more}.items() <= health.items()
            return health if is_it else None

        try:
            return program.wait_until(look, what=f"{state} {more}")
        except AssertionError as error:
            raise AssertionError(f"{error}, but {self.health()}") from None

    def deliver(self, text, **headers):
        """Through the mail server, as it comes from elsewhere."""
        written = mail.written(self.address, text, **headers)
        self.server.deliver([f"{self.user}@shop.example"], mail.as_bytes(written))

    def put(self, text, folder="INBOX", when=None, **headers):
        self.server.append(self.user, mail.as_bytes(mail.written(self.address, text, **headers)), folder, "", when)

    def texts(self):
        said = "SELECT m.text FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE c.channel_id = %s"
        return sorted(text.strip() for (text,) in self.desk.query(said, self.id))

    def wait_for_texts(self, *texts):
        program.wait_until(lambda: self.texts() == sorted(texts), what=f"{texts} of {self.texts()}")


@pytest.fixture
def box(support, server):
    return Box(support, server)


def in_quarantine(box):
    """The only one."""
    [held] = program.wait_until(lambda: box.admin.items("/v1/quarantine"), what="the quarantine")
    return held


def retry(box, held):
    """What it is like after the mailbox was asked; None: it has left quarantine."""
    made = box.admin.post(f"/v1/quarantine/{held['id']}/retry", {}, 202)
    assert made == {"id": held["id"], "state": "fetching"}

    def look():
        found = [one for one in box.admin.items("/v1/quarantine") if one["id"] == held["id"]] or [None]
        return found if not found[0] or not found[0]["fetching_since"] else None

    [after] = program.wait_until(look, what="the end of the retry")
    return after


def subjects(api):
    return [one["subject"] for one in api.conversations()]


def test_new_mail_is_a_conversation_within_two_seconds(support, box, server):
    box.wait_for("waiting", mails=0, stored=0, reason="")
    began = time.monotonic()
    box.deliver("Missä tilaukseni on?", Subject="Tilaus 7")
    program.wait_until(lambda: subjects(support.maija) == ["Tilaus 7"], what="the conversation")
    assert time.monotonic() - began < WITHIN_S
    health = box.wait_for("waiting", mails=1, stored=1, reason="")
    assert health["last_good_at"]
    [conversation] = support.maija.conversations()
    assert conversation["waiting_since"], "somebody waits for an answer"
    [(flags, _)] = server.mails(box.user)
    assert b"\\Seen" not in flags, "nobody has opened it"
    assert box.desk.server.metric("lupaus_mailbox_mails_total", outcome="stored") >= 1
    assert box.desk.server.metric("lupaus_mailboxes", state="waiting") >= 1


def test_what_was_there_before_is_history_and_owes_nothing(support, server):
    user = "user-" + secrets.token_hex(6)
    when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=400)
    question = mail.written("support@shop.example", "Onko auki?", Subject="Aukiolo")
    answer = mail.written("support@shop.example", "Kiitos!", Subject="Re: Aukiolo", In_Reply_To=question["Message-ID"])
    for written in (question, answer):
        server.append(user, mail.as_bytes(written), flags="\\Seen", when=when)
    box = Box(support, server, user)
    box.wait_for_texts("Onko auki?", "Kiitos!")
    [conversation] = support.maija.conversations()
    assert conversation["waiting_since"] is None and conversation["owed"] is None
    assert {one["history"] for one in support.maija.messages(conversation)} == {True}
    said = "SELECT DISTINCT (ordered_at AT TIME ZONE 'UTC')::date FROM message WHERE conversation_id = %s"
    assert box.desk.query(said, conversation["id"]) == [(when.date(),)], "by the server's word"
    assert support.maija.items("/v1/alerts?state=firing") == []


def test_what_is_too_large_is_in_quarantine_and_stops_nobody(support, box, server):
    huge = mail.written(box.address, "x")
    huge.add_attachment(b"\0" * (20 * 1024 * 1024), maintype="application", subtype="zip")
    server.append(box.user, mail.as_bytes(huge))
    box.put("Pieni")
    box.wait_for_texts("Pieni")
    box.wait_for("waiting", mails=2, stored=1)
    held = in_quarantine(box)
    assert "at most 26214400 are fetched" in held["error"] and held["fetching_since"] is None
    assert "at most 26214400 are fetched" in retry(box, held)["error"]
    with server.client(box.user, "INBOX") as client:
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
    assert retry(box, held)["error"] == "The mail is no longer in the mailbox."
    box.admin.patch(f"/v1/channels/{box.id}", {"email": {"imap": None}})
    again = support.admin.call("POST", f"/v1/quarantine/{held['id']}/retry", {})
    assert again.status == 409 and "reads no mailbox now" in again.json()["detail"]


def test_what_is_not_handed_out_is_fetched_when_it_is_retried(support, server):
    ill = threading.Event()
    ill.set()

    def spoil(line, content):
        is_spoiled = ill.is_set() and b"X-Spoil" in content
        return (line.replace(b"{%d}" % len(content), b"{12x}") if is_spoiled else line) + content

    with imap_gate.running_imap_gate(server.imap, spoil=spoil) as gate:
        box = Box(support, server, port=gate.port, after_fetch="seen")
        box.put("Rikki", X_Spoil="yes")
        box.put("Ehjä")
        box.wait_for_texts("Ehjä")
        held = in_quarantine(box)
        held = retry(box, held)
        assert "could not be fetched" in held["error"], "as long as it is not handed out"
        ill.clear()
        assert retry(box, held) is None
        box.wait_for_texts("Ehjä", "Rikki")
        box.wait_for("waiting", mails=2, stored=2)
        fate = support.admin.get(f"/v1/channels/{box.id}/inbound/{urllib.parse.quote(held['external_id'], safe='')}")
        assert fate["state"] == "routed" and fate["error"] is None
        seen = [flags for flags, _ in server.mails(box.user) if b"\\Seen" in flags]
        assert len(seen) == 2, "as after any fetch"
        assert support.admin.call("POST", f"/v1/quarantine/{held['id']}/retry", {}).status == 404


def test_what_is_too_large_waits_once_however_it_is_numbered(support, server):
    user, when = "user-" + secrets.token_hex(6), datetime.datetime.now(datetime.timezone.utc)
    with server.client(user) as client:
        client.create("Support")
    box = Box(support, server, user, folder="Support")
    huge = mail.written(box.address, "x")
    huge.add_attachment(b"\0" * (20 * 1024 * 1024), maintype="application", subtype="zip")
    server.append(user, mail.as_bytes(huge), "Support", when=when)
    box.wait_for("waiting", mails=1, stored=0)
    held = in_quarantine(box)
    with server.client(user) as client:
        client.delete("Support")
        client.create("Support")
    box.put("Ennen", folder="Support")
    server.append(user, mail.as_bytes(huge), "Support", when=when)
    box.admin.patch(f"/v1/channels/{box.id}", {"name": "Box"})  # nobody who idles is told
    box.wait_for("waiting", mails=2, stored=1)
    box.wait_for_texts("Ennen")
    assert in_quarantine(box) == held, "the same, and no other"
    assert "at most 26214400 are fetched" in retry(box, held)["error"], "it is found under its new number"


def test_a_wrong_password_is_said_and_slows_nobody(support, box, server):
    wrong = Box(support, server, password="wrong")
    health = wrong.wait_for("failing")
    assert "login" in health["reason"] and "wrong" not in json.dumps(health)
    box.deliver("Toimii")
    box.wait_for_texts("Toimii")
    findings = json.loads(support.desk.run("doctor", "--json").stdout)["findings"]
    [mailboxes] = [one for one in findings if one["check"] == "mailboxes"]
    assert mailboxes["grade"] == "warning" and wrong.id in mailboxes["words"] and box.id not in mailboxes["words"]
    wrong.deliver("Odotin")
    wrong.edit_imap(password=dovecot.PASSWORD)
    wrong.wait_for_texts("Odotin")
    wrong.wait_for("waiting", reason="")


def test_numbers_that_change_double_nothing(support, server):
    user = "user-" + secrets.token_hex(6)
    with server.client(user) as client:
        client.create("Support")
    box = Box(support, server, user, folder="Support")
    mails = [mail.as_bytes(mail.written(box.address, f"Viesti {number}")) for number in range(3)]
    for one in mails:
        server.append(user, one, "Support")
    box.wait_for("waiting", mails=3, stored=3)
    for generation in range(2):
        with server.client(user) as client:
            client.delete("Support")
            client.create("Support")
        for one in reversed(mails):
            server.append(user, one, "Support")
        extra = f"Lisää {generation}"
        mails.append(mail.as_bytes(mail.written(box.address, extra)))
        server.append(user, mails[-1], "Support")
        box.admin.patch(f"/v1/channels/{box.id}", {"name": f"Box {generation}"})  # nobody who idles is told
        box.wait_for("waiting", mails=len(mails), stored=len(mails))
    program.wait_until(lambda: len(box.texts()) == len(mails), what="the routing")
    assert len(set(box.texts())) == len(mails)


def test_the_same_mails_by_another_port_are_known(box, server):
    box.put("Yksi")
    box.wait_for("waiting", mails=1, stored=1)
    known = box.desk.server.metric("lupaus_mailbox_mails_total", outcome="known")
    with imap_gate.running_imap_gate(server.imap) as gate:
        box.edit_imap(port=gate.port)
        box.put("Kaksi")
        box.wait_for_texts("Yksi", "Kaksi")
        box.wait_for("waiting", mails=2, stored=2)
    assert box.desk.server.metric("lupaus_mailbox_mails_total", outcome="known") == known, "none was fetched again"


def test_settings_take_effect_without_a_restart(box, server):
    box.wait_for("waiting")
    with server.client(box.user) as client:
        client.create("Done")
    box.edit_imap(after_fetch="seen")
    box.deliver("Yksi")
    program.wait_until(lambda: [flags for flags, _ in server.mails(box.user) if b"\\Seen" in flags], what="the mark")
    stored = "SELECT count(*) FROM inbound_key WHERE channel_id = %s"
    assert box.desk.query(stored, box.id) == [(1,)], "marked after it was stored"
    box.wait_for("waiting", mails=1, stored=1)
    box.edit_imap(after_fetch="move", move_to="Done")
    box.deliver("Kaksi")
    program.wait_until(lambda: len(server.mails(box.user, "Done")) == 1, what="the move")
    box.wait_for_texts("Yksi", "Kaksi")
    box.admin.patch(f"/v1/channels/{box.id}", {"disabled": True})
    assert box.health() is None
    program.wait_until(lambda: box.user not in server.ask("who"), what="the end of its connection")
    box.deliver("Kolme")
    box.admin.patch(f"/v1/channels/{box.id}", {"disabled": False})
    box.wait_for_texts("Yksi", "Kaksi", "Kolme")


def test_a_process_that_leaves_hands_its_mailboxes_over(support, box):
    box.wait_for("waiting")
    desk = support.desk
    other = desk.join()
    try:
        owners = "SELECT count(DISTINCT owner) FROM mailbox WHERE channel_id = %s"
        assert desk.query(owners, box.id) == [(1,)]
        before = desk.query("SELECT owner FROM mailbox WHERE channel_id = %s", box.id)
        assert desk.server.stop() == 0
        program.wait_until(
            lambda: desk.query("SELECT owner FROM mailbox WHERE channel_id = %s", box.id) not in ([(None,)], before),
            RENEWED_S / 2,
            what="the new owner",
        )
        box.deliver("Uudelle")
        box.wait_for_texts("Uudelle")
    finally:
        desk.start()
        other.stop()


def test_a_held_desk_does_not_touch_a_mailbox(cluster, tmp_path, server):
    desk = program.Desk(cluster, tmp_path).migrate()
    try:
        desk.start("--hold-outbound")
        account = program.Account(desk)
        account.support = account.team()
        box = Box(account, server, after_fetch="seen")
        box.deliver("Rauhassa")
        health = box.wait_for("held")
        assert "told to send nothing" in health["reason"]
        assert [flags for flags, _ in server.mails(box.user) if b"\\Seen" in flags] == []
        assert desk.stop() == [0]
        desk.start()
        box.wait_for_texts("Rauhassa")
        with contextlib.closing(cluster.connect("lupaus_owner", desk.database)) as owner:
            owner.cursor().execute("UPDATE outbound_home SET database_oid = 1")
        began = time.monotonic()
        assert "cloned from another one" in box.wait_for("held")["reason"]
        assert time.monotonic() - began < RENEWED_S / 2, "it gave back what it had"
        assert desk.stop() == [0]
    finally:
        desk.discard()
