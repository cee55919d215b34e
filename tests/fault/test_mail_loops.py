"""Two mailboxes of our own whose robots answer every mail at once, while a person on either side writes every other
hour of a simulated day, and every day after. A machine may write once a day to an address and three times in a
conversation; what people write always goes out.

To see it fail, raise either cap in services/desk/autoreply/rules.hpp."""

import itertools
import re

import pytest

import mail
import mail_server
import program

HOURS = [2] * 12 + [1] + [24] * 3  # between two words of the same person
IMPATIENT = {"LUPAUS_COURIER_RETRY_FIRST": "10ms", "LUPAUS_EGRESS_ALLOW": "127.0.0.0/8,::1"}
SAID = """
    SELECT m.id::text, m.conversation_id::text
    FROM message m
    JOIN conversation c ON c.account_id = m.account_id AND c.id = m.conversation_id
    WHERE c.channel_id = %s AND m.direction = 0
    ORDER BY m.created_at, m.seq"""


class Side:
    """A mailbox, a robot that answers whatever comes, and a person."""

    def __init__(self, account, server):
        self.account, self.desk = account, account.desk
        self.robot = account.token("messages:write")
        relay = {"host": "localhost", "port": server.port, "security": "none"}
        self.box = mail.open_channel(account, smtp=relay)
        self.answered = set()

    def said(self):
        return self.desk.query(SAID, self.box.id)

    def answer_everything(self):
        """Whether there was anything to answer."""
        fresh = [(said, where) for said, where in self.said() if said not in self.answered]
        for said, where in fresh:
            self.robot.post(f"/v1/conversations/{where}/messages", {"text": "We are looking into it."}, 201)
            self.answered.add(said)
        return bool(fresh)

    def write(self, text):
        _, first = self.said()[0]
        self.account.maija.post(f"/v1/conversations/{first}/messages", {"text": text}, 201)


def open_account(desk):
    account = program.Account(desk)
    account.support = account.team("Support")
    account.maija = account.agent("Maija", teams=[account.support])
    return account


def settle(desk, server):
    """Mail goes from the courier to the mail server to the router: asked in this order, whoever is idle stays so."""
    is_empty = "SELECT count(*) FROM {}"
    ended = is_empty.format("delivery WHERE due_at IS NOT NULL OR state < 2")
    program.wait_until(lambda: desk.query(ended) == [(0,)], what="the end of all deliveries")
    program.wait_until(lambda: not server.queue(), what="the empty queue of the mail server")
    program.wait_until(lambda: desk.query(is_empty.format("inbound")) == [(0,)], what="the empty queue")


def pass_time(desk, hours):
    desk.query("UPDATE message SET ordered_at = ordered_at - %s * interval '1 hour'", hours)


def play(desk, server, sides):
    """The hours at which machines sent mail to each address, and how many mails people sent."""
    now, automatic, seen, human = 0, {side.box.address: [] for side in sides}, 0, 0
    sides[0].box.hand_in(mail.written(sides[0].box.address, "Anybody there?", sides[1].box.address))
    for hours in [0, *HOURS]:
        pass_time(desk, hours)
        now += hours
        for side in sides if now else []:
            side.write(f"It is hour {now}.")
        settle(desk, server)
        while any([side.answer_everything() for side in sides]):
            settle(desk, server)
        taken = server.taken()
        for sender, recipient in taken[seen:]:
            if sender == "<>":
                automatic[re.sub(r"\+.*@", "@", recipient)].append(now)
            else:
                human += 1
        seen = len(taken)
    return automatic, human


def of_conversations(desk):
    """How many mails machines sent in each."""
    sent = "SELECT count(*) FROM message WHERE kind = 2 AND delivery_state = 2 GROUP BY conversation_id"
    return sorted(count for (count,) in desk.query(sent))


@pytest.mark.parametrize("is_forgetful", [False, True], ids=["in one account", "behind a forgetful relay"])
def test_two_robots_of_our_own_fall_silent(cluster, tmp_path, is_forgetful):
    [port] = program.free_ports(1)
    listen = {"LUPAUS_EMAIL_LMTP_LISTEN": f"127.0.0.1:{port}"}
    changes = mail_server.FORGETFUL if is_forgetful else ""
    with (
        program.running_desk(cluster, tmp_path, **IMPATIENT, **listen) as desk,
        mail_server.running(port, changes=changes) as server,
    ):
        account = open_account(desk)
        sides = [Side(account, server), Side(open_account(desk) if is_forgetful else account, server)]
        automatic, human = play(desk, server, sides)
        counts = of_conversations(desk)
        [(kept_back,)] = desk.query("SELECT count(*) FROM delivery WHERE state NOT IN (0, 1, 2)")
    print(f"machines sent at {automatic}, {counts} in conversations, {kept_back} were kept back; people {human}")
    assert sum(counts) == sum(len(hours) for hours in automatic.values())
    for hours in automatic.values():
        assert all(later - hour >= 24 for hour, later in itertools.pairwise(hours)), "once a day"
    assert max(counts) <= 3, "and three times in a conversation"
    assert human == 2 * len(HOURS), "people write as they like"
    assert kept_back >= human / 2, "the robots did try"
    if is_forgetful:
        assert counts == [3, 3], "nothing but the caps ends it"
