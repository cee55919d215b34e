"""Customers, agents and misfortune, from a seed. Customers say things in order and repeat what was not acknowledged,
as a platform does; agents answer whoever waits longest; faults come at given shares of the acknowledged messages."""

import http.client
import itertools
import json
import math
import random
import threading
import time
import urllib.parse

import program
from record import Record, Sent

RETRY_S = 0.05
ANSWER_WAIT_S = 10
CUSTOMERS_PER_ACCOUNT = 100
WRITERS_PER_ACCOUNT = 4
NEVER_REPEATED = 10  # one message in so many is sent once, whatever the answer
REPEATED_ANYWAY = 20  # one in so many is sent again after it was acknowledged


class Line:
    """One caller's connection to whichever process answers."""

    def __init__(self, urls, chance):
        self.urls, self.chance, self.connection = urls, chance, None

    def request(self, method, path, body, headers):
        """(status, body); None: nobody knows what became of it."""
        try:
            if self.connection is None:
                parts = urllib.parse.urlsplit(self.chance.choice(self.urls))
                self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=ANSWER_WAIT_S)
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return None

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Load:
    """`accounts` of program.Account, each with `chat` and `agents`. `messages`: how many; None: until `enough` is set.
    `per_second`: how many all writers begin together, and whoever was held up makes good for it; None: as fast as they
    are answered."""

    def __init__(self, urls, accounts, messages, seed, per_second=None):
        self.urls, self.accounts, self.seed = urls, accounts, seed
        self.interval = per_second and len(accounts) * WRITERS_PER_ACCOUNT / per_second
        self.record = Record({account.id: account.chat.id for account in accounts})
        self.per_writer = math.ceil(messages / (len(accounts) * WRITERS_PER_ACCOUNT)) if messages else math.inf
        self.written, self.pause = threading.Event(), threading.Event()
        self.enough = threading.Event()
        self.given_up = threading.Event()  # nobody insists any more; the checker will say what that means
        self.writers, self.agents = [], []

    def start(self):
        for number, account in enumerate(self.accounts):
            for writer in range(WRITERS_PER_ACCOUNT):
                self.writers.append(threading.Thread(target=self.write, args=(account, f"{number}-{writer}")))
            self.agents.append(threading.Thread(target=self.answer, args=(account, f"{number}-agent")))
        for thread in self.writers + self.agents:
            thread.start()

    def join(self):
        """The writers end by themselves, the agents after them."""
        for thread in self.writers:
            thread.join()
        self.written.set()
        for thread in self.agents:
            thread.join()

    # ---- customers

    def write(self, account, name):
        chance = random.Random(f"{self.seed}-{name}")
        line = Line(self.urls, chance)
        customers = [f"customer-{name}-{number}" for number in range(CUSTOMERS_PER_ACCOUNT // WRITERS_PER_ACCOUNT)]
        began = time.monotonic()
        for number in itertools.count():
            if number >= self.per_writer or self.enough.is_set():
                break
            if self.interval:
                self.pause.wait(max(0, began + number * self.interval - time.monotonic()))
            sender = customers[number % len(customers)]
            message = Sent(f"{name}-{number}", account.id, sender, number, f"message {number} of {name}")
            self.record.send(message)
            self.hand_in(line, account, message, once=number % NEVER_REPEATED == 0)
            if message.acknowledged and chance.randrange(REPEATED_ANYWAY) == 0:
                self.hand_in(line, account, message, once=True)
        line.hang_up()

    def hand_in(self, line, account, message, once):
        body = json.dumps(
            {"id": message.id, "sender": {"id": message.sender, "name": message.sender}, "text": message.text}
        ).encode()
        while True:
            message.tries += 1
            answer = line.request("POST", account.chat.path, body, program.signed_headers(account.chat.secret, body))
            if answer and answer[0] in (200, 202):
                receipt = json.loads(answer[1])
                if receipt.get("conflict"):
                    self.record.surprise(f"{message.id} was taken for another message: {receipt}")
                self.record.acknowledge(message, receipt["inbound_id"])
                return
            if answer and answer[0] != 503:
                self.record.surprise(f"{message.id} was answered {answer}")
                return
            if once or self.given_up.is_set():
                return
            self.pause.wait(RETRY_S)

    def last_word(self, account, name="last-word"):
        """A customer whom nobody answers, after everybody else."""
        message = Sent(name, account.id, f"{name} customer", 0, "Anybody there?")
        self.record.send(message)
        line = Line(self.urls, random.Random(self.seed))
        self.hand_in(line, account, message, once=False)
        line.hang_up()
        return message

    def offer(self, account):
        """One message more of one customer more, once. Returns what refused it."""
        message = Sent(program.new_id(), account.id, program.new_id(), 0, "Is there room?")
        self.record.send(message)
        answer = account.chat.post(
            {"id": message.id, "sender": {"id": message.sender, "name": message.sender}, "text": message.text}
        )
        if answer.status == 202:
            self.record.acknowledge(message, answer.json()["inbound_id"])
            return None
        return answer

    # ---- agents

    def answer(self, account, name):
        chance = random.Random(f"{self.seed}-{name}")
        line = Line(self.urls, chance)
        agents = itertools.cycle(account.agents)
        for number in itertools.count():
            if self.written.is_set():
                break
            agent = next(agents)
            waiting = self.longest_waiting(line, agent)
            if waiting is None:
                self.pause.wait(RETRY_S)
                continue
            reply = Sent(f"reply-{name}-{number}", account.id, waiting, number, f"reply {number} of {name}")
            self.record.reply(reply)
            self.say(line, agent, reply)
        line.hang_up()

    def longest_waiting(self, line, agent):
        answer = line.request(
            "GET", "/v1/conversations?view=mine&sort=waiting&limit=1", None, {"Authorization": "Bearer " + agent.token}
        )
        items = json.loads(answer[1])["items"] if answer and answer[0] == 200 else []
        return items[0]["id"] if items else None

    def say(self, line, agent, reply):
        """Until it is stored: the same key makes repeating it harmless."""
        headers = {
            "Authorization": "Bearer " + agent.token,
            "Idempotency-Key": reply.id,
            "Content-Type": "application/json",
        }
        body = json.dumps({"text": reply.text}).encode()
        while True:
            reply.tries += 1
            answer = line.request("POST", f"/v1/conversations/{reply.sender}/messages", body, headers)
            if answer and answer[0] == 201:
                self.record.acknowledge(reply, json.loads(answer[1])["id"])
                return
            if answer and answer[0] not in (409, 503):
                self.record.surprise(f"{reply.id} was answered {answer}")
                return
            if self.given_up.is_set():
                return
            self.pause.wait(RETRY_S)


# ---- misfortune

KILL, FAST, IMMEDIATE = "kill", "fast", "immediate"


def plan(seed, kills, restarts):
    """Faults in a random order; the same seed gives the same."""
    faults = [KILL] * kills + restarts
    random.Random(seed).shuffle(faults)
    return faults


class Misfortune:
    """Carries a plan out over the processes of a desk, at even shares of `messages` acknowledged ones."""

    def __init__(self, desk, cluster, load, faults, messages):
        self.desk, self.cluster, self.load, self.faults, self.messages = desk, cluster, load, faults, messages
        self.chance = random.Random(load.seed)
        self.done = []

    def run(self):
        for number, fault in enumerate(self.faults, 1):
            share = self.messages * number // (len(self.faults) + 1)
            program.wait_until(lambda: self.load.record.count() >= share, 120, f"{share} acknowledged messages")
            if fault == KILL:
                self.kill()
            else:
                self.cluster.restart(fault)
            self.done.append(fault)

    def kill(self):
        """One of the processes dies at once and is started again, while the others go on."""
        number = self.chance.randrange(len(self.desk.servers))
        self.desk.servers[number].kill()
        self.desk.servers[number] = self.desk.servers[number].again().wait_ready()


SLOW_LADDER = {"target": "4s", "warn_lead": "2s", "leads_after": "2s", "account_after": "4s"}
QUICK_LADDER = {"target": "1s", "leads_after": "0s", "account_after": "0s"}


def open_accounts(desk, count, ladder, agents=2):
    """Accounts whose alerts climb within seconds and whose agents have room for everybody."""
    accounts = []
    for number in range(count):
        account = program.Account(desk, f"Account {number}")
        team = account.team("Support")
        account.agents = [
            account.agent(f"Agent {name}", role="lead", teams=[team], capacity=1000) for name in range(agents)
        ]
        for agent in account.agents:
            agent.presence("online", until=program.from_now(hours=23))
        account.chat = account.channel("Chat", team=team)
        for kind in ("first_reply", "next_reply"):
            account.policy(kind=kind, **ladder)
        accounts.append(account)
    return accounts
