"""Mail servers hand mail over while the desk's process is killed again and again. Afterwards: every mail that was ever
begun is stored once, also those whose acknowledgement got lost; every id that was told names its mail; every file lies
in the store."""

import os
import random
import smtplib
import threading

import mail
import program

MAILS = 1_200
CLIENTS = 4
KILLS = 12
FILE_EVERY = 5
DRAIN_WAIT_S = 60
RETRY_S = 0.05


class Relay:
    """One connection's worth of a mail server: it insists until a mail is taken."""

    def __init__(self, number, port, box):
        self.number, self.port, self.box = number, port, box
        self.told, self.tries, self.pause = {}, 0, threading.Event()

    def mail(self, number):
        message_id = f"<{self.number}-{number}@example.com>"
        sender = f"customer-{self.number}-{number}@example.com"
        one = mail.written(self.box.address, f"Mail {number} of {self.number}", sender, Message_ID=message_id)
        if number % FILE_EVERY == 0:
            one.add_attachment(message_id.encode() * 100, maintype="application", subtype="pdf", filename="a.pdf")
        return message_id, one

    def run(self):
        client = None
        for number in range(MAILS // CLIENTS):
            message_id, one = self.mail(number)
            while message_id not in self.told:
                self.tries += 1
                try:
                    client = client or mail.Lmtp("127.0.0.1", self.port, timeout=20)
                    [(code, text)] = client.give("aino@example.com", [self.box.address], one)
                    assert code < 500, (code, text)
                    if code == 250:
                        self.told[message_id] = mail.stored_id(text)
                    else:
                        self.pause.wait(RETRY_S)
                except (OSError, smtplib.SMTPException):
                    client = None
                    self.pause.wait(RETRY_S)
        if client:
            client.quit()


def test_kills_during_a_handover_lose_and_double_nothing(cluster, tmp_path):
    seed = int(os.environ.get("LUPAUS_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
    print("LUPAUS_TEST_SEED =", seed)
    chance = random.Random(seed)
    port = program.free_ports(1)[0]
    with program.running_desk(cluster, tmp_path, LUPAUS_EMAIL_LMTP_LISTEN=f"127.0.0.1:{port}") as desk:
        account = program.Account(desk)
        box = mail.open_channel(account, team=account.team("Support"))
        relays = [Relay(number, port, box) for number in range(CLIENTS)]

        def kill():
            for number in range(1, KILLS + 1):
                share = MAILS * number // (KILLS + 1)
                program.wait_until(lambda: sum(len(one.told) for one in relays) >= share, 120, f"{share} mails")
                threading.Event().wait(chance.random() / 100)  # somewhere within the next mails
                desk.server.kill()
                desk.servers[0] = desk.server.again().wait_ready()

        program.in_parallel(kill, *[one.run for one in relays])
        told = {message_id: inbound_id for one in relays for message_id, inbound_id in one.told.items()}
        assert len(told) == MAILS
        waiting = "SELECT count(*) FROM inbound WHERE account_id = %s"
        program.wait_until(lambda: desk.query(waiting, account.id) == [(0,)], DRAIN_WAIT_S, "the empty queue")
        stored = desk.query("SELECT id::text, external_id FROM message WHERE account_id = %s", account.id)
        by_mail = {}
        for inbound_id, external_id in stored:
            by_mail.setdefault("<" + external_id.rsplit("#", 1)[0] + ">", []).append(inbound_id)
        assert by_mail == {message_id: [inbound_id] for message_id, inbound_id in told.items()}
        repeated = sum(one.tries for one in relays) - MAILS
        print(f"{MAILS} mails, {KILLS} kills, {repeated} repeated")
        assert repeated >= KILLS / 2, "too little happened"
        files = desk.query("SELECT id::text FROM attachment WHERE account_id = %s", account.id)
        assert len(files) == MAILS // FILE_EVERY
        assert {account.admin.call("GET", f"/v1/attachments/{file}").status for (file,) in files} == {200}
