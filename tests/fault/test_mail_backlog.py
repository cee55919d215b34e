"""A mailbox full of old mails: they are fetched oldest first and in bounded memory, a chat goes on meanwhile as if
nothing were, and nobody is alerted but of what is new. LUPAUS_TEST_BACKLOG says how many there are.

To see it fail, let is_history() in services/desk/inbound/rules.cpp say false."""

import contextlib
import os
import re
import threading
import time

import dovecot
import mailbag
import program

MAILS = int(os.environ.get("LUPAUS_TEST_BACKLOG", "4000"))
LIVE = 20  # of them came after the channel was opened
CHAT_PER_SECOND = 20
CHAT_LAG_MAX_S = 1
MEMORY_MAX_MIB = 256
BATCH_MAX = 200  # limits::kImapBatchMax: within one, mails are stored side by side
YEAR_S = 365 * 24 * 3600
PATIENCE_S = 120 + MAILS / 100


class Chat:
    """A customer elsewhere, and how long each word takes from being sent to being seen."""

    def __init__(self, account):
        self.desk, self.channel = account.desk, account.channel("Chat", team=account.support)
        self.lags, self.ended = [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        with contextlib.closing(self.desk.cluster.connect("lupaus_owner", self.desk.database)) as connection:
            cursor = connection.cursor()

            def is_seen(message):
                cursor.execute("SELECT FROM message WHERE external_id = %s", (message["id"],))
                return cursor.rowcount > 0

            while not self.ended.wait(1 / CHAT_PER_SECOND):
                began = time.monotonic()
                message = self.channel.say("Hei!", sender=program.new_id())
                program.wait_until(lambda: is_seen(message), 60, "a word of the chat")
                self.lags.append(time.monotonic() - began)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def peak_mib(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) / 1024


def old_mails(now):
    """Of the last ten years, the oldest first."""
    count = MAILS - LIVE
    return [
        mailbag.Mail(mailbag.written(number, "An old question. " * 100), now - 10 * YEAR_S * (1 - number / count))
        for number in range(count)
    ]


def alerted(box):
    """Of each conversation of which somebody was alerted: whether it is history."""
    rows = box.desk.query(
        "SELECT DISTINCT a.conversation_id, m.history"
        " FROM alert a"
        " JOIN conversation c ON c.account_id = a.account_id AND c.id = a.conversation_id"
        " JOIN message m ON m.account_id = a.account_id AND m.conversation_id = a.conversation_id"
        " WHERE c.channel_id = %s",
        box.channel.id,
    )
    return [is_history for _, is_history in rows]


def test_a_full_mailbox_is_read_without_a_word_or_a_delay(cluster, tmp_path):
    with program.running_desk(cluster, tmp_path) as desk, dovecot.running_dovecot() as server:
        account = program.Account(desk)
        account.support = account.team("Support")
        box = mailbag.Box(account)
        account.policy("1s", channel=box.channel.id, leads_after="0s", account_after="0s")
        old = old_mails(time.time() - 3600)
        soon = time.time() + 2  # folders know no less than seconds
        new = [mailbag.Mail(mailbag.written(number), soon) for number in range(len(old), MAILS)]
        server.fill("aino", old + new)
        with Chat(account) as chat:
            began = time.monotonic()
            imap = mailbag.imap_of(server, "aino")
            account.admin.patch(f"/v1/channels/{box.channel.id}", {"email": {"imap": imap}})
            box.wait(MAILS, PATIENCE_S)
            box.settle()
            took = time.monotonic() - began
        memory = peak_mib(desk.server)
        program.wait_until(lambda: len(alerted(box)) >= LIVE, what="the alerts of what is new")
        promises = desk.query("SELECT count(*) FROM promise WHERE channel_id = %s", box.channel.id)
        messages, of_history = box.messages(), alerted(box)
    numbers = [mailbag.number_of(message) for message in messages]
    disorder = max(abs(number - place) for place, number in enumerate(numbers))
    print(
        f"{MAILS} mails in {took:.0f} s; {len(chat.lags)} words of the chat, the slowest after {max(chat.lags):.2f} s;"
        f" at most {memory:.0f} MiB; at most {disorder} places out of order"
    )
    assert sorted(numbers) == list(range(MAILS))
    assert disorder <= BATCH_MAX, "the oldest come first"
    assert [message["history"] for message in messages].count(False) == LIVE
    assert promises == [(LIVE,)] and of_history == [False] * LIVE
    assert len(chat.lags) > took * CHAT_PER_SECOND / 5 and max(chat.lags) < CHAT_LAG_MAX_S
    assert program.IS_SANITIZED or memory < MEMORY_MAX_MIB
