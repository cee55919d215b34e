"""A mailbox in which one mail in twenty is poison, and a server that cuts the link in the midst of every fiftieth: the
good ones are stored once, the bad ones quarantined, and what comes meanwhile waits no longer than for two looks.
LUPAUS_TEST_POISONED says how many mails there are.

To see it fail, let is_given_up() in services/email/mailbox/rules.cpp say false: the first mail that comes malformed
stops the mailbox."""

import collections
import os
import re
import threading
import time

import dovecot
import imap_gate
import mailbag
import program

MAILS = int(os.environ.get("LUPAUS_TEST_POISONED", "1000"))
POISON_EVERY, CUT_EVERY = 20, 50
LATE_EVERY, LATE_PER_SECOND = 7, 20  # one in so many comes while others are read
POLL_S = 30
PATIENCE_S = 60 + MAILS / 20


def endless(number):
    return mailbag.Mail(mailbag.written(number, X_Endless="x" * 600_000))


def deep(number, levels=10_000):
    begin = mailbag.written(number, Content_Type='multipart/mixed; boundary="0"').split(b"\r\n\r\n")[0]
    parts = [f'\r\n--{i}\r\nContent-Type: multipart/mixed; boundary="{i + 1}"\r\n' for i in range(levels)]
    return mailbag.Mail(begin + b"\r\n" + "".join(parts).encode())


def headless(number):
    return mailbag.Mail(b"\r\nThese are but words, and the number %d.\r\n" % number)


def with_nul(number):
    return mailbag.Mail(mailbag.written(number, f"This is @NUL@mail {number}.", Subject="A @NUL@ question"))


def misannounced(number):
    return mailbag.Mail(mailbag.written(number, X_Spoil=str(number)))


def large(number):
    return mailbag.Mail(mailbag.written(number), size=60 * 1024 * 1024)


# What is said of each kind in quarantine. A NUL is no reason: it is taken out.
POISON = {
    endless: "is longer than",
    deep: "nested more than",
    headless: "no header field",
    with_nul: None,
    misannounced: "could not be fetched",
    large: "bytes; at most",
}
KINDS = list(POISON)


def spoil(line, content):
    """The server in its worst mood: NULs, and lengths that are none, too long, or too short."""
    found = re.search(rb"X-Spoil: (\d+)", content)
    if found:
        moods = [b"{12x}", b"{999999999999}", b"{%d}" % (len(content) - 20)]
        return line.replace(b"{%d}" % len(content), moods[int(found[1]) // POISON_EVERY // len(KINDS) % 3]) + content
    return line + content.replace(b"@NUL@", b"\0\0\0\0\0")


def kind_of(number):
    return KINDS[number // POISON_EVERY % len(KINDS)] if number % POISON_EVERY == 0 else None


def make(number):
    kind = kind_of(number)
    return kind(number) if kind else mailbag.Mail(mailbag.written(number))


def check_quarantine(reasons, numbers):
    """Everything that is poison is there, for the reason that it is."""
    wanted = collections.Counter(POISON[kind_of(number)] for number in numbers if kind_of(number))
    del wanted[None]
    found = {words: sum(words in reason for reason in reasons) for words in wanted}
    assert found == dict(wanted), collections.Counter(reasons)
    assert len(reasons) == wanted.total()


def test_poison_and_cuts_lose_and_double_nothing_and_hold_nobody_up(cluster, tmp_path):
    numbers = range(1, MAILS + 1)
    late = [number for number in numbers if number % LATE_EVERY == 0 and not kind_of(number)]
    delivered, pause = {}, threading.Event()
    with (
        program.running_desk(cluster, tmp_path) as desk,
        dovecot.running_dovecot() as server,
        imap_gate.running_imap_gate(server.imap, cut_every=CUT_EVERY, spoil=spoil) as gate,
    ):
        account = program.Account(desk)
        server.fill("aino", [make(number) for number in numbers if number not in late])
        began = time.monotonic()
        box = mailbag.Box(account, team=account.team("Support"), imap=mailbag.imap_of(server, "aino", gate.port))
        for number in late:
            delivered[number] = time.time()
            server.deliver(["aino@shop.example"], make(number).bytes)
            pause.wait(1 / LATE_PER_SECOND)
        box.wait(MAILS, PATIENCE_S)
        box.settle()
        took = time.monotonic() - began
        stored = [(mailbag.number_of(message), message["stored_at"]) for message in box.messages()]
        reasons, health, cuts = box.quarantine(), box.health(), gate.cuts
    lag = max(when - delivered[number] for number, when in stored if number in delivered)
    print(f"{MAILS} mails in {took:.0f} s, {len(stored)} stored, {len(reasons)} held, lag {lag:.1f} s, {cuts} cuts")
    good = [number for number in numbers if kind_of(number) in (None, with_nul)]
    assert collections.Counter(number for number, _ in stored) == dict.fromkeys(good, 1)
    check_quarantine(reasons, numbers)
    assert health["mails"] == MAILS
    assert cuts >= len(good) / CUT_EVERY / 2, "too little happened"
    assert lag <= 2 * POLL_S
