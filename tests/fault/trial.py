"""One fault under load: done, undone, and how long until everything is as before. Afterwards the checker looks."""

import os
import random
import threading
import time

import checker
import driver
import program

BEFORE_S, AFTER_S = 2, 4  # of load around the fault
PER_SECOND = 200
PATIENCE_S = 60

SETTINGS = {"LUPAUS_ALERTS_ACKNOWLEDGE_HOLD": "1s"}


def resident_bytes(server):
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Trial:
    """`seconds`: how long the fault lasts; the load is made for it."""

    def __init__(self, desk, accounts, seconds):
        seed = int(os.environ.get("LUPAUS_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
        print("LUPAUS_TEST_SEED =", seed)
        self.desk, self.seconds = desk, seconds
        self.messages = (BEFORE_S + seconds + AFTER_S) * PER_SECOND
        self.load = driver.Load([desk.url], accounts, self.messages, seed, PER_SECOND)
        self.recovered = {}

    def run(self, harm, heal, meanwhile=lambda: None):
        self.load.start()
        program.in_parallel(lambda: self.suffer(harm, heal, meanwhile), self.load.join)
        self.load.record.save(os.path.join(self.desk.folder, "record.jsonl"))
        program.wait_until(lambda: checker.is_settled(self.desk), PATIENCE_S, "the empty queue and the last alert")

    def suffer(self, harm, heal, meanwhile):
        patience = threading.Timer(BEFORE_S + self.seconds + PATIENCE_S, self.load.given_up.set)
        patience.start()
        program.wait_until(lambda: self.load.record.count() >= BEFORE_S * PER_SECOND, 60, "the first messages")
        before = resident_bytes(self.desk.server)
        harm()
        ends_at = time.monotonic() + self.seconds
        meanwhile()
        self.load.pause.wait(max(0, ends_at - time.monotonic()))
        self.was_ready = self.desk.server.probe("/readyz") == 200
        heal()
        self.healed_at = time.monotonic()
        program.in_parallel(
            lambda: self.measure("acknowledged", self.acknowledge),
            lambda: self.measure("answered", lambda: self.poll(self.is_answering)),
            lambda: self.measure("ready", lambda: self.poll(self.desk.server.is_ready)),
        )
        self.growth_mib = (resident_bytes(self.desk.server) - before) / 1024 / 1024
        patience.cancel()

    def measure(self, what, action):
        action()
        self.recovered[what] = round(time.monotonic() - self.healed_at, 2)

    def poll(self, condition):
        program.wait_until(condition, PATIENCE_S, "the recovery")

    def acknowledge(self):
        """A message of afterwards, which is then routed as well."""
        message = self.load.last_word(self.load.accounts[0])
        self.measure("routed", lambda: self.poll(lambda: self.is_routed(message)))

    def is_routed(self, message):
        return self.desk.query("SELECT 1 FROM message WHERE external_id = %s", message.id)

    def is_answering(self):
        agent = self.load.accounts[0].agents[0]
        return agent.call("GET", "/v1/conversations?limit=1").status == 200

    def slowest_s(self):
        return self.load.record.slowest_s

    def judge(self, recovery_max_s):
        """Nothing lost, nothing double, and soon as before."""
        record = self.load.record
        found = checker.violations(record, checker.load(self.desk))
        print(
            f"after its end {self.recovered}; slowest acknowledgement {self.slowest_s():.1f} s;"
            f" {record.count()} of {len(record.messages)} acknowledged, {len(record.replies)} replies;"
            f" the program grew by {self.growth_mib:.0f} MiB"
        )
        assert not found, checker.shown(found)
        assert max(self.recovered.values()) <= recovery_max_s, self.recovered
        assert record.count() > self.messages * 0.8
