"""A bucket that is away, silent, or cut off in the middle: nothing is acknowledged that is not in it, nobody takes a
part for the whole, and whoever has no file to send or to read notices nothing."""

import base64
import contextlib
import os
import random
import socket
import threading
import time

import pytest

import gate
import object_store
import program

FILE_BYTES = 100_000
LARGE_BYTES = 18 << 20
MESSAGES = 100
CUT_EVERY_S = 0.05
UNDISTURBED_S = 2  # a message or a reply without a file
SLOW_READERS = 8
MEMORY_MAX = 48 << 20  # of all of them, who ask for 144 MiB


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with object_store.running_store(tmp_path_factory.mktemp("swift")) as running:
        yield running


@pytest.fixture
def road(bucket):
    """Between the desk and the bucket."""
    with gate.running_gate(bucket.port) as between:
        yield between


@pytest.fixture
def desk(cluster, bucket, road, tmp_path):
    settings = bucket.settings(endpoint=f"http://127.0.0.1:{road.port}")
    with program.running_desk(cluster, tmp_path, **settings) as running:
        yield running


@pytest.fixture
def account(desk):
    made = program.Account(desk)
    team = made.team()
    made.maija = made.agent("Maija", teams=[team])
    made.chat = made.channel("Chat", team=team)
    return made


def attached(content):
    return [{"name": "photo.jpg", "content": base64.b64encode(content).decode()}]


def message_with(content):
    return {"id": program.new_id(), "sender": {"id": "eero", "name": "Eero"}, "attachments": attached(content)}


def reply_path(conversation):
    return f"/v1/conversations/{conversation['id']}/messages"


def come_back(answer):
    assert answer.status == 503, answer
    assert answer.content_type == "application/problem+json" and 1 <= int(answer.headers["Retry-After"]) <= 60


def undisturbed(account, conversation):
    """What has no file is taken at once, in and out."""
    begun = time.monotonic()
    account.chat.say("No picture.", sender="somebody else")
    account.maija.reply(conversation, "Fine.")
    assert account.maija.conversations()
    took = time.monotonic() - begun
    assert took < UNDISTURBED_S, took
    return took


def expect_whole(account, message, content):
    conversation = account.chat.routed(account.maija, message)
    shown = [file for one in account.maija.messages(conversation) for file in one["attachments"]]
    downloads = [account.maija.call("GET", f"/v1/attachments/{file['id']}") for file in shown]
    assert content in [one.body for one in downloads if one.status == 200]


def test_a_bucket_that_is_away_takes_nothing_and_loses_nothing(road, account):
    before, later = os.urandom(FILE_BYTES), os.urandom(FILE_BYTES)
    conversation = account.chat.ask(account.maija, attachments=attached(before))
    [file] = account.maija.messages(conversation)[0]["attachments"]
    road.refuse()
    message = message_with(later)
    come_back(account.chat.post(message))
    assert account.maija.call("GET", f"/v1/channels/{account.chat.id}/inbound/{message['id']}").status == 404
    reply = {"text": "Here.", "attachments": attached(os.urandom(FILE_BYTES))}
    come_back(account.maija.call("POST", reply_path(conversation), reply))
    come_back(account.maija.call("GET", f"/v1/attachments/{file['id']}"))
    assert len(account.maija.messages(conversation)) == 1
    undisturbed(account, conversation)
    road.heal()
    assert account.chat.post(message).status == 202
    expect_whole(account, message, later)
    assert account.maija.call("POST", reply_path(conversation), reply).status == 201
    assert account.maija.call("GET", f"/v1/attachments/{file['id']}").body == before


def test_a_bucket_that_is_silent_holds_up_nobody_else(road, account):
    conversation = account.chat.ask(account.maija)
    road.fall_silent()
    answers = []
    reply = {"text": "Here.", "attachments": attached(os.urandom(FILE_BYTES))}

    def offer(number):
        if number % 2:
            answers.append(account.maija.call("POST", reply_path(conversation), reply))
        else:
            answers.append(account.chat.post(message_with(os.urandom(FILE_BYTES))))

    threads = [threading.Thread(target=offer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    program.wait_until(lambda: road.silenced >= 1, what="the first request to the bucket")
    took = [undisturbed(account, conversation) for _ in range(5)]
    for thread in threads:
        thread.join()
    print({"undisturbed_s": max(took), "answers": [one.status for one in answers]})
    assert len(answers) == len(threads)
    for answer in answers:
        come_back(answer)
    road.reset()
    road.heal()
    assert account.maija.call("POST", reply_path(conversation), reply).status == 201


def test_cuts_in_the_middle_lose_no_file(road, account):
    chance = random.Random(9)
    contents = [chance.randbytes(FILE_BYTES) for _ in range(MESSAGES)]
    messages = [message_with(content) for content in contents]
    is_over, refused = threading.Event(), []

    def cut():
        while not is_over.wait(CUT_EVERY_S):
            road.reset()

    def offer(message):
        answer = account.chat.post(message, timeout=60)
        while answer.status == 503:
            refused.append(answer)
            answer = account.chat.post(message, timeout=60)
        assert answer.status in (200, 202), answer

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        for start in range(0, MESSAGES, 10):
            program.in_parallel(*[lambda one=one: offer(one) for one in messages[start : start + 10]])
    finally:
        is_over.set()
        cutter.join()
    print({"cut": road.cut, "come_back": len(refused)})
    assert road.cut >= 5
    conversation = account.chat.routed(account.maija, messages[-1])
    program.wait_until(lambda: len(account.maija.messages(conversation)) == MESSAGES, what="all messages")
    files = [one["attachments"][0] for one in account.maija.messages(conversation)]
    stored = {account.maija.call("GET", f"/v1/attachments/{file['id']}").body for file in files}
    assert stored == set(contents)


class SlowReader:
    """Asks for a file and takes no more of it than the socket holds, until it is told to."""

    def __init__(self, account, file):
        desk = account.desk
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", desk.ports[0]))
        head = f"GET /v1/attachments/{file['id']} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        self.socket.sendall(f"{head}Authorization: Bearer {account.maija.token}\r\n\r\n".encode())
        self.text = b""
        while not self.text.partition(b"\r\n\r\n")[2]:
            self.text += self.socket.recv(1024)
        assert self.text.startswith(b"HTTP/1.1 200 "), self.text

    def rest(self):
        """How much of the body comes, and whether that is what was promised."""
        with contextlib.suppress(ConnectionResetError):
            while part := self.socket.recv(1 << 16):
                self.text += part
        head, _, body = self.text.partition(b"\r\n\r\n")
        assert f"Content-Length: {LARGE_BYTES}\r\n".encode() in head + b"\r\n"
        return len(body)


def large_file(account):
    conversation = account.chat.ask(account.maija, attachments=attached(os.urandom(LARGE_BYTES)))
    return account.maija.messages(conversation)[0]["attachments"][0]


def test_a_download_that_is_cut_is_seen_to_be_cut(road, account, desk):
    file = large_file(account)
    reader = SlowReader(account, file)
    road.reset()
    got = reader.rest()
    print({"promised": LARGE_BYTES, "came": got})
    assert 0 < got < LARGE_BYTES
    assert len(account.maija.call("GET", f"/v1/attachments/{file['id']}").body) == LARGE_BYTES
    assert "another size than was said" in desk.server.log()


def resident(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_slow_readers_cost_little_memory(account, desk):
    file = large_file(account)
    SlowReader(account, file).rest()
    before = resident(desk.server.process)
    readers = [SlowReader(account, file) for _ in range(SLOW_READERS)]
    undisturbed(account, account.chat.ask(account.maija))
    grown = resident(desk.server.process) - before
    print({"readers": SLOW_READERS, "asked_for": SLOW_READERS * LARGE_BYTES, "grown": grown})
    assert grown < MEMORY_MAX
    assert {reader.rest() for reader in readers} == {LARGE_BYTES}
