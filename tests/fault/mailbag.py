"""Mails by the thousand, each with a number that is found again in what the desk keeps of it."""

import dataclasses
import threading
import time

import mail
import program

HOST = "customer.example"
LOOK_EVERY_S = 0.1


@dataclasses.dataclass
class Mail:
    """As tests/support/dovecot.py puts it into a folder."""

    bytes: bytes
    arrived: float = dataclasses.field(default_factory=time.time)
    size: int = 0


def written(number, text=None, **headers):
    """The bytes of a mail of a sender of its own. `headers`: names with underscores; None leaves one out."""
    fields = {
        "From": f"Customer {number} <c{number}@{HOST}>",
        "To": "support@desk.example",
        "Subject": f"Question {number}",
        "Message-ID": f"<{number}@{HOST}>",
        "Date": "Tue, 24 Nov 2026 12:00:00 +0000",
    }
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([*lines, "", text or f"This is mail {number}.", ""]).encode()


def imap_of(server, user, port=None):
    """Of a channel that reads a user's mails in the clear, by way of a gate if there is a port of one."""
    where = {"host": "127.0.0.1", "port": port or server.imap, "security": "none"}
    return {**where, "user": user, "password": server.password}


class Box:
    """A channel for a mailbox, and what the desk has of its mails."""

    def __init__(self, account, **options):
        self.account, self.desk = account, account.desk
        self.channel = mail.open_channel(account, **options)

    def wait(self, uid, seconds, uid_validity=1):
        """Until all mails up to this one are stored."""
        place = "SELECT 1 FROM mailbox WHERE channel_id = %s AND uid_validity = %s AND uid >= %s"
        pause, deadline = threading.Event(), time.monotonic() + seconds
        while not self.desk.query(place, self.channel.id, uid_validity, uid):
            assert time.monotonic() < deadline, self.health()
            pause.wait(LOOK_EVERY_S)

    def settle(self):
        """Until there is no more to be done about those that are stored."""
        waiting = "SELECT count(*) FROM inbound WHERE channel_id = %s"
        program.wait_until(lambda: self.desk.query(waiting, self.channel.id) == [(0,)], 60, "the empty queue")

    def health(self):
        return self.account.admin.get(f"/v1/channels/{self.channel.id}")["mailbox"]

    def messages(self):
        """Each with its text and external_id, since when it is stored and whether it is history, in that order."""
        return self.desk.rows(
            "SELECT m.text, m.external_id, m.history, extract(epoch FROM r.received_at)::float AS stored_at"
            " FROM inbound_key k"
            " JOIN message m ON m.account_id = k.account_id AND m.id = k.message_id"
            " JOIN inbound_raw r ON r.account_id = k.account_id AND r.id = k.message_id"
            " WHERE k.channel_id = %s ORDER BY r.received_at, m.id",
            self.channel.id,
        )

    def quarantine(self):
        """The reasons."""
        rows = self.desk.query("SELECT error FROM quarantine WHERE channel_id = %s", self.channel.id)
        return [error for (error,) in rows]


def number_of(message):
    """Of one that has the Message-ID of its number."""
    return int(message["external_id"].split("@")[0])
