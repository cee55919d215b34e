"""Attachments in a bucket instead of a folder: every way in, every way out, and who may have them."""

import base64
import hashlib
import http.client
import os
import urllib.parse

import pytest

import conftest
import object_store
import program


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with object_store.running_store(tmp_path_factory.mktemp("swift")) as running:
        yield running


@pytest.fixture(scope="module")
def desk(cluster, bucket, tmp_path_factory):
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **bucket.settings()) as running:
        yield running


def name_of(content):
    """As files have it below the folder."""
    digits = hashlib.sha256(content).hexdigest()
    return f"{digits[:2]}/{digits}"


def attached(*contents):
    return [{"name": "photo.jpg", "content": base64.b64encode(content).decode()} for content in contents]


def files_of(desk):
    return [name for _, _, names in os.walk(os.path.join(desk.folder, "blobs")) for name in names]


def download(api, file):
    return api.call("GET", f"/v1/attachments/{file['id']}")


def test_a_customers_files_are_kept_in_the_bucket_before_they_are_acknowledged(desk, bucket, support):
    contents = [os.urandom(200_000), b"Hei!", b""]
    message = support.chat.say("See here", attachments=attached(*contents))
    for content in contents:
        assert bucket.content(name_of(content)) == content
    conversation = support.chat.routed(support.maija, message)
    shown = support.maija.messages(conversation)[0]["attachments"]
    assert [one["size_bytes"] for one in shown] == [200_000, 4, 0]
    for file, content in zip(shown, contents):
        answer = download(support.maija, file)
        assert (answer.status, answer.body) == (200, content)
        assert answer.headers["Content-Length"] == str(len(content))
    assert files_of(desk) == []


def test_an_agents_file_goes_out_and_only_its_account_can_have_it(desk, bucket, support, outlet):
    shop = support.channel("Shop", team=support.support, outbound_url=outlet.url)
    conversation = shop.ask(support.maija)
    receipt = os.urandom(18 << 20)
    [file] = support.maija.reply(conversation, "Here it is.", attachments=attached(receipt))["attachments"]
    assert bucket.content(name_of(receipt)) == receipt
    assert outlet.wait(1)[0].json()["attachments"] == [file]
    assert download(support.maija, file).body == receipt
    link = support.maija.get(f"/v1/attachments/{file['id']}/link")["url"]
    assert link.startswith("/files/"), "downloads come from the desk"
    answer = program.request("GET", urllib.parse.urljoin(desk.url, link))
    assert (answer.status, answer.body) == (200, receipt)
    stranger = program.Account(desk).agent("Sirpa", role="admin")
    assert download(stranger, file).status == 404
    assert stranger.call("GET", f"/v1/attachments/{file['id']}/link").status == 404


def test_a_file_that_was_named_by_a_url_is_fetched_into_the_bucket(desk, bucket, support, outlet):
    photo = os.urandom(3_000_000)
    outlet.answer_next((200, photo, {"Content-Type": "image/jpeg"}))
    url = outlet.url.removesuffix("/replies") + "/photo.jpg"
    conversation = support.chat.ask(support.maija, attachments=[{"url": url}])

    def fetched():
        [file] = support.maija.messages(conversation)[0]["attachments"]
        return file if file["state"] == "ready" else None

    file = program.wait_until(fetched, what="the file")
    assert download(support.maija, file).body == photo == bucket.content(name_of(photo))
    assert files_of(desk) == []


def test_what_is_missing_in_the_bucket_is_no_empty_file(desk, bucket, support):
    content = os.urandom(1_000)
    conversation = support.chat.ask(support.maija, attachments=attached(content))
    [file] = support.maija.messages(conversation)[0]["attachments"]
    bucket.ask("DELETE", name_of(content))
    assert download(support.maija, file).status == 500
    bucket.put(name_of(content), os.urandom(1_000))
    with pytest.raises(http.client.IncompleteRead):
        download(support.maija, file)


def test_a_desk_moves_by_copying_its_folder(cluster, bucket, tmp_path):
    content = os.urandom(100_000)
    desk = program.Desk(cluster, tmp_path).migrate().start()
    try:
        account = conftest.furnish(program.Account(desk))
        conversation = account.chat.ask(account.maija, attachments=attached(content))
        [file] = account.maija.messages(conversation)[0]["attachments"]
        assert desk.stop() == [0]
        root = desk.environment["LUPAUS_BLOB_DIR"]
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                bucket.put(os.path.relpath(path, root), open(path, "rb").read())
                os.unlink(path)
        desk.start(**bucket.settings())
        assert download(account.maija, file).body == content
        assert desk.stop() == [0]
    finally:
        desk.discard()


@pytest.fixture
def still(cluster, tmp_path):
    desk = program.Desk(cluster, tmp_path, LUPAUS_EGRESS_ALLOW="10.1.0.0/16").migrate()
    os.makedirs(desk.environment["LUPAUS_BLOB_DIR"])
    yield desk
    desk.discard()


def examined(desk, settings):
    [line] = [one for one in desk.run("doctor", environment=settings).stdout.splitlines() if " bucket " in one]
    return line


def test_the_doctor_says_what_is_wrong_with_the_bucket(bucket, still):
    assert examined(still, bucket.settings()).startswith("ok")
    [free] = program.free_ports(1)
    wrong = {
        "the secret key does not belong to the access key": {"LUPAUS_BLOB_SECRET_KEY": "wrong"},
        "there is no bucket elsewhere": {"LUPAUS_BLOB_BUCKET": "elsewhere"},
        "Connecting to 127.0.0.1:": {"LUPAUS_BLOB_ENDPOINT": f"http://127.0.0.1:{free}"},
        "The TLS handshake failed": {"LUPAUS_BLOB_ENDPOINT": bucket.url.replace("http:", "https:")},
    }
    for words, settings in wrong.items():
        line = examined(still, bucket.settings(**settings))
        assert line.startswith("problem") and words in line, line
        assert object_store.PASSWORD not in line


def test_the_secret_key_may_be_in_a_file(bucket, still, tmp_path):
    path = tmp_path / "secret"
    path.write_text(object_store.PASSWORD + "\n")
    path.chmod(0o600)
    settings = bucket.settings(LUPAUS_BLOB_SECRET_KEY="", LUPAUS_BLOB_SECRET_KEY_FILE=str(path))
    assert examined(still, settings).startswith("ok")


def test_half_a_configuration_is_a_mistake(bucket, still):
    done = still.run("serve", environment={"LUPAUS_BLOB_ENDPOINT": bucket.url})
    assert done.returncode != 0
    for name in ("bucket", "access_key", "secret_key"):
        assert f"blob.endpoint needs blob.{name} as well" in done.stderr
