"""What the operator allows: requests of an account, messages of a channel and of a day, how much is set up. A refusal
says which limit it was and when to come back, and everybody else goes on."""

import time
import uuid

import program

REFUSAL_PAUSE_S = 0.2


def limit(account, **values):
    return account.desk.cli("account", "limit", account=account.id, **values)


def refused(answer, name, allowed):
    assert answer.status == 429, answer
    body = answer.json()
    assert (body["limit"], body["allowed"], body["type"]) == (name, allowed, "/problems/rate-limited")
    assert int(answer.headers["Retry-After"]) >= 1
    return True


def first_refusal(ask, tries=200):
    """Of as many in a row as it takes."""
    answers = (ask() for _ in range(tries))
    return next((answer for answer in answers if answer.status == 429), None)


def test_the_account_shows_itself_and_its_limits(support):
    shown = support.maija.get("/v1/account")
    assert (shown["id"], shown["name"], shown["messages_today"]) == (support.id, "Test", None)
    assert set(shown["limits"].values()) == {None}
    limit(support, agents=7, messages_per_day=1000)
    limit(support, requests_per_second=900)
    shown = support.maija.get("/v1/account")
    wanted = {"agents": 7, "channels": None, "messages_per_day": 1000, "requests_per_second": 900, "webhooks": None}
    assert shown["limits"] == wanted == limit(support)
    assert shown["messages_today"] == 0
    assert limit(support, messages_per_day=0)["messages_per_day"] is None


def test_an_administrator_names_the_account(support):
    support.maija.patch("/v1/account", {"name": "Mine"}, 403)
    before = support.admin.cursor()
    changed = support.admin.patch("/v1/account", {"name": "Bicycles"}, headers={"If-Match": '"1"'})
    assert (changed["name"], changed["version"]) == ("Bicycles", 2)
    support.admin.patch("/v1/account", {"name": "Other"}, 412, {"If-Match": '"1"'})
    support.admin.patch("/v1/account", {"limits": {"agents": 99}}, 400)
    assert support.maija.get("/v1/account") == changed
    [told] = support.admin.events(before, types="account.updated")
    assert told["account"]["name"] == "Bicycles"
    entry = support.admin.items("/v1/audit?limit=1")[0]
    assert entry["subject"] == {"kind": "account", "id": support.id}
    assert entry["changes"] == {"name": {"from": "Test", "to": "Bicycles"}}


def test_all_tokens_of_an_account_share_its_rate(desk, support):
    other = program.Account(desk, "Other")
    second = support.agent("Second")
    limit(support, requests_per_second=2)
    program.wait_until(lambda: first_refusal(lambda: support.maija.call("GET", "/v1/teams")), what="the limit")
    refused(first_refusal(lambda: second.call("GET", "/v1/teams")), "account", 2)
    assert desk.server.metric("lupaus_inbox_rate_limited_total", limit="account") >= 2
    assert other.admin.call("GET", "/v1/teams").status == 200
    limit(support, requests_per_second=0)
    program.wait_until(lambda: support.maija.call("GET", "/v1/teams").status == 200, what="the end of the limit")


def test_who_asks_too_fast_waits_for_the_refusal(desk, support):
    """So that asking again at once costs the desk, and everybody else, next to nothing."""
    limit(support, requests_per_second=2)
    desk.cli("channel", "limit", account=support.id, id=support.chat.id, inbound_per_second=2)
    for ask in (lambda: support.maija.call("GET", "/v1/teams"), lambda: post(support.chat)):
        program.wait_until(lambda ask=ask: first_refusal(ask, 20), what="the limit")
        begun = time.monotonic()
        while ask().status != 429:
            begun = time.monotonic()
        assert time.monotonic() - begun >= REFUSAL_PAUSE_S


def post(channel):
    return channel.post({"id": program.new_id(), "sender": {"id": "u1", "name": "Aino"}, "text": "Hei!"})


def test_a_channel_has_a_rate_only_where_the_operator_set_one(desk, support):
    other = support.channel("Other", team=support.support)
    assert {post(support.chat).status for _ in range(60)} == {202}
    shown = desk.cli("channel", "limit", account=support.id, id=support.chat.id, inbound_per_second=2)
    assert shown == {"inbound_per_second": 2}
    answer = program.wait_until(lambda: first_refusal(lambda: post(support.chat), 20), what="the limit")
    refused(answer, "channel", 2)
    assert post(other).status == 202
    assert desk.server.metric("lupaus_webhook_rate_limited_total", limit="channel") >= 1
    unsigned = program.request("POST", desk.url + support.chat.path, {"id": "x"})
    assert unsigned.status == 401, "who cannot sign learns nothing of limits, and uses up none"
    desk.cli("channel", "limit", account=support.id, id=support.chat.id, inbound_per_second=0)
    program.wait_until(lambda: post(support.chat).status == 202, what="the end of the limit")


def test_what_was_refused_is_taken_when_it_comes_again(desk, support):
    desk.cli("channel", "limit", account=support.id, id=support.chat.id, inbound_per_second=2)
    program.wait_until(lambda: first_refusal(lambda: post(support.chat), 20), what="the limit")
    message = {"id": program.new_id(), "sender": {"id": "u9", "name": "Eero"}, "text": "Again."}
    program.wait_until(lambda: support.chat.post(message).status == 202, what="the acceptance")
    assert support.chat.routed(support.maija, message)["contact"]["name"] == "Eero"


def test_messages_of_a_day(desk, support):
    limit(support, messages_per_day=5)
    channel = support.channel("New", team=support.support)  # nobody remembers it from before the limit
    message = channel.say("First")
    assert [channel.post(message).status for _ in range(9)] == [200] * 9, "a duplicate is no new message"
    assert [post(channel).status for _ in range(6)] == [202] * 4 + [429] * 2
    refused(post(channel), "messages_per_day", 5)
    program.wait_until(lambda: support.maija.get("/v1/account")["messages_today"] == 5, what="the day's count")
    assert desk.server.metric("lupaus_webhook_rate_limited_total", limit="messages_per_day") >= 3
    desk.query("UPDATE daily_usage SET day = day - 1 WHERE account_id = %s", support.id)
    assert support.maija.get("/v1/account")["messages_today"] == 0


def test_how_much_is_set_up(desk, account):
    limit(account, channels=2, webhooks=1, agents=1)
    account.channel("One")
    account.channel("Two")
    answer = account.admin.expect(409, "POST", "/v1/channels", {"kind": "webhook", "name": "Three"})
    assert (answer["limit"], answer["allowed"]) == ("channels", 2)
    assert answer["detail"] == "This account has at most 2 channels."
    account.admin.post("/v1/webhooks", {"url": "https://example.com/"}, 201)
    assert account.admin.expect(409, "POST", "/v1/webhooks", {"url": "https://example.com/"})["limit"] == "webhooks"
    account.agent("Maija")
    body = {"name": "Second", "email": "second@example.com"}
    assert account.admin.expect(409, "POST", "/v1/agents", body)["limit"] == "agents"
    assert desk.server.metric("lupaus_inbox_quota_refused_total", quota="channels") == 1
    limit(account, channels=0)
    account.channel("Three")


def test_the_operator_is_told_of_mistakes(desk, account):
    for words, complaint in [
        ({"agents": "-1"}, "--agents"),
        ({"requests_per_second": "fast"}, "--requests-per-second"),
    ]:
        done = desk.run("account", "limit", account=account.id, **words)
        assert done.returncode != 0 and complaint in done.stderr
    done = desk.run("channel", "limit", account=account.id, id=uuid.uuid4(), inbound_per_second=1)
    assert done.returncode != 0 and "channel" in done.stderr


def test_what_the_operator_limits_is_in_the_audit(desk, support):
    limit(support, agents=9)
    limit(support, agents=8, channels=3)
    desk.cli("channel", "limit", account=support.id, id=support.chat.id, inbound_per_second=4)
    channel, second, first = support.admin.items("/v1/audit?limit=3")
    assert first["changes"] == {"agents": {"from": None, "to": 9}}
    assert second["changes"] == {"agents": {"from": 9, "to": 8}, "channels": {"from": None, "to": 3}}
    assert (channel["operation"], channel["subject"]["id"]) == ("lupaus channel limit", support.chat.id)
    assert {one["actor"]["type"] for one in (first, second, channel)} == {"operator"}
