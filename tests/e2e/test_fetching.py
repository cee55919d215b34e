"""Files that a customer's message names by a URL: the message never waits for them, they are fetched through the guard,
and whatever becomes of them is said."""

import pytest

import program
import receiver

IMPATIENT = {
    "LUPAUS_COURIER_RETRY_FIRST": "50ms",
    "LUPAUS_COURIER_RETRY_MAX": "100ms",
    "LUPAUS_COURIER_GIVE_UP_AFTER": "5s",
    "LUPAUS_COURIER_FETCH_WAIT": "4s",
}
PHOTO = b"\xff\xd8\xff photo"
SECRET = "signature=s3cret-of-a-link"


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **IMPATIENT) as running:
        yield running


def url_of(outlet, path="/media/photo.jpg"):
    return outlet.url.removesuffix("/replies") + path + "?" + SECRET


def sent(account, url, **more):
    """A customer's message with a file elsewhere, routed. Returns its conversation."""
    return account.chat.ask(account.maija, text="See here", attachments=[{"url": url, **more}])


def file_of(api, conversation):
    [file] = api.messages(conversation)[0]["attachments"]
    return file


def ended(api, conversation, state):
    def look():
        file = file_of(api, conversation)
        return file if file["state"] == state else None

    return program.wait_until(look, 40, f"a file that is {state}")


def told(api, type_):
    return [(event["attachment"]["id"], event) for event in api.events(types=type_)]


def test_the_message_does_not_wait_for_its_file(support, outlet, follow):
    held = receiver.Held(PHOTO, {"Content-Type": "image/jpeg"})
    outlet.answer_next(held)
    stream = follow(support.maija)
    conversation = sent(support, url_of(outlet))
    assert conversation["owed"] and conversation["waiting_since"]
    file = file_of(support.maija, conversation)
    assert file.items() >= {"name": "photo.jpg", "size_bytes": None, "state": "fetching", "error": None}.items()
    created = stream.event("message.created")
    assert created["message"]["attachments"] == [file]
    assert held.is_asked.wait(20)
    for path in ("", "/link"):
        problem = support.maija.expect(409, "GET", f"/v1/attachments/{file['id']}{path}")
        assert "still being fetched" in problem["detail"]
    held.is_free.set()
    ready = stream.event("attachment.ready")
    shown = {**file, "content_type": "image/jpeg", "size_bytes": len(PHOTO), "state": "ready"}
    assert ready["attachment"] == shown == file_of(support.maija, conversation)
    assert ready["message"]["attachments"] == [shown] and ready["conversation"]["id"] == conversation["id"]
    assert ready["actor"]["type"] == "system"
    assert support.maija.call("GET", f"/v1/attachments/{file['id']}").body == PHOTO
    link = support.maija.get(f"/v1/attachments/{file['id']}/link")["url"]
    assert program.request("GET", support.desk.url + link).body == PHOTO
    [request] = outlet.deliveries
    assert request.path.endswith("/media/photo.jpg?" + SECRET) and request.headers["Accept-Encoding"] == "identity"
    assert support.maija.call("POST", f"/v1/attachments/{file['id']}/retry", {}).status == 409


def test_files_here_and_elsewhere_keep_their_order(support, outlet):
    files = [
        {"url": url_of(outlet, "/a"), "name": "first.txt", "content_type": "text/plain"},
        {"name": "second.txt", "content": "SGVpIQ=="},
        {"url": url_of(outlet, "/c"), "name": "third.txt"},
    ]
    outlet.answer_always((200, b"x", {}))
    conversation = support.chat.ask(support.maija, text="", attachments=files)

    def all_ready():
        shown = support.maija.messages(conversation)[0]["attachments"]
        return shown if {one["state"] for one in shown} == {"ready"} else None

    shown = program.wait_until(all_ready, what="all files")
    assert [one["name"] for one in shown] == ["first.txt", "second.txt", "third.txt"]
    assert [one["content_type"] for one in shown][0] == "text/plain"


def test_an_integrators_webhook_hears_of_it(support, outlet):
    with receiver.running_receiver() as mirror:
        body = {"url": mirror.url, "types": ["attachment.*"]}
        support.admin.post("/v1/webhooks", body, 201)
        conversation = sent(support, url_of(outlet))
        [delivery] = mirror.wait(1)
        event = delivery.json()
        assert (event["type"], event["conversation"]["id"]) == ("attachment.ready", conversation["id"])
        assert event["message"]["attachments"][0]["state"] == "ready"


@pytest.mark.parametrize("status", [503, 429, 408, None], ids=str)
def test_trouble_that_may_pass_is_met_with_another_attempt(support, outlet, status):
    outlet.answer_next((status, b"", {}), (status, b"", {}), (200, PHOTO, {}))
    conversation = sent(support, url_of(outlet))
    ready = ended(support.maija, conversation, "ready")
    assert ready["error"] is None and len(outlet.deliveries) == 3
    assert told(support.maija, "attachment.failed") == []


FINAL = {
    "not found": ((404, b"", {}), "answered 404"),
    "forbidden": ((403, b"", {}), "answered 403"),
    "a part": ((206, PHOTO, {}), "answered 206"),
    "a redirect": ((302, b"", {"Location": "/elsewhere"}), "redirects are not followed"),
    "a coding": ((200, PHOTO, {"Content-Encoding": "gzip"}), "coding that was not asked for"),
    "too large": (receiver.Endless(), "larger than 19660800 bytes"),
}


@pytest.mark.parametrize("case", FINAL)
def test_what_no_attempt_will_mend_has_failed_at_once(support, outlet, case):
    answer, reason = FINAL[case]
    outlet.answer_next(answer)
    conversation = sent(support, url_of(outlet))
    failed = ended(support.maija, conversation, "failed")
    assert reason in failed["error"] and failed["size_bytes"] is None and len(outlet.deliveries) == 1
    [(name, event)] = told(support.maija, "attachment.failed")
    assert name == failed["id"] and event["attachment"] == failed
    problem = support.maija.expect(409, "GET", f"/v1/attachments/{failed['id']}")
    assert failed["error"] in problem["detail"] and "retry" in problem["detail"]


def test_what_stays_in_trouble_is_given_up(support, outlet):
    outlet.answer_always(receiver.Slow(0.05))
    conversation = sent(support, url_of(outlet))
    failed = ended(support.maija, conversation, "failed")
    assert "did not come whole, or not in time" in failed["error"] and len(outlet.deliveries) > 1


def test_a_human_may_ask_again(support, outlet):
    outlet.answer_next((404, b"", {}))
    conversation = sent(support, url_of(outlet))
    failed = ended(support.maija, conversation, "failed")
    again = support.maija.post(f"/v1/attachments/{failed['id']}/retry", status=202)
    assert (again["state"], again["error"]) == ("fetching", None)
    ready = ended(support.maija, conversation, "ready")
    assert ready["id"] == failed["id"]
    order = [event["type"] for event in support.maija.events(types="attachment.*")]
    assert order == ["attachment.failed", "attachment.retried", "attachment.ready"]
    [(_, retried)] = told(support.maija, "attachment.retried")
    assert retried["actor"]["id"] == support.maija.agent_id and retried["attachment"] == again


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "[::1]", "192.168.1.1"])
def test_private_addresses_are_refused_by_name(support, address):
    conversation = sent(support, f"http://{address}/media/photo.jpg?{SECRET}")
    failed = ended(support.maija, conversation, "failed")
    assert address.strip("[]") in failed["error"] and "egress.allow" in failed["error"]


def test_the_query_of_a_url_is_told_to_nobody(support, outlet, desk):
    outlet.answer_next((404, b"", {}), (500, b"", {}))
    first = ended(support.maija, sent(support, url_of(outlet)), "failed")
    ended(support.maija, sent(support, url_of(outlet)), "ready")
    nowhere = ended(support.maija, sent(support, "http://nowhere.invalid/a?" + SECRET), "failed")
    said = [desk.server.log(), program.json.dumps(support.maija.events()), program.json.dumps([first, nowhere])]
    assert not any("s3cret" in text for text in said)


def test_a_message_that_is_taken_back_wants_no_file(support, outlet, desk):
    held = receiver.Held(PHOTO)
    outlet.answer_next(held)
    message = support.chat.say("See here", attachments=[{"url": url_of(outlet)}])
    conversation = support.chat.routed(support.maija, message)
    file = file_of(support.maija, conversation)
    assert held.is_asked.wait(20)
    before = desk.server.metric("lupaus_attachment_fetches_total", result="outdated") or 0
    removal = {"type": "message.deleted", "id": program.new_id(), "message_id": message["id"]}
    assert support.chat.post(removal).json()["status"] == "noted"
    held.is_free.set()
    program.wait_until(
        lambda: (desk.server.metric("lupaus_attachment_fetches_total", result="outdated") or 0) > before,
        what="the end of the download",
    )
    assert desk.query("SELECT count(*) FROM attachment_fetch WHERE account_id = %s", support.id) == [(0,)]
    assert support.maija.call("GET", f"/v1/attachments/{file['id']}").status == 404
    assert support.maija.events(types="attachment.*") == []


def test_what_was_given_up_goes_with_its_message(support, outlet, desk):
    outlet.answer_next((404, b"", {}))
    message = support.chat.say("See here", attachments=[{"url": url_of(outlet)}])
    ended(support.maija, support.chat.routed(support.maija, message), "failed")
    waiting = "SELECT count(*) FROM attachment_fetch WHERE account_id = %s"
    assert desk.query(waiting, support.id) == [(1,)], "for another try"
    support.chat.post({"type": "message.deleted", "id": program.new_id(), "message_id": message["id"]})
    assert desk.query(waiting, support.id) == [(0,)]


def repeated(channel, message, url):
    answer = channel.post({**message, "attachments": [{"url": url}]})
    assert answer.status == 200
    return answer.json()["conflict"]


def test_a_repeat_may_renew_the_query_and_nothing_else(support, outlet):
    message = support.chat.say("See here", attachments=[{"url": url_of(outlet)}])
    assert not repeated(support.chat, message, url_of(outlet) + "&renewed=1")
    assert repeated(support.chat, message, url_of(outlet, "/media/other.jpg"))


def test_a_url_that_is_none_is_refused_by_name(support):
    for url, field in (("cdn.example/a", "/url"), ("ftp://cdn.example/a", "/url"), (7, "/url")):
        message = {"id": program.new_id(), "sender": {"id": "u1"}, "attachments": [{"url": url}]}
        answer = support.chat.post(message)
        assert answer.status == 400
        assert ["/attachments/0" + field] == [error["field"] for error in answer.json()["errors"]]


@pytest.fixture
def own_desk(cluster, tmp_path):
    """For what stops and starts."""
    with program.running_desk(cluster, tmp_path, **{**IMPATIENT, "LUPAUS_COURIER_FETCH_WAIT": "1s"}) as running:
        yield running


def furnished(desk):
    account = program.Account(desk)
    team = account.team("Support")
    account.maija = account.agent("Maija", teams=[team])
    account.chat = account.channel("Chat", team=team)
    return account


def test_a_fetch_that_a_crash_cut_short_is_made_again(own_desk, outlet):
    account = furnished(own_desk)
    held = receiver.Held(PHOTO)
    outlet.answer_next(held)
    conversation = sent(account, url_of(outlet))
    assert held.is_asked.wait(20)
    own_desk.server.kill()
    held.is_free.set()
    own_desk.start()
    ready = ended(account.maija, conversation, "ready")
    assert account.maija.call("GET", f"/v1/attachments/{ready['id']}").body == b"", "what the second attempt was given"
    assert len(outlet.deliveries) == 2


def test_a_process_that_stops_gives_back_what_it_was_fetching(cluster, tmp_path, outlet):
    """Its lease of three minutes would outlast the test."""
    with program.running_desk(cluster, tmp_path) as desk:
        account = furnished(desk)
        held = receiver.Held(PHOTO)
        outlet.answer_next(held)
        conversation = sent(account, url_of(outlet))
        assert held.is_asked.wait(20)
        assert desk.stop() == [0]
        held.is_free.set()
        desk.start()
        ended(account.maija, conversation, "ready")
        assert len(outlet.deliveries) == 2


def test_a_desk_that_is_held_fetches_nothing(own_desk, outlet):
    account = furnished(own_desk)
    assert own_desk.stop() == [0]
    own_desk.start("--hold-outbound")
    conversation = sent(account, url_of(outlet))
    looks = "desk_outbound_read_standing"
    before = own_desk.server.metric("lupaus_query_seconds_count", query=looks) or 0
    program.wait_until(
        lambda: own_desk.server.metric("lupaus_query_seconds_count", query=looks) >= before + 12, what="further looks"
    )
    assert file_of(account.maija, conversation)["state"] == "fetching" and outlet.deliveries == []
    assert own_desk.query("SELECT attempt FROM attachment_fetch") == [(0,)]
    assert own_desk.stop() == [0]
    own_desk.start()
    ended(account.maija, conversation, "ready")
