"""Every example of proto/openapi.yaml, sent to a desk: it is taken, and answered as the description says."""

import http.client
import json
import urllib.parse

import pytest

import described
import furnished
import mail
import program
import receiver



def say(things, message_id):
    things.chat.routed(things.maija, things.chat.say("Hei!", id=message_id))


def take(things, message_id):
    """A reply that its receiver took under that id."""
    path = f"/v1/channels/{things['channel']}/outbox/{things['delivery']}/acknowledge"
    things.maija.post(path, {"id": message_id})


def open_mail(things):
    things.mail = mail.open_channel(things.account)
    things.update(channel=things.mail.id)


# What an operation, or one example of it, needs to find, where a new thing of its kind is not enough.
NEEDED = {
    "handOff": lambda things: things.update(conversation=things.held_conversation()),
    "getDraft": lambda things: things["draft"],
    "deleteDraft": lambda things: things["draft"],
    "getFile": lambda things: things.update(things.link()),
    "receiveMail": open_mail,
    "receiveWebhook receipt": lambda things: take(things, "sms-77"),
    "receiveWebhook edit": lambda things: say(things, "ext-1"),
    "receiveWebhook removal": lambda things: say(things, "ext-1"),
    "retryAttachment": lambda things: things.update(attachment=things.failed_attachment()),
    "undoMessage": lambda things: things.update(message=things.held_message()),
    "retryDelivery": lambda things: things.update(delivery=things.failed_delivery()),
    "finishRotation": lambda things: things.maija.post(f"/v1/channels/{things['channel']}/rotate"),
    "finishWebhookRotation": lambda things: things.maija.post(f"/v1/webhooks/{things['webhook']}/rotate"),
}


@pytest.fixture(scope="module")
def account(desk):
    with receiver.running_receiver() as outlet, receiver.running_receiver() as gone:
        gone.answer_always((410, b"", {}))
        yield furnished.Furnished(desk, outlet, gone)


def ready(account, request_):
    things = account.things()
    NEEDED.get(f"{request_.operation.id} {request_.name}".strip(), lambda _: None)(things)
    return things


def is_as_in_the_example(operation, answer):
    """The example shows nothing that the answer has not."""
    shown = {status: example for status, _, example in operation.answers()}.get(str(answer.status))
    if not isinstance(shown, dict):
        return True
    return set(shown) <= set(answer.json())


def audited(account):
    """What the audit has of the account, oldest first: operations, and the agents who did them."""
    return account.desk.query(
        "SELECT operation, agent_id::text FROM audit WHERE account_id = %s ORDER BY created_at, id", account.id
    )


ENDLESS = "openStream"
REQUESTS = [one for operation in described.guarded() if operation.id != ENDLESS for one in operation.requests()]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_what_the_example_asks_is_done(account, request_):
    operation = request_.operation
    filled = request_.filled(ready(account, request_))
    before = audited(account)
    answer = account.maija.call(*filled)
    if operation.id in ("postMessage", "giveWord") and answer.status == 403:
        answer = account.admin.call(*filled)  # on_behalf_of is for who is no agent
    assert answer.status < 300, answer
    assert is_as_in_the_example(operation, answer), answer
    is_setup = operation.method != "GET" and (operation.role != "agent" or operation.path.startswith("/v1/tokens"))
    noted = audited(account)[len(before) :]
    assert noted == ([(f"{operation.method} {operation.path}", account.maija.agent_id)] if is_setup else [])


QUERIES = [
    (operation, parameter)
    for operation in described.guarded()
    for parameter in operation.in_place("query")
    if operation.id != ENDLESS and parameter["name"] != "cursor"
]


@pytest.mark.parametrize("operation, parameter", QUERIES, ids=[f"{one} {given['name']}" for one, given in QUERIES])
def test_every_value_of_a_query_is_answered(account, operation, parameter):
    [request_, *_] = operation.requests()
    things = ready(account, request_)
    schema = operation.schema_of(parameter)
    given = [parameter["example"]] if "example" in parameter else schema.get("examples", [])
    given = given + schema.get("enum", [])
    given += [schema[name] for name in ("minimum", "maximum", "default") if name in schema]
    for value in dict.fromkeys(given):
        account.maija.expect(200, *request_.with_query(parameter["name"], value).filled(things))


def test_the_stream_is_opened(account):
    parts = urllib.parse.urlsplit(account.desk.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        headers = {"Authorization": "Bearer " + account.maija.token, "Accept": "text/event-stream"}
        connection.request("GET", "/v1/stream?cursor=0", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
    finally:
        connection.close()


PUBLIC = [one for one in described.operations() if one.is_public]


@pytest.mark.parametrize("operation", PUBLIC, ids=str)
def test_what_needs_no_token(account, operation):
    for request_ in operation.requests():
        things = ready(account, request_)
        method, path, body = request_.filled(things)
        headers = {}
        if "webhook-signature" in {one["name"] for one in operation.in_place("header")}:
            channel = things.mail if operation.id == "receiveMail" else things.chat
            body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            headers = program.signed_headers(channel.secret, body)
            headers["Content-Type"] = next(iter(operation.described["requestBody"]["content"]))
        answer = program.request(method, account.desk.url + path, body, headers)
        program.description().check_response(method, path, answer.status, answer.content_type, answer.parsed())
        assert answer.status < 300, answer
