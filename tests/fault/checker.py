"""Compares what the outside was told with what the database holds. Facts are plain rows, so that a test can spoil them;
violations() is a pure function of both."""

import collections
import dataclasses


@dataclasses.dataclass
class Facts:
    """Rows as dictionaries, by table."""

    messages: list = dataclasses.field(default_factory=list)
    replies: list = dataclasses.field(default_factory=list)
    conversations: list = dataclasses.field(default_factory=list)
    assigned: list = dataclasses.field(default_factory=list)
    promises: list = dataclasses.field(default_factory=list)
    alerts: list = dataclasses.field(default_factory=list)
    raised: list = dataclasses.field(default_factory=list)
    overdue: list = dataclasses.field(default_factory=list)
    loads: list = dataclasses.field(default_factory=list)
    feeds: list = dataclasses.field(default_factory=list)
    queued: int = 0
    quarantined: int = 0


QUERIES = {
    "messages": """
        SELECT m.id::text, m.account_id::text AS account, m.external_id, m.text, m.seq,
               m.conversation_id::text AS conversation, c.account_id::text AS conversation_account,
               c.channel_id::text AS channel, a.address AS sender
        FROM message m
        LEFT JOIN conversation c ON c.id = m.conversation_id
        LEFT JOIN address a
               ON a.account_id = m.account_id AND a.channel_id = c.channel_id AND a.contact_id = m.author_id
        WHERE m.direction = 0""",
    "replies": """
        SELECT m.id::text, m.account_id::text AS account, m.text, m.conversation_id::text AS conversation,
               (SELECT count(*) FROM delivery d WHERE d.message_id = m.id) AS deliveries
        FROM message m WHERE m.direction = 1""",
    "conversations": """
        SELECT id::text, account_id::text AS account, channel_id::text AS channel, contact_id::text AS contact,
               assignee_id::text AS assignee, state, waiting_since IS NOT NULL AS waits, owed_id::text AS owed
        FROM conversation""",
    "assigned": """
        SELECT conversation_id::text AS conversation, count(*)
        FROM event WHERE type = 'conversation.assigned' GROUP BY 1""",
    "promises": """
        SELECT id::text, account_id::text AS account, conversation_id::text AS conversation, level, settled_at,
               clock_timestamp() > account_at AS is_overdue, settled_at IS NULL AS is_open
        FROM promise""",
    "alerts": """
        SELECT subject_id::text AS promise, level, state, noticed_at FROM alert""",
    "raised": """
        SELECT data->'alert'->>'promise_id' AS promise, (data->'alert'->>'level')::int AS level, count(*)
        FROM event WHERE type = 'alert.raised' GROUP BY 1, 2""",
    "overdue": """
        SELECT data->'promise'->>'id' AS promise, count(*) FROM event WHERE type = 'promise.overdue' GROUP BY 1""",
    "loads": """
        SELECT a.id::text, a.load, coalesce(sum(c.weight), 0) AS counted
        FROM agent a LEFT JOIN conversation c ON c.account_id = a.account_id AND c.assignee_id = a.id AND c.state = 0
        GROUP BY a.id, a.load""",
    "feeds": """
        SELECT f.account_id::text AS account, f.seq, count(e.seq) AS events, coalesce(max(e.seq), 0) AS newest
        FROM account_feed f LEFT JOIN event e ON e.account_id = f.account_id GROUP BY 1, 2""",
}
ALERT_LEVELS = 4
SHOWN_OF_A_KIND = 8
SUPERSEDED, FIRING, ACKNOWLEDGED = 2, 0, 1


def load(desk):
    """One look at the database, when nothing moves any more."""
    facts = Facts()
    for name, statement in QUERIES.items():
        setattr(facts, name, desk.rows(statement))
    facts.queued = desk.query("SELECT count(*) FROM inbound")[0][0]
    facts.quarantined = desk.query("SELECT count(*) FROM quarantine")[0][0]
    return facts


def is_settled(desk):
    """Nothing is queued and every ladder has been climbed."""
    left = desk.query(
        "SELECT (SELECT count(*) FROM inbound), (SELECT count(*) FROM promise WHERE next_alert_at IS NOT NULL)"
    )
    return left[0] == (0, 0)


def violations(record, facts):
    """Everything that is not as it has to be, as `kind: what`. Nothing: the desk kept its word."""
    checks = (check_messages, check_places, check_order, check_replies, check_assignments, check_alerts, check_rest)
    found = [f"surprise: {text}" for text in record.surprises]
    for check in checks:
        found += check(record, facts)
    return found


def shown(violations):
    """How many of each kind, and the first few."""
    kinds = collections.defaultdict(list)
    for line in violations:
        kinds[line.split(":")[0]].append(line)
    examples = [line for lines in kinds.values() for line in lines[:SHOWN_OF_A_KIND]]
    return "\n".join([str({kind: len(lines) for kind, lines in kinds.items()}), *examples])


def check_messages(record, facts):
    stored = collections.Counter((row["account"], row["external_id"]) for row in facts.messages)
    for message in record.messages.values():
        count = stored.pop((message.account, message.id), 0)
        if message.acknowledged and count == 0:
            yield f"lost: {message.id} was acknowledged and is not stored"
        if count > 1:
            yield f"duplicated: {message.id} is stored {count} times"
    for account, external_id in stored:
        yield f"unexpected: {external_id} of {account} was never sent"
    by_id = {row["external_id"]: row for row in facts.messages}
    for message in record.messages.values():
        row = by_id.get(message.id)
        if row and row["text"] != message.text:
            yield f"altered: {message.id} says {row['text']!r}"
        if row and message.acknowledged and message.inbound_id not in (None, row["id"]):
            yield f"altered: {message.id} was acknowledged as {message.inbound_id} and is {row['id']}"


def check_places(record, facts):
    """Each message in one conversation of its own account and channel; all of a customer's in the same one."""
    homes = collections.defaultdict(set)
    for row in facts.messages:
        if row["conversation_account"] != row["account"] or row["channel"] != record.accounts.get(row["account"]):
            place = f"{row['conversation_account']}, channel {row['channel']}"
            yield f"misplaced: {row['external_id']} is in a conversation of {place}"
        sent = record.messages.get(row["external_id"])
        if sent and row["sender"] != sent.sender:
            yield f"misplaced: {row['external_id']} of {sent.sender} is said to be of {row['sender']}"
        homes[row["account"], row["sender"]].add(row["conversation"])
    for (_, sender), conversations in homes.items():
        if len(conversations) > 1:
            yield f"misplaced: {sender} has {len(conversations)} conversations"
    filled = {row["conversation"] for row in facts.messages}
    for conversation in facts.conversations:
        if conversation["id"] not in filled:
            yield f"misplaced: the conversation {conversation['id']} is empty"


def check_order(record, facts):
    """A customer sends the next message after the answer to the one before."""
    seqs = {row["external_id"]: row["seq"] for row in facts.messages}
    lines = collections.defaultdict(list)
    for message in record.messages.values():
        if message.acknowledged and message.id in seqs:
            lines[message.account, message.sender].append((message.order, seqs[message.id], message.id))
    for line in lines.values():
        line.sort()
        for (_, first, before), (_, second, after) in zip(line, line[1:]):
            if first >= second:
                yield f"order: {after} came before {before}"


def check_replies(record, facts):
    stored = collections.Counter(row["text"] for row in facts.replies)
    for reply in record.replies.values():
        count = stored.pop(reply.text, 0)
        if reply.acknowledged and count == 0:
            yield f"lost: {reply.id} was acknowledged and is not stored"
        if count > 1:
            yield f"duplicated: {reply.id} is stored {count} times"
    for text in stored:
        yield f"unexpected: nobody said {text!r}"
    for row in facts.replies:
        if row["deliveries"] != 1:
            yield f"delivery: {row['text']!r} has {row['deliveries']} deliveries"


def check_assignments(_, facts):
    times = {row["conversation"]: row["count"] for row in facts.assigned}
    for conversation in facts.conversations:
        count = times.get(conversation["id"], 0)
        if count != 1 or conversation["assignee"] is None:
            yield f"assignment: {conversation['id']} was assigned {count} times, to {conversation['assignee']}"
    for row in facts.loads:
        if row["load"] != row["counted"]:
            yield f"load: the agent {row['id']} has {row['counted']} and is said to have {row['load']}"


def check_alerts(_, facts):
    for row in facts.raised:
        if row["count"] != 1:
            yield f"alert: level {row['level']} of {row['promise']} was raised {row['count']} times"
    overdue = {row["promise"]: row["count"] for row in facts.overdue}
    for promise in facts.promises:
        times = overdue.get(promise["id"], 0)
        if times > 1 or (promise["is_open"] and promise["is_overdue"] and times != 1):
            yield f"alert: {promise['id']} was said to be overdue {times} times"
    by_promise = collections.defaultdict(list)
    for alert in facts.alerts:
        by_promise[alert["promise"]].append(alert)
    for promise in facts.promises:
        alerts = by_promise.pop(promise["id"], [])
        levels = sorted(alert["level"] for alert in alerts)
        if len(set(levels)) != len(levels):
            yield f"alert: {promise['id']} has levels {levels}"
        firing = [alert for alert in alerts if alert["state"] in (FIRING, ACKNOWLEDGED)]
        if promise["is_open"] and promise["is_overdue"] and (levels != list(range(ALERT_LEVELS)) or len(firing) != 1):
            yield f"alert: {promise['id']} is long overdue, with levels {levels} and {len(firing)} firing"
        if not promise["is_open"] and firing:
            yield f"alert: {promise['id']} is settled and still fires"
        if not promise["is_open"] and any(alert["noticed_at"] > promise["settled_at"] for alert in alerts):
            yield f"alert: {promise['id']} was alerted after it was settled"
    for subject in by_promise:
        yield f"alert: {subject} is no promise"
    owed = {promise["id"]: promise["conversation"] for promise in facts.promises if promise["is_open"]}
    for conversation in facts.conversations:
        if conversation["waits"] != (conversation["owed"] is not None) or (
            conversation["waits"] and conversation["owed"] not in owed
        ):
            yield f"promise: {conversation['id']} waits without an open promise, or the other way round"


def check_rest(_, facts):
    if facts.queued:
        yield f"queue: {facts.queued} rows are left"
    if facts.quarantined:
        yield f"queue: {facts.quarantined} rows are in quarantine"
    for feed in facts.feeds:
        if not feed["seq"] == feed["events"] == feed["newest"]:
            yield f"log: {feed['account']} counts {feed['seq']}, has {feed['events']} events up to {feed['newest']}"
