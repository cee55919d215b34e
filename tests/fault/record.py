"""What the outside knows: every message and reply it sent, and what it was told about each. Written by many threads
while processes die; never reads the desk's database."""

import dataclasses
import json
import threading
import time


@dataclasses.dataclass
class Sent:
    """One message or reply. `order`: its place among those of the same sender, of which one follows the other's end."""

    id: str
    account: str
    sender: str
    order: int
    text: str
    acknowledged: bool = False
    tries: int = 0
    inbound_id: str = None
    begun_at: float = dataclasses.field(default_factory=time.monotonic)


class Record:
    def __init__(self, accounts=None):
        self.accounts = accounts or {}  # id: channel id
        self.messages = {}
        self.replies = {}
        self.surprises = []  # answers that nobody should have got
        self.slowest_s = 0  # from the first try to the acknowledgement
        self.lock = threading.Lock()

    def count(self):
        """Acknowledged messages."""
        with self.lock:
            return sum(one.acknowledged for one in self.messages.values())

    def send(self, message):
        with self.lock:
            self.messages[message.id] = message

    def reply(self, reply):
        with self.lock:
            self.replies[reply.id] = reply

    def acknowledge(self, one, inbound_id=None):
        with self.lock:
            one.acknowledged = True
            self.slowest_s = max(self.slowest_s, time.monotonic() - one.begun_at)
            if one.inbound_id not in (None, inbound_id):
                self.surprises.append(f"{one.id} was stored as {one.inbound_id}, then as {inbound_id}")
            one.inbound_id = inbound_id

    def surprise(self, text):
        with self.lock:
            self.surprises.append(text)

    def save(self, path):
        """For whoever looks at a failure."""
        with open(path, "w", encoding="utf-8") as file:
            for one in [*self.messages.values(), *self.replies.values()]:
                file.write(json.dumps(dataclasses.asdict(one)) + "\n")
