"""Faults under load, one after the other: done, undone, and how long until everything is as before. Afterwards the
checker looks."""

import dataclasses
import os
import random
import threading
import time
import typing

import checker
import driver
import program

PER_SECOND = 200
CALM_S = 2  # of load before the first, between two and after the last
PATIENCE_S = 60

SETTINGS = {"LUPAUS_ALERTS_ACKNOWLEDGE_HOLD": "1s"}
LADDER = {"target": "3s", "warn_lead": "1s", "leads_after": "1s", "account_after": "2s"}


@dataclasses.dataclass
class Fault:
    """`seconds`: how long it lasts. `meanwhile` is done as soon as it is there; `has_happened` is asked at its end."""

    name: str
    harm: typing.Callable
    heal: typing.Callable
    seconds: float
    has_happened: typing.Callable
    meanwhile: typing.Callable = lambda: None


def resident_mib(server):
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


class Trial:
    def __init__(self, desk, accounts):
        seed = int(os.environ.get("LUPAUS_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
        print("LUPAUS_TEST_SEED =", seed)
        self.desk, self.accounts = desk, driver.open_accounts(desk, accounts, LADDER)
        self.load = driver.Load([desk.url], self.accounts, None, seed, PER_SECOND)
        self.recovered, self.slowest_s, self.was_ready = {}, 0, True

    def run(self, *faults):
        self.load.start()
        program.in_parallel(lambda: self.suffer(faults), self.load.join)
        self.load.record.save(os.path.join(self.desk.folder, "record.jsonl"))
        program.wait_until(lambda: checker.is_settled(self.desk), PATIENCE_S, "the empty queue and the last alert")

    def suffer(self, faults):
        try:
            self.be_calm()
            before = resident_mib(self.desk.server)
            for fault in faults:
                self.suffer_one(fault)
                self.be_calm()
            self.growth_mib = resident_mib(self.desk.server) - before
        finally:
            self.load.enough.set()

    def be_calm(self):
        count = self.load.record.count() + CALM_S * PER_SECOND
        program.wait_until(lambda: self.load.record.count() >= count, PATIENCE_S, f"{count} acknowledged messages")

    def suffer_one(self, fault):
        self.load.record.slowest_s = 0
        patience = threading.Timer(fault.seconds + PATIENCE_S, self.load.given_up.set)
        patience.start()
        fault.harm()
        ends_at = time.monotonic() + fault.seconds
        fault.meanwhile()
        self.load.pause.wait(max(0, ends_at - time.monotonic()))
        self.was_ready = self.desk.server.probe("/readyz") == 200
        fault.heal()
        took = self.recover(fault.name)
        patience.cancel()
        self.slowest_s = self.load.record.slowest_s
        self.recovered[fault.name] = max(took.values())
        print(f"{fault.name}: {took} after its end; slowest acknowledgement {self.slowest_s:.1f} s")
        assert fault.has_happened(self), f"nobody noticed: {fault.name}"

    def recover(self, name):
        """How long each of these takes from now on."""
        healed_at, took = time.monotonic(), {}

        def measure(what, condition):
            program.wait_until(condition, PATIENCE_S, "the recovery")
            took[what] = round(time.monotonic() - healed_at, 2)

        def hand_in():
            message = self.load.last_word(self.accounts[0], f"after {name}")
            measure("acknowledged", lambda: True)
            measure("routed", lambda: self.desk.query("SELECT 1 FROM message WHERE external_id = %s", message.id))

        program.in_parallel(
            hand_in,
            lambda: measure("answered", self.is_answering),
            lambda: measure("ready", self.desk.server.is_ready),
        )
        return took

    def is_answering(self):
        try:
            return self.accounts[0].agents[0].call("GET", "/v1/conversations?limit=1").status == 200
        except OSError:
            return False

    def judge(self, recovery_max_s):
        """Nothing lost, nothing double, and soon as before."""
        record = self.load.record
        found = checker.violations(record, checker.load(self.desk))
        print(
            f"{record.count()} of {len(record.messages)} acknowledged, {len(record.replies)} replies;"
            f" the program grew by {self.growth_mib:.0f} MiB"
        )
        assert not found, checker.shown(found)
        assert max(self.recovered.values()) <= recovery_max_s, self.recovered
        assert record.count() > len(record.messages) * 0.9 and len(record.replies) > 50
