"""Two processes and fifty agents who claim, hand over, answer, close, reopen, go and come back, while customers write:
20,000 deeds at once. Afterwards the log is played back: it has no gap, its last word on every conversation is what the
API shows, every agent's load is what a recount finds, and no automatic assignment ever went beyond a capacity.

LUPAUS_TEST_DEEDS says how many deeds instead; LUPAUS_TEST_SEED replays who wants what, not how it turns out."""

import collections
import itertools
import json
import os
import random
import time

import checker
import driver
import program

DEEDS = int(os.environ.get("LUPAUS_TEST_DEEDS", "20000"))
AGENTS, CAPACITY = 50, 3
LEAD_OF = 5  # one in so many may assign others
CUSTOMERS = 300
SYSTEM = 3  # actor_type of the log

EVENTS = """
    SELECT seq, xmin::text AS tx, type, actor_type, conversation_id::text AS id, data->'conversation' AS conversation
    FROM event WHERE account_id = %s ORDER BY seq"""


class Agent:
    """Does whatever comes to mind, on a connection of its own to one of the processes."""

    def __init__(self, storm, number, api):
        self.storm, self.api, self.is_lead = storm, api, number % LEAD_OF == 0
        self.chance = random.Random(f"{storm.seed}-{number}")
        self.line = driver.Line([server.url for server in storm.desk.servers], self.chance)
        self.answers = collections.Counter()

    def run(self, deeds):
        choices = {
            self.claim: 20,
            self.transfer: 18,
            self.assign: 40 if self.is_lead else 0,
            self.reply: 14,
            self.resolve: 20,
            self.reopen: 4,
            self.customer_writes: 22,
            self.go_or_come: 6,
        }
        for deed in self.chance.choices(list(choices), list(choices.values()), k=deeds):
            deed()
        self.line.hang_up()

    def call(self, method, path, body):
        headers = {"Authorization": "Bearer " + self.api.token, "Content-Type": "application/json"}
        answer = self.line.request(method, path, json.dumps(body).encode(), headers)
        assert answer is not None, f"{method} {path} was not answered"
        self.answers[path.rsplit("/", 1)[1], answer[0]] += 1
        return answer

    def act(self, action, body=None):
        return self.call("POST", f"/v1/conversations/{self.storm.any_conversation(self.chance)}/{action}", body or {})

    def claim(self):
        self.act("claim")

    def transfer(self):
        self.act("transfer", {"team_id": self.chance.choice(self.storm.teams)})

    def assign(self):
        self.act("assign", {"agent_id": self.chance.choice(self.storm.apis).agent_id})

    def reply(self):
        self.act("messages", {"text": "One moment."})

    def resolve(self):
        self.act("resolve")

    def reopen(self):
        self.act("reopen")

    def go_or_come(self):
        state = self.chance.choice(["online", "online", "away", "offline"])
        self.call("PUT", "/v1/agents/me/presence", {"state": state})

    def customer_writes(self):
        channel = self.chance.choice(self.storm.channels)
        sender = f"customer-{self.chance.randrange(CUSTOMERS)}"
        message = {"id": program.new_id(), "sender": {"id": sender, "name": sender}, "text": "And now?"}
        body = json.dumps(message).encode()
        answer = self.line.request("POST", channel.path, body, program.signed_headers(channel.secret, body))
        assert answer is not None and answer[0] == 202, answer


class Storm:
    def __init__(self, desk, seed):
        self.desk, self.seed = desk, seed
        self.account = program.Account(desk)
        self.teams = [self.account.team(name) for name in ("Support", "Sales")]
        self.channels = [self.account.channel(f"Chat {number}", team=team) for number, team in enumerate(self.teams)]
        self.apis = []
        for number in range(AGENTS):
            team = self.teams[number % len(self.teams)]
            role = "lead" if number % LEAD_OF == 0 else "agent"
            self.apis.append(self.account.agent(f"Agent {number}", role=role, teams=[team], capacity=CAPACITY))
            self.apis[-1].online()
        for number in range(CUSTOMERS):
            self.channels[number % len(self.channels)].say("Hei!", sender=f"customer-{number}")
        self.conversations = self.wait_for_conversations(CUSTOMERS)

    def wait_for_conversations(self, count):
        def look():
            found = self.desk.query("SELECT id::text FROM conversation ORDER BY number")
            return found if len(found) >= count else None

        return [row[0] for row in program.wait_until(look, 60, "the first conversations")]

    def any_conversation(self, chance):
        return chance.choice(self.conversations)

    def run(self):
        agents = [Agent(self, number, api) for number, api in enumerate(self.apis)]
        began = time.monotonic()
        program.in_parallel(*[lambda agent=agent: agent.run(DEEDS // AGENTS) for agent in agents])
        self.seconds = time.monotonic() - began
        program.wait_until(self.is_quiet, 60, "the end of all routing")
        return sum((agent.answers for agent in agents), collections.Counter())

    def is_quiet(self):
        """Agents who went are away for good: nobody is given what they had, and then nothing moves."""
        return self.desk.query("SELECT count(*) FROM inbound") == [(0,)]


def playback(events, capacity):
    """The last word on each conversation, and where the log contradicts itself."""
    shown, loads, wrong = {}, collections.Counter(), []
    for tx, group in itertools.groupby(events, key=lambda event: event["tx"]):
        given = set()
        for event in group:
            if event["conversation"] is None:
                continue
            now, before = event["conversation"], shown.get(event["id"])
            if before is not None and not before["version"] <= now["version"] <= before["version"] + 1:
                wrong.append(f"{event['seq']}: version {now['version']} comes after {before['version']}")
            loads[holder(before)] -= 1
            loads[holder(now)] += 1
            if event["actor_type"] == SYSTEM and holder(now) not in (None, holder(before)):
                given.add(holder(now))
            shown[event["id"]] = now
        too_many = [agent for agent in given if loads[agent] > capacity]
        wrong += [f"transaction {tx}: {agent} was given the {loads[agent]}th" for agent in too_many]
    return shown, loads, wrong


def holder(conversation):
    """Whose capacity it takes."""
    return conversation["assignee_id"] if conversation and conversation["state"] == "open" else None


def test_the_playback_finds_what_is_wrong():
    def event(seq, version, agent=None, actor=SYSTEM, conversation="c1", state="open", tx=None):
        shown = {"version": version, "assignee_id": agent, "state": state}
        return {"seq": seq, "tx": tx or seq, "actor_type": actor, "id": conversation, "conversation": shown}

    fine = [event(1, 1), event(2, 2, "a"), event(3, 3, "a", 1, state="resolved"), event(4, 1, "a", conversation="c2")]
    assert playback(fine, 1)[2] == [] and playback(fine, 1)[1]["a"] == 1
    swap = [event(1, 1, "a"), event(2, 1, "a", conversation="c2", tx="t"), event(3, 2, None, tx="t")]
    assert playback(swap, 1)[2] == [], "one comes and one goes in the same transaction"
    by_hand = [event(1, 1, "a"), event(2, 1, "a", 1, conversation="c2")]
    assert playback(by_hand, 1)[2] == []
    for lie, word in (
        ([event(1, 1, "a"), event(2, 1, "a", conversation="c2")], "2th"),
        ([event(1, 1), event(2, 3)], "version"),
        ([event(1, 2), event(2, 1)], "version"),
    ):
        assert word in playback(lie, 1)[2][0]


def test_whatever_fifty_agents_do_at_once_the_log_is_what_happened(cluster, tmp_path):
    seed = int(os.environ.get("LUPAUS_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
    print("LUPAUS_TEST_SEED =", seed)
    with program.running_desk(cluster, tmp_path) as desk:
        desk.join()
        storm = Storm(desk, seed)
        answers = storm.run()
        print(f"{DEEDS} deeds in {storm.seconds:.0f} s: {dict(sorted(answers.items()))}")
        assert {status for _, status in answers} <= {200, 201, 409, 503}, answers
        assert sum(count for (_, status), count in answers.items() if status == 503) < DEEDS / 100
        events = desk.rows(EVENTS, storm.account.id)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1)), "a gap in the log"
        shown, loads, wrong = playback(events, CAPACITY)
        assert wrong == []
        for conversation_id, last in shown.items():
            assert storm.account.admin.conversation(conversation_id) == last
        for row in desk.rows(checker.QUERIES["loads"]):
            assert row["load"] == row["counted"] == loads[row["id"]], row
        automatic = sum(event["type"] == "conversation.assigned" and event["actor_type"] == SYSTEM for event in events)
        print(f"{len(events)} events of {len(shown)} conversations, {automatic} assigned automatically")
        assert automatic > DEEDS / 50, "too little was assigned automatically"
        assert left_lying(desk) == []


def left_lying(desk):
    """Teams where somebody waits for an agent although one has room."""
    return desk.rows(
        """
        SELECT t.name
        FROM team t
        WHERE EXISTS (SELECT FROM conversation c
                      WHERE c.team_id = t.id AND c.state = 0 AND c.assignee_id IS NULL AND c.rank_at IS NOT NULL)
          AND EXISTS (SELECT FROM agent a JOIN team_member m ON m.agent_id = a.id JOIN presence p ON p.agent_id = a.id
                      WHERE m.team_id = t.id AND a.load < a.capacity AND p.state = 0)"""
    )
