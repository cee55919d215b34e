"""The README, word for word, against a desk of its own, in the environment that `./deploy/run` would have written."""

import contextlib
import json
import os
import re
import socket
import ssl
import subprocess

import pytest

import dovecot
import mail_server
import program
import readme

SETTING_UP = "## Accounts, agents, channels, tokens"
PROGRAM_LINE = re.compile(r"^lupaus=\S+$")
KEY_LINE = re.compile(r"^export LUPAUS_SECRET_KEY_FILE=\S+$")
STARTS = re.compile(r"^\s*(\./deploy/run\b|source .*\.lupaus/env|\. .*\.lupaus/env|git clone\b|cd lupaus\b)")


def demo(desk):
    """The account that deploy/run makes, and its environment."""
    account = program.Account(desk, "Demo desk")
    support, billing = account.team("Support"), account.team("Billing")
    maija = account.agent("Maija", teams=[support])
    account.agent("Pekka", teams=[support])
    account.agent("Sofia", teams=[billing])
    leena = account.agent("Leena", role="lead", teams=[support, billing])
    chat = account.channel("Website chat", team=support)
    account.policy("2m")
    return {
        "LUPAUS_URL": desk.url,
        "LUPAUS_ADMIN_TOKEN": account.admin.token,
        "LUPAUS_LEAD_TOKEN": leena.token,
        "LUPAUS_AGENT_TOKEN": maija.token,
        "LUPAUS_CHANNEL_ID": chat.id,
        "LUPAUS_WEBHOOK_URL": desk.url + chat.path,
        "LUPAUS_WEBHOOK_SECRET": chat.secret,
        "LUPAUS_METRICS_URL": desk.server.metrics_url + "/metrics",
        "LUPAUS_DATABASE_URL": desk.environment["LUPAUS_DATABASE_URL"],
    }


@contextlib.contextmanager
def mail_server_of(desk, lmtp_port, demo):
    """What deploy/run --with-mail adds to that."""
    admin = program.Api(desk, demo["LUPAUS_ADMIN_TOKEN"])
    [team] = [one["id"] for one in admin.items("/v1/teams") if one["name"] == "Support"]
    with dovecot.running_dovecot() as mailboxes:
        settings = {"mailbox_port": mailboxes.lmtp, "mailbox_domains": "customer.example"}
        with mail_server.running(lmtp_port, **settings) as server:
            smtp = {"host": "127.0.0.1", "port": server.port, "security": "none"}
            email = {"address": "support@shop.example", "sender_name": "Shop", "smtp": smtp}
            made = {"kind": "email", "name": "Support mail", "team_id": team, "email": email}
            yield {
                "LUPAUS_MAIL_SMTP": f"127.0.0.1:{server.port}",
                "LUPAUS_MAIL_IMAP": f"imap://127.0.0.1:{mailboxes.imap}",
                "LUPAUS_MAIL_PASSWORD": dovecot.PASSWORD,
                "LUPAUS_MAIL_CHANNEL_ID": admin.post("/v1/channels", made, 201)["id"],
            }


def check_section(desk, heading, variables=None):
    """The commands that bring the desk up are replaced by the desk of this test, and the places of the program and of
    the key by those that are tested; nothing else is."""
    environment = {
        **os.environ,
        **(variables or demo(desk)),
        "PATH": os.path.dirname(program.PROGRAM) + os.pathsep + os.environ["PATH"],
    }
    key = "export LUPAUS_SECRET_KEY_FILE=" + desk.environment["LUPAUS_SECRET_KEY_FILE"]

    def rewrite(line):
        return "" if STARTS.match(line) else KEY_LINE.sub(key, PROGRAM_LINE.sub("lupaus=" + program.PROGRAM, line))

    readme.run_section(heading, program.REPOSITORY, environment, rewrite)


def test_the_tour_works_word_for_word(cluster, tmp_path):
    port = program.free_ports(1)[0]
    with program.running_desk(cluster, tmp_path, LUPAUS_EMAIL_LMTP_LISTEN=f"127.0.0.1:{port}") as desk:
        variables = demo(desk)
        with mail_server_of(desk, port, variables) as more:
            check_section(desk, "## Five-minute tour", {**variables, **more})


def test_setting_up_works_word_for_word(cluster, tmp_path):
    """On a desk with one account, as a newcomer has it."""
    with program.running_desk(cluster, tmp_path) as desk:
        check_section(desk, SETTING_UP)
        names = [name for (name,) in desk.query("SELECT name FROM account ORDER BY account_id")]
        assert names == ["Demo desk", "Second desk"]
        returns = desk.query("SELECT name FROM team WHERE name = 'Returns' UNION ALL SELECT name FROM channel")
        assert returns == [("Returns",), ("Website chat",), ("Returns chat",)]
        program.wait_until(lambda: desk.query("SELECT count(*) FROM message")[0][0] == 1, what="the first message")


def test_connecting_a_bot_works_word_for_word(cluster, tmp_path):
    with program.running_desk(cluster, tmp_path) as desk:
        check_section(desk, "## Connect a bot")


def test_the_readme_lists_every_scope_and_every_role(desk):
    done = desk.run("token", "issue", "--help")
    scopes = set(re.findall(r"\b(?:[a-z]+:[a-z_]+|bot)\b", done.stdout))
    with open(readme.README, encoding="utf-8") as file:
        section = file.read().partition(SETTING_UP)[2].partition("\n## ")[0]
    table = section.partition("| scope |")[2]
    assert len(scopes) > 10 and set(re.findall(r"`([a-z]+:[a-z_]+|bot)`", table)) == scopes
    roles = section.partition("| role |")[2].partition("| scope |")[0]
    assert re.findall(r"^\| `(\w+)`", roles, re.MULTILINE) == ["agent", "lead", "admin", "integrator"]


class Proxy:
    """The nginx of the install page, word for word but for its names, certificate and ports."""

    def __init__(self, desk, folder):
        self.port, self.folder = program.free_ports(1)[0], folder
        certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=desk.example.com"]
            + ["-keyout", str(key), "-out", str(certificate)],
            check=True,
            capture_output=True,
            timeout=60,
        )
        block = next(text for language, text in readme.blocks_under("## Install") if language == "nginx")
        for wanted, ours in (
            ("listen 443 ", f"listen 127.0.0.1:{self.port} "),
            ("/etc/letsencrypt/live/desk.example.com/fullchain.pem", str(certificate)),
            ("/etc/letsencrypt/live/desk.example.com/privkey.pem", str(key)),
            ("127.0.0.1:8480", f"127.0.0.1:{desk.server.port}"),
        ):
            assert block.count(wanted) == 1, wanted
            block = block.replace(wanted, ours)
        user = "user root;" if os.geteuid() == 0 else ""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        self.settings = folder / "nginx.conf"
        self.settings.write_text(
            f"{user} daemon off; pid {folder}/pid; events {{}} http {{ access_log off; {places}\n{block}\n}}",
            encoding="utf-8",
        )
        self.words = ["/usr/sbin/nginx", "-e", str(folder / "error.log"), "-c", str(self.settings)]

    def __enter__(self):
        done = subprocess.run([*self.words, "-t"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 and "warn" not in done.stderr, done.stderr
        self.process = subprocess.Popen(self.words, stderr=subprocess.DEVNULL)
        program.wait_until(self.listens, what="the proxy")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)

    def listens(self):
        try:
            self.connect().close()
            return True
        except OSError:
            return False

    def connect(self):
        context = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return context.wrap_socket(plain, server_hostname="desk.example.com")

    def exchange(self, head, body=b""):
        """Status and what came of the answer until the other side, or its head, ends."""
        with self.connect() as connection:
            lines = [*head, "Host: desk.example.com", f"Content-Length: {len(body)}", "", ""]
            connection.sendall("\r\n".join(lines).encode() + body)
            answer = connection.makefile("rb")
            return int(answer.readline().split()[1]), answer.readline()


def test_the_proxy_of_the_install_page_passes_everything_on(desk, tmp_path):
    account = program.Account(desk)
    chat = account.channel("Chat")
    with Proxy(desk, tmp_path) as proxy:
        assert proxy.exchange(["GET /openapi.yaml HTTP/1.1", "Connection: close"])[0] == 200
        body = b'{"id":"large","sender":{"id":"u"},"text":"Hei!","unknown":"' + b"x" * 2_000_000 + b'"}'
        signed = [f"{name}: {value}" for name, value in program.signed_headers(chat.secret, body).items()]
        assert proxy.exchange([f"POST {chat.path} HTTP/1.1", *signed], body)[0] == 202
        upgrade = [
            "GET /v1/stream HTTP/1.1",
            f"Authorization: Bearer {account.admin.token}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        assert proxy.exchange(upgrade)[0] == 101


def test_the_receiver_of_events_checks_and_takes_them(desk):
    blocks = {language: block for language, block in readme.blocks_under("## Receive events")}
    port = program.free_ports(1)[0]
    account = program.Account(desk, "Events")
    environment = {**os.environ, "LUPAUS_URL": desk.url, "LUPAUS_ADMIN_TOKEN": account.admin.token}
    made = subprocess.run(
        ["bash", "-c", "set -e -o pipefail\n" + blocks["sh"].replace(":9000", f":{port}")],
        env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    environment |= {"SECRET": json.loads(made.stdout)["secret"], "PORT": str(port)}
    command = ["/usr/bin/python3", "-c", blocks["python"]]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as receiver:
        try:
            account.channel("Chat").say("Hei!")
            assert receiver.stdout.readline() == "message.created\n"
        finally:
            receiver.kill()


INTERPRETERS = {"sh": ["bash", "-c"], "python": ["/usr/bin/python3", "-c"], "js": ["node", "-e"]}


@pytest.mark.parametrize("language", INTERPRETERS)
def test_the_signature_in_eight_lines_is_accepted(desk, language):
    example = next(block for name, block in readme.blocks_under("## Connect a channel") if name == language)
    assert len(example.splitlines()) <= 9
    environment = {**os.environ, **demo(desk)}
    done = subprocess.run(
        [*INTERPRETERS[language], example], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0 and '"accepted"' in done.stdout, (done.stdout, done.stderr)
