"""`lupaus doctor`: something is broken, and the operator reads what it is and what to do."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import conftest
import program

CHECKS = [
    "configuration",
    "key file",
    "attachments",
    "database.app",
    "role.app",
    "pooler.app",
    "database.worker",
    "role.worker",
    "pooler.worker",
    "durability",
    "clock",
    "connections",
    "schema",
    "outbound",
    "queue",
    "deliveries",
    "refused messages",
    "refusing receivers",
    "mailboxes",
    "snapshots",
    "quarantine",
    "silent channels",
]


@pytest.fixture
def fresh(cluster, tmp_path):
    desk = program.Desk(cluster, tmp_path, LUPAUS_EGRESS_ALLOW="10.1.0.0/16").migrate()
    os.makedirs(desk.environment["LUPAUS_BLOB_DIR"])
    yield desk
    desk.discard()


def examine(desk, code, **environment):
    """The findings by check, as (grade, words); the exit code has to be `code`, and the lines have to say the same."""
    done = desk.run("doctor", "--json", environment=environment)
    assert done.returncode == code, (done.stdout, done.stderr)
    answer = json.loads(done.stdout)
    assert answer["ok"] == (code == 0) and done.stderr == ""
    lines = desk.run("doctor", environment=environment).stdout.splitlines()
    assert len(lines) == len(answer["findings"])
    for line, finding in zip(lines, answer["findings"]):
        assert line.startswith(finding["grade"]) and finding["check"] in line
    return {one["check"]: (one["grade"], one["words"]) for one in answer["findings"]}


def expect(findings, check, grade, words):
    assert findings[check][0] == grade and words in findings[check][1], findings[check]


def test_a_desk_that_is_well(fresh):
    fresh.start()
    account = conftest.furnish(program.Account(fresh))
    account.chat.ask(account.maija)
    findings = examine(fresh, 0)
    assert list(findings) == CHECKS
    unwell = {check: found for check, found in findings.items() if found[0] != "ok"}
    assert set(unwell) <= {"attachments"}, unwell  # how much room this machine has is not ours to say
    assert fresh.stop() == [0]


def test_mistakes_of_the_configuration_are_findings(fresh):
    done = fresh.run("doctor", environment={"LUPAUS_HTTP_PORT": "x", "LUPAUS_ROUTER_POLL": "y"})
    assert done.returncode == 1
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [["problem", "configuration"]] * 2
    findings = examine(fresh, 1, LUPAUS_DATABASE_WORKER_URL="")
    expect(findings, "configuration", "problem", "not set: database.worker_url (LUPAUS_DATABASE_WORKER_URL)")
    expect(examine(fresh, 0, LUPAUS_METRICS_LISTEN="0.0.0.0"), "configuration", "warning", "metrics.listen")


def test_this_machine(fresh, tmp_path):
    os.chmod(fresh.environment["LUPAUS_SECRET_KEY_FILE"], 0o660)
    expect(examine(fresh, 0), "key file", "warning", "chmod 600")
    findings = examine(fresh, 1, LUPAUS_BLOB_DIR=str(tmp_path / "nowhere"))
    expect(findings, "attachments", "problem", "is not there")


def test_a_database_that_does_not_answer(fresh):
    port = program.free_ports(1)[0]
    gone = f"postgresql://lupaus_app@127.0.0.1:{port}/nothing"
    findings = examine(fresh, 1, LUPAUS_DATABASE_APP_URL=gone)
    expect(findings, "database.app", "problem", str(port))
    expect(findings, "database.worker", "ok", "PostgreSQL 15")
    findings = examine(fresh, 1, LUPAUS_DATABASE_APP_URL=gone, LUPAUS_DATABASE_WORKER_URL=gone)
    expect(findings, "database.worker", "problem", "does not answer")
    assert "queue" not in findings


def test_roles_and_durability(fresh):
    owner = fresh.environment["LUPAUS_DATABASE_URL"]
    findings = examine(fresh, 1, LUPAUS_DATABASE_APP_URL=owner)
    expect(findings, "role.app", "problem", "owns the tables")
    expect(findings, "role.worker", "ok", "plain")
    forgetful = "?options=-csynchronous_commit%3Doff"
    urls = {name: fresh.environment[name] + forgetful for name in ("LUPAUS_DATABASE_APP_URL",)}
    expect(examine(fresh, 1, **urls), "durability", "problem", "synchronous_commit is off")
    findings = examine(fresh, 0, LUPAUS_DATABASE_URL="")
    expect(findings, "owner", "warning", "database.url is not set")


def test_a_schema_of_another_age(fresh):
    ours = fresh.query("SELECT max(version) FROM schema_migration")[0][0]
    fresh.query("DELETE FROM schema_migration WHERE version = %s RETURNING 1", ours)
    expect(examine(fresh, 1), "schema", "problem", "run lupaus migrate")
    for version, oldest in ((ours, 1), (ours + 1, ours + 1)):
        fresh.query(
            "INSERT INTO schema_migration (version, name, checksum, oldest_program) VALUES (%s, 'x', 'x', %s)",
            version,
            oldest,
        )
    expect(examine(fresh, 1), "schema", "problem", "install the newer program")


def test_an_unmigrated_database(cluster, tmp_path):
    desk = program.Desk(cluster, tmp_path)
    try:
        findings = examine(desk, 1)
        expect(findings, "schema", "problem", "run lupaus migrate")
        assert "queue" not in findings
    finally:
        desk.discard()


def test_a_desk_that_stands_still(fresh):
    """Nobody routes and nobody delivers; what waits is made older than it is."""
    fresh.start("--roles", "chat,inbox")
    account = program.Account(fresh)
    shop = account.channel("Shop", outbound_url="http://10.1.0.1/")
    shop.say("Hei!")
    expect(examine(fresh, 0), "queue", "ok", "has waited")
    fresh.query("UPDATE inbound SET received_at = received_at - interval '2 minutes' RETURNING 1")
    fresh.query(
        "INSERT INTO delivery (account_id, id, channel_id, conversation_id, message_id, body, due_at, attempt, error)"
        " VALUES (%s, gen_random_uuid(), %s, gen_random_uuid(), gen_random_uuid(), '', now() - interval '1 hour', 4,"
        " 'The receiver answered 401.') RETURNING 1",
        account.id,
        shop.id,
    )
    fresh.query(
        "INSERT INTO quarantine (account_id, id, payload, error, received_at)"
        " VALUES (%s, gen_random_uuid(), '', 'x', now()) RETURNING 1",
        account.id,
    )
    shop.post({"id": "no sender"})
    fresh.query("UPDATE channel SET created_at = now() - interval '4 days' RETURNING 1")
    findings = examine(fresh, 1)
    expect(findings, "queue", "problem", "the role router runs")
    expect(findings, "deliveries", "problem", "the role courier runs")
    expect(findings, "refusing receivers", "warning", f"channel {shop.id}: 1 (The receiver answered 401.)")
    expect(findings, "refused messages", "warning", f"channel {shop.id}: 1")
    expect(findings, "quarantine", "warning", "1 could not be routed")
    expect(findings, "silent channels", "warning", "Test / Shop")
    expect(examine(fresh, 1, LUPAUS_COURIER_HOLD="true"), "outbound", "warning", "told to send nothing")
    fresh.query("UPDATE outbound_home SET database_oid = 1 RETURNING 1")
    findings = examine(fresh, 1)
    expect(findings, "outbound", "warning", "lupaus outbound release")
    expect(findings, "deliveries", "warning", "and is held")
    assert fresh.stop() == [0]


# ---- poolers

POOLER = """[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
logfile = {folder}/log
"""


@contextlib.contextmanager
def pooler(cluster, mode):
    """Debian's pgbouncer, which refuses to run as root."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lupaus-pooler-"))
    port = program.free_ports(1)[0]
    users = folder / "users"
    users.write_text('"lupaus_app" ""\n"lupaus_worker" ""\n', encoding="ascii")
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        POOLER.format(server=cluster.settings["PGPORT"], port=port, users=users, mode=mode, folder=folder),
        encoding="ascii",
    )
    user = []
    if os.geteuid() == 0:
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        for path in (folder, users, settings):
            shutil.chown(path, "postgres", "postgres")
    process = subprocess.Popen(
        [*user, "/usr/sbin/pgbouncer", "-q", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder)


def through(desk, port):
    """Both roles' URLs at the pooler, as soon as it listens."""
    urls = {}
    for pool in ("APP", "WORKER"):
        name = f"LUPAUS_DATABASE_{pool}_URL"
        urls[name] = desk.environment[name].replace(f":{desk.cluster.settings['PGPORT']}/", f":{port}/")

    def answers():
        done = desk.run("doctor", "--json", environment=urls)
        found = {one["check"]: one for one in json.loads(done.stdout)["findings"]}
        return "pooler.app" in found and "pooler.worker" in found

    program.wait_until(answers, what="an answer through the pooler")
    return urls


def test_a_pooler_that_mixes_sessions_up(fresh):
    with pooler(fresh.cluster, "transaction") as port:
        findings = examine(fresh, 1, **through(fresh, port))
        for pool in ("app", "worker"):
            check = f"pooler.{pool}"
            expect(findings, check, "problem", "session settings do not stay and named statements are mixed up")
            expect(findings, check, "problem", f"give database.{pool}_url the server's own address")


def test_a_pooler_that_keeps_sessions_whole(fresh):
    with pooler(fresh.cluster, "session") as port:
        findings = examine(fresh, 0, **through(fresh, port))
        expect(findings, "pooler.app", "warning", "sessions stay whole")
        expect(findings, "pooler.worker", "warning", "sessions stay whole")
