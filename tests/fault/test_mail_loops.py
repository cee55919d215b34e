"""Two mailboxes of our own whose robots answer every mail at once, while a person on either side writes every other
hour of a simulated day, and every day after; and two that acknowledge every mail that begins a conversation, which all
of each other's do, and a customer's robot that answers every acknowledgement. A machine may write once a day to an
address and three times in a conversation; what people write always goes out.

To see it fail, raise either cap in services/desk/autoreply/rules.hpp, or let why_not() in
services/router/acknowledging.cpp forget what was written before."""

import collections
import contextlib
import email
import email.policy
import itertools
import re
import smtplib

import pytest

import dovecot
import mail
import mail_server
import program

HOURS = [2] * 12 + [1] + [24] * 3  # between two words of the same person
EVERY_HOURS, DAYS = 6, 2  # of those who want acknowledgements
MAILS_MAX = 200  # more than all of them could want
IMPATIENT = {"LUPAUS_COURIER_RETRY_FIRST": "10ms", "LUPAUS_EGRESS_ALLOW": "127.0.0.0/8,::1"}
HOST, CUSTOMERS = "mx.shop.example", "customer.example"
VERIFIED = f"{HOST}; dmarc=pass"
ACKNOWLEDGING = {"trusted_host": HOST, "acknowledgement": {"subject": "", "text": "We have got your mail."}}

# The host that the channels trust verifies whoever comes; the other one answers without a word of what it answers, so
# that each of its mails begins a conversation.
TRUSTED = f"  headers_add = Authentication-Results: {VERIFIED}\n"
BRUSQUE = "  headers_remove = In-Reply-To:References\n"

SAID = """
    SELECT m.id::text, m.conversation_id::text
    FROM message m
    JOIN conversation c ON c.account_id = m.account_id AND c.id = m.conversation_id
    WHERE c.channel_id = %s AND m.direction = 0
    ORDER BY m.created_at, m.seq"""


class Side:
    """A mailbox, a robot that answers whatever comes, and a person."""

    def __init__(self, account, server, **options):
        self.account, self.desk = account, account.desk
        self.robot = account.token("messages:write")
        self.box = open_box(account, server, **options)
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


@contextlib.contextmanager
def running_round(cluster, folder, changes="", **settings):
    """A desk and the mail server that it hands mail to and has it from."""
    [port] = program.free_ports(1)
    listen = {"LUPAUS_EMAIL_LMTP_LISTEN": f"127.0.0.1:{port}"}
    with (
        program.running_desk(cluster, folder, **IMPATIENT, **listen) as desk,
        mail_server.running(port, changes=changes, **settings) as server,
    ):
        yield desk, server


def open_account(desk):
    account = program.Account(desk)
    account.support = account.team("Support")
    account.maija = account.agent("Maija", teams=[account.support])
    return account


def open_box(account, server, **options):
    relay = {"host": "localhost", "port": server.port, "security": "none"}
    return mail.open_channel(account, smtp=relay, **options)


def settle(desk, server):
    """Mail goes from the mail server to the router to the courier and, where it is an answer, to the mail server again:
    asked in this order, all are idle unless the server was handed something meanwhile."""
    is_empty = "SELECT count(*) FROM {}"
    ended = is_empty.format("delivery WHERE due_at IS NOT NULL OR state < 2")
    taken = None
    while taken != len(server.taken()):
        taken = len(server.taken())
        assert taken <= MAILS_MAX, "a loop"
        program.wait_until(lambda: not server.queue(), what="the empty queue of the mail server")
        program.wait_until(lambda: desk.query(is_empty.format("inbound")) == [(0,)], what="the empty queue")
        program.wait_until(lambda: desk.query(ended) == [(0,)], what="the end of all deliveries")


def pass_time(desk, hours):
    desk.query("UPDATE message SET ordered_at = ordered_at - %s * interval '1 hour'", hours)
    desk.query("UPDATE acknowledged_address SET at = at - %s * interval '1 hour'", hours)


def without_tag(address):
    return re.sub(r"\+.*@", "@", address)


def ask(box, sender, text="Anybody there?", **headers):
    """As the host hands it over that the channel trusts, unless the headers say otherwise."""
    headers = {"Authentication_Results": VERIFIED, **headers}
    box.hand_in(mail.written(box.address, text, sender, **headers))


def play(desk, server, sides):
    """The hours at which machines sent mail to each address, and how many mails people sent."""
    now, automatic, seen, human = 0, {side.box.address: [] for side in sides}, 0, 0
    ask(sides[0].box, sides[1].box.address)
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
                automatic[without_tag(recipient)].append(now)
            else:
                human += 1
        seen = len(taken)
    return automatic, human


def of_conversations(desk):
    """How many mails machines sent in each."""
    sent = "SELECT count(*) FROM message WHERE kind = 2 AND delivery_state = 2 GROUP BY conversation_id"
    return sorted(count for (count,) in desk.query(sent))


@pytest.mark.parametrize(
    "is_forgetful, options",
    [(False, {}), (True, {}), (True, ACKNOWLEDGING)],
    ids=["in one account", "behind a forgetful relay", "behind a forgetful relay that is believed"],
)
def test_two_robots_of_our_own_fall_silent(cluster, tmp_path, is_forgetful, options):
    changes = mail_server.FORGETFUL + TRUSTED if is_forgetful else ""
    with running_round(cluster, tmp_path, changes) as (desk, server):
        account = open_account(desk)
        others = open_account(desk) if is_forgetful else account
        sides = [Side(account, server, **options), Side(others, server, **options)]
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


class Customer:
    """Who writes to all of these boxes, and has a robot that answers whatever comes back with a mail of its own."""

    address = f"aino@{CUSTOMERS}"

    def __init__(self, mailboxes, server, boxes):
        self.mailboxes, self.server, self.boxes = mailboxes, server, boxes
        self.answered = 0

    def write(self, to, text):
        one = mail.written(to, text, self.address)
        with smtplib.SMTP("127.0.0.1", self.server.port) as client:
            client.sendmail(self.address, [to], mail.as_bytes(one))

    def ask(self):
        for box in self.boxes:
            self.write(box.address, "Where is my order?")

    def answer_everything(self):
        """Whether there was anything to answer."""
        fresh = self.mailboxes.mails("aino")[self.answered :]
        for _, one in fresh:
            sender = email.message_from_bytes(one, policy=email.policy.default)["From"].addresses[0].addr_spec
            self.write(sender, "I am away until Monday.")
        self.answered += len(fresh)
        return bool(fresh)


# Whom no machine answers, by the rule that says so.
SILENT = {
    "list": {"List_Id": "<all.example.org>"},
    "machine_address": {"sender": "no-reply@example.org"},
    "not_verified": {"Authentication_Results": None},
}


def ask_in_vain(box):
    for rule, headers in SILENT.items():
        ask(box, **{"sender": f"{rule}@example.org", **headers})
    ask(box, "machine@example.org", Return_Path="<>")  # its verdict says enough


def withheld(desk, rule):
    return desk.server.metric("lupaus_acknowledgements_total", outcome=rule)


def demand(desk, server, boxes, customer):
    """The hours at which machines sent mail to each address, for days of people who want acknowledgements."""
    automatic, seen = collections.defaultdict(list), 0
    for now in range(0, DAYS * 24 + 1, EVERY_HOURS):
        pass_time(desk, EVERY_HOURS if now else 0)
        ask(boxes[0], boxes[1].address)
        ask_in_vain(boxes[0])
        customer.ask()
        settle(desk, server)
        while customer.answer_everything():
            settle(desk, server)
        taken = server.taken()
        for sender, recipient in taken[seen:]:
            if sender == "<>":
                automatic[without_tag(recipient)].append(now)
        seen = len(taken)
    return automatic, seen


@pytest.mark.parametrize("accounts", [1, 2], ids=["in one account", "in two accounts"])
@pytest.mark.parametrize("is_forgetful", [False, True], ids=["behind an honest relay", "behind a forgetful relay"])
def test_two_that_acknowledge_each_other_fall_silent(cluster, tmp_path, accounts, is_forgetful):
    changes = TRUSTED + (mail_server.FORGETFUL + BRUSQUE if is_forgetful else "")
    with (
        dovecot.running_dovecot() as mailboxes,
        running_round(cluster, tmp_path, changes, mailbox_port=mailboxes.lmtp, mailbox_domains=CUSTOMERS) as running,
    ):
        desk, server = running
        owners = [open_account(desk) for _ in range(accounts)]
        boxes = [open_box(owner, server, **ACKNOWLEDGING) for owner in (owners[0], owners[-1])]
        automatic, mails = demand(desk, server, boxes, Customer(mailboxes, server, boxes))
        counts = of_conversations(desk)
        told = {rule: withheld(desk, rule) for rule in [*SILENT, "once_a_day"]}
        [(kept_back,)] = desk.query("SELECT count(*) FROM delivery WHERE state <> 2")
    print(f"machines sent at {dict(automatic)} of {mails} mails; withheld: {told}")
    rounds, every_day = DAYS * 24 // EVERY_HOURS + 1, list(range(0, DAYS * 24 + 1, 24))
    wanted = {Customer.address: sorted(every_day * accounts)}
    if accounts > 1:  # no account acknowledges its own
        wanted[boxes[1].address] = every_day
    if accounts > 1 and is_forgetful:
        wanted[boxes[0].address] = every_day  # otherwise its mail says that it is a machine's
    assert automatic == wanted, "once a day, and nobody else"
    assert counts == [1] * sum(len(hours) for hours in wanted.values()) and kept_back == 0
    assert mails == sum(len(hours) for hours in wanted.values()) + 2 * rounds + len(wanted[Customer.address])
    assert {told[rule] for rule in SILENT} == {rounds}
    assert told["once_a_day"] > rounds, "they did try"
