"""`./deploy/run` as an operator uses it: a tree of its own with the real scripts, a private PostgreSQL below .lupaus,
and the program that is tested in the place of one that was built. Everything else is as after a first build."""

import contextlib
import imaplib
import json
import os
import pty
import re
import shutil
import signal
import smtplib
import socket
import stat
import subprocess
import tempfile
import time
import urllib.parse

import pytest

import mail
import program
import readme

# Longer than the script's own limits: it has to be the one that gives up.
WAIT_S = 120


class Tree:
    """A checkout in which nothing has to be built."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="lupaus-run-", dir="/tmp")
        os.chmod(self.path, 0o755)  # the server's user passes through
        shutil.copytree(os.path.join(program.REPOSITORY, "deploy"), self.at("deploy"))
        self.port = self.free_row()
        self.write_script("deploy/setup", 'echo "$*" >>"$(dirname "$0")/../setup.words"')
        self.write_script("bin/cmake", "exit 0")
        os.makedirs(self.at("build/release/services/lupaus"))
        with open(self.at("build/release/build.ninja"), "w", encoding="ascii"):
            pass
        os.symlink(program.PROGRAM, self.at("build/release/services/lupaus/lupaus"))

    @staticmethod
    def free_row():
        """A port whose neighbours are free as well, as many as there are with mail."""
        while True:
            port = program.free_ports(1)[0]
            with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
                for number in range(port, port + 6):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", number))
                return port

    def at(self, *path):
        return os.path.join(self.path, *path)

    def write_script(self, path, command):
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        with open(self.at(path), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + command + "\n")
        os.chmod(self.at(path), 0o755)

    def write(self, path, text):
        with open(self.at(path), "w", encoding="utf-8") as file:
            file.write(text)

    def environment(self, **more):
        mine = {name: value for name, value in os.environ.items() if not name.startswith("LUPAUS_")}
        return {**mine, "PATH": self.at("bin") + os.pathsep + mine["PATH"], **more}

    def command(self, *words):
        return [self.at("deploy/run"), "--port", str(self.port), *words]

    def run(self, *words, **environment):
        return subprocess.run(
            self.command(*words),
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )

    def must(self, *words, **environment):
        done = self.run(*words, **environment)
        assert done.returncode == 0, (words, done.stdout, done.stderr, self.read(".lupaus/log/lupaus.log"))
        return done.stdout

    def read(self, path):
        with contextlib.suppress(FileNotFoundError), open(self.at(path), encoding="utf-8") as file:
            return file.read()
        return None

    def sourced(self):
        """What a shell has after `source .lupaus/env`."""
        printed = subprocess.run(
            ["bash", "-c", "source .lupaus/env && env -0"],
            cwd=self.path,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            check=True,
        ).stdout.decode()
        pairs = (line.partition("=") for line in printed.split("\0") if line.startswith("LUPAUS_"))
        return {name: value for name, _, value in pairs}

    def desk(self):
        """The desk that is running."""
        return Running(self.sourced())

    def start(self):
        self.must("--detach")
        return self.desk()

    @contextlib.contextmanager
    def program_replaced(self, command):
        """A script in the place of the program, until the block ends."""
        place = "build/release/services/lupaus/lupaus"
        os.remove(self.at(place))
        self.write_script(place, command)
        try:
            yield
        finally:
            os.remove(self.at(place))
            os.symlink(program.PROGRAM, self.at(place))

    def discard(self):
        try:
            self.must("--stop")
        finally:
            for name in ("pg", "exim", "dovecot"):
                data = os.path.realpath(self.at(".lupaus", name))
                if os.path.isdir(data) and data.startswith("/var/lib/lupaus/"):
                    shutil.rmtree(data)
            shutil.rmtree(self.path)


class Running:
    """The desk that .lupaus/env speaks of."""

    def __init__(self, env):
        self.env, self.url = env, env["LUPAUS_URL"]
        self.description = program.description()
        path = env["LUPAUS_WEBHOOK_URL"].removeprefix(self.url)
        made = {"id": env["LUPAUS_CHANNEL_ID"], "path": path, "secret": env["LUPAUS_WEBHOOK_SECRET"]}
        self.chat = program.Channel(self, made)
        self.agent = program.Api(self, env["LUPAUS_AGENT_TOKEN"])
        self.lead = program.Api(self, env["LUPAUS_LEAD_TOKEN"])
        self.admin = program.Api(self, env["LUPAUS_ADMIN_TOKEN"])


def is_open(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def tree():
    made = Tree()
    yield made
    made.discard()


@pytest.fixture
def running(tree):
    """The desk, started and ready. What a test leaves in it stays for the next."""
    return tree.desk() if is_open(tree.port) else tree.start()


def test_a_detached_start_returns_when_the_desk_is_ready(tree):
    said = tree.must("--detach")
    assert f"The desk is open: http://127.0.0.1:{tree.port}" in said and "deploy/run --stop ends it." in said
    mode = os.stat(tree.at(".lupaus/env")).st_mode
    assert stat.S_IMODE(mode) == 0o600
    desk = tree.desk()
    assert sorted(desk.env) == [
        "LUPAUS_ADMIN_TOKEN",
        "LUPAUS_AGENT_TOKEN",
        "LUPAUS_CHANNEL_ID",
        "LUPAUS_DATABASE_URL",
        "LUPAUS_LEAD_TOKEN",
        "LUPAUS_METRICS_URL",
        "LUPAUS_URL",
        "LUPAUS_WEBHOOK_SECRET",
        "LUPAUS_WEBHOOK_URL",
    ]
    assert len(desk.admin.items("/v1/agents")) == 4 and len(desk.admin.items("/v1/teams")) == 2
    assert desk.lead.get("/v1/agents/me")["role"] == "lead"
    assert [(one["kind"], one["target_s"]) for one in desk.admin.items("/v1/policies")] == [("first_reply", 120)]
    assert b"lupaus_ready 1" in program.request("GET", desk.env["LUPAUS_METRICS_URL"]).body


def test_the_tour_of_the_readme_works_word_for_word(tree):
    """On a new desk, with the environment, the program and the mail server that it has made itself."""
    if is_open(tree.port):
        tree.must("--stop")
    tree.must("--fresh", "--yes", "--detach", "--with-mail")
    outputs = readme.run_section("## Five-minute tour", tree.path, {"PATH": os.environ["PATH"]})
    assert len(outputs) > 5 and "first_reply" in "".join(outputs.values())


def test_the_desk_may_call_its_own_machine_and_says_so(tree, running, outlet):
    tree.must("--stop")
    assert "Webhooks may go to this machine itself: LUPAUS_EGRESS_ALLOW=127.0.0.0/8\n" in tree.must("--detach")
    made = running.admin.post("/v1/channels", {"kind": "webhook", "name": "Shop", "outbound_url": outlet.url}, 201)
    running.agent.online()
    shop = program.Channel(running, made)
    running.agent.reply(shop.ask(running.agent))
    assert outlet.wait(1)[0].is_signed_with(shop.outbound_secret)


def test_a_second_start_beside_the_first_is_refused(tree, running):
    for words in ([], ["--detach"], ["--fresh", "--yes"]):
        done = tree.run(*words)
        assert done.returncode != 0 and "running already" in done.stderr
    assert running.agent.conversations(view="all") is not None


def test_the_next_start_has_the_same_addresses_tokens_and_data(tree, running):
    before, asked = tree.read(".lupaus/env"), running.chat.ask(running.agent)
    assert "The desk is stopped" in tree.must("--stop")
    assert tree.read(".lupaus/env") is None and not is_open(tree.port) and not is_open(tree.port + 1)
    assert "The desk is stopped" in tree.must("--stop"), "also where there is nothing to stop"
    began = time.monotonic()
    said = tree.must("--detach")
    assert time.monotonic() - began < 10
    assert "Creating" not in said
    assert tree.read(".lupaus/env") == before
    assert tree.desk().agent.conversation(asked["id"])["id"] == asked["id"]


def test_a_taken_port_is_an_error_that_names_it(tree, running):
    tree.must("--stop")
    for port in (tree.port, tree.port + 1):
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            for words in ([], ["--detach"], ["--detach", "--fresh", "--yes"]):
                done = tree.run(*words)
                assert done.returncode != 0 and f"port {port} is taken" in done.stderr and "--port" in done.stderr
    assert tree.start().env == running.env, "a start that was refused has deleted nothing"


def test_it_listens_where_it_is_told(tree, running):
    tree.must("--stop")
    tree.must("--detach", "--listen", "127.0.0.2")
    there = tree.desk()
    assert there.url == f"http://127.0.0.2:{tree.port}" and there.env["LUPAUS_WEBHOOK_URL"].startswith(there.url + "/")
    assert there.chat.ask(there.agent)["owed"]["kind"] == "first_reply"
    assert not is_open(tree.port), "nowhere else"
    tree.must("--stop")


def test_a_start_installs_unless_it_is_told_not_to(tree, running):
    for words in ([], ["--no-install"]):
        tree.must("--stop")
        tree.must("--detach", *words)
        assert tree.read("setup.words").splitlines()[-1] == " ".join(words)


def test_ctrl_c_stops_everything_cleanly(tree, running):
    tree.must("--stop")
    with subprocess.Popen(
        tree.command(), env=tree.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as script:
        program.wait_until(lambda: tree.read(".lupaus/env"), WAIT_S, "readiness")
        tree.desk().chat.say("Just before")
        script.send_signal(signal.SIGINT)
        said, _ = script.communicate(timeout=WAIT_S)
    assert script.returncode == 0 and "Ctrl-C stops the desk." in said and said.endswith("Stopped\n"), said
    assert tree.read(".lupaus/env") is None and not is_open(tree.port)
    assert not is_open(int(tree.read(".lupaus/pg.port"))), "its PostgreSQL is stopped as well"
    stopped = json.loads(tree.read(".lupaus/log/lupaus.log").splitlines()[-1])
    assert stopped["message"] == "stopped"


def test_a_killed_script_takes_its_desk_along_and_the_next_start_goes_on(tree, running):
    os.kill(int(tree.read(".lupaus/run.pid")), signal.SIGKILL)
    program.wait_until(lambda: not is_open(tree.port) and not is_open(tree.port + 1), WAIT_S, "the end of the desk")
    tree.must("--detach")
    assert "PostgreSQL is still running from an earlier start" in tree.read(".lupaus/log/run.log")
    assert tree.desk().env == running.env


def test_a_program_that_does_not_start_is_told_with_its_log(tree, running):
    tree.must("--stop")
    key = tree.read(".lupaus/secret.key")
    with open(tree.at(".lupaus/secret.key"), "w", encoding="ascii") as file:
        file.write("no key")
    try:
        for words in ([], ["--detach"]):
            done = tree.run(*words)
            assert done.returncode != 0 and "secret.key_file" in done.stderr
            assert ("the desk did not start" in done.stderr) == ("--detach" in words)
            assert not is_open(tree.port) and tree.read(".lupaus/env") is None
    finally:
        with open(tree.at(".lupaus/secret.key"), "w", encoding="ascii") as file:
            file.write(key)


LIMITS = {"of the services": ("ready_wait_s", 2), "of the whole start": ("detach_wait_s", 8)}


@pytest.mark.parametrize("limit, shorter", LIMITS.values(), ids=LIMITS.keys())
def test_a_desk_that_is_never_ready_is_given_up(tree, running, limit, shorter):
    """Within a minute of starting it, as the help says: with each limit shortened in this tree's own script, and a
    program that never gets any further."""
    tree.must("--stop")
    script = tree.read("deploy/run")
    written = rf"\b{limit}=(\d+)\b"
    assert int(re.search(written, script)[1]) < 60
    never = f"""[ "$1" = serve ] || exec {program.PROGRAM} "$@"; echo still thinking; exec sleep 600"""
    try:
        with tree.program_replaced(never):
            tree.write("deploy/run", re.sub(written, f"{limit}={shorter}", script))
            done = tree.run("--detach")
            assert done.returncode != 0 and f"not ready within {shorter} s" in done.stderr, done
            assert "still thinking" in done.stderr and tree.read(".lupaus/env") is None
            tree.must("--stop")
    finally:
        tree.write("deploy/run", script)
    assert tree.start().env == running.env


def test_the_simulator_tells_in_the_end_what_came_of_it(tree, running):
    """On a new desk: who waits from earlier tests would be answered as well."""
    tree.must("--stop")
    tree.must("--fresh", "--yes", "--detach", "--simulate")
    desk = tree.desk()
    program.wait_until(
        lambda: any(event["actor"]["type"] == "agent" for event in desk.admin.events(types="message.created")),
        WAIT_S,
        "an invented agent's answer",
    )
    tree.must("--stop")
    summary = json.loads(next(line for line in tree.read(".lupaus/log/run.log").splitlines() if line.startswith("{")))
    assert summary["sent"] >= summary["answered"] > 0 and summary["first_reply_ms"]["p50"] > 0
    assert (summary["lost"], summary["doubled"], summary["refused"]) == (0, 0, 0)
    tokens = tree.start().admin.items("/v1/tokens")
    assert not [token for token in tokens if token["name"] == "simulation" and token["revoked_at"] is None]


def test_fresh_asks_before_it_deletes(tree, running):
    tree.must("--stop")
    silent = tree.run("--fresh", "--detach")
    assert silent.returncode != 0 and "--yes" in silent.stderr
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        tree.command("--fresh", "--detach"),
        env=tree.environment(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as script:
        os.close(theirs)
        os.write(ours, b"no\n")
        said, _ = script.communicate(timeout=WAIT_S)
    os.close(ours)
    assert script.returncode != 0 and "nothing was deleted" in said
    assert tree.start().env == running.env
    tree.must("--stop")
    tree.must("--fresh", "--yes", "--detach")
    new = tree.desk()
    assert new.env["LUPAUS_ADMIN_TOKEN"] != running.env["LUPAUS_ADMIN_TOKEN"]
    assert new.admin.conversations(view="all") == []


def test_a_given_database_is_used_and_never_touched_by_fresh(tree, running, cluster):
    tree.must("--stop")
    name = cluster.create_database()
    url = cluster.url("lupaus_owner", name)
    try:
        tree.must("--detach", "--database-url", url)
        given = tree.desk()
        assert given.env["LUPAUS_DATABASE_URL"] == url
        assert given.env["LUPAUS_ADMIN_TOKEN"] != running.env["LUPAUS_ADMIN_TOKEN"]
        assert not is_open(int(tree.read(".lupaus/pg.port"))), "no private server beside it"
        given.agent.online()
        asked = given.chat.ask(given.agent)
        tree.must("--stop")
        assert "never touched" in tree.must("--fresh", "--yes", "--detach", "--database-url", url)
        assert tree.desk().env == given.env
        assert tree.desk().agent.conversation(asked["id"])["number"] == asked["number"]
        tree.must("--stop")
    finally:
        tree.must("--stop")
        cluster.drop_database(name)
    assert tree.start().env == running.env, "nor has the private one noticed"


def test_options_that_cannot_be(tree, running):
    tree.must("--stop")
    for words, said in (
        (["--port", "0"], "--port"),
        (["--port", "65535"], "--port"),
        (["--port=x"], "--port"),
        (["--listen"], "--listen needs a value"),
        (["--dance"], "--dance"),
        (["--database-url", "nowhere"], "--database-url needs the form"),
    ):
        done = tree.run(*words)
        assert done.returncode != 0 and said in done.stderr, (words, done)


# ---- with mail


def mail_ports(tree):
    return [tree.port + number for number in range(2, 6)]


def mails_in(desk, name):
    """What lies in a customer's mailbox."""
    at = urllib.parse.urlsplit(desk.env["LUPAUS_MAIL_IMAP"])
    with imaplib.IMAP4(at.hostname, at.port, timeout=WAIT_S) as client:
        client.login(name, desk.env["LUPAUS_MAIL_PASSWORD"])
        client.select("INBOX")
        _, found = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
    return [part[1].decode() for part in found or [] if isinstance(part, tuple)]


def write_mail(desk, name, subject):
    host, port = desk.env["LUPAUS_MAIL_SMTP"].split(":")
    with smtplib.SMTP(host, int(port), timeout=WAIT_S) as client:
        to = "support@shop.example"
        client.send_message(mail.written(to, sender=f"{name}@customer.example", Subject=subject))


def answered_mail(desk, name, text):
    """A customer's mail becomes a conversation, whose answer comes to her mailbox."""
    subject = "Mail of " + name
    write_mail(desk, name, subject)

    def look():
        return next((one for one in desk.admin.conversations(view="all") if one["subject"] == subject), None)

    desk.agent.reply(program.wait_until(look, WAIT_S, "a conversation by mail"), text)
    return program.wait_until(lambda: mails_in(desk, name), WAIT_S, "the answer in the mailbox")


def test_with_mail_a_customer_writes_and_finds_the_answer_in_a_mailbox(tree, running):
    tree.must("--stop")
    said = tree.must("--detach", "--with-mail")
    assert "swaks --silent --server" in said and tree.read("setup.words").splitlines()[-1] == "--with-mail"
    desk = tree.desk()
    channel = desk.admin.get("/v1/channels/" + desk.env["LUPAUS_MAIL_CHANNEL_ID"])
    assert (channel["kind"], channel["email"]["address"]) == ("email", "support@shop.example")
    [answer] = answered_mail(desk, "helmi", "On its way!")
    assert "On its way!" in answer and "Subject: Re: Mail of helmi" in answer
    for port in mail_ports(tree):
        assert is_open(port)
        with socket.socket() as elsewhere:
            assert elsewhere.connect_ex(("127.0.0.2", port)) != 0, "on 127.0.0.1 alone"
    owners = [os.stat(tree.at(".lupaus", name, "")).st_uid for name in ("exim", "dovecot")]
    assert 0 not in owners, "nothing of it is root's"
    tree.must("--stop")
    assert not any(map(is_open, mail_ports(tree)))


def test_the_next_start_with_mail_has_the_same_mailboxes_and_may_have_other_ports(tree, running):
    tree.must("--stop")
    tree.must("--detach", "--with-mail")
    before = answered_mail(tree.desk(), "veera", "Yes!")
    password = tree.desk().env["LUPAUS_MAIL_PASSWORD"]
    tree.must("--stop")
    first, tree.port = tree.port, Tree.free_row()
    try:
        tree.must("--detach", "--with-mail")
        desk = tree.desk()
        assert desk.env["LUPAUS_MAIL_PASSWORD"] == password and mails_in(desk, "veera") == before
        assert answered_mail(desk, "onni", "Here, too!")
        tree.must("--stop")
    finally:
        tree.port = first


def test_a_killed_script_leaves_no_mail_server_to_the_next_start(tree, running):
    tree.must("--stop")
    tree.must("--detach", "--with-mail")
    os.kill(int(tree.read(".lupaus/run.pid")), signal.SIGKILL)
    program.wait_until(lambda: not is_open(tree.port), WAIT_S, "the end of the desk")
    assert is_open(tree.port + 2)
    tree.must("--detach")
    assert not any(map(is_open, mail_ports(tree))) and "LUPAUS_MAIL_SMTP" not in tree.sourced()


def test_a_taken_port_of_the_mail_server_is_an_error_that_names_it(tree, running):
    tree.must("--stop")
    for port in mail_ports(tree):
        with socket.create_server(("127.0.0.1", port)):
            done = tree.run("--detach", "--with-mail")
            assert done.returncode != 0 and f"port {port} is taken" in done.stderr
    assert tree.run("--with-mail", "--port", "65531").returncode != 0


def test_fresh_takes_the_mails_along(tree, running):
    tree.must("--stop")
    tree.must("--detach", "--with-mail")
    answered_mail(tree.desk(), "eero", "Yes!")
    tree.must("--stop")
    tree.must("--fresh", "--yes", "--detach", "--with-mail")
    assert mails_in(tree.desk(), "eero") == []
    tree.must("--stop")


# ---- deploy/setup


class Packages:
    """A copy of deploy/ on a machine where every package is in one state, and that takes note of who asks for more."""

    def __init__(self, folder, state):
        self.folder = folder
        shutil.copytree(os.path.join(program.REPOSITORY, "deploy"), folder / "deploy")
        (folder / "bin").mkdir()
        answers = {
            "dpkg-query": f"printf {state}",
            "pkg-config": "exit 0",
            **dict.fromkeys(("apt-get", "sudo"), f'echo "$0 $*" >>{folder}/asked; exit 1'),
        }
        for name, command in answers.items():
            (folder / "bin" / name).write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)

    def setup(self, *words):
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [self.folder / "deploy" / "setup", *words],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )


def test_setup_names_what_is_missing_and_installs_nothing_where_it_must_not(tmp_path):
    bare = Packages(tmp_path, "not-installed")
    done = bare.setup("--no-install")
    assert done.returncode != 0 and "missing packages: clang-19 " in done.stderr
    assert not (tmp_path / "asked").exists()


def test_setup_does_nothing_where_everything_is_there(tmp_path):
    done = Packages(tmp_path, "installed").setup("--tests")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "asked").exists()


def test_setup_lists_its_packages(tmp_path):
    bare = Packages(tmp_path, "not-installed")
    running, playing, testing = (
        bare.setup("--list", *words).stdout.split("\n")[:-1] for words in ([], ["--with-mail"], ["--tests"])
    )
    assert {"clang-19", "postgresql-15", "jq"} <= set(running) < set(playing) < set(testing)
    assert set(playing) - set(running) == {"exim4-daemon-light", "dovecot-imapd", "dovecot-lmtpd", "swaks"}
    assert {"python3-pytest", "nodejs"} <= set(testing) - set(playing)
    assert len(set(testing)) == len(testing) and all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name) for name in testing)
    assert not (tmp_path / "asked").exists()
    missing = bare.setup("--no-install", "--tests").stderr.strip().rpartition(": ")[2]
    assert missing.split(" ") == testing
