"""TLS on the program's own port, as real clients see it: Python's ssl, curl and the openssl command."""

import contextlib
import os
import socket
import ssl
import subprocess

import pytest

import live
import program


def make_certificate(folder, days=30):
    """A new key and a certificate for localhost that signs itself; returns the paths of both."""
    chain, key = os.path.join(folder, "chain.pem"), os.path.join(folder, "key.pem")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"]
    words += ["-keyout", key + ".new", "-out", chain + ".new"]
    words += ["-days", str(days), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    for path in (key, chain):
        os.replace(path + ".new", path)
    return chain, key


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def desk(cluster, folder):
    """Every client of this file trusts the desk's certificate and no other."""
    chain, key = make_certificate(folder)
    settings = {"LUPAUS_HTTP_TLS_CERTIFICATE_FILE": chain, "LUPAUS_HTTP_TLS_KEY_FILE": key}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", chain)
        with program.running_desk(cluster, folder, **settings) as running:
            running.url = f"https://localhost:{running.ports[0]}"
            yield running


def shown_certificate(desk):
    return ssl.get_server_certificate(("localhost", desk.ports[0]))


def test_everything_goes_through_it(support):
    """Signed webhook, API, WebSocket and Server-Sent Events on one encrypted port."""
    with live.Live(support.maija) as stream, live.ServerEvents(support.maija) as events:
        stream.frame("hello")
        conversation = support.chat.ask(support.maija, "Is this private?")
        support.maija.reply(conversation, "It is.")
        stream.event("message.created", conversation_id=conversation["id"])
        events.event("message.created")
    assert [one["text"] for one in support.maija.messages(conversation)] == ["Is this private?", "It is."]


def test_large_bodies_both_ways(support):
    text = "ä" * 100_000
    conversation = support.chat.ask(support.maija, text)
    assert support.maija.messages(conversation)[0]["text"] == text


def test_curl_is_content(desk):
    words = ["curl", "-sS", "--cacert", os.environ["SSL_CERT_FILE"], "--http2", "-o", os.devnull]
    words += ["-w", "%{http_version} %{ssl_verify_result}", desk.url + "/openapi.yaml"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "1.1 0"), done.stderr


def test_plain_http_is_told_why(desk):
    answer = program.request("GET", desk.url.replace("https", "http") + "/openapi.yaml")
    assert answer.status == 400 and "https" in answer.json()["detail"]


@pytest.mark.parametrize("version, works", [("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)])
def test_the_versions_that_are_spoken(desk, version, works):
    words = ["openssl", "s_client", "-connect", f"localhost:{desk.ports[0]}", version, "-cipher", "ALL:@SECLEVEL=0"]
    done = subprocess.run(words, input="", capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode == 0) == works, done.stdout + done.stderr


def test_slow_handshakes_hold_up_nobody(desk, support):
    with contextlib.ExitStack() as open_ones:
        for _ in range(50):
            slow = open_ones.enter_context(socket.create_connection(("localhost", desk.ports[0])))
            slow.sendall(b"\x16\x03\x01\x02")
        support.chat.ask(support.maija, "Am I served?")


def test_a_renewed_certificate_is_shown_by_itself(desk, folder, support):
    with live.Live(support.maija) as stream:
        stream.frame("hello")
        before = shown_certificate(desk)
        make_certificate(folder)
        program.wait_until(lambda: shown_certificate(desk) != before, what="the new certificate")
        support.chat.say("Still here?")
        stream.event("message.created")


def test_nothing_starts_without_a_usable_pair(desk, folder, tmp_path):
    chain, key = os.path.join(folder, "chain.pem"), os.path.join(folder, "key.pem")
    for settings, words in [
        ({"LUPAUS_HTTP_TLS_KEY_FILE": ""}, "needs http.tls_key_file"),
        ({"LUPAUS_HTTP_TLS_CERTIFICATE_FILE": str(tmp_path / "none.pem")}, "none.pem"),
        ({"LUPAUS_HTTP_TLS_KEY_FILE": chain, "LUPAUS_HTTP_TLS_CERTIFICATE_FILE": key}, "key.pem"),
    ]:
        done = desk.run("serve", environment={"LUPAUS_HTTP_PORT": "0", "LUPAUS_METRICS_PORT": "0", **settings})
        assert done.returncode != 0 and words in done.stderr, done.stderr


def test_the_doctor_says_when_it_ends(desk, tmp_path):
    for days, grade, words in [(30, "ok", "is good for 29 days"), (9, "warning", "ends in 8 days")]:
        chain, key = make_certificate(str(tmp_path), days)
        shown = {"LUPAUS_HTTP_TLS_CERTIFICATE_FILE": chain, "LUPAUS_HTTP_TLS_KEY_FILE": key}
        lines = desk.run("doctor", environment=shown).stdout.splitlines()
        line = next(line for line in lines if " certificate " in line)
        assert line.startswith(grade) and words in line
