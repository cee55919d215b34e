"""The program as its users run it: a database of its own, `lupaus serve` on free ports, the command line, HTTP, signed
webhooks. Everything that is started here is stopped here. Every answer is held against proto/openapi.yaml."""

import base64
import contextlib
import copy
import datetime
import functools
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import uuid

import psycopg2
import psycopg2.extras

import openapi_check

REPOSITORY = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROGRAM = os.environ.get(
    "LUPAUS_TEST_PROGRAM", os.path.join(REPOSITORY, "build", "dev", "services", "lupaus", "lupaus")
)
IS_SANITIZED = bool(os.environ.get("LUPAUS_TEST_SANITIZE"))  # a sanitizer takes memory of its own
START_WAIT_S = 60
STOP_WAIT_S = 30
POLL_S = 0.02
PORTS = range(10_000, 15_000)  # below those of deploy/shell/postgres.bash, and those of callers

# Tests ask more often than people do; what the limit does has a test of its own.
GENEROUS = {"LUPAUS_RATE_TOKEN_PER_SECOND": "100000", "LUPAUS_RATE_TOKEN_BURST": "1000000"}


@functools.cache
def description():
    """proto/openapi.yaml, read once."""
    return openapi_check.Description()


def free_ports(count):
    """Ports on which nobody listens, and which the kernel lends to no caller meanwhile."""
    with contextlib.ExitStack() as stack:
        ports = []
        while len(ports) < count:
            one = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                one.bind(("127.0.0.1", secrets.choice(PORTS)))
                ports.append(one.getsockname()[1])
        return ports


def filled(path, **values):
    """A template below deploy/ with its @names@ replaced, as deploy/shell does it."""
    with open(os.path.join(REPOSITORY, "deploy", path), encoding="utf-8") as file:
        text = file.read()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    assert not re.search(r"@\w+@", text), text
    return text


def is_taken(port):
    """Whether somebody listens there."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, seconds=20, what="the condition"):
    """For what has no event to wait for: another process' state. Returns the first value that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(POLL_S)
    raise AssertionError(f"{what} did not come true within {seconds} s")


class Cluster:
    """A PostgreSQL server that tests/support/cluster started."""

    def __init__(self, env_file=None):
        path = env_file or os.environ["LUPAUS_TEST_CLUSTER"]
        with open(path, encoding="utf-8") as lines:
            self.settings = dict(line.strip().split("=", 1) for line in lines if "=" in line)
        self.folder = os.path.dirname(path)

    def url(self, role, database, password=None):
        user = role if password is None else f"{role}:{password}"
        return f"postgresql://{user}@127.0.0.1:{self.settings['PGPORT']}/{database}"

    def connect(self, role, database):
        connection = psycopg2.connect(self.url(role, database))
        connection.autocommit = True
        return connection

    def create_database(self):
        name = "e2e_" + secrets.token_hex(6)
        with contextlib.closing(self.connect("lupaus_owner", "postgres")) as connection:
            connection.cursor().execute(f'CREATE DATABASE "{name}"')
        return name

    def drop_database(self, name):
        """A server that recovers from a crash looks at every file of every database it has. Sessions of processes that
        are gone end by themselves."""
        with contextlib.closing(self.connect("lupaus_owner", "postgres")) as connection:
            cursor = connection.cursor()

            def is_left():
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (name,))
                return cursor.fetchone() == (0,)

            wait_until(is_left, what="the end of all sessions of a database")
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')

    def restart(self, mode="fast"):
        script = os.path.join(REPOSITORY, "tests", "support", "cluster")
        subprocess.run([script, "restart", self.folder, mode], check=True, capture_output=True, timeout=120)


class Answer:
    """`headers` is asked without regard to case."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def content_type(self):
        return self.headers.get("Content-Type")

    def json(self):
        return json.loads(self.body)

    def parsed(self):
        """None without a body, the text where it is no JSON."""
        if not self.body:
            return None
        is_json = "json" in (self.content_type or "")
        return json.loads(self.body) if is_json else self.body.decode("utf-8", errors="replace")

    def __repr__(self):
        return f"Answer({self.status}, {self.body[:2000]!r})"


def connection_to(parts, timeout):
    """By the scheme of a URL that was split. TLS trusts what the variable SSL_CERT_FILE says."""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname, parts.port, timeout=timeout)


def request(method, url, body=None, headers=None, timeout=20):
    """One exchange on a connection of its own. `body`: bytes as they are, anything else as JSON."""
    parts = urllib.parse.urlsplit(url)
    path = parts.path + ("?" + parts.query if parts.query else "")
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    given = dict(headers or {})
    if data is not None and not any(name.lower() == "content-type" for name in given):
        given["Content-Type"] = "application/json"
    connection = connection_to(parts, timeout)
    try:
        connection.request(method, path, data, given)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def sign(secret, message_id, timestamp, body):
    """Standard Webhooks 1.0, written anew so that the program's own code is not its own judge."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(secret, body, timestamp=None):
    message_id = "msg_" + secrets.token_hex(8)
    at = int(time.time()) if timestamp is None else timestamp
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secret, message_id, at, body),
        "Content-Type": "application/json",
    }


def in_seconds(length):
    """ "2m" as 120."""
    return int(length[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[length[-1]]


def from_now(**length):
    """A time as the API writes it; negative lengths are past."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**length)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id():
    return "ext-" + uuid.uuid4().hex


class Channel:
    def __init__(self, desk, made):
        self.desk, self.id, self.path, self.secret = desk, made["id"], made["path"], made["secret"]
        self.outbound_secret = made.get("outbound_secret")

    def post(self, message, secret=None, timestamp=None, headers=None, timeout=20):
        """A signed webhook; `headers` replace, and with None take away, those that belong to it."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        signed = {**signed_headers(secret or self.secret, body, timestamp), **(headers or {})}
        signed = {name: value for name, value in signed.items() if value is not None}
        answer = request("POST", self.desk.url + self.path, body, signed, timeout)
        self.desk.description.check_response("POST", self.path, answer.status, answer.content_type, answer.parsed())
        return answer

    def say(self, text, sender="customer-1", name="Aino", **more):
        message = {"id": new_id(), "sender": {"id": sender, "name": name}, "text": text, **more}
        answer = self.post(message)
        assert answer.status == 202, answer
        return message

    def fate(self, api, message):
        return api.get(f"/v1/channels/{self.id}/inbound/{urllib.parse.quote(message['id'], safe='')}")

    def routed(self, api, message):
        """The conversation that the message came into, as soon as it did."""
        found = wait_until(lambda: self.fate(api, message)["conversation_id"], what="the routing of a message")
        return api.get(f"/v1/conversations/{found}")

    def ask(self, api, text="Hei!", sender=None, **more):
        """A new customer's message, unless `sender` is a known one. Returns the conversation."""
        return self.routed(api, self.say(text, sender=sender or "customer-" + uuid.uuid4().hex, **more))


class Api:
    """One token's view of the API."""

    def __init__(self, desk, token, agent_id=None):
        self.desk, self.token, self.agent_id = desk, token, agent_id

    def call(self, method, path, body=None, headers=None):
        answer = request(
            method, self.desk.url + path, body, {"Authorization": f"Bearer {self.token}", **(headers or {})}
        )
        self.desk.description.check_response(method, path, answer.status, answer.content_type, answer.parsed())
        return answer

    def expect(self, status, method, path, body=None, headers=None):
        answer = self.call(method, path, body, headers)
        assert answer.status == status, (method, path, answer)
        return answer.parsed()

    def get(self, path):
        return self.expect(200, "GET", path)

    def post(self, path, body=None, status=200, headers=None):
        return self.expect(status, "POST", path, body if body is not None else {}, headers)

    def put(self, path, body, status=200):
        return self.expect(status, "PUT", path, body)

    def patch(self, path, body, status=200, headers=None):
        return self.expect(status, "PATCH", path, body, headers)

    def delete(self, path, status=204, headers=None):
        return self.expect(status, "DELETE", path, headers=headers)

    def items(self, path):
        return self.get(path)["items"]

    def pages(self, path, limit):
        """Every item of a list, page by page."""
        joint = "&" if "?" in path else "?"
        items, cursor = [], None
        while True:
            more = "&cursor=" + urllib.parse.quote(cursor) if cursor else ""
            page = self.get(f"{path}{joint}limit={limit}{more}")
            assert len(page["items"]) <= limit
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    def conversations(self, **query):
        return self.items("/v1/conversations?" + urllib.parse.urlencode(query))

    def conversation(self, conversation_id):
        return self.get(f"/v1/conversations/{conversation_id}")

    def act(self, conversation, action, body=None, status=200):
        return self.post(f"/v1/conversations/{conversation['id']}/{action}", body, status)

    def reply(self, conversation, text="Hei hei!", status=201, headers=None, **more):
        return self.post(f"/v1/conversations/{conversation['id']}/messages", {"text": text, **more}, status, headers)

    def messages(self, conversation):
        return self.items(f"/v1/conversations/{conversation['id']}/messages?limit=100")

    def presence(self, state, **more):
        return self.put("/v1/agents/me/presence", {"state": state, **more})

    def online(self):
        return self.presence("online")

    def events(self, after=0, types=None):
        """All events after a cursor, oldest first."""
        items = []
        while True:
            page = self.get(f"/v1/events?after={after}&limit=500" + (f"&types={types}" if types else ""))
            items += page["items"]
            after = page["next_cursor"]
            if not page["more"]:
                return items

    def cursor(self):
        """The newest place of the log."""
        events = self.events()
        return events[-1]["cursor"] if events else 0

    def assigned(self, conversation, agent_id=None, seconds=20):
        """Waits until the conversation is somebody's, or this agent's; returns it."""

        def look():
            found = self.conversation(conversation["id"])
            wanted = found["assignee_id"] is not None if agent_id is None else found["assignee_id"] == agent_id
            return found if wanted else None

        return wait_until(look, seconds, "the assignment of a conversation")


class Account:
    """Made through the command line, as an operator does; everything in it by its administrator, through the API."""

    def __init__(self, desk, name="Test"):
        self.desk = desk
        made = desk.cli("account", "create", "--name", name)
        self.id = made["id"]
        self.admin = Api(desk, made["admin_token"])

    def team(self, name="Support", mode="automatic", wrap_up="0s"):
        body = {"name": name, "mode": mode, "wrap_up_s": in_seconds(wrap_up)}
        return self.admin.post("/v1/teams", body, 201)["id"]

    def agent(self, name, role="agent", teams=(), capacity=10, skills=()):
        body = {
            "name": name,
            "email": f"{name.lower().replace(' ', '.')}@example.com",
            "role": role,
            "capacity": capacity,
            "team_ids": list(teams),
            "skills": list(skills),
        }
        agent_id = self.admin.post("/v1/agents", body, 201)["id"]
        return Api(self.desk, self.admin.post("/v1/tokens", {"agent_id": agent_id}, 201)["token"], agent_id)

    def channel(self, name="Chat", team=None, **options):
        body = {"kind": "webhook", "name": name, "team_id": team, **options}
        return Channel(self.desk, self.admin.post("/v1/channels", body, 201))

    def policy(self, target, kind="first_reply", channel=None, team=None, hours_id=None, **more):
        """`more`: priority, visibility, and the times warn_lead, leads_after, account_after."""
        words = {name: more.pop(name, None) for name in ("priority", "visibility")}
        body = {"kind": kind, "channel_id": channel, "team_id": team, "hours_id": hours_id, **words}
        body.update({name + "_s": in_seconds(length) for name, length in {"target": target, **more}.items()})
        return self.admin.post("/v1/policies", body, 201)["id"]

    def attribute(self, applies_to, key, type="text", choices=None):
        """Of the type choice where there are choices."""
        body = {"applies_to": applies_to, "key": key, "name": key, "type": "choice" if choices else type}
        return self.admin.post("/v1/attributes", {**body, "choices": choices or []}, 201)

    def token(self, *scopes):
        """An integrator's token with these scopes."""
        made = self.admin.post("/v1/tokens", {"role": "integrator", "scopes": list(scopes)}, 201)
        api = Api(self.desk, made["token"])
        api.token_id = made["id"]
        return api


class Server:
    """One `lupaus serve`."""

    def __init__(self, desk, words=(), ports=None, **settings):
        self.desk, self.words, self.settings = desk, words, settings
        self.description = desk.description
        self.port, self.metrics_port = ports or free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.metrics_url = f"http://127.0.0.1:{self.metrics_port}"
        self.log_path = os.path.join(desk.folder, f"serve-{self.port}.log")
        environment = {
            **desk.environment,
            "LUPAUS_HTTP_PORT": str(self.port),
            "LUPAUS_METRICS_PORT": str(self.metrics_port),
            **settings,
        }
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([desk.program, "serve", *words], env=environment, stderr=log, stdout=log)

    def wait_ready(self):
        wait_until(self.is_ready, START_WAIT_S, "readiness")
        return self

    def is_ready(self):
        assert self.process.poll() is None, "serve ended: " + self.log()[-2000:]
        return self.probe("/readyz") == 200

    def is_alive(self):
        return self.process.poll() is None and self.probe("/healthz") == 200

    def probe(self, path):
        try:
            return request("GET", self.metrics_url + path, timeout=5).status
        except OSError:
            return None

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def metrics(self):
        return request("GET", self.metrics_url + "/metrics").body.decode()

    def metric(self, name, **labels):
        """The sum of the samples that have these labels; None where there is none."""
        values = [
            value
            for sample, given, value in samples(self.metrics())
            if sample == name and labels.items() <= given.items()
        ]
        return sum(values) if values else None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait_end(self):
        return self.process.wait(timeout=STOP_WAIT_S)

    def stop(self):
        """Asks it to end and returns its exit code; also where it has ended already."""
        if self.process.poll() is None:
            self.terminate()
        try:
            return self.wait_end()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("serve did not end: " + self.log()[-2000:]) from None

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=10)

    def again(self):
        """Another process in its place: the same roles, settings and ports."""
        return Server(self.desk, self.words, (self.port, self.metrics_port), **self.settings)


def samples(text):
    """(name, labels, value) of a page of metrics."""
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        name, _, rest = line.partition("{") if "{" in line else (line.split(" ")[0], "", line.partition(" ")[2])
        labels = {}
        if "{" in line:
            inside, _, rest = rest.rpartition("}")
            for pair in filter(None, inside.split('",')):
                label, _, value = pair.partition('="')
                labels[label] = value.rstrip('"')
        yield name, labels, float(rest.split()[0])


class Desk:
    """A database of its own and one or more `serve` processes on it."""

    def __init__(self, cluster, folder, **settings):
        self.cluster, self.folder = cluster, str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.database = cluster.create_database()
        self.ports = free_ports(2)
        self.url = f"http://127.0.0.1:{self.ports[0]}"
        self.servers = []
        self.program, self.description = PROGRAM, description()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LUPAUS_")},
            "LUPAUS_DATABASE_URL": cluster.url("lupaus_owner", self.database),
            "LUPAUS_DATABASE_APP_URL": cluster.url("lupaus_app", self.database),
            "LUPAUS_DATABASE_WORKER_URL": cluster.url("lupaus_worker", self.database),
            "LUPAUS_BLOB_DIR": os.path.join(self.folder, "blobs"),
            "LUPAUS_SECRET_KEY_FILE": self.write_key(),
            "LUPAUS_EGRESS_ALLOW": "127.0.0.0/8",
            **GENEROUS,
            **settings,
        }

    def write_key(self):
        path = os.path.join(self.folder, "key")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        return path

    def run(self, *words, environment=None, **options):
        """The command line, to its end. Options without a value are named in `words`."""
        flags = [part for name, value in options.items() for part in ("--" + name.replace("_", "-"), str(value))]
        return subprocess.run(
            [self.program, *words, *flags],
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def cli(self, *words, **options):
        done = self.run(*words, **options)
        assert done.returncode == 0, (words, done.stderr)
        return json.loads(done.stdout)

    def migrate(self):
        self.cli("migrate")
        return self

    def start(self, *words, **settings):
        """The first process, on ports that stay the same when it is started again."""
        self.servers = [one for one in self.servers if one.process.poll() is None]
        self.servers.insert(0, Server(self, words, self.ports, **settings))
        self.server.wait_ready()
        return self

    def join(self, *words, **settings):
        """One process more, on ports of its own."""
        self.servers.append(Server(self, words, **settings))
        return self.servers[-1].wait_ready()

    def served_by(self, path, described):
        """The same database, run by another program with a description of its own."""
        other = copy.copy(self)
        other.program, other.description = path, described
        other.servers, other.ports = [], free_ports(2)
        other.url = f"http://127.0.0.1:{other.ports[0]}"
        return other

    @property
    def server(self):
        return self.servers[0]

    def stop(self):
        return [one.stop() for one in self.servers]

    def discard(self):
        """Whatever has gone wrong, nothing of it stays."""
        for server in self.servers:
            if server.process.poll() is None:
                server.kill()
        self.cluster.drop_database(self.database)

    def end_sessions(self):
        """Each role may end its own sessions, and no others."""
        for role in ("lupaus_app", "lupaus_worker"):
            with contextlib.closing(self.cluster.connect(role, "postgres")) as connection:
                connection.cursor().execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s AND usename = current_user",
                    (self.database,),
                )

    def query(self, statement, *values):
        with contextlib.closing(self.cluster.connect("lupaus_owner", self.database)) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    def rows(self, statement, *values):
        """The same as dictionaries."""
        with contextlib.closing(self.cluster.connect("lupaus_owner", self.database)) as connection:
            cursor = connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
            cursor.execute(statement, values)
            return [dict(row) for row in cursor.fetchall()]


@contextlib.contextmanager
def running_desk(cluster, folder, *words, **settings):
    """Migrated and started; stopped at the end, which has to go well."""
    desk = Desk(cluster, folder, **settings)
    try:
        desk.migrate().start(*words)
        yield desk
        codes = desk.stop()
        assert codes == [0] * len(codes), codes
    finally:
        desk.discard()


def in_parallel(*calls):
    """Runs each in a thread of its own; their results in order. The first failure is raised."""
    results = [None] * len(calls)
    failures = []

    def run(index, call):
        try:
            results[index] = call()
        except BaseException as failure:  # whatever it is, the test has to see it
            failures.append(failure)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results
