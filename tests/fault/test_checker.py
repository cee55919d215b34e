"""The checker is a test's only witness, so it is tested: an honest run passes, and every single lie in the record, in
the facts or in the database itself is found and called by its name."""

import copy
import datetime

import pytest

import checker
import driver
import program
from record import Record, Sent

NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.timezone.utc)


def honest():
    """Two messages of one customer, one of another, one reply; an alert that climbed and one that was settled."""
    record = Record({"A": "chat"})
    record.messages = {
        "m1": Sent("m1", "A", "aino", 1, "one", True, 1, "i1"),
        "m2": Sent("m2", "A", "aino", 2, "two", True, 3, "i2"),
        "m3": Sent("m3", "A", "eero", 1, "three", True, 1, "i3"),
        "m4": Sent("m4", "A", "eero", 2, "four", False, 1),
    }
    record.replies = {"r1": Sent("r1", "A", "c1", 1, "answer", True, 1, "o1")}
    facts = checker.Facts()
    for number, conversation, sender, text in (
        (1, "c1", "aino", "one"),
        (2, "c1", "aino", "two"),
        (3, "c2", "eero", "three"),
    ):
        facts.messages.append(
            {
                "id": f"i{number}",
                "account": "A",
                "external_id": f"m{number}",
                "text": text,
                "seq": number,
                "conversation": conversation,
                "conversation_account": "A",
                "channel": "chat",
                "sender": sender,
            }
        )
    facts.replies = [{"id": "o1", "account": "A", "text": "answer", "conversation": "c1", "deliveries": 1}]
    facts.conversations = [
        {
            "id": "c1",
            "account": "A",
            "channel": "chat",
            "contact": "k1",
            "assignee": "g1",
            "state": 0,
            "waits": False,
            "owed": None,
        },
        {
            "id": "c2",
            "account": "A",
            "channel": "chat",
            "contact": "k2",
            "assignee": "g1",
            "state": 0,
            "waits": True,
            "owed": "p2",
        },
    ]
    facts.assigned = [{"conversation": "c1", "count": 1}, {"conversation": "c2", "count": 1}]
    facts.promises = [
        {
            "id": "p1",
            "account": "A",
            "conversation": "c1",
            "level": 0,
            "settled_at": NOON,
            "is_overdue": True,
            "is_open": False,
        },
        {
            "id": "p2",
            "account": "A",
            "conversation": "c2",
            "level": 3,
            "settled_at": None,
            "is_overdue": True,
            "is_open": True,
        },
    ]
    facts.alerts = [{"promise": "p1", "level": 0, "state": 3, "noticed_at": NOON - datetime.timedelta(seconds=1)}]
    facts.alerts += [
        {"promise": "p2", "level": level, "state": 0 if level == 3 else 2, "noticed_at": NOON} for level in range(4)
    ]
    facts.raised = [{"promise": "p1", "level": 0, "count": 1}] + [
        {"promise": "p2", "level": level, "count": 1} for level in range(4)
    ]
    facts.overdue = [{"promise": "p2", "count": 1}]
    facts.loads = [{"id": "g1", "load": 2, "counted": 2}]
    facts.feeds = [{"account": "A", "seq": 9, "events": 9, "newest": 9}]
    return record, facts


def test_an_honest_run_passes():
    assert checker.violations(*honest()) == []


def test_a_message_that_was_never_acknowledged_may_be_there_or_not():
    record, facts = honest()
    facts.messages.append({**facts.messages[2], "id": "i4", "external_id": "m4", "text": "four", "seq": 4})
    assert checker.violations(record, facts) == []


def put(rows, number, **values):
    rows[number].update(values)


LIES = {
    "acknowledged and not stored": ("lost", lambda record, facts: facts.messages.pop()),
    "acknowledged by mistake": ("lost", lambda record, facts: setattr(record.messages["m4"], "acknowledged", True)),
    "stored twice": (
        "duplicated",
        lambda record, facts: facts.messages.append({**facts.messages[0], "id": "i9", "seq": 0}),
    ),
    "stored and never sent": (
        "unexpected",
        lambda record, facts: facts.messages.append({**facts.messages[0], "external_id": "m9", "seq": 9}),
    ),
    "other words": ("altered", lambda record, facts: put(facts.messages, 0, text="won")),
    "another row than was told": ("altered", lambda record, facts: put(facts.messages, 0, id="i7")),
    "in another account's conversation": (
        "misplaced",
        lambda record, facts: put(facts.messages, 0, conversation_account="B"),
    ),
    "on another channel": ("misplaced", lambda record, facts: put(facts.messages, 0, channel="mail")),
    "two conversations of one customer": ("misplaced", lambda record, facts: put(facts.messages, 0, conversation="c3")),
    "another customer's": ("misplaced", lambda record, facts: put(facts.messages, 0, sender="eero")),
    "a conversation of nothing": (
        "misplaced",
        lambda record, facts: facts.conversations.append({**facts.conversations[0], "id": "c9"})
        or facts.assigned.append({"conversation": "c9", "count": 1}),
    ),
    "the second before the first": ("order", lambda record, facts: put(facts.messages, 1, seq=0)),
    "a reply that is gone": ("lost", lambda record, facts: facts.replies.clear()),
    "a reply twice": ("duplicated", lambda record, facts: facts.replies.append(facts.replies[0])),
    "a reply of nobody": (
        "unexpected",
        lambda record, facts: facts.replies.append({**facts.replies[0], "text": "who?"}),
    ),
    "a reply that goes out twice": ("delivery", lambda record, facts: put(facts.replies, 0, deliveries=2)),
    "a reply that never goes out": ("delivery", lambda record, facts: put(facts.replies, 0, deliveries=0)),
    "assigned twice": ("assignment", lambda record, facts: put(facts.assigned, 0, count=2)),
    "assigned to nobody": ("assignment", lambda record, facts: put(facts.conversations, 0, assignee=None)),
    "never assigned": ("assignment", lambda record, facts: facts.assigned.pop()),
    "a wrong load": ("load", lambda record, facts: put(facts.loads, 0, load=3)),
    "alerted twice at one level": ("alert", lambda record, facts: put(facts.raised, 0, count=2)),
    "said to be overdue twice": ("alert", lambda record, facts: put(facts.overdue, 0, count=2)),
    "overdue and never said to be": ("alert", lambda record, facts: facts.overdue.clear()),
    "two rows of one level": ("alert", lambda record, facts: facts.alerts.append(dict(facts.alerts[0]))),
    "a level that was left out": ("alert", lambda record, facts: facts.alerts.pop(1)),
    "two that fire": ("alert", lambda record, facts: put(facts.alerts, 1, state=0)),
    "overdue and silent": ("alert", lambda record, facts: [facts.alerts.pop() for _ in range(4)]),
    "settled and firing": ("alert", lambda record, facts: put(facts.alerts, 0, state=0)),
    "alerted after the answer": (
        "alert",
        lambda record, facts: put(facts.alerts, 0, noticed_at=NOON + datetime.timedelta(seconds=1)),
    ),
    "an alert about nothing": (
        "alert",
        lambda record, facts: facts.alerts.append({**facts.alerts[0], "promise": "p9"}),
    ),
    "waiting and not promised": (
        "promise",
        lambda record, facts: put(facts.promises, 1, is_open=False, settled_at=NOON),
    ),
    "a row left in the queue": ("queue", lambda record, facts: setattr(facts, "queued", 1)),
    "a row in quarantine": ("queue", lambda record, facts: setattr(facts, "quarantined", 1)),
    "a gap in the log": ("log", lambda record, facts: put(facts.feeds, 0, events=8)),
    "an answer nobody should get": ("surprise", lambda record, facts: record.surprise("m1 was answered 500")),
}


@pytest.mark.parametrize("kind, lie", LIES.values(), ids=LIES.keys())
def test_every_lie_is_found(kind, lie):
    record, facts = honest()
    lie(record, facts)
    found = checker.violations(record, facts)
    assert any(line.startswith(kind + ":") for line in found), found


# ---- the same on a database that somebody has spoilt


@pytest.fixture(scope="module")
def quiet_run(cluster, tmp_path_factory):
    """A small load without any fault, and the database it left."""
    with program.running_desk(cluster, tmp_path_factory.mktemp("quiet")) as desk:
        accounts = driver.open_accounts(desk, 2, driver.QUICK_LADDER)
        load = driver.Load([desk.url], accounts, 600, 1)
        load.start()
        load.join()
        load.last_word(accounts[0])
        program.wait_until(lambda: checker.is_settled(desk), what="the empty queue and the last alert")
        yield load.record, desk


def test_a_quiet_run_passes(quiet_run):
    record, desk = quiet_run
    assert checker.violations(record, checker.load(desk)) == []
    assert len(record.replies) > 10 and record.count() >= 540


def kinds(record, desk):
    return {line.split(":")[0] for line in checker.violations(record, checker.load(desk))}


def test_a_message_that_is_missing_from_the_database_is_lost(quiet_run):
    record, desk = quiet_run
    lying = copy.copy(record)
    lying.messages = {
        **record.messages,
        "ghost": Sent("ghost", next(iter(record.accounts)), "nobody", 1, "Boo", True, 1, "i"),
    }
    assert kinds(lying, desk) == {"lost"}


def test_a_row_that_was_stored_twice_is_found(quiet_run):
    record, desk = quiet_run
    columns = [
        row[0] for row in desk.query("SELECT column_name FROM information_schema.columns WHERE table_name = 'message'")
    ]
    copied = ", ".join("gen_random_uuid()" if name == "id" else name for name in columns)
    desk.query(
        f"INSERT INTO message ({', '.join(columns)})"
        f" SELECT {copied} FROM message WHERE direction = 0 ORDER BY seq LIMIT 1"
    )
    try:
        assert "duplicated" in kinds(record, desk)
    finally:
        desk.query(
            "DELETE FROM message m USING message o WHERE o.seq = m.seq AND o.id <> m.id"
            " AND m.id NOT IN (SELECT message_id FROM inbound_key)"
        )
    assert kinds(record, desk) == set()


def test_an_alert_that_was_told_twice_is_found(quiet_run):
    record, desk = quiet_run
    account, seq = desk.query("SELECT account_id, seq FROM event WHERE type = 'alert.raised' LIMIT 1")[0]
    desk.query("UPDATE account_feed SET seq = seq + 1 WHERE account_id = %s", account)
    desk.query(
        """
        INSERT INTO event (account_id, seq, id, type, actor_type, conversation_id, data)
        SELECT e.account_id, f.seq, gen_random_uuid(), e.type, e.actor_type, e.conversation_id, e.data
        FROM event e JOIN account_feed f USING (account_id) WHERE e.account_id = %s AND e.seq = %s""",
        account,
        seq,
    )
    assert kinds(record, desk) == {"alert"}
