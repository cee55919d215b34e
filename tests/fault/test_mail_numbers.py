"""A server numbers a mailbox anew five times, in another order and in the midst of reading; Message-IDs come twice with
other words, or not at all; some mails lie in the mailbox twice, and in another mailbox as well. Each is stored once in
each channel, none is lost.

To see it fail, let fingerprint() in services/desk/arrival/fingerprint.cpp return the Message-ID alone, or resume() in
services/email/mailbox/rules.cpp the kept number under another UIDVALIDITY."""

import collections
import os
import random

import dovecot
import imap_gate
import mailbag
import program

ROUNDS = 5
MAILS_PER_ROUND = int(os.environ.get("LUPAUS_TEST_NUMBERED", "1200")) // (ROUNDS + 1)
PATIENCE_S = 60 + ROUNDS * MAILS_PER_ROUND / 20


def make(number):
    """One mail in ten is the one before once more; others have the Message-ID of the one before, or none."""
    kind = number % 10
    if kind == 7:
        return make(number - 1)
    if kind == 3:
        return mailbag.Mail(mailbag.written(number, Message_ID=f"<{number - 1}@{mailbag.HOST}>"))
    if kind in (5, 6):
        return mailbag.Mail(mailbag.written(number, Message_ID=None if kind == 5 else ""))
    return mailbag.Mail(mailbag.written(number))


class Reissued(mailbag.Box):
    """A mailbox whose mails become more, and change their numbers."""

    def __init__(self, account, server, gate, user, numbers):
        self.server, self.user, self.numbers = server, user, numbers
        self.uid_validity = self.count = 0
        self.fill(0)
        super().__init__(account, name=user, imap=mailbag.imap_of(server, user, gate.port))

    def fill(self, rounds, chance=None):
        """The mails of so many rounds, in their order or in any other."""
        mails = [make(number) for number in self.numbers if number < (rounds + 1) * MAILS_PER_ROUND]
        if chance:
            chance.shuffle(mails)
        self.uid_validity, self.count = 100 + rounds, len(mails)
        self.server.fill(self.user, mails, self.uid_validity)

    def wait_for_share(self, share):
        self.wait(int(self.count * share), PATIENCE_S, self.uid_validity)

    def wanted(self):
        """Each text once."""
        return collections.Counter({text_of(make(number)) for number in self.numbers})


def text_of(one):
    return one.bytes.decode().split("\r\n\r\n")[1].strip()


def test_new_numbers_and_odd_message_ids_lose_and_double_nothing(cluster, tmp_path):
    seed = int(os.environ.get("LUPAUS_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
    print("LUPAUS_TEST_SEED =", seed)
    chance = random.Random(seed)
    numbers = range(1, (ROUNDS + 1) * MAILS_PER_ROUND)
    with (
        program.running_desk(cluster, tmp_path) as desk,
        dovecot.running_dovecot() as server,
        imap_gate.running_imap_gate(server.imap) as gate,
    ):
        account = program.Account(desk)
        account.support = account.team("Support")
        everything = Reissued(account, server, gate, "everything", numbers)
        every_other = Reissued(account, server, gate, "every-other", numbers[::2])
        boxes = [everything, every_other]
        for rounds in range(1, ROUNDS + 1):
            for box in boxes:
                box.wait_for_share(chance.choice([0.3, 0.7, 1]))
            with gate.closed():
                for box in boxes:
                    box.fill(rounds, chance)
        for box in boxes:
            box.wait_for_share(1)
            box.settle()
            stored, wanted = collections.Counter(one["text"].strip() for one in box.messages()), box.wanted()
            print(f"{box.user}: {stored.total()} stored of {len(wanted)}, {gate.mails} read of all")
            assert stored == wanted and box.quarantine() == []
        assert gate.mails > 1.5 * len(numbers), "too little was read anew"
