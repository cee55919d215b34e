"""A disk that is full: that of the attachments, then that of PostgreSQL. While it is, whoever asks for something to be
kept is told to come back (503, Retry-After, RFC 9457) and nothing is acknowledged that is not stored; once there is
room again everything goes on, and nobody has to start the program anew."""

import base64
import contextlib
import os
import random
import subprocess
import tempfile

import program
import small_disk
from trial import PER_SECOND, SETTINGS, Fault, Trial

ACCOUNTS = 2
FULL_S = 6
RECOVERY_MAX_S = 30
FILE_BYTES = 100_000


def come_back(answer):
    """What a caller is told who can do nothing about it."""
    assert answer.status == 503, answer
    assert answer.content_type == "application/problem+json" and answer.parsed()["status"] == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    return True


def attached(content):
    return [{"name": "photo.jpg", "content_type": "image/jpeg", "content": base64.b64encode(content).decode()}]


def test_a_full_store_of_attachments_takes_nothing_and_loses_nothing(cluster, tmp_path):
    chance = random.Random(1)
    with small_disk.mounted(tmp_path / "blobs", "4m") as disk, program.running_desk(cluster, tmp_path) as desk:
        account = program.Account(desk)
        team = account.team()
        maija = account.agent("Maija", teams=[team])
        chat = account.channel("Chat", team=team)
        before = chat.ask(maija, attachments=attached(chance.randbytes(FILE_BYTES)))
        disk.fill()
        contents = [chance.randbytes(FILE_BYTES) for _ in range(5)]
        messages = [
            {"id": program.new_id(), "sender": {"id": "photographer", "name": "Eero"}, "attachments": attached(content)}
            for content in contents
        ]
        reply = {"text": "Here.", "attachments": attached(chance.randbytes(FILE_BYTES))}
        for message in messages:
            assert come_back(chat.post(message))
            assert maija.call("GET", f"/v1/channels/{chat.id}/inbound/{message['id']}").status == 404
        assert come_back(maija.call("POST", f"/v1/conversations/{before['id']}/messages", reply))
        assert len(maija.messages(before)) == 1
        words = chat.ask(maija, "No picture.", sender="somebody else")
        maija.reply(words, "Fine.")
        assert desk.server.is_ready()
        disk.free()
        for message in messages:
            assert chat.post(message).status == 202
        conversation = chat.routed(maija, messages[-1])
        program.wait_until(lambda: len(maija.messages(conversation)) == len(messages), what="all pictures")
        for message, content in zip(maija.messages(conversation), contents):
            [file] = message["attachments"]
            assert maija.call("GET", f"/v1/attachments/{file['id']}").body == content
        assert maija.call("POST", f"/v1/conversations/{before['id']}/messages", reply).status == 201
        assert os.listdir(tmp_path / "blobs" / "tmp") == []


@contextlib.contextmanager
def cluster_on(disk, folder):
    """A PostgreSQL server that keeps everything there."""
    script = os.path.join(program.REPOSITORY, "tests", "support", "cluster")
    home = os.path.join(disk.path, "server")
    subprocess.run([script, "start", "--durable", "--home", home, folder], check=True, timeout=120)
    try:
        yield program.Cluster(os.path.join(folder, "cluster.env"))
    finally:
        subprocess.run([script, "stop", folder], check=True, timeout=120)


def test_a_full_disk_of_the_server_loses_nothing_and_is_forgotten(tmp_path):
    with contextlib.ExitStack() as stack:
        # Not below pytest's own folder, which the server's user may not enter.
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lupaus-", dir="/var/tmp"))
        os.chmod(folder, 0o755)
        disk = stack.enter_context(small_disk.mounted(folder, "400m"))
        cluster = stack.enter_context(cluster_on(disk, str(tmp_path / "cluster")))
        desk = stack.enter_context(program.running_desk(cluster, tmp_path, **SETTINGS))
        trial, full = Trial(desk, ACCOUNTS), {}

        def meanwhile():
            # What still finds room in a page that is there is rightly acknowledged.
            assert come_back(program.wait_until(lambda: trial.load.offer(trial.accounts[0]), what="the first refusal"))
            full["refused_at"] = trial.load.record.count()
            trial.load.pause.wait(FULL_S / 2)
            full["acknowledged"] = trial.load.record.count() - full["refused_at"]

        trial.run(Fault("full", disk.fill, disk.free, FULL_S, lambda _: "refused_at" in full, meanwhile))
        print(full)
        trial.judge(RECOVERY_MAX_S)
        assert full["acknowledged"] < PER_SECOND * FULL_S / 2 / 4
        assert desk.server.process.poll() is None
