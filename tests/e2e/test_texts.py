"""Every text that the API takes, with what is awkward in Unicode: it comes back byte for byte, in the answer and when
it is read again, or is refused by the name of its field. Never is it mended in silence, and never is it a 5xx."""

import json
import re
import secrets
import urllib.parse

import pytest

import described
import furnished
import openapi_check
import program
import receiver

AWKWARD = {
    "combining marks": "e\u0301\u0323\u0301 A\u030a",
    "composed, and what composes": "\u00e9 \u212b \ufb01 \u1e9e",
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd\u202c \u0639\u0631\u0628\u064a\u200f",
    "joined emoji": "\U0001f469\U0001f3fd\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\ufe0f \U0001f1eb\U0001f1ee",
    "the replacement character": "\ufffd",
    "line and paragraph separators": "a\u2028b\u2029c\u0085d",
    "spaces around": "  \u00a0x\u3000  ",
    "tabs and ends of lines": "\ta\r\nb\rc\n",
    "controls": "\u0001\u001b[2J\u007f",
    "a byte order mark": "\ufeffx\ufeff",
    "noncharacters": "\ufdd0\uffff\U0010ffff",
    "markup": "<b>&amp;\"'\\ </b>%00 ${x} {{y}} \\u0000",
    "nothing to see": "\u200b",
}
# Inside of a JSON string, as bytes: no text at all.
BROKEN = {
    "half a pair": b"\\ud83d",
    "the other half": b"\\ude00x",
    "a pair the wrong way round": b"\\ude00\\ud83d",
    "U+0000, escaped": b"a\\u0000b",
    "U+0000": b"a\x00b",
    "an overlong form": b"\xc0\xaf",
    "a longer overlong form": b"\xf0\x82\x82\xac",
    "a byte of no sequence": b"a\xffb",
    "half a sequence": b"a\xe2\x82",
    "surrogates in three bytes": b"\xed\xa0\xbd\xed\xb8\x80",
    "beyond U+10FFFF": b"\xf4\x90\x80\x80",
}
FACE = "\U0001f600"
PLACE = "@@here@@"


@pytest.fixture(scope="module")
def account(desk):
    with receiver.running_receiver() as outlet:
        made = furnished.Furnished(desk, outlet, outlet)
        made.kept = {}  # what the requests of an operation use, until it is used up
        yield made


TEXTS = [
    (operation, pointer, schema)
    for operation in described.guarded()
    for pointer, schema in operation.body_leaves()
    if (described.is_text(schema) or "enum" in schema) and not schema.get("writeOnly")
]


def around(operation, pointer):
    """The example that has this field, else the first one."""
    requests = operation.requests()
    return next((one for one in requests if described.at(one.body, pointer) is not None), requests[0])


def sent(account, operation, pointer, raw):
    """The answer to an example in which this text stands between the quotes. What an earlier request has used up is
    made anew once."""
    request_ = around(operation, pointer)
    for is_last in (False, True):
        things = account.kept.setdefault(operation.id, account.things())
        method, path, body = request_.filled(things)
        text = json.dumps(described.with_value(body, pointer, PLACE), ensure_ascii=False).encode()
        api = account.admin if "/on_behalf_of" in dict(described.values(body)) else account.maija
        answer = api.call(method, path, text.replace(PLACE.encode(), raw))
        if is_last or answer.status not in (404, 409):
            return path, text.index(PLACE.encode()), answer
        del account.kept[operation.id]
    raise AssertionError("not reached")


ADDED = {"changeConversations": "/tags/0", "postMessage": "/then/add_tags/0"}  # a tag to those that there are


def conversation_of(answer):
    """Beside the message, or the only one that was changed."""
    shown = answer.json()
    return shown["conversation"] if "conversation" in shown else shown["results"][0]["conversation"]


def with_last_tag(conversation, pointer):
    return described.with_value({}, pointer, conversation["tags"][-1])


def read_again(account, operation, path, answer, pointer):
    """What was made or changed, as it is read afterwards."""
    shown = answer.json()
    if ADDED.get(operation.id) == pointer:
        return with_last_tag(account.maija.conversation(conversation_of(answer)["id"]), pointer)
    if operation.id == "putDraft":
        return account.maija.get(path)
    if operation.id == "renegotiatePromise":
        return account.maija.get(f"/v1/promises/{shown['succeeded_by']}")
    if pointer.startswith("/promise/"):
        return {"promise": account.maija.get(f"/v1/promises/{shown['promise']['id']}")}
    if operation.id == "acknowledgeDelivery":
        del account.kept[operation.id]  # the first id stays
        return {"id": account.maija.get(f"/v1/deliveries/{shown['id']}")["external_id"]}
    readable = {(one.method, one.path) for one in described.operations()}
    own = [f"{operation.path}/{{id}}", operation.path]
    if ("GET", own[0]) in readable:
        return account.maija.get(f"{path}/{shown['id']}")
    assert ("GET", own[1]) in readable, f"say here how what {operation} wrote is read"
    found = account.maija.get(path) if operation.method != "POST" else None
    items = account.maija.pages(path, 100) if found is None else [found]
    [same] = [one for one in items if one["id"] == shown["id"]]
    return same


def names(answer, pointer):
    """Whether a refusal says which field it is about."""
    fields = [error["field"] for error in answer.json().get("errors", [])]
    return any(field and (pointer + "/").startswith(field + "/") for field in fields)


def shaped(pointer, text, size=None):
    """The text, unlike any other since some names may be had only once, and an address where it has to be one; made as
    long as asked."""
    tail = "@desk.example" if pointer.endswith("/email") else ""
    mark = secrets.token_hex(4)
    if size is not None:
        faces, rest = divmod(size - len(mark + tail), len(text.encode()))
        return text * faces + "x" * rest + mark + tail
    return text[: len(text) // 2] + mark + text[len(text) // 2 :] + tail


def kept(operation, pointer, text):
    """What becomes of a text: itself, but for the one field that is described otherwise."""
    is_folded = (operation.id, pointer) == ("createAgent", "/email")
    return re.sub("[A-Z]", lambda letter: letter[0].lower(), text) if is_folded else text


def check(account, operation, pointer, text, is_escaped=False):
    raw = json.dumps(text, ensure_ascii=is_escaped)[1:-1].encode()
    path, _, answer = sent(account, operation, pointer, raw)
    if answer.status >= 400:
        assert answer.status in (400, 413) and names(answer, pointer), (text[:80], answer)
        return False
    again = read_again(account, operation, path, answer, pointer)
    is_added = ADDED.get(operation.id) == pointer
    shown = with_last_tag(conversation_of(answer), pointer) if is_added else answer.json()
    for place, found in (("answer", shown), ("again", again)):
        if place == "again" or operation.id not in ("renegotiatePromise", "acknowledgeDelivery"):
            assert described.at(found, pointer) == kept(operation, pointer, text), (place, text[:80])
    return True


@pytest.mark.parametrize("operation, pointer, schema", TEXTS, ids=[f"{one} {pointer}" for one, pointer, _ in TEXTS])
def test_a_text_comes_back_or_is_refused(account, operation, pointer, schema):
    def is_taken(text, **how):
        return check(account, operation, pointer, shaped(pointer, text, **how))

    taken = [is_taken(text) for text in AWKWARD.values()]
    is_free = not {"enum", "const", "pattern", "format"} & set(schema)
    assert is_free or not any(taken)
    assert check(account, operation, pointer, shaped(pointer, FACE), is_escaped=True) <= any(taken)
    if "maxLength" in schema:
        assert is_taken(FACE, size=schema["maxLength"]) == any(taken)
        assert not is_taken(FACE, size=schema["maxLength"] + 1)
        assert not is_taken(FACE, size=4 * min(schema["maxLength"], 2000)) or schema["maxLength"] > 2000


@pytest.mark.parametrize("operation, pointer, schema", TEXTS, ids=[f"{one} {pointer}" for one, pointer, _ in TEXTS])
def test_what_is_no_text_is_refused_by_its_place(account, operation, pointer, schema):
    """It is no JSON either, so the place is a byte of the body."""
    for name, raw in BROKEN.items():
        _, begin, answer = sent(account, operation, pointer, raw)
        assert answer.status == 400, (name, answer)
        place = int(re.search(r"at byte (\d+)", answer.json()["detail"])[1])
        assert begin <= place <= begin + len(raw) + 2, (name, begin, answer)


@pytest.mark.parametrize("name", ["agents", "teams", "channels", "hours"])  # that are listed by name
def test_a_list_by_awkward_names_is_the_same_in_pages(account, name):
    [creation] = [one for one in described.guarded() if (one.method, one.path) == ("POST", f"/v1/{name}")]
    for text in AWKWARD.values():
        assert check(account, creation, "/name", shaped("/name", text))
    assert account.maija.pages(f"/v1/{name}", 3) == account.maija.pages(f"/v1/{name}", 100)


# ---- queries, paths and headers


QUERIES = [
    (operation, parameter)
    for operation in described.guarded()
    for parameter in operation.in_place("query") + operation.in_place("path")
]


def target_with(account, operation, parameter, raw):
    [request_, *_] = operation.requests()
    things = account.kept.setdefault(operation.id, account.things())
    if parameter["in"] == "query":
        request_ = request_.with_query(parameter["name"], PLACE)
    method, target, body = request_.filled(things, {("path", parameter["name"]): PLACE})
    return method, target.replace(urllib.parse.quote(PLACE, safe=""), raw), body


@pytest.mark.parametrize("operation, parameter", QUERIES, ids=[f"{one} {given['name']}" for one, given in QUERIES])
def test_an_address_with_awkward_letters_finds_nothing_or_is_refused(account, operation, parameter):
    in_path = parameter["in"] == "path"
    is_free = parameter["name"] in ("q", "types", "external_ref")
    for text in AWKWARD.values():
        answer = account.maija.call(*target_with(account, operation, parameter, urllib.parse.quote(text, safe="")))
        assert answer.status in ({404} if in_path else {200, 400} if is_free else {400}), (text, answer)
    for raw in ("%00", "%ff", "%ed%a0%80", "%c0%af", "%f4%90%80%80", "%e2%82", "%", "%zz"):
        answer = account.maija.call(*target_with(account, operation, parameter, "a" + raw))
        assert answer.status == (404 if in_path else 400), (raw, answer)


@pytest.mark.parametrize("header", ["Idempotency-Key", "If-Match", "X-Request-Id", "Last-Event-ID", "User-Agent"])
@pytest.mark.parametrize("value", [b"\xff", b"\xe2\x82", "\U0001f600".encode(), b"\xed\xa0\x80", b"\x85", b"a\tb"])
def test_awkward_bytes_in_a_header_break_nothing(account, header, value):
    """Those that are kept are ASCII; where the others matter they are refused by their name."""
    team = account.kept.setdefault("headers", account.things())["team"]
    new = {"name": shaped("/name", "Team")}
    for method, path, body in (("PATCH", f"/v1/teams/{team}", {}), ("POST", "/v1/teams", new)):
        answer = account.maija.call(method, path, body, {header: value})
        is_read = header == {"PATCH": "If-Match", "POST": "Idempotency-Key"}[method]
        assert answer.status == (400 if is_read else 200 if method == "PATCH" else 201), answer
        assert not is_read or answer.json()["errors"][0]["field"] == header


# ---- customers' messages

WHERE_IT_IS_READ = {
    "/id": lambda found: found["fate"]["external_id"],
    "/sender/id": lambda found: found["contact"]["addresses"][0]["address"],
    "/sender/name": lambda found: found["contact"]["name"],
    "/sender/email": lambda found: found["contact"]["email"],
    "/text": lambda found: found["message"]["text"],
    "/html": lambda found: found["message"]["html"],
    "/thread_id": lambda found: found["conversation"]["thread_id"],
    "/external_ref": lambda found: found["conversation"]["external_ref"],
    "/subject": lambda found: found["conversation"]["subject"],
    "/attachments/0/name": lambda found: found["message"]["attachments"][0]["name"],
    "/attachments/0/content_type": lambda found: found["message"]["attachments"][0]["content_type"],
}
NO_TEXT = {
    *("/type", "/visibility", "/occurred_at", "/spam", "/automatic"),
    *("/attachments/0/content", "/attachments/0/url"),
}


def schema_of(name):
    return json.loads((openapi_check.PATH.parent / f"{name}.schema.json").read_text(encoding="utf-8"))


def inbound_texts():
    schema = schema_of("inbound")
    schema.pop("anyOf")
    schema["properties"]["attachments"]["items"].pop("anyOf")
    return [one for one in described.leaves(schema, schema) if one[0] not in NO_TEXT]


def test_every_text_of_a_message_has_a_place_where_it_is_read():
    assert {pointer for pointer, _ in inbound_texts()} == set(WHERE_IT_IS_READ)


def message_with(pointer, text):
    file = {"name": "a.txt", "content_type": "text/plain", "content": "SGVpIQ=="}
    plain = {"id": program.new_id(), "sender": {"id": program.new_id()}, "text": "Hei!", "attachments": [file]}
    return described.with_value(plain, pointer, text)


def found_of(account, chat, message):
    maija = account.maija
    conversation = chat.routed(maija, message)
    fate = chat.fate(maija, message)
    [said] = [one for one in maija.messages(conversation) if one["id"] == fate["message_id"]]
    contact = maija.get(f"/v1/contacts/{conversation['contact']['id']}")
    return {"conversation": conversation, "fate": fate, "message": said, "contact": contact}


def taken_of(post, pointer, longest):
    """Posts awkward texts, and one that is just too long. Gives (text, what `post` was given beside it, or made of it)
    of those that were taken; the others were refused by their name."""
    texts = [shaped(pointer, text) for text in AWKWARD.values()]
    texts += [shaped(pointer, FACE, longest), shaped(pointer, FACE, longest + 1)]
    taken = []
    for text in texts:
        answer, where = post(text)
        if answer.status < 300:
            taken.append((text, where))
        else:
            assert answer.status in (400, 413) and names(answer, pointer), (text[:80], answer)
    assert max(len(text.encode()) for text, _ in taken) == longest
    return taken


def post_text(chat, body):
    return chat.post(json.dumps(body, ensure_ascii=False).encode())


@pytest.mark.parametrize("pointer, schema", inbound_texts(), ids=[pointer for pointer, _ in inbound_texts()])
def test_a_text_of_a_message_comes_in_whole_or_is_refused(account, pointer, schema):
    chat = account.kept.setdefault("hooks", account.things()).chat

    def post(text):
        message = message_with(pointer, text)
        return post_text(chat, message), message

    for text, message in taken_of(post, pointer, schema["maxLength"]):
        assert WHERE_IT_IS_READ[pointer](found_of(account, chat, message)) == text


@pytest.mark.parametrize("pointer", [pointer for pointer, _ in inbound_texts()])
def test_what_is_no_text_is_refused_in_a_message(account, pointer):
    chat = account.kept.setdefault("hooks", account.things()).chat
    for raw in BROKEN.values():
        body = json.dumps(message_with(pointer, PLACE)).encode().replace(PLACE.encode(), raw)
        answer = chat.post(body)
        assert answer.status == 400 and "at byte " in answer.json()["detail"], answer
    shown = account.maija.items(f"/v1/channels/{chat.id}/rejections?limit={len(BROKEN)}")
    assert len(shown) == len(BROKEN)


@pytest.mark.parametrize("name", ["text", "html"])
def test_a_text_of_an_edit_comes_in_whole_or_is_refused(account, name):
    chat = account.kept.setdefault("hooks", account.things()).chat
    said = chat.say("Hei!", sender=program.new_id())
    conversation = chat.routed(account.maija, said)

    def post(text):
        edit = {"type": "message.edited", "id": program.new_id(), "message_id": said["id"], "text": "Hei!", name: text}
        answer = post_text(chat, edit)
        [message] = [one for one in account.maija.messages(conversation) if one["direction"] == "in"]
        return answer, message[name]

    for text, shown in taken_of(post, f"/{name}", schema_of("revision")["properties"][name]["maxLength"]):
        assert shown == text


def test_the_reason_of_a_receipt_comes_in_whole_or_is_refused(account):
    things = account.things()

    def post(text):
        for kind in ("message", "delivery"):
            things.pop(kind, None)
        receipt = {"type": "delivery.updated", "id": program.new_id(), "message_id": things["message"]}
        path = f"/v1/deliveries/{things['delivery']}"
        answer = post_text(things.chat, {**receipt, "state": "failed", "detail": text})
        return answer, account.maija.get(path)["error"]

    for text, shown in taken_of(post, "/detail", schema_of("receipt")["properties"]["detail"]["maxLength"]):
        assert shown == text


@pytest.mark.parametrize("name", ["name", "expires", "signature"])
def test_a_link_with_awkward_letters_is_no_link(account, name):
    link = account.things().link()
    broken = ["%00", "%ff", "%", "%zz"]
    for text in [urllib.parse.quote(text, safe="") for text in AWKWARD.values()] + broken:
        parts = {**{key: urllib.parse.quote(value, safe="") for key, value in link.items()}, name: "1" + text}
        target = "/files/{name}?expires={expires}&signature={signature}".format(**parts)
        answer = program.request("GET", account.desk.url + target)
        program.description().check_response("GET", target, answer.status, answer.content_type, answer.parsed())
        assert answer.status == (400 if name != "name" and text in broken else 404), (text, answer)
