"""Tokens, what they are good for and their end everywhere, and that one account never sees another. Every operation
with every role, scope and foreign id is in test_permissions.py."""

import json
import re

import pytest

import live
import program


def test_a_token_is_long_random_shown_once_and_stored_as_a_hash(account, desk):
    tokens = [account.admin.post("/v1/tokens", {"role": "admin", "name": str(n)}, 201)["token"] for n in range(20)]
    assert len(set(tokens)) == 20
    for token in tokens:
        letters = re.sub(r"^[a-z]+_", "", token)
        assert len(letters) * 5 >= 160  # even if it were base32
    listed = account.admin.items("/v1/tokens?limit=100")
    assert not any("token" in one for one in listed)
    text = json.dumps(listed)
    assert not any(token in text for token in tokens)
    dump = str(desk.query("SELECT * FROM token"))
    assert not any(re.sub(r"^[a-z]+_", "", token) in dump for token in tokens)


REFUSED_TOKENS = {
    "none": {},
    "nonsense": {"Authorization": "Bearer nonsense"},
    "another scheme": {"Authorization": "Basic bWFpamE6c2VjcmV0"},
    "empty": {"Authorization": "Bearer "},
    "very long": {"Authorization": "Bearer " + "a" * 8000},
}


@pytest.mark.parametrize("headers", REFUSED_TOKENS.values(), ids=REFUSED_TOKENS.keys())
def test_without_a_token_that_holds_it_is_a_401(desk, headers):
    answer = program.request("GET", desk.url + "/v1/conversations", headers=headers)
    assert answer.status == 401 and answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_in_the_url_is_never_read(shared, desk):
    for name in ("token", "access_token", "authorization"):
        assert program.request("GET", f"{desk.url}/v1/agents/me?{name}={shared.maija.token}").status == 401


# ---- roles and scopes


def test_the_stream_asks_for_its_scope(shared):
    assert live.refusal(shared.maija, Authorization="Bearer " + shared.token("agents:read").token).status == 403
    assert live.refusal(shared.maija).status == 401


def test_an_integrator_has_the_scopes_it_was_given(shared):
    reader = shared.token("conversations:read", "events:read")
    reader.get("/v1/conversations")
    reader.get("/v1/events")
    reader.expect(403, "GET", "/v1/agents")
    reader.expect(403, "POST", "/v1/teams", {"name": "Mine"})


def test_nobody_hands_out_more_than_they_have(shared):
    issuer = shared.token("tokens:write", "conversations:read")
    made = issuer.post("/v1/tokens", {"role": "integrator", "name": "child", "scopes": ["conversations:read"]}, 201)
    assert made["scopes"] == ["conversations:read"]
    issuer.post("/v1/tokens", {"role": "integrator", "scopes": ["agents:write"]}, 403)
    issuer.post("/v1/tokens", {"role": "admin"}, 403)


BAD_TOKENS = {
    "an unknown scope": {"role": "integrator", "scopes": ["everything:write"]},
    "an integrator without scopes": {"role": "integrator"},
    "an admin with scopes": {"role": "admin", "scopes": ["agents:read"]},
    "a role of its own for nobody": {"role": "lead"},
    "the past": {"role": "admin", "expires_at": "2020-01-01T00:00:00Z"},
    "an unknown field": {"role": "admin", "account_id": "019a9f52-7b1c-7c33-8a51-0c1f6b8a4e20"},
}


@pytest.mark.parametrize("body", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_a_token_that_cannot_be(shared, body):
    shared.admin.post("/v1/tokens", body, 400)


def test_a_token_ends_when_its_time_comes(account, desk):
    made = desk.cli("token", "issue", account=account.id, role="admin", expires="1s")
    short = program.Api(desk, made["token"])
    short.get("/v1/agents")
    program.wait_until(lambda: short.call("GET", "/v1/agents").status == 401, 5, "the token's end")


# ---- the end of a token


def test_a_revoked_token_ends_everywhere_within_5_seconds(support, desk, follow):
    """On two processes, on requests and on streams of both kinds."""
    other = desk.join()
    token = support.admin.post("/v1/tokens", {"agent_id": support.maija.agent_id}, 201)
    api = program.Api(desk, token["token"], support.maija.agent_id)
    streams = [follow(api), follow(api, url=other.url)]
    with live.ServerEvents(api) as events:
        events.event("hello")
        api.get("/v1/agents/me")
        support.admin.delete(f"/v1/tokens/{token['id']}")
        for stream in streams:
            stream.wait_closed(5)
            assert stream.code == 1008
        events.wait_closed(5)
    for url in (desk.url, other.url):
        headers = {"Authorization": "Bearer " + token["token"]}
        program.wait_until(
            lambda: program.request("GET", url + "/v1/agents/me", headers=headers).status == 401,
            5,
            "the end of a token",
        )
    assert support.maija.get("/v1/agents/me")["id"] == support.maija.agent_id
    revoked = [one for one in support.admin.items("/v1/tokens") if one["id"] == token["id"]]
    assert revoked[0]["revoked_at"] is not None
    assert other.stop() == 0
    desk.servers.remove(other)


def test_the_tokens_of_all_open_streams_are_looked_up_together(support, desk, follow):
    """Twenty streams of twenty tokens: one question every two seconds, and none for each."""

    def asked(query):
        return desk.server.metric("lupaus_query_seconds_count", query="desk_token_" + query) or 0

    tokens = [support.admin.post("/v1/tokens", {"agent_id": support.maija.agent_id}, 201) for _ in range(20)]
    streams = [follow(program.Api(desk, token["token"])) for token in tokens]
    alone, together = asked("find_principal"), asked("find_principals")
    program.wait_until(lambda: asked("find_principals") >= together + 2, what="two questions")
    assert asked("find_principals") <= together + 3
    assert asked("find_principal") == alone
    support.admin.delete(f"/v1/tokens/{tokens[7]['id']}")
    streams[7].wait_closed(5)
    assert streams[7].code == 1008
    together = asked("find_principals")
    program.wait_until(lambda: asked("find_principals") > together, what="one question more")
    assert not any(stream.is_closed for stream in streams[:7] + streams[8:])


def test_the_command_line_issues_and_revokes(account, desk):
    made = desk.cli("token", "issue", "--scope", "agents:read", account=account.id, role="integrator", name="Reader")
    reader = program.Api(desk, made["token"])
    reader.get("/v1/agents")
    reader.expect(403, "GET", "/v1/contacts")
    desk.cli("token", "revoke", account=account.id, id=made["id"])
    program.wait_until(lambda: reader.call("GET", "/v1/agents").status == 401, 5, "the end of a token")


def test_everybody_may_end_their_own_token_and_no_other(support):
    mine = support.admin.post("/v1/tokens", {"agent_id": support.maija.agent_id}, 201)
    other = support.admin.post("/v1/tokens", {"role": "admin"}, 201)
    api = program.Api(support.desk, mine["token"], support.maija.agent_id)
    assert api.call("DELETE", f"/v1/tokens/{other['id']}").status in (403, 404)
    api.delete(f"/v1/tokens/{mine['id']}")


def test_a_disabled_agent_is_out(support, follow):
    sami = support.agent("Sami", teams=[support.support])
    stream = follow(sami)
    support.admin.patch(f"/v1/agents/{sami.agent_id}", {"disabled": True})
    stream.wait_closed(5)
    program.wait_until(lambda: sami.call("GET", "/v1/agents/me").status == 401, 5, "the end of an agent")


# ---- accounts


WEEK = {"mon": [["09:00", "17:00"]]}


@pytest.fixture(scope="module")
def strangers(desk):
    """An account with something in every list, and an agent of another account who may do everything there."""
    ours = program.Account(desk, "Ours")
    team = ours.team("Support")
    maija = ours.agent("Maija", role="lead", teams=[team])
    maija.online()
    chat = ours.channel("Chat", team=team)
    ours.policy("1s")
    ours.admin.post("/v1/webhooks", {"url": "http://127.0.0.1:9/", "types": ["message.created"]}, 201)
    ours.admin.post("/v1/canned", {"shortcut": "ours", "text": "Hei!"}, 201)
    ours.attribute("contact", "plan")
    ours.admin.post("/v1/views", {"name": "Ours", "shared": True, "filter": {"all": []}}, 201)
    chat.ask(maija)
    program.wait_until(lambda: maija.items("/v1/alerts"), what="an alert")
    found = {
        "agents": maija.agent_id,
        "teams": team,
        "channels": chat.id,
        "hours": ours.admin.post("/v1/hours", {"name": "Office", "zone": "UTC", "week": WEEK}, 201)["id"],
        "tokens": ours.admin.items("/v1/tokens")[0]["id"],
    }
    return ours, found, program.Account(desk, "Strangers").agent("Sami", role="admin")


def test_lists_show_the_own_account_only(strangers):
    ours, _, foreign = strangers
    paths = ("conversations", "alerts", "teams", "contacts", "channels", "policies", "hours", "quarantine", "webhooks")
    for path in (*paths, "canned", "attributes", "views"):
        assert ours.admin.items("/v1/" + path) != [] or path == "quarantine"
        assert program.Account(ours.desk, "Empty").admin.items("/v1/" + path) == [], path
    assert [one["id"] for one in foreign.items("/v1/agents")] == [foreign.agent_id]


def test_references_to_foreign_things_are_refused(strangers, shared):
    _, found, foreign = strangers
    nobody_s = foreign.post("/v1/teams", {"name": "Mine"}, 201)["id"]
    foreign.post("/v1/agents", {"name": "A", "email": "a@example.com", "team_ids": [found["teams"]]}, 400)
    foreign.post("/v1/channels", {"kind": "webhook", "name": "C", "team_id": found["teams"]}, 400)
    foreign.post("/v1/policies", {"kind": "first_reply", "target_s": 60, "channel_id": found["channels"]}, 400)
    foreign.post("/v1/policies", {"kind": "first_reply", "target_s": 60, "hours_id": found["hours"]}, 400)
    foreign.post("/v1/tokens", {"agent_id": found["agents"]}, 400)
    foreign.post("/v1/canned", {"shortcut": "theirs", "text": "Hei!", "team_id": found["teams"]}, 400)
    of_ours = {"team_ids": [found["teams"]], "channel_ids": [found["channels"]], "token_id": found["tokens"]}
    for name, value in of_ours.items():
        foreign.post("/v1/webhooks", {"url": "http://example.com/", name: value}, 400)
    foreign.put(f"/v1/agents/{found['agents']}/presence", {"state": "online"}, 404)
    conversation = shared.chat.ask(shared.maija)
    shared.admin.post(f"/v1/conversations/{conversation['id']}/assign", {"agent_id": found["agents"]}, 400)
    shared.admin.post(f"/v1/conversations/{conversation['id']}/transfer", {"team_id": nobody_s}, 400)


def test_a_stream_tells_the_own_account_only(strangers, follow):
    ours, _, foreign = strangers
    stream = follow(foreign)
    chat = ours.channel("Another")
    chat.ask(ours.admin)
    foreign.post("/v1/teams", {"name": "Heard"}, 201)
    assert stream.event("team.created")["cursor"] == stream.begin["cursor"] + 1
