"""What operators rely on: mistakes told at once, a database that is refused, several processes, a clean stop,
migrations, the log."""

import contextlib
import json
import os
import resource
import threading
import time

import psycopg2
import pytest

import program


@pytest.fixture
def fresh(cluster, tmp_path):
    """A desk that is neither migrated nor started."""
    desk = program.Desk(cluster, tmp_path)
    yield desk
    desk.discard()


# ---- configuration

BROKEN = """
[database]
url = 7
statement_timeout = "soon"

[http]
port = 99999
listen = "everywhere"

[rooter]
poll = "1s"

[router]
pol = "1s"
workers = 0

[egress]
allow = ["ten"]
"""


def test_every_mistake_of_the_configuration_is_told_at_once(fresh, tmp_path):
    path = tmp_path / "lupaus.toml"
    path.write_text(BROKEN, encoding="utf-8")
    os.chmod(fresh.environment["LUPAUS_SECRET_KEY_FILE"], 0o644)
    spoilt = {
        "LUPAUS_ALERTS_WARN_SHARE": "2",
        "LUPAUS_WATCHER_POOL": "1s",
        "LUPAUS_HTPP_PORT": "1",
        "LUPAUS_DATABASE_URL": "",
    }
    done = fresh.run("--config", str(path), "serve", environment=spoilt)
    assert done.returncode == 1
    said = done.stderr
    for line, words in (
        (3, "database.url"),
        (4, "statement_timeout"),
        (7, "port"),
        (8, "listen"),
        (10, "rooter"),
        (14, "pol"),
        (15, "workers"),
        (18, "egress.allow"),
    ):
        assert any(f":{line}" in row and words in row for row in said.splitlines()), (line, words, said)
    for words in ("LUPAUS_ALERTS_WARN_SHARE", "LUPAUS_WATCHER_POOL", "LUPAUS_HTPP_PORT", "open to everybody"):
        assert words in said, said


def test_the_shipped_configuration_is_what_the_program_has_without_one(fresh):
    """Read as a file it changes nothing and contains no mistake; only the paths have to be one's own."""
    done = fresh.run("--config", os.path.join(program.REPOSITORY, "config", "lupaus.toml"), "migrate")
    assert done.returncode == 0, done.stderr


def test_settings_that_are_missing_are_named(fresh):
    fresh.migrate()
    gone = {"LUPAUS_DATABASE_APP_URL": "", "LUPAUS_DATABASE_WORKER_URL": "", "LUPAUS_SECRET_KEY_FILE": ""}
    done = fresh.run("serve", environment=gone)
    assert done.returncode == 1
    for name in gone:
        assert name in done.stderr


def test_the_command_line_says_how_it_is_used(fresh):
    for words in (["--help"], ["serve", "--help"], ["agent", "add", "--help"]):
        assert fresh.run(*words).returncode == 0
    wrong = fresh.run("agent", "add", "--account", "nobody")
    assert wrong.returncode != 0 and "--name" in wrong.stderr
    several = fresh.run("policy", "add", account="nobody", kind="sometimes", target="soon")
    assert several.returncode != 0 and all(word in several.stderr for word in ("--account", "--kind", "--target"))
    assert fresh.run("dance").returncode != 0
    assert fresh.run("serve", "--roles", "inbox,kitchen").returncode != 0


def test_an_operator_needs_nothing_but_the_command_line(fresh):
    """Everything that a desk needs to begin, then work that arrives where it was told to."""
    fresh.migrate().start()
    account = fresh.cli("account", "create", name="Shop")
    admin = program.Api(fresh, account["admin_token"])
    team = fresh.cli("team", "add", account=account["id"], name="Support", wrap_up="30s")["id"]
    words = ("--skill", "sv", "--skill", "fi", "--team", team)
    agent = fresh.cli("agent", "add", *words, account=account["id"], name="Eva", email="eva@example.com", capacity=3)
    eva = program.Api(fresh, agent["token"], agent["id"])
    made = fresh.cli(
        "channel",
        "add",
        account=account["id"],
        kind="webhook",
        name="Chat",
        team=team,
        skill="sv",
        weight=2,
        outbound_url="http://127.0.0.1:9/",
    )
    chat = program.Channel(fresh, made)
    fresh.cli("policy", "add", account=account["id"], kind="first_reply", target="2m", channel=chat.id)
    assert chat.outbound_secret.startswith("whsec_")
    assert admin.get(f"/v1/teams/{team}")["wrap_up_s"] == 30
    me = eva.get("/v1/agents/me")
    assert (me["skills"], me["team_ids"], me["capacity"], me["role"]) == (["sv", "fi"], [team], 3, "agent")
    eva.online()
    conversation = chat.ask(eva)
    assert conversation["assignee_id"] == eva.agent_id and conversation["owed"]["due_at"] is not None
    assert eva.get("/v1/agents/me")["load"] == 2

    rotated = fresh.cli("channel", "rotate", account=account["id"], id=chat.id)["secret"]
    program.wait_until(
        lambda: chat.post({"id": "new", "sender": {"id": "u"}, "text": "Hei!"}, secret=rotated).status in (200, 202)
    )
    assert chat.post({"id": "old", "sender": {"id": "u"}, "text": "Hei!"}).status == 202
    fresh.cli("channel", "rotate", "--finish", account=account["id"], id=chat.id)
    program.wait_until(lambda: chat.post({"id": "older", "sender": {"id": "u"}, "text": "Hei!"}).status == 401)
    taken = fresh.run("agent", "add", account=account["id"], name="Eva", email="eva@example.com")
    assert taken.returncode != 0 and "eva@example.com" in taken.stderr
    stranger = fresh.run("team", "add", account=team, name="Support")
    assert stranger.returncode != 0 and "account" in stranger.stderr
    assert fresh.stop() == [0]


# ---- the database


def test_an_unmigrated_database_is_not_served(fresh):
    done = fresh.run("serve")
    assert done.returncode == 1 and "lupaus migrate" in done.stderr


@pytest.mark.parametrize("pool", ["APP", "WORKER"])
def test_the_owner_of_the_tables_is_refused(fresh, pool):
    fresh.migrate()
    done = fresh.run("serve", environment={f"LUPAUS_DATABASE_{pool}_URL": fresh.environment["LUPAUS_DATABASE_URL"]})
    assert done.returncode == 1 and "owns the tables" in done.stderr
    assert f"database.{pool.lower()}_url" in done.stderr


def test_a_role_that_may_forget_what_it_acknowledged_is_refused(fresh):
    fresh.migrate()
    forgetful = fresh.environment["LUPAUS_DATABASE_WORKER_URL"] + "?options=-csynchronous_commit%3Doff"
    done = fresh.run("serve", environment={"LUPAUS_DATABASE_WORKER_URL": forgetful})
    assert done.returncode == 1 and "synchronous_commit" in done.stderr


def test_a_database_that_is_not_there_is_an_error_of_the_start(fresh):
    fresh.migrate()
    port = program.free_ports(1)[0]
    done = fresh.run(
        "serve", environment={"LUPAUS_DATABASE_APP_URL": f"postgresql://lupaus_app@127.0.0.1:{port}/nothing"}
    )
    assert done.returncode == 1 and str(port) in done.stderr


def test_a_taken_port_is_an_error_that_names_it(fresh):
    fresh.migrate().start()
    try:
        done = fresh.run("serve", environment={"LUPAUS_HTTP_PORT": str(fresh.server.port)})
        assert done.returncode == 1 and str(fresh.server.port) in done.stderr
    finally:
        assert fresh.stop() == [0]


def test_the_desk_opens_as_many_files_as_it_may(fresh):
    """A connection is a file; a shell gives 1,024 where the operator allows more."""
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    fresh.migrate()
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, most))
    try:
        fresh.start("--roles", "chat")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
    with open(f"/proc/{fresh.server.process.pid}/limits", encoding="ascii") as limits:
        files = next(line for line in limits if line.startswith("Max open files")).split()
    assert files[3] == files[4] == str(most)
    assert fresh.stop() == [0]


def test_two_migrations_at_once_are_one(fresh):
    first, second = program.in_parallel(lambda: fresh.cli("migrate"), lambda: fresh.cli("migrate"))
    assert first["version"] == second["version"] >= 1
    files = os.listdir(os.path.join(program.REPOSITORY, "deploy", "migrations"))
    assert sorted([len(first["applied"]), len(second["applied"])]) == [0, len(files)]
    assert fresh.cli("migrate")["applied"] == []


# ---- several processes


def test_the_roles_meet_in_the_database(fresh, outlet):
    """Each role in a process of its own: the message comes in at one, is routed by another, read at a third."""
    fresh.migrate().start("--roles", "inbox")
    try:
        doors = [fresh.join("--roles", "chat"), fresh.join("--roles", "chat")]
        workers = [
            fresh.join("--roles", "router"),
            fresh.join("--roles", "router,courier"),
            fresh.join("--roles", "courier"),
        ]
        account = program.Account(fresh)
        team = account.team("Support")
        maija = account.agent("Maija", teams=[team], capacity=100)
        maija.online()
        chat = account.channel("Shop", team=team, outbound_url=outlet.url)
        assert program.request("POST", fresh.url + chat.path, b"{}").status == 404
        assert program.request("GET", doors[0].url + "/v1/conversations").status == 404
        messages = []
        for number in range(20):
            body = {"id": f"m{number}", "sender": {"id": f"u{number % 5}"}, "text": "Hei!"}
            data = json.dumps(body).encode()
            answer = program.request(
                "POST", doors[number % 2].url + chat.path, data, program.signed_headers(chat.secret, data)
            )
            assert answer.status == 202
            messages.append(body)
        found = {message["id"]: chat.routed(maija, message)["id"] for message in messages}
        assert len(set(found.values())) == 5
        for conversation_id in set(found.values()):
            maija.reply({"id": conversation_id})
        assert len({one.headers["webhook-id"] for one in outlet.wait(5)}) == 5
        assert [one.stop() for one in workers] == [0, 0, 0]
    finally:
        fresh.stop()


def test_a_killed_process_is_replaced_by_its_neighbour(fresh):
    fresh.migrate().start()
    try:
        other = fresh.join()
        account = program.Account(fresh)
        team = account.team("Support")
        maija = account.agent("Maija", teams=[team])
        maija.online()
        chat = account.channel("Chat", team=team)
        other.kill()
        fresh.servers.remove(other)
        assert chat.ask(maija)["assignee_id"] == maija.agent_id
    finally:
        fresh.stop()


# ---- the stop


def test_a_stop_under_load_loses_nothing_that_was_acknowledged(fresh):
    """Eight writers; SIGTERM in the middle. Who is told no, or gets no answer at all, knows it; who was told yes is
    stored."""
    fresh.migrate().start()
    account = program.Account(fresh)
    chat = account.channel("Chat")
    acknowledged, statuses, going = [], set(), threading.Event()

    def write(number):
        for count in range(100_000):
            message = {"id": f"{number}-{count}", "sender": {"id": f"u{number}"}, "text": "Hei!"}
            data = json.dumps(message).encode()
            try:
                answer = program.request("POST", fresh.url + chat.path, data, program.signed_headers(chat.secret, data))
            except OSError:
                return
            statuses.add(answer.status)
            if answer.status == 202:
                acknowledged.append(message["id"])
            if len(acknowledged) > 100:
                going.set()

    def stop():
        assert going.wait(30)
        began = time.monotonic()
        assert fresh.stop() == [0]
        assert time.monotonic() - began < 15

    program.in_parallel(stop, *[lambda number=number: write(number) for number in range(8)])
    assert statuses <= {202, 503}
    stored = fresh.query("SELECT count(*) FROM inbound_key WHERE account_id = %s", account.id)[0][0]
    assert stored >= len(acknowledged) > 100
    fresh.start()
    try:
        for external_id in acknowledged:
            assert chat.fate(account.admin, {"id": external_id})["inbound_id"] is not None
        program.wait_until(
            lambda: fresh.query("SELECT count(*) FROM message")[0][0] == stored, what="all messages routed"
        )
    finally:
        assert fresh.stop() == [0]


def test_ready_ends_before_the_process_does(fresh):
    """Traffic goes elsewhere while it drains. A reply whose conversation somebody else has locked keeps it from ending
    until the lock is given back."""
    fresh.migrate().start()
    assert fresh.server.probe("/readyz") == 200 and fresh.server.probe("/healthz") == 200
    details = program.request("GET", fresh.server.metrics_url + "/readyz").json()
    assert details["ready"] and {check["name"] for check in details["checks"]} == {
        "database",
        "schema",
        "clock",
        "queue",
        "outbound",
    }
    account = program.Account(fresh)
    maija = account.agent("Maija")
    maija.online()
    conversation = account.channel("Chat").ask(maija)
    holder = psycopg2.connect(fresh.cluster.url("lupaus_owner", fresh.database))
    try:
        holder.cursor().execute("SELECT 1 FROM conversation WHERE id = %s FOR UPDATE", (conversation["id"],))
        replies = []
        replying = threading.Thread(target=lambda: replies.append(maija.reply(conversation)))
        replying.start()
        program.wait_until(lambda: fresh.query("SELECT 1 FROM pg_locks WHERE NOT granted"), what="the wait for the row")
        fresh.server.terminate()
        program.wait_until(lambda: fresh.server.probe("/readyz") == 503, what="unreadiness")
        assert program.request("GET", fresh.server.metrics_url + "/readyz").json()["stopping"] is True
        assert fresh.server.is_alive() and not replies
        with pytest.raises(OSError):
            program.request("GET", fresh.url + "/v1/conversations")
    finally:
        holder.rollback()
        holder.close()
    replying.join()
    assert fresh.server.wait_end() == 0
    assert fresh.server.probe("/healthz") is None
    told = fresh.query("SELECT id::text FROM message WHERE direction = 1")
    assert [reply["id"] for reply in replies] == [message_id for (message_id,) in told]


# ---- the log


def test_the_log_is_json_lines_with_request_ids_and_without_secrets(cluster, tmp_path, request):
    planted = "planted-password-7"
    desk = program.Desk(cluster, tmp_path, LUPAUS_LOG_LEVEL="debug").migrate()
    request.addfinalizer(desk.discard)
    for pool in ("app", "worker"):
        desk.environment[f"LUPAUS_DATABASE_{pool.upper()}_URL"] = cluster.url("lupaus_" + pool, desk.database, planted)
    desk.start()
    account = program.Account(desk)
    maija = account.agent("Maija")
    maija.online()
    chat = account.channel("Chat")
    said = "a-customers-own-words"
    conversation = chat.ask(maija, text=said)
    maija.reply(conversation, "an-agents-own-words")
    token = account.admin.post("/v1/tokens", {"role": "admin"}, 201)["token"]
    chat.post({"id": "bad", "text": said})
    chat.post({"id": "worse"}, headers={"webhook-signature": "v1,AAAA"})
    maija.call("GET", "/v1/conversations?cursor=broken")
    desk.query("ALTER VIEW contact_shown RENAME TO contact_away")
    headers = {"Authorization": f"Bearer {maija.token}", "X-Request-Id": "trace-me-7"}
    broken = program.request("GET", desk.url + "/v1/contacts", headers=headers)
    assert broken.status == 500 and broken.json()["request_id"] == "trace-me-7"
    assert "contact" not in broken.json().get("detail", "")
    desk.query("ALTER VIEW contact_away RENAME TO contact_shown")
    desk.stop()

    lines = [json.loads(line) for line in desk.server.log().splitlines()]
    assert {"time", "level", "message"} <= set.intersection(*[set(line) for line in lines])
    failed = [line for line in lines if line.get("request_id") == "trace-me-7"]
    assert failed and any(line["level"] == "error" for line in failed)
    key = open(desk.environment["LUPAUS_SECRET_KEY_FILE"], encoding="ascii").read()
    for secret in (
        planted,
        maija.token,
        token,
        account.admin.token,
        chat.secret,
        chat.secret.removeprefix("whsec_"),
        key,
        said,
        "an-agents-own-words",
    ):
        assert secret not in desk.server.log()


def tried_from(server, number, **headers):
    """Where the log says that somebody came from who has no good token."""
    headers = {"Authorization": "Bearer nobody", "X-Request-Id": f"stranger-{number}", **headers}
    assert program.request("GET", server.url + "/v1/agents/me", headers=headers).status == 401
    lines = [json.loads(line) for line in server.log().splitlines() if f"stranger-{number}" in line]
    assert [line["message"] for line in lines] == ["authentication failed"] and lines[0]["reason"]
    return lines[0]["client"]


def test_only_a_trusted_proxy_is_believed_about_the_clients_address(fresh):
    """The tests come from 127.0.0.1: to the first desk that is anybody, to the second a proxy in front of it."""
    forged = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.2"}
    with_two_proxies = {"X-Forwarded-For": "203.0.113.9, 2001:db8::7, 10.1.2.3"}
    fresh.migrate().start("--roles", "inbox,chat")
    try:
        assert tried_from(fresh.server, 1, **forged) == "127.0.0.1"
        assert tried_from(fresh.server, 2, **with_two_proxies) == "127.0.0.1"
        trusting = fresh.join("--roles", "inbox", LUPAUS_HTTP_TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8")
        assert tried_from(trusting, 3, **forged) == "192.0.2.1"
        assert tried_from(trusting, 4, Forwarded="for=192.0.2.2") == "192.0.2.2"
        assert tried_from(trusting, 5, **with_two_proxies) == "2001:db8::7"
        assert tried_from(trusting, 6, **{"X-Forwarded-For": "192.0.2.1, nobody, 10.1.2.3"}) == "10.1.2.3"
        assert tried_from(trusting, 7) == "127.0.0.1"
        chat = program.Account(fresh).channel()
        assert chat.post({"id": "1"}, headers={"webhook-signature": "v1,AAAA", "X-Request-Id": "forger"}).status == 401
        told = next(json.loads(line) for line in fresh.server.log().splitlines() if "forger" in line)
        assert told["client"] == "127.0.0.1" and "secret" in told["reason"]
    finally:
        assert fresh.stop() == [0] * len(fresh.servers)


def test_a_stopped_database_makes_it_unready_and_its_return_ready(cluster, tmp_path):
    """Without restarting anybody's server: the roles may not connect for a while."""
    with program.running_desk(cluster, tmp_path) as desk:
        account = program.Account(desk)
        chat = account.channel("Chat")
        chat.say("Before")
        with contextlib.closing(cluster.connect("lupaus_owner", "postgres")) as owner:
            cursor = owner.cursor()
            cursor.execute(f'ALTER DATABASE "{desk.database}" ALLOW_CONNECTIONS false')
            desk.end_sessions()
            program.wait_until(lambda: desk.server.probe("/readyz") == 503, what="unreadiness")
            refused = chat.post({"id": "meanwhile", "sender": {"id": "u"}, "text": "Hei!"})
            assert refused.status == 503 and int(refused.headers["Retry-After"]) >= 1
            assert account.admin.call("GET", "/v1/conversations").status == 503
            assert desk.server.is_alive()
            cursor.execute(f'ALTER DATABASE "{desk.database}" ALLOW_CONNECTIONS true')
        program.wait_until(lambda: desk.server.probe("/readyz") == 200, what="readiness")
        assert chat.post({"id": "meanwhile", "sender": {"id": "u"}, "text": "Hei!"}).status == 202
        assert chat.routed(account.admin, {"id": "meanwhile"})
