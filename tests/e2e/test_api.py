"""What holds for every operation of the API: repeats, versions, limits, unknown fields, pages, and its own
description."""

import html
import random
import threading
import urllib.parse
import uuid

import psycopg2
import pytest

import program


# ---- Idempotency-Key


def keyed(key):
    return {"Idempotency-Key": key}


def test_a_repeat_with_the_same_key_gets_the_stored_answer(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija)
    path = f"/v1/conversations/{conversation['id']}/messages"
    first = maija.call("POST", path, {"text": "Once"}, keyed("k1"))
    again = maija.call("POST", path, {"text": "Once"}, keyed("k1"))
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert first.headers.get("Idempotent-Replayed") is None and again.headers["Idempotent-Replayed"] == "true"
    assert [one["text"] for one in maija.messages(conversation)] == ["Hei!", "Once"]
    assert len(maija.items(f"/v1/channels/{chat.id}/outbox")) == 1


def test_a_repeat_keeps_the_version_of_the_answer(support):
    first = support.admin.call("POST", "/v1/teams", {"name": "Keyed"}, keyed("team"))
    again = support.admin.call("POST", "/v1/teams", {"name": "Keyed"}, keyed("team"))
    assert (again.status, again.body, again.headers["ETag"]) == (201, first.body, first.headers["ETag"])


def test_another_request_with_the_same_key_is_a_422(shared):
    path = "/v1/teams"
    shared.admin.expect(201, "POST", path, {"name": "First keyed"}, keyed("k2"))
    shared.admin.expect(422, "POST", path, {"name": "Second keyed"}, keyed("k2"))
    shared.admin.expect(422, "POST", path + "?x=1", {"name": "First keyed"}, keyed("k2"))


def test_a_key_belongs_to_one_token(support):
    conversation = support.chat.ask(support.maija)
    path = f"/v1/conversations/{conversation['id']}/messages"
    sami = support.agent("Sami", teams=[support.support])
    support.maija.expect(201, "POST", path, {"text": "Mine"}, keyed("k3"))
    sami.expect(201, "POST", path, {"text": "Mine too"}, keyed("k3"))


def test_a_refused_request_leaves_its_key_free(shared):
    shared.admin.expect(400, "POST", "/v1/teams", {"nome": "Typo"}, keyed("k4"))
    shared.admin.expect(201, "POST", "/v1/teams", {"name": "Corrected"}, keyed("k4"))


def test_sixteen_at_once_with_one_key_do_it_once(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    path = f"/v1/conversations/{conversation['id']}/messages"
    answers = program.in_parallel(*[lambda: maija.call("POST", path, {"text": "Once"}, keyed("k5"))] * 16)
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status == 201}) == 1
    assert [one["text"] for one in maija.messages(conversation)] == ["Hei!", "Once"]


def test_while_the_first_request_is_in_flight_the_second_is_a_409(support, desk, cluster):
    """The conversation's row is held by somebody else, so the first request waits and the second one meets its key."""
    maija = support.maija
    conversation = support.chat.ask(maija)
    path = f"/v1/conversations/{conversation['id']}/messages"
    holder = psycopg2.connect(cluster.url("lupaus_owner", desk.database))
    try:
        holder.cursor().execute("SELECT 1 FROM conversation WHERE id = %s FOR UPDATE", (conversation["id"],))
        first = []
        waiting = threading.Thread(target=lambda: first.append(maija.call("POST", path, {"text": "Once"}, keyed("k6"))))
        waiting.start()
        program.wait_until(lambda: desk.query("SELECT 1 FROM pg_locks WHERE NOT granted"), what="the wait for the row")
        second = maija.call("POST", path, {"text": "Once"}, keyed("k6"))
        assert second.status == 409 and "in flight" in second.json()["detail"]
    finally:
        holder.rollback()
        holder.close()
    waiting.join()
    assert first[0].status == 201


@pytest.mark.parametrize("key", ["k" * 256, ""])
def test_a_key_of_a_wrong_size_is_a_400(shared, key):
    shared.admin.expect(400, "POST", "/v1/teams", {"name": "Never"}, keyed(key))


# ---- ETag and If-Match

EDITS = [
    ("/v1/teams/{id}", {"name": "Other"}, {"name": "Third"}),
    ("/v1/agents/{id}", {"capacity": 5}, {"capacity": 6}),
    ("/v1/channels/{id}", {"name": "Other"}, {"name": "Third"}),
    ("/v1/policies/{id}", {"target_s": 60}, {"target_s": 61}),
    ("/v1/contacts/{id}", {"name": "Aino V."}, {"name": "Aino W."}),
    ("/v1/conversations/{id}", {"priority": "high"}, {"priority": "low"}),
    ("/v1/canned/{id}", {"text": "Hei!"}, {"text": "Hei hei!"}),
    ("/v1/attributes/{id}", {"name": "Plan"}, {"name": "Tariff"}),
    ("/v1/views/{id}", {"name": "Urgent"}, {"name": "Calm"}),
]
# Where nothing is listening.
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture(scope="module")
def one_of_each(desk):
    """An account with one of everything that a path can name: by the list it is in, or by the name of its place."""
    account = program.Account(desk, "One of each")
    team, channel = account.team("Support"), account.channel("Chat")
    account.admin = boss = account.agent("Maija", role="admin", teams=[team])
    conversation = channel.ask(boss, attachments=[{"name": "a.txt", "content": "SGVpIQ=="}])
    word = {"text": "A call", "due_at": program.from_now(days=1)}
    boss.reply(conversation, promise=word)
    channel.post(b"junk")
    broken = str(uuid.uuid4())
    desk.query(
        "INSERT INTO inbound (account_id, id, channel_id, payload) VALUES (%s, %s, %s, %s)",
        *(account.id, broken, channel.id, '{"v":0}'),
    )
    account.policy("1s", channel=channel.id)
    channel.ask(boss)
    webhook = boss.post("/v1/webhooks", {"url": NOWHERE, "types": ["message.created"]}, 201)["id"]
    delivery = boss.items(f"/v1/channels/{channel.id}/outbox")[0]["id"]
    found = {
        "teams": team,
        "attachments": boss.messages(conversation)[0]["attachments"][0]["id"],
        "agents": boss.agent_id,
        "channels": channel.id,
        "policies": account.policy("2m"),
        "attributes": account.attribute("contact", "plan")["id"],
        "views": boss.post("/v1/views", {"name": "All", "filter": {"all": []}}, 201)["id"],
        "canned": boss.post("/v1/canned", {"shortcut": "hello", "text": "Hei!"}, 201)["id"],
        "contacts": conversation["contact"]["id"],
        "conversations": conversation["id"],
        "promises": boss.items("/v1/owed")[0]["id"],
        "alerts": program.wait_until(lambda: boss.items("/v1/alerts"), what="the alert")[0]["id"],
        "hours": boss.post("/v1/hours", {"name": "Always", "zone": "UTC", "week": {"mon": [["00:00", "24:00"]]}}, 201)[
            "id"
        ],
        "webhooks": webhook,
        "quarantine": program.wait_until(lambda: boss.items("/v1/quarantine"), what="the quarantine")[0]["id"],
        "deliveries": delivery,
        "delivery_id": delivery,
        "message_id": boss.messages(conversation)[0]["id"],
        "rejection_id": boss.items(f"/v1/channels/{channel.id}/rejections")[0]["id"],
        "event_id": boss.post(f"/v1/webhooks/{webhook}/test", status=202)["event_id"],
    }
    return account, found


def filled(path, found):
    """A described path with the ids of what is there; `{id}` is of the list that the path begins with."""
    return path.replace("{id}", "{" + path.split("/")[2] + "}").format(**found)


@pytest.mark.parametrize("path, first, second", EDITS, ids=[path for path, _, _ in EDITS])
def test_a_change_made_meanwhile_is_not_overwritten(one_of_each, path, first, second):
    account, found = one_of_each
    target = filled(path, found)
    read = account.admin.call("GET", target)
    etag = read.headers["ETag"]
    assert etag == f'"{read.json()["version"]}"'
    edited = account.admin.call("PATCH", target, first, {"If-Match": etag})
    assert edited.status == 200 and edited.headers["ETag"] != etag
    account.admin.expect(412, "PATCH", target, second, {"If-Match": etag})
    account.admin.expect(400, "PATCH", target, second, {"If-Match": "7"})
    account.admin.expect(200, "PATCH", target, second, {"If-Match": f'"0", {edited.headers["ETag"]}'})
    account.admin.expect(200, "PATCH", target, first, {"If-Match": "*"})
    account.admin.expect(200, "PATCH", target, second)


def test_a_version_can_be_asked_for_when_taking_away(shared):
    team = shared.admin.call("POST", "/v1/teams", {"name": "Short-lived"})
    path = f"/v1/teams/{team.json()['id']}"
    shared.admin.delete(path, 412, {"If-Match": '"77"'})
    shared.admin.delete(path, 204, {"If-Match": team.headers["ETag"]})
    shared.admin.expect(404, "GET", path)


# ---- bodies


def described_bodies():
    """(method, path, body) of every operation under /v1 that may change something: the first example that is shown of
    its body, and where it has none the empty object that stands for it."""
    document = program.description().document
    for method, path, operation, _ in program.openapi_check.operations(document):
        if method in ("post", "put", "patch") and path.startswith("/v1/"):
            described = program.openapi_check.resolve(document, operation.get("requestBody", {}))
            content = described.get("content", {}).get("application/json", {"example": {}})
            examples = [example["value"] for example in content.get("examples", {}).values()]
            yield method.upper(), path, content.get("example", examples[0] if examples else None)


BODIES = list(described_bodies())


@pytest.mark.parametrize("method, path, body", BODIES, ids=[f"{method} {path}" for method, path, _ in BODIES])
def test_unknown_fields_are_refused_and_named(one_of_each, method, path, body):
    account, found = one_of_each
    problem = account.admin.expect(400, method, filled(path, found), {**body, "colour": "blue"})
    assert "/colour" in [error["field"] for error in problem["errors"]]


@pytest.mark.parametrize("method, path, body", BODIES, ids=[f"{method} {path}" for method, path, _ in BODIES])
def test_fields_of_a_wrong_type_are_refused_and_named(one_of_each, method, path, body):
    account, found = one_of_each
    target = filled(path, found)
    account.admin.expect(400, method, target, [])
    account.admin.expect(400, method, target, b"{")
    account.admin.expect(415, method, target, b"<a/>", {"Content-Type": "application/xml"})
    for name in body:
        problem = account.admin.expect(400, method, target, {**body, name: [[]]})
        assert any(error["field"].startswith("/" + name) for error in problem["errors"]), problem


SIZES = [
    ("POST", "/v1/teams", {"name": ""}, {"name": "n" * 201}),
    ("POST", "/v1/conversations/{id}/messages", {"text": ""}, {"text": "x" * (256 * 1024 + 1)}),
    ("PATCH", "/v1/conversations/{id}", {"tags": [""]}, {"tags": [str(number) for number in range(51)]}),
]


@pytest.mark.parametrize("method, path, empty, large", SIZES, ids=[path for _, path, _, _ in SIZES])
def test_fields_have_a_least_and_a_most(one_of_each, method, path, empty, large):
    account, found = one_of_each
    target = filled(path, found)
    account.admin.expect(400, method, target, empty)
    assert account.admin.call(method, target, large).status in (400, 413)


def test_a_body_over_a_mebibyte_is_a_413(shared):
    answer = shared.admin.call("POST", "/v1/teams", b'{"name":"' + b"n" * 1024 * 1024 + b'"}')
    assert answer.status == 413


# ---- pages, views and sorts


@pytest.fixture(scope="module")
def busy(desk):
    """Ten conversations in every state that a view or a sort could ask for."""
    account = program.Account(desk, "Busy")
    team = account.team("Support")
    account.policy("1h", priority="urgent")
    account.policy("2h", priority="high")
    lead = account.agent("Leena", role="lead", teams=[team], capacity=100)
    account.lead, account.team_id = lead, team
    account.chat = account.channel("Chat", team=team)
    account.made = [account.chat.ask(lead, sender=f"u{number}") for number in range(10)]
    lead.act(account.made[0], "claim")
    lead.act(account.made[1], "claim")
    lead.act(account.made[1], "resolve", {"reason": "thanks"})
    lead.act(account.made[2], "waive", {"reason": "other"})
    lead.act(account.made[3], "snooze", {"until": program.from_now(days=1)})
    lead.act(account.made[4], "pending")
    return account


VIEWS = {
    "all": range(10),
    "mine": [0],
    "unassigned": [2, 5, 6, 7, 8, 9],
    "unanswered": [0, 3, 4, 5, 6, 7, 8, 9],
    "overdue": [],
}


@pytest.mark.parametrize("view, wanted", VIEWS.items(), ids=VIEWS.keys())
@pytest.mark.parametrize("sort", ["newest", "due", "waiting"])
def test_a_view_shows_what_it_says_in_every_order_and_page(busy, view, wanted, sort):
    waiting_only = sort != "newest"
    expected = {busy.made[number]["id"] for number in wanted if not waiting_only or number not in (1, 2)}
    whole = busy.lead.items(f"/v1/conversations?view={view}&sort={sort}&limit=100")
    assert {one["id"] for one in whole} == expected
    paged = busy.lead.pages(f"/v1/conversations?view={view}&sort={sort}", 3)
    assert [one["id"] for one in paged] == [one["id"] for one in whole]
    key = {"newest": lambda one: one["last_message_at"], "waiting": lambda one: one["waiting_since"]}.get(sort)
    if key:
        assert [key(one) for one in whole] == sorted((key(one) for one in whole), reverse=sort == "newest")


def test_what_is_due_first_comes_first_and_what_is_never_due_counts_as_a_day(desk):
    account = program.Account(desk)
    account.policy("1h", visibility="public")
    chat = account.channel("Chat")
    first, second = chat.ask(account.admin), chat.ask(account.admin)
    third = chat.ask(account.admin, visibility="public")
    by_due = account.admin.conversations(sort="due", view="unanswered")
    assert [one["id"] for one in by_due] == [third["id"], first["id"], second["id"]]
    account.policy("3d", channel=chat.id)
    fourth = chat.ask(account.admin)
    by_due = account.admin.conversations(sort="due", view="unanswered")
    assert [one["id"] for one in by_due][-1] == fourth["id"]


FILTERS = [
    ("state=resolved", [1]),
    ("state=snoozed", [3]),
    ("state=pending", [4]),
    ("view=all&state=open", [0, 2, 5, 6, 7, 8, 9]),
    ("view=unanswered&state=open", [0, 5, 6, 7, 8, 9]),
]


@pytest.mark.parametrize("query, wanted", FILTERS, ids=[query for query, _ in FILTERS])
def test_a_filter_keeps_what_it_says(busy, query, wanted):
    expected = {busy.made[number]["id"] for number in wanted}
    assert {one["id"] for one in busy.lead.pages("/v1/conversations?" + query, 2)} == expected
    assert {one["id"] for one in busy.lead.pages(f"/v1/conversations?{query}&team_id={busy.team_id}", 100)} == expected
    assert busy.lead.items(f"/v1/conversations?{query}&team_id={busy.id}") == []


BAD_QUERIES = [
    "view=theirs",
    "sort=random",
    "state=lost",
    "view=mine&state=resolved",
    "view=unassigned&state=pending",
    "limit=0",
    "limit=101",
    "limit=many",
    "limit=-1",
    "cursor=abc",
    "cursor=",
    "team_id=support",
    "page=2",
    "colour=blue",
    "cursor=" + "A" * 3000,
]


@pytest.mark.parametrize("query", BAD_QUERIES, ids=[query[:30] for query in BAD_QUERIES])
def test_a_question_that_makes_no_sense_is_a_400(busy, query):
    problem = busy.lead.expect(400, "GET", "/v1/conversations?" + query)
    assert problem["errors"][0]["field"] in query


def test_a_cursor_goes_with_its_own_list_and_order(busy):
    cursor = busy.lead.get("/v1/conversations?limit=1&sort=newest")["next_cursor"]
    busy.lead.expect(400, "GET", "/v1/conversations?sort=due&cursor=" + urllib.parse.quote(cursor))
    busy.lead.expect(400, "GET", "/v1/contacts?cursor=" + urllib.parse.quote(cursor))
    busy.lead.expect(400, "GET", "/v1/conversations?cursor=" + urllib.parse.quote(cursor[:-2]))


def test_mine_needs_somebody(busy):
    busy.admin.expect(403, "GET", "/v1/conversations?view=mine")


def test_pages_neither_skip_nor_repeat_while_more_comes_in(busy):
    cursor, seen = None, []
    for number in range(4):
        page = busy.lead.get(
            "/v1/conversations?sort=newest&limit=3" + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else "")
        )
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        busy.chat.ask(busy.lead)
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert {one["id"] for one in busy.made} <= set(seen)


LISTS = ["agents", "teams", "contacts", "channels", "policies", "tokens", "alerts", "quarantine"]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_the_same_in_pages_of_one(busy, name):
    if name == "teams":
        for number in range(5):
            busy.admin.call("POST", "/v1/teams", {"name": f"Team {number}"}, keyed(f"team {number}"))
    whole = busy.admin.items(f"/v1/{name}?limit=100")
    assert busy.admin.pages(f"/v1/{name}", 1) == whole
    busy.admin.expect(400, "GET", f"/v1/{name}?colour=blue")


def test_messages_are_read_forwards_and_backwards(support):
    chat, maija = support.chat, support.maija
    conversation = chat.ask(maija, sender="talker", text="0")
    for number in range(1, 8):
        maija.reply(conversation, str(number))
    path = f"/v1/conversations/{conversation['id']}/messages"
    whole = maija.items(path)
    assert [one["text"] for one in whole] == [str(number) for number in range(8)]
    assert [one["text"] for one in maija.pages(path, 3)] == [str(number) for number in range(8)]
    assert [one["text"] for one in maija.pages(path + "?order=newest", 3)] == [
        str(number) for number in reversed(range(8))
    ]
    middle = whole[4]["id"]
    assert [one["text"] for one in maija.items(f"{path}?after={middle}")] == ["5", "6", "7"]
    before = maija.get(f"{path}?before={middle}&limit=2")
    assert [one["text"] for one in before["items"]] == ["2", "3"]
    older = maija.get(f"{path}?limit=2&cursor={urllib.parse.quote(before['next_cursor'])}")
    assert [one["text"] for one in older["items"]] == ["0", "1"]
    for query in (
        f"before={middle}&after={middle}",
        "before=7",
        f"after={conversation['id']}",
        "order=random",
        f"order=newest&after={middle}",
    ):
        maija.expect(400, "GET", f"{path}?{query}")


# ---- limits on one token


def test_a_token_that_asks_too_fast_is_told_when_to_come_back(cluster, tmp_path):
    limits = {"LUPAUS_RATE_TOKEN_PER_SECOND": "2", "LUPAUS_RATE_TOKEN_BURST": "5"}
    with program.running_desk(cluster, tmp_path, **limits) as desk:
        account = program.Account(desk)
        other = program.Account(desk)
        chat = account.channel("Chat")
        statuses = [account.admin.call("GET", "/v1/teams") for _ in range(12)]
        refused = [answer for answer in statuses if answer.status == 429]
        assert statuses[0].status == 200 and len(refused) >= 5, statuses
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
        assert {answer.json()["limit"] for answer in refused} == {"token"}
        assert other.admin.call("GET", "/v1/teams").status == 200
        assert desk.server.metric("lupaus_inbox_rate_limited_total") == len(refused)
        program.wait_until(lambda: account.admin.call("GET", "/v1/teams").status == 200, 5, "the token's turn")
        assert {
            chat.post({"id": str(number), "sender": {"id": "u"}, "text": "Hei!"}).status for number in range(30)
        } == {202}


# ---- the description


def test_the_description_and_its_page_are_served_to_everybody(desk):
    served = program.request("GET", desk.url + "/openapi.yaml")
    with open(program.openapi_check.PATH, "rb") as file:
        assert served.body == file.read()
    assert served.status == 200 and served.content_type.startswith("application/yaml")
    page = program.request("GET", desk.url + "/docs")
    text = page.body.decode()
    assert page.status == 200 and page.content_type.startswith("text/html")
    assert "src=\"http" not in text and "href=\"http" not in text and "<link" not in text.lower()
    for _, path, operation, _ in program.openapi_check.operations(program.description().document):
        assert path in text and operation["summary"] in html.unescape(text)


def test_every_described_operation_is_there_and_nothing_else(shared):
    """Another method on each described path is a 405 that allows exactly the described ones."""
    for path, item in program.description().document["paths"].items():
        methods = {method.upper() for method in program.openapi_check.METHODS if method in item}
        target = "".join(random.choice("0123456789abcdef") if letter == "?" else letter for letter in path)
        target = target.replace("{id}", shared.id).replace("{external_id}", "x").replace("{channel_id}", shared.id)
        target = target.replace("{rejection_id}", shared.id).replace("{delivery_id}", shared.id)
        wrong = next(method for method in ("DELETE", "PUT", "PATCH", "POST") if method not in methods)
        answer = program.request(
            wrong, shared.desk.url + target, b"{}", {"Authorization": f"Bearer {shared.admin.token}"}
        )
        assert answer.status == 405, (wrong, path, answer)
        allowed = {word.strip() for word in answer.headers["Allow"].split(",")}
        assert allowed - {"HEAD", "OPTIONS"} == methods, (path, allowed)
