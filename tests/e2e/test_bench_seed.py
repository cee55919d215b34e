"""`lupaus bench seed`: the invented desk is one that the program could have made itself, and works on from there."""

import contextlib
import os
import re

import program
import pytest

CONVERSATIONS, MESSAGES = 2_000, 10_000
SIZE = {"conversations": CONVERSATIONS, "messages": MESSAGES}
SHAPE = """
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT relname || ' ' || relrowsecurity || relforcerowsecurity FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    UNION ALL
    SELECT tablename || ' ' || policyname || roles::text || coalesce(qual, '') FROM pg_policies
    ORDER BY 1"""


def named_query(room, name):
    """A statement of the program's own."""
    with open(os.path.join(program.REPOSITORY, "services", *room.split("/"), "queries.sql"), encoding="utf-8") as file:
        return re.search(rf"-- name: {name}\n(.*?)(?=-- name: |\Z)", file.read(), re.DOTALL).group(1)


def run_query(desk, room, name, *values):
    """How many rows it returns or writes."""
    places = ", ".join("%s" for _ in values)
    with contextlib.closing(desk.cluster.connect("lupaus_owner", desk.database)) as connection:
        cursor = connection.cursor()
        cursor.execute(f"PREPARE asked AS {named_query(room, name)}")
        cursor.execute("EXECUTE asked" + (f"({places})" if values else ""), values)
        return cursor.rowcount


class Seeded:
    def __init__(self, desk, made):
        self.desk, self.made, self.account = desk, made, made["account"]
        self.admin = program.Api(desk, made["admin_token"])
        self.agent = program.Api(desk, made["agent_token"], made["agent_id"])
        self.channels = [program.Channel(desk, one) for one in made["channels"]]

    def ids(self, condition, *values):
        found = self.desk.query(f"SELECT id FROM conversation WHERE {condition}", *values)
        return {str(row[0]) for row in found}

    def number(self, statement, *values):
        return self.desk.query(statement, *values)[0][0]


@pytest.fixture(scope="module")
def seeded(cluster, tmp_path_factory):
    desk = program.Desk(cluster, tmp_path_factory.mktemp("seeded"))
    try:
        desk.migrate()
        before = desk.query(SHAPE)
        made = desk.cli("bench", "seed", **SIZE)
        assert desk.query(SHAPE) == before
        desk.start()
        yield Seeded(desk, made)
        assert desk.stop() == [0]
    finally:
        desk.discard()


def test_the_desk_has_the_size_that_was_asked_for(seeded):
    assert seeded.number("SELECT count(*) FROM conversation") == CONVERSATIONS
    assert seeded.number("SELECT count(*) FROM message") == MESSAGES
    assert seeded.number("SELECT count(*) FROM conversation WHERE state = 0") == CONVERSATIONS // 50
    assert seeded.number("SELECT count(*) FROM agent") == 50
    assert len(seeded.admin.items("/v1/teams?limit=100")) == 9


def test_messages_fit_their_conversations(seeded):
    wrong = """
        SELECT count(*) FROM conversation c
        JOIN LATERAL (SELECT count(*) AS all_of_them, min(ordered_at) AS first, max(ordered_at) AS last,
                             (array_agg(direction ORDER BY seq DESC))[1] AS last_direction,
                             max(ordered_at) FILTER (WHERE direction = 0) AS asked
                      FROM message m WHERE m.account_id = c.account_id AND m.conversation_id = c.id) m ON true
        WHERE m.first <> c.created_at OR m.last <> c.last_message_at OR m.all_of_them <> c.version
           OR (c.waiting_since IS NOT NULL AND (m.last_direction <> 0 OR m.asked <> c.waiting_since))"""
    assert seeded.number(wrong) == 0
    assert seeded.number("SELECT count(*) FROM message WHERE author_id IS NULL OR visible_seq <> seq OR text = ''") == 0


def test_what_is_owed_is_in_the_ledger(seeded):
    wrong = """
        SELECT count(*) FROM conversation c
        FULL JOIN (SELECT * FROM promise WHERE settled_at IS NULL) p ON p.account_id = c.account_id AND p.id = c.owed_id
        WHERE (c.waiting_since IS NOT NULL OR p.id IS NOT NULL)
          AND (p.conversation_id, p.kind, p.waiting_since, p.due_at, p.rank_at, p.owing_team_id)
              IS DISTINCT FROM (c.id, c.owed_kind, c.waiting_since, c.due_at, c.rank_at, c.team_id)"""
    assert seeded.number(wrong) == 0
    assert seeded.number("SELECT count(*) FROM promise WHERE settled_at IS NULL") > CONVERSATIONS // 80
    settled = "SELECT count(*) FROM promise p JOIN message m ON m.settled_id = p.id AND m.id = p.settled_message_id"
    assert seeded.number(settled) == seeded.number("SELECT count(*) FROM promise WHERE settled_at IS NOT NULL") > 0
    levels = """SELECT count(*) FROM promise p WHERE settled_at IS NULL AND level >= 0 AND NOT EXISTS
                (SELECT FROM alert a WHERE a.subject_id = p.id AND a.level = p.level AND a.state = 0)"""
    assert seeded.number(levels) == 0


def test_the_checkers_of_the_program_find_nothing(seeded):
    assert run_query(seeded.desk, "desk/capacity", "recount") == 0
    findings = seeded.desk.run("doctor", "--json")
    assert findings.returncode in (0, 1), findings.stderr


def test_the_search_documents_are_those_that_the_index_would_write(seeded):
    count = seeded.number("SELECT count(*) FROM search_document")
    assert count == CONVERSATIONS + MESSAGES
    for table, name in (("message", "index_messages"), ("conversation", "index_heads")):
        columns = f"SELECT array_agg(account_id)::text, array_agg(id)::text FROM {table}"
        written = run_query(seeded.desk, "desk/search", name, *seeded.desk.query(columns)[0])
        assert written == 0, f"{name} changed {written} documents"
    assert seeded.number("SELECT count(*) FROM search_document") == count


NOBODYS = "state = 0 AND assignee_id IS NULL AND rank_at IS NOT NULL"
VIEWS = {
    "view=unassigned": NOBODYS,
    "view=unanswered": "waiting_since IS NOT NULL",
    "view=overdue": "due_at <= now()",
    "view=all&state=open": "state = 0",
}


def check_views(seeded, filters, expected):
    """Each view in each order, page by page; ordered by a wait, what waits."""
    waiting = seeded.ids("waiting_since IS NOT NULL")
    for view, ids in expected.items():
        for sort in ("due", "waiting", "newest"):
            shown = [one["id"] for one in seeded.agent.pages(f"/v1/conversations?{view}{filters}&sort={sort}", 10)]
            assert len(shown) == len(set(shown))
            assert set(shown) == (ids if sort == "newest" else ids & waiting), (view, sort)
    counts = seeded.agent.get("/v1/counts?" + filters)
    for view, ids in expected.items():
        name = view.removeprefix("view=")
        assert "&" in name or counts[name]["count"] == len(ids), view


def test_every_view_shows_what_is_in_it(seeded):
    expected = {view: seeded.ids(condition) for view, condition in VIEWS.items()}
    expected["view=mine"] = seeded.ids("assignee_id = %s AND state < 3", seeded.made["agent_id"])
    check_views(seeded, "", expected)


@pytest.mark.parametrize("place", [0, -1], ids=["largest", "smallest"])
def test_every_view_of_a_team_shows_what_is_in_it(seeded, place):
    team = seeded.made["teams"][place]
    expected = {view: seeded.ids(condition + " AND team_id = %s", team) for view, condition in VIEWS.items()}
    mine = "assignee_id = %s AND state < 3 AND team_id = %s"
    expected["view=mine"] = seeded.ids(mine, seeded.made["agent_id"], team)
    check_views(seeded, "&team_id=" + team, expected)
    shown = [one["id"] for one in seeded.agent.pages(f"/v1/conversations?view=all&team_id={team}", 100)]
    assert set(shown) == seeded.ids("team_id = %s", team)


def test_search_finds_what_was_said(seeded):
    with_order = "SELECT id, substring(text FROM '[0-9]+$') FROM message WHERE text ~ ' Order [0-9]+$' LIMIT 1"
    message_id, number = seeded.desk.query(with_order)[0]
    found = seeded.agent.items(f"/v1/search?q=order+{number}")
    assert str(message_id) in {hit["message_id"] for hit in found}
    assert len(seeded.agent.items("/v1/search?q=parcel&limit=50")) == 50


def test_a_known_customer_joins_their_conversation_and_a_new_one_gets_the_next_number(seeded):
    known = seeded.desk.query("""
        SELECT c.id, a.address, c.channel_id
        FROM conversation c JOIN address a ON a.account_id = c.account_id AND a.contact_id = c.contact_id
        WHERE c.number = %s""", CONVERSATIONS)[0]
    channel = next(one for one in seeded.channels if one.id == str(known[2]))
    joined = channel.routed(seeded.admin, channel.say("Is anybody there?", sender=known[1]))
    assert joined["id"] == str(known[0])
    assert channel.ask(seeded.admin)["number"] == CONVERSATIONS + 1
    newest = seeded.admin.messages(joined)[-1]
    assert newest["text"] == "Is anybody there?"


def test_the_router_gives_what_waits_to_whoever_comes(seeded):
    seeded.agent.online()
    room = "SELECT capacity - load FROM agent WHERE id = %s"
    waits = """SELECT count(*) FROM conversation c WHERE state = 0 AND assignee_id IS NULL AND rank_at IS NOT NULL AND
               team_id IN (SELECT team_id FROM team_member WHERE agent_id = %s)"""

    def is_done():
        agent = seeded.made["agent_id"]
        return seeded.number(room, agent) == 0 or seeded.number(waits, agent) == 0

    program.wait_until(is_done, what="the assignment of what waits")
    assert run_query(seeded.desk, "desk/capacity", "recount") == 0
    seeded.agent.presence("offline")


def test_the_watcher_raises_what_falls_due(seeded):
    promise, conversation = seeded.desk.query("""
        UPDATE promise SET next_alert_at = clock_timestamp(), warn_at = clock_timestamp()
        WHERE id = (SELECT id FROM promise WHERE level = -1 AND settled_at IS NULL AND warn_at > now() LIMIT 1)
        RETURNING id, conversation_id""")[0]

    def raised():
        return seeded.number("SELECT count(*) FROM alert WHERE promise_id = %s AND state = 0", promise) == 1

    program.wait_until(raised, what="the alert")
    assert seeded.admin.get(f"/v1/conversations/{conversation}")["id"] == str(conversation)


def test_an_account_that_is_there_is_never_touched(seeded):
    before = seeded.number("SELECT count(*) FROM message")
    done = seeded.desk.run("bench", "seed", **SIZE)
    assert done.returncode != 0
    assert "has an account already" in done.stderr
    assert seeded.number("SELECT count(*) FROM account") == 1
    assert seeded.number("SELECT count(*) FROM message") == before


def test_fewer_messages_than_two_each_are_refused(seeded):
    done = seeded.desk.run("bench", "seed", conversations=2000, messages=3999)
    assert done.returncode != 0
    assert "--messages" in done.stderr


def content(desk):
    """What a desk says, without its ids, relative to when it was made."""
    return desk.query("""
        SELECT c.number, c.state, c.subject, c.tags, k.name, a.email, t.name,
               date_trunc('minute', (SELECT max(created_at) FROM conversation) - c.created_at),
               (SELECT array_agg(m.text ORDER BY m.seq) FROM message m WHERE m.conversation_id = c.id)
        FROM conversation c
        JOIN contact k ON k.account_id = c.account_id AND k.id = c.contact_id
        LEFT JOIN agent a ON a.account_id = c.account_id AND a.id = c.assignee_id
        LEFT JOIN team t ON t.account_id = c.account_id AND t.id = c.team_id
        ORDER BY c.number""")


def test_the_same_seed_makes_the_same_desk(cluster, tmp_path):
    with contextlib.ExitStack() as stack:
        desks = []
        for seed in (7, 7, 8):
            desk = program.Desk(cluster, tmp_path / str(len(desks)))
            stack.callback(desk.discard)
            desk.migrate().cli("bench", "seed", conversations=1000, messages=4000, seed=seed)
            desks.append(content(desk))
    first, second, other = desks
    assert first == second
    assert first != other
