"""What a benchmark stands on: the release program (cmake --build --preset release), a durable PostgreSQL server of its
own, and a desk with a history."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
os.environ.setdefault("LUPAUS_TEST_PROGRAM", os.path.join(ROOT, "build", "release", "services", "lupaus", "lupaus"))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import program  # noqa: E402  (needs the path above)

SEED_WAIT_S = 3600


@contextlib.contextmanager
def durable_cluster():
    """Gone at the end, with all that was measured on it."""
    script = os.path.join(ROOT, "tests", "support", "cluster")
    with tempfile.TemporaryDirectory(prefix="lupaus-bench-") as folder:
        subprocess.run([script, "start", "--durable", folder], check=True, capture_output=True)
        try:
            yield program.Cluster(os.path.join(folder, "cluster.env"))
        finally:
            subprocess.run([script, "stop", folder], check=False, capture_output=True)


class Seeded:
    """What `lupaus bench seed` made in an empty database, and how long that took."""

    def __init__(self, desk, conversations, messages):
        self.desk = desk
        begun = time.monotonic()
        words = ["bench", "seed", "--conversations", str(conversations), "--messages", str(messages)]
        done = subprocess.run([program.PROGRAM, *words], env=desk.environment, capture_output=True, text=True,
                              timeout=SEED_WAIT_S, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bench seed failed: {done.stderr}")
        self.took_s = time.monotonic() - begun
        self.made = json.loads(done.stdout)
        self.account, self.teams = self.made["account"], self.made["teams"]
        self.admin = program.Api(desk, self.made["admin_token"])
        # As after the first night of a desk in use.
        desk.query("VACUUM")


@contextlib.contextmanager
def running_desk(cluster, **settings):
    with tempfile.TemporaryDirectory(prefix="lupaus-bench-") as folder:
        desk = program.Desk(cluster, folder, LUPAUS_LOG_LEVEL="warn", **settings).migrate()
        try:
            yield desk.start()
        finally:
            desk.stop()


@contextlib.contextmanager
def seeded_desk(cluster, conversations, messages=None, **settings):
    """Filled before anybody serves it."""
    with tempfile.TemporaryDirectory(prefix="lupaus-bench-") as folder:
        desk = program.Desk(cluster, folder, LUPAUS_LOG_LEVEL="warn", **settings).migrate()
        seeded = Seeded(desk, conversations, messages or 5 * conversations)
        try:
            desk.start()
            yield seeded
        finally:
            desk.stop()


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, len(values) * share // 100)] if values else 0.0
