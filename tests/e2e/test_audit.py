"""The audit: who changed what is set up. That every operation leaves its entry is a test of the examples."""

import json

import program
import receiver


def entries(account, **wanted):
    """Newest first; those whose members are like that."""
    found = account.admin.pages("/v1/audit", limit=100)
    return [one for one in found if all(one[name] == value for name, value in wanted.items())]


def newest(account):
    return account.admin.items("/v1/audit?limit=1")[0]


def test_an_edit_says_who_what_and_from_what_to_what(support):
    anna = support.agent("Anna", role="admin")
    before = program.from_now()
    anna.patch(f"/v1/channels/{support.chat.id}", {"name": "Web chat", "weight": 1, "skill": "bikes"})
    entry = newest(support)
    assert entry["actor"] == {"type": "agent", "id": anna.agent_id, "token_id": entry["actor"]["token_id"]}
    assert entry["actor"]["token_id"]
    assert entry["operation"] == "PATCH /v1/channels/{id}"
    assert entry["subject"] == {"kind": "channel", "id": support.chat.id}
    assert entry["changes"] == {"name": {"from": "Chat", "to": "Web chat"}, "skill": {"from": None, "to": "bikes"}}
    assert entry["occurred_at"] >= before


def test_what_is_made_and_what_is_deleted(account):
    team = account.team("Night")
    made = newest(account)
    assert made["actor"]["type"] == "token" and made["actor"]["id"] is None
    assert made["subject"] == {"kind": "team", "id": team}
    assert made["changes"]["name"] == {"from": None, "to": "Night"}
    account.admin.delete(f"/v1/teams/{team}")
    gone = newest(account)
    assert gone["operation"] == "DELETE /v1/teams/{id}" and gone["subject"]["id"] == team
    assert gone["changes"]["name"] == {"from": "Night", "to": None}


def test_a_secret_is_never_in_it(account):
    secrets = [account.admin.token]
    with receiver.running_receiver() as outlet:
        body = {"kind": "webhook", "name": "Chat", "outbound_url": outlet.url}
        channel = account.admin.post("/v1/channels", body, 201)
        secrets += [channel["secret"], channel["outbound_secret"]]
        path = f"/v1/channels/{channel['id']}"
        secrets.append(account.admin.post(path + "/rotate")["secret"])
        secrets.append(account.admin.post(path + "/rotate", {"which": "outbound"})["outbound_secret"])
        webhook = account.admin.post("/v1/webhooks", {"url": outlet.url}, 201)
        secrets += [webhook["secret"], account.admin.post(f"/v1/webhooks/{webhook['id']}/rotate")["secret"]]
        body = {"role": "integrator", "scopes": ["events:read"]}
        secrets.append(account.admin.post("/v1/tokens", body, 201)["token"])
    secrets.append(account.desk.cli("token", "issue", account=account.id, role="admin")["token"])
    kept = json.dumps(account.desk.query("SELECT a::text FROM audit a WHERE account_id = %s", account.id))
    assert kept.count("rotate") == 3
    assert not any(secret in kept for secret in secrets)


def test_what_is_refused_leaves_nothing(support):
    before = len(entries(support))
    support.admin.patch(f"/v1/channels/{support.chat.id}", {"weight": -1}, 400)
    support.admin.patch(f"/v1/channels/{support.chat.id}", {"name": "Other"}, 412, {"If-Match": '"99"'})
    support.maija.patch(f"/v1/channels/{support.chat.id}", {"name": "Other"}, 403)
    support.admin.post("/v1/teams", {"name": "Support"}, 409)
    assert len(entries(support)) == before


def test_a_repeated_request_is_one_entry(account):
    for _ in range(3):
        account.admin.post("/v1/teams", {"name": "Once"}, 201, {"Idempotency-Key": "team-once"})
    assert len(entries(account, operation="POST /v1/teams")) == 1


def test_each_of_two_who_edit_at_once_answers_for_their_own(support):
    """Whoever came second changed what the first had left."""
    path = f"/v1/channels/{support.chat.id}"
    names = [f"Name {number}" for number in range(8)]
    program.in_parallel(*[lambda name=name: support.admin.patch(path, {"name": name}) for name in names])
    steps = [one["changes"]["name"] for one in reversed(entries(support, operation="PATCH /v1/channels/{id}"))]
    assert {step["to"] for step in steps} == set(names)
    assert [step["from"] for step in steps] == ["Chat"] + [step["to"] for step in steps][:-1]


def test_the_operator_is_in_it_too(desk, account):
    team = desk.cli("team", "add", account=account.id, name="Returns")["id"]
    token = desk.cli("token", "issue", account=account.id, role="integrator", scope="events:read", name="Mirror")["id"]
    desk.cli("token", "revoke", account=account.id, id=token)
    channel = desk.cli("channel", "add", account=account.id, kind="webhook", name="Chat")["id"]
    desk.cli("channel", "rotate", account=account.id, id=channel)
    told = [(one["operation"], one["subject"]["kind"], one["subject"]["id"]) for one in reversed(entries(account))]
    assert told[2:] == [
        ("lupaus team add", "team", team),
        ("lupaus token issue", "token", token),
        ("lupaus token revoke", "token", token),
        ("lupaus channel add", "channel", channel),
        ("lupaus channel rotate", "channel", channel),
    ]
    assert [one[:2] for one in told[:2]] == [("lupaus account create", "account"), ("lupaus account create", "token")]
    assert all(one["actor"] == {"type": "operator", "id": None, "token_id": None} for one in entries(account))


def test_it_is_for_administrators_of_the_account(desk, support):
    support.maija.expect(403, "GET", "/v1/audit")
    assert support.token("audit:read").items("/v1/audit")
    other = program.Account(desk, "Other")
    assert {one["subject"]["id"] for one in entries(other)}.isdisjoint(one["subject"]["id"] for one in entries(support))


def test_pages_go_back_in_time(account):
    for number in range(7):
        account.team(f"Team {number}")
    whole = account.admin.items("/v1/audit?limit=100")
    assert account.admin.pages("/v1/audit", limit=2) == whole
    times = [one["occurred_at"] for one in whole]
    assert times == sorted(times, reverse=True)


def test_a_long_value_is_cut(account):
    text = "Hei! " * 1000
    account.admin.post("/v1/canned", {"shortcut": "long", "text": text}, 201)
    kept = newest(account)["changes"]["text"]["to"]
    assert kept.endswith("…") and text.startswith(kept[:-1]) and len(kept) <= 501


def test_an_entry_cannot_be_changed_by_the_desk(desk, account):
    for statement in ("UPDATE audit SET operation = ''", "DELETE FROM audit"):
        connection = desk.cluster.connect("lupaus_app", desk.database)
        try:
            connection.cursor().execute(statement)
            raise AssertionError("the API's role may not")
        except program.psycopg2.errors.InsufficientPrivilege:
            pass
        finally:
            connection.close()


def test_entries_end_by_their_age(desk, account):
    account.team("Old")
    desk.query("UPDATE audit SET created_at = now() - interval '401 days' WHERE account_id = %s", account.id)
    account.team("New")
    desk.server.stop()
    desk.start()  # the first look is at the start
    program.wait_until(lambda: len(entries(account)) == 1, what="the end of old entries")
