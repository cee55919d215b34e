"""What the gauges and counters say while something happens, and when it is over. The desk of this file has no other
guests, so that the numbers are exact."""

import contextlib
import os
import signal
import threading
import time
import uuid

import psycopg2
import pytest

import program
import raw_http

LANE_SEED = 4207849484  # of try_lanes in services/desk/inbound/queries.sql
PAUSE_S = 0.5


def counted(desk, name, **labels):
    return desk.server.metric(name, **labels) or 0


def grown(desk, before):
    """By how much each of these counters has grown."""
    return {name: counted(desk, name) - count for name, count in before.items()}


def becomes(desk, name, wanted, **labels):
    """Waits for a gauge that is measured every few seconds."""
    program.wait_until(lambda: desk.server.metric(name, **labels) == wanted, what=f"{name} {labels} at {wanted}")


@contextlib.contextmanager
def held(desk, cluster, statement, *values):
    """A lock that somebody else has, until the block ends."""
    holder = psycopg2.connect(cluster.url("lupaus_owner", desk.database))
    try:
        holder.cursor().execute(statement, values)
        yield
    finally:
        holder.rollback()
        holder.close()


def test_a_message_on_its_way(support, desk, cluster):
    """It waits in the queue while somebody has its account's lane; then it is routed and given to an agent, once."""
    counters = ("routed_messages_total", "routed_conversations_total", "assigned_total", "route_lag_seconds_count")
    before = {name: counted(desk, name) for name in map("lupaus_{}".format, counters)}
    waited = counted(desk, "lupaus_route_lag_seconds_sum")
    becomes(desk, "lupaus_queue_lag_seconds", 0)
    with held(desk, cluster, "SELECT pg_advisory_xact_lock(uuid_hash_extended(%s, %s))", support.id, LANE_SEED):
        began = time.monotonic()
        message = support.chat.say("Hei!", sender="u1")
        lag = program.wait_until(lambda: counted(desk, "lupaus_queue_lag_seconds"), what="the lag of the queue")
        assert 0 < lag <= time.monotonic() - began and counted(desk, "lupaus_queue_rows") == 1
        assert set(grown(desk, before).values()) == {0}
        waits = time.monotonic() - began
    conversation = support.chat.routed(support.maija, message)
    support.maija.assigned(conversation, support.maija.agent_id)
    assert set(grown(desk, before).values()) == {1}
    assert counted(desk, "lupaus_route_lag_seconds_sum") - waited >= waits
    becomes(desk, "lupaus_queue_lag_seconds", 0)
    support.chat.routed(support.maija, support.chat.say("And?", sender="u1"))
    assert list(grown(desk, before).values()) == [2, 1, 1, 2]


def test_a_promise_that_nobody_keeps(support, desk):
    """Overdue and alerted soon after its time, taken by somebody, and over once the customer is answered."""
    before = {name: counted(desk, name) for name in ("lupaus_alerts_raised_total", "lupaus_alert_late_seconds_count")}
    late = counted(desk, "lupaus_alert_late_seconds_sum")
    states = {state: {"kind": "promise", "state": state} for state in ("firing", "acknowledged")}
    becomes(desk, "lupaus_overdue_promises", 0)
    support.policy("1s")
    conversation = support.chat.ask(support.maija)
    becomes(desk, "lupaus_overdue_promises", 1)
    becomes(desk, "lupaus_alerts", 1, **states["firing"])
    assert desk.server.metric("lupaus_alerts") == 1, "of every kind and state together"
    raised = [event["alert"] for event in support.admin.events(types="alert.raised")]
    told = grown(desk, before)
    assert told["lupaus_alerts_raised_total"] == len(raised) and told["lupaus_alert_late_seconds_count"] >= 1
    assert 0 < counted(desk, "lupaus_alert_late_seconds_sum") - late < 5
    support.maija.post(f"/v1/alerts/{support.maija.items('/v1/alerts?state=firing')[0]['id']}/acknowledge")
    becomes(desk, "lupaus_alerts", 1, **states["acknowledged"])
    assert desk.server.metric("lupaus_alerts", **states["firing"]) == 0
    support.maija.reply(conversation)
    becomes(desk, "lupaus_alerts", 0)
    assert desk.server.metric("lupaus_overdue_promises") == 0


def test_a_row_that_cannot_be_routed(support, desk):
    before = counted(desk, "lupaus_quarantined_total")
    support.chat.ask(support.maija)
    assert counted(desk, "lupaus_quarantined_total") == before
    desk.query(
        "INSERT INTO inbound (account_id, id, channel_id, payload) VALUES (%s, %s, %s, %s)",
        support.id,
        str(uuid.uuid4()),
        support.chat.id,
        '{"v":0}',
    )
    support.chat.ask(support.maija)
    program.wait_until(lambda: counted(desk, "lupaus_quarantined_total") == before + 1, what="the quarantine")


def test_requests_that_wait(support, desk, cluster):
    """Each has a connection of its own, and a job in the pool for as long as somebody else has its conversation."""
    conversation = support.chat.ask(support.maija)
    becomes(desk, "lupaus_http_connections", 0)
    becomes(desk, "lupaus_database_waiting", 0, pool="app")

    def reply():
        return support.maija.reply(conversation)["id"]

    def look():
        with held(desk, cluster, "SELECT 1 FROM conversation WHERE id = %s FOR UPDATE", conversation["id"]):
            gate.set()
            becomes(desk, "lupaus_database_waiting", 3, pool="app")
            assert desk.server.metric("lupaus_http_connections") == 3
            assert desk.server.metric("lupaus_database_waiting", pool="worker") is not None

    gate = threading.Event()
    program.in_parallel(look, *[lambda: gate.wait(20) and reply()] * 3)
    becomes(desk, "lupaus_database_waiting", 0, pool="app")
    becomes(desk, "lupaus_http_connections", 0)


def test_connections_are_counted_while_they_are_open(desk):
    becomes(desk, "lupaus_http_connections", 0)
    with raw_http.Peer(desk.url), raw_http.Peer(desk.url):
        becomes(desk, "lupaus_http_connections", 2)
    becomes(desk, "lupaus_http_connections", 0)


def test_a_thread_that_stood_still(desk):
    """The process is stopped for a moment, as a machine without a processor to spare does it."""
    before = {name: counted(desk, f"lupaus_io_lag_seconds_{name}") for name in ("sum", "count")}
    os.kill(desk.server.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            program.request("GET", desk.url + "/openapi.yaml", timeout=PAUSE_S)
    finally:
        os.kill(desk.server.process.pid, signal.SIGCONT)
    least = before["sum"] + 0.7 * PAUSE_S
    program.wait_until(lambda: counted(desk, "lupaus_io_lag_seconds_sum") >= least, what="the lag of the thread")
    assert counted(desk, "lupaus_io_lag_seconds_count") > before["count"]
