"""The program as its users run it: a database of its own, `lupaus serve` on free ports, the command line, HTTP, signed
webhooks and the live feed. Everything that is started here is stopped here."""
import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid

import psycopg2

REPOSITORY = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROGRAM = os.environ.get("LUPAUS_TEST_PROGRAM", os.path.join(REPOSITORY, "build", "dev", "services", "lupaus", "lupaus"))
START_WAIT_S = 60


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_until(condition, seconds=20, what="the condition"):
    """For what has no event to wait for: another process' state."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true within {seconds} s")


class Cluster:
    def __init__(self, env_file=None):
        path = env_file or os.environ["LUPAUS_TEST_CLUSTER"]
        with open(path, encoding="utf-8") as lines:
            self.settings = dict(line.strip().split("=", 1) for line in lines if "=" in line)
        self.folder = os.path.dirname(path)

    def url(self, role, database):
        return f"postgresql://{role}@127.0.0.1:{self.settings['PGPORT']}/{database}"

    def connect(self, role, database):
        connection = psycopg2.connect(self.url(role, database))
        connection.autocommit = True
        return connection

    def create_database(self):
        name = "e2e_" + secrets.token_hex(6)
        with contextlib.closing(self.connect("lupaus_owner", "postgres")) as connection:
            connection.cursor().execute(f'CREATE DATABASE "{name}"')
        return name

    def restart(self, mode="fast"):
        script = os.path.join(REPOSITORY, "tests", "support", "cluster")
        subprocess.run([script, "restart", self.folder, mode], check=True, capture_output=True, timeout=120)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def request(method, url, body=None, headers=None, timeout=20):
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    call = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    if data is not None and "Content-type" not in call.headers:
        call.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(call, timeout=timeout) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, dict(refusal.headers), refusal.read())


def sign(secret, message_id, timestamp, body):
    """Standard Webhooks 1.0, written anew so that the program's own code is not its own judge."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Channel:
    def __init__(self, desk, made):
        self.desk, self.id, self.path, self.secret = desk, made["id"], made["path"], made["secret"]
        self.outbound_secret = made.get("outbound_secret")

    def post(self, message, secret=None, timestamp=None, headers=None, timeout=20):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        message_id = "msg_" + secrets.token_hex(8)
        at = int(time.time()) if timestamp is None else timestamp
        signed = {
            "webhook-id": message_id,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(secret or self.secret, message_id, at, body),
            "Content-Type": "application/json",
        }
        signed.update(headers or {})
        return request("POST", self.desk.url + self.path, body, signed, timeout)

    def say(self, text, sender="customer-1", name="Aino", **more):
        message = {"id": "ext-" + uuid.uuid4().hex, "sender": {"id": sender, "name": name}, "text": text, **more}
        answer = self.post(message)
        assert answer.status == 202, (answer.status, answer.body)
        return message


class Api:
    """One token's view of the API; every answer is held against proto/openapi.yaml when a checker is given."""

    def __init__(self, desk, token, checker=None):
        self.desk, self.token, self.checker = desk, token, checker

    def call(self, method, path, body=None, headers=None):
        answer = request(method, self.desk.url + path, body, {"Authorization": f"Bearer {self.token}", **(headers or {})})
        if self.checker:
            self.checker.check(method, path, answer.status, answer.headers, answer.body)
        return answer

    def expect(self, status, method, path, body=None, headers=None):
        answer = self.call(method, path, body, headers)
        assert answer.status == status, (method, path, answer.status, answer.body)
        return answer.json() if answer.body else None

    def get(self, path):
        return self.expect(200, "GET", path)

    def post(self, path, body=None, status=200):
        return self.expect(status, "POST", path, body if body is not None else {})

    def conversations(self, **query):
        words = "&".join(f"{name}={value}" for name, value in query.items())
        return self.get("/v1/conversations" + ("?" + words if words else ""))["items"]

    def online(self):
        return self.expect(200, "PUT", "/v1/agents/me/presence", {"state": "online"})


class Account:
    """Made through the command line, as an operator does."""

    def __init__(self, desk, name="Test"):
        self.desk = desk
        made = desk.cli("account", "create", "--name", name)
        self.id = made["id"]
        self.admin = Api(desk, made["admin_token"], desk.checker)

    def team(self, name="Support", **options):
        return self.desk.cli("team", "add", "--account", self.id, "--name", name, **options)["id"]

    def agent(self, name, role="agent", teams=(), capacity=10):
        words = [word for team in teams for word in ("--team", team)]
        made = self.desk.cli("agent", "add", "--account", self.id, "--name", name, "--email",
                             f"{name.lower().replace(' ', '.')}@example.com", "--role", role, "--capacity", str(capacity), *words)
        api = Api(self.desk, made["token"], self.desk.checker)
        api.agent_id = made["id"]
        return api

    def channel(self, name="Chat", team=None, outbound_url=None):
        words = (["--team", team] if team else []) + (["--outbound-url", outbound_url] if outbound_url else [])
        return Channel(self.desk, self.desk.cli("channel", "add", "--account", self.id, "--kind", "webhook", "--name", name, *words))

    def policy(self, target, kind="first_reply", *words):
        return self.desk.cli("policy", "add", "--account", self.id, "--kind", kind, "--target", target, *words)["id"]


class Desk:
    """A database of its own and one or more `serve` processes on it."""

    def __init__(self, cluster, folder, checker=None, **settings):
        self.cluster, self.folder, self.checker = cluster, str(folder), checker
        self.database = cluster.create_database()
        self.port, self.metrics_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.metrics_url = f"http://127.0.0.1:{self.metrics_port}"
        self.log_path = os.path.join(self.folder, "serve.log")
        self.process = None
        key = os.path.join(self.folder, "key")
        with open(os.open(key, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LUPAUS_")},
            "LUPAUS_DATABASE_URL": cluster.url("lupaus_owner", self.database),
            "LUPAUS_DATABASE_APP_URL": cluster.url("lupaus_app", self.database),
            "LUPAUS_DATABASE_WORKER_URL": cluster.url("lupaus_worker", self.database),
            "LUPAUS_HTTP_PORT": str(self.port),
            "LUPAUS_METRICS_PORT": str(self.metrics_port),
            "LUPAUS_BLOB_DIR": os.path.join(self.folder, "blobs"),
            "LUPAUS_SECRET_KEY_FILE": key,
            "LUPAUS_EGRESS_ALLOW": "127.0.0.0/8",
            **settings,
        }
        self.cli("migrate")

    def run(self, *words, **options):
        flags = [part for name, value in options.items() for part in ("--" + name.replace("_", "-"), str(value))]
        return subprocess.run([PROGRAM, *words, *flags], env=self.environment, capture_output=True, text=True, timeout=60)

    def cli(self, *words, **options):
        done = self.run(*words, **options)
        assert done.returncode == 0, (words, done.stderr)
        return json.loads(done.stdout)

    def start(self, *words):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "serve", *words], env=self.environment, stderr=log, stdout=log)
        wait_until(self.is_ready, START_WAIT_S, "readiness")
        return self

    def is_ready(self):
        assert self.process.poll() is None, "serve ended: " + self.log()[-2000:]
        try:
            return request("GET", self.metrics_url + "/readyz", timeout=2).status == 200
        except OSError:
            return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
        return self.process.returncode if self.process else None

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=10)

    def metrics(self):
        return request("GET", self.metrics_url + "/metrics").body.decode()

    def query(self, statement, *values):
        with contextlib.closing(self.cluster.connect("lupaus_owner", self.database)) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else None
