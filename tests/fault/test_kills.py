"""The program is killed and PostgreSQL restarted in the middle of load; afterwards what the outside was told is held
against the database: every acknowledged message stored exactly once, in one conversation of the right account,
assigned once, alerted once for each level; nothing that was never said; nothing left in the queue.

To see the checker catch a real bug, plant one: in services/desk/inbound/intake.cpp let Intake::flush answer its
waiters before it stores the batch (call acknowledge() with receipts made from the messages' own ids at the top of
flush, and let store() answer nobody). A process that is killed between the two has acknowledged what it never stored.
Build that copy in a folder of its own and run this file with LUPAUS_TEST_PROGRAM naming its program: it has to fail
with lines `lost: …`."""

import os
import random

import checker
import driver
import program

MESSAGES = 5_000
ACCOUNTS = 4
KILLS = 20
RESTARTS = [driver.FAST, driver.FAST, driver.IMMEDIATE]
DRAIN_WAIT_S = 60

SETTINGS = {"LUPAUS_ALERTS_ACKNOWLEDGE_HOLD": "1s", "LUPAUS_LOG_LEVEL": "info"}


def test_kills_and_restarts_under_load_lose_and_double_nothing(cluster, tmp_path):
    seed = int(os.environ.get("LUPAUS_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
    print("LUPAUS_TEST_SEED =", seed)
    with program.running_desk(cluster, tmp_path, **SETTINGS) as desk:
        desk.join()
        accounts = driver.open_accounts(desk, ACCOUNTS, driver.SLOW_LADDER)
        load = driver.Load([server.url for server in desk.servers], accounts, MESSAGES, seed)
        misfortune = driver.Misfortune(desk, cluster, load, driver.plan(seed, KILLS, RESTARTS), MESSAGES)
        load.start()
        program.in_parallel(misfortune.run, load.join)
        record = load.record
        record.save(tmp_path / "record.jsonl")
        assert len(misfortune.done) == KILLS + len(RESTARTS)
        assert len(record.messages) >= MESSAGES
        program.wait_until(lambda: checker.is_settled(desk), DRAIN_WAIT_S, "the empty queue and the last alert")
        facts = checker.load(desk)
        found = checker.violations(record, facts)
        repeated = sum(message.tries > 1 for message in record.messages.values())
        unknown = sum(not message.acknowledged for message in record.messages.values())
        print(
            f"{record.count()} acknowledged, {repeated} repeated, {unknown} never acknowledged,"
            f" {len(record.replies)} replies, {len(facts.alerts)} alerts"
        )
        assert not found, checker.shown(found)
        assert record.count() > MESSAGES * 0.9
        assert min(repeated, len(record.replies), len(facts.alerts)) > 50, "too little happened"
