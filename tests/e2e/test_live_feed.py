"""The live feed: one log, read as a WebSocket, as Server-Sent Events and as pages; resumed from any place, without
gaps."""

import json
import re

import pytest

import live
import program
import raw_http


def cursors(events):
    return [event["cursor"] for event in events]


def test_the_three_ways_tell_the_same(support, follow):
    maija, chat = support.maija, support.chat
    start = maija.cursor()
    stream = follow(maija)
    with live.ServerEvents(maija) as sse:
        sse.event("hello")
        conversation = chat.ask(maija)
        reply = maija.reply(conversation)
        maija.act(conversation, "resolve")
        stream.event("conversation.resolved")
        sse.event("conversation.resolved")
        by_sse = [frame["data"] for frame in sse.all if frame["event"] != "hello"]
        assert [int(frame["id"]) for frame in sse.all[1:]] == cursors(by_sse)
        assert [frame["event"] for frame in sse.all[1:]] == [event["type"] for event in by_sse]
        assert sse.content_type.startswith("text/event-stream")
    by_pages = maija.events(start)
    by_socket = stream.events()
    assert (
        [event["id"] for event in by_socket] == [event["id"] for event in by_sse] == [event["id"] for event in by_pages]
    )
    assert cursors(by_pages) == list(range(start + 1, start + 1 + len(by_pages)))
    reply_event = next(event for event in by_socket if (event.get("message") or {}).get("id") == reply["id"])
    assert reply_event["message"]["text"] == reply["text"] and reply_event["conversation"]["id"] == conversation["id"]


def test_an_event_is_enough_to_mirror_the_conversation(support, follow):
    maija = support.maija
    stream = follow(maija)
    conversation = support.chat.ask(maija)
    maija.patch(f"/v1/conversations/{conversation['id']}", {"tags": ["vip"]})
    told = stream.event("conversation.updated", conversation_id=conversation["id"])
    assert told["conversation"] == support.admin.conversation(conversation["id"]), "as everybody sees it"
    assert told["actor"] == {"type": "agent", "id": maija.agent_id, "token_id": told["actor"]["token_id"]}


def described_types():
    """`conversation.created` `.updated` … of the description, and the rooms that are only named."""
    text = program.description().document["components"]["schemas"]["Event"]["description"].partition("Types:")[2]
    text = re.sub(r"\(with `\w+`\)", "", text)
    types, room = set(), ""
    for word in re.findall(r"`([a-z_.]+)`", text):
        room = word.partition(".")[0] or room
        types.add(room + "." + word.partition(".")[2] if "." in word else room + ".*")
    return types


def test_every_event_is_one_that_is_described(support, desk):
    """Of all that the tests of this file have caused so far, and of a conversation that sees everything."""
    maija, admin = support.maija, support.admin
    conversation = support.chat.ask(maija)
    for action in ("pending", "reopen", "resolve", "reopen"):
        maija.act(conversation, action)
    maija.act(support.chat.ask(maija), "waive", {"reason": "other"})
    maija.act(support.chat.ask(maija), "answered", {"how": "other"})
    maija.act(conversation, "snooze", {"until": program.from_now(hours=1)})
    maija.act(support.chat.ask(maija), "transfer", {"team_id": support.team("Other")})
    maija.act(support.chat.ask(maija), "assign", {"agent_id": None})
    maija.patch(f"/v1/contacts/{conversation['contact']['id']}", {"name": "Aino V."})
    admin.patch(f"/v1/channels/{support.chat.id}", {"name": "Renamed"})
    admin.delete(f"/v1/policies/{support.policy('1h')}")
    known = described_types()
    told = {row[0] for row in desk.query("SELECT DISTINCT type FROM event")}
    assert len(told) > 20
    assert {name for name in told if name not in known and name.partition(".")[0] + ".*" not in known} == set()


# ---- resuming


def test_a_websocket_resumes_where_it_was_told(support, follow):
    maija, chat = support.maija, support.chat
    chat.ask(maija)
    everything = maija.events()
    stream = follow(maija, cursor=0)
    assert stream.begin == {"type": "hello", "cursor": 0}
    stream.next(lambda frame: frame["type"] == "event" and frame["event"]["cursor"] == everything[-1]["cursor"])
    assert cursors(stream.events()) == cursors(everything)

    middle = everything[2]["cursor"]
    resumed = follow(maija, cursor=middle)
    chat.ask(maija)
    last = resumed.event("conversation.assigned")
    resumed.event("conversation.assigned")
    assert last["cursor"] > middle
    assert cursors(resumed.events()) == list(range(middle + 1, middle + 1 + len(resumed.events())))


def test_a_websocket_resumes_while_it_is_open(support, follow):
    maija = support.maija
    support.chat.ask(maija)
    newest = maija.cursor()
    stream = follow(maija)
    stream.say({"type": "resume", "cursor": newest - 2})
    assert stream.frame("hello")["cursor"] == newest - 2
    assert [stream.frame("event")["event"]["cursor"] for _ in range(2)] == [newest - 1, newest]


def test_server_sent_events_resume_after_the_last_id(support):
    maija = support.maija
    support.chat.ask(maija)
    newest = maija.cursor()
    with live.ServerEvents(maija, last_event_id=newest - 1) as sse:
        assert sse.event("hello")["data"] == {"cursor": newest - 1}
        assert sse.next(lambda frame: True)["id"] == str(newest)


def test_a_cursor_beyond_the_log_means_read_the_lists_anew(support, follow):
    """As after a database was restored to an earlier time."""
    maija = support.maija
    support.chat.ask(maija)
    newest = maija.cursor()
    stream = follow(maija, cursor=newest + 1000)
    assert stream.begin == {"type": "resync", "cursor": newest}
    support.chat.ask(maija)
    assert stream.frame("event")["event"]["cursor"] == newest + 1
    with live.ServerEvents(maija, last_event_id=newest + 1000) as sse:
        assert sse.event("resync")["data"]["cursor"] > newest
    problem = maija.expect(409, "GET", f"/v1/events?after={newest + 1000}")
    assert problem["newest_cursor"] >= newest


def test_readers_in_every_place_get_everything_while_it_happens(support, desk, follow):
    """Many writers, readers that join at any time: each sees every event behind its place once, in order."""
    maija, chat = support.maija, support.chat
    start = maija.cursor()
    early = [follow(maija, cursor=start) for _ in range(3)]

    def write(number):
        for _ in range(10):
            chat.say("Hei!", sender=f"writer-{number}")

    late = []
    program.in_parallel(
        *[lambda number=number: write(number) for number in range(6)],
        lambda: late.extend(follow(maija, cursor=start) for _ in range(3)),
    )
    program.wait_until(
        lambda: desk.query("SELECT count(*) FROM message WHERE account_id = %s", support.id)[0][0] == 60,
        what="all messages",
    )
    newest = maija.cursor()
    for stream in early + late:
        stream.next(lambda frame: frame["type"] == "event" and frame["event"]["cursor"] >= newest)
        assert cursors(stream.events())[: newest - start] == list(range(start + 1, newest + 1))


def test_two_processes_tell_the_same(support, desk, follow):
    other = desk.join("--roles", "inbox")
    stream = follow(support.maija, url=other.url)
    conversation = support.chat.ask(support.maija)
    assert stream.event("conversation.assigned", conversation_id=conversation["id"])
    here, there = follow(support.maija), stream
    there.say({"type": "typing", "conversation_id": conversation["id"]})
    assert here.frame("typing")["agent"]["id"] == support.maija.agent_id
    other.stop()
    desk.servers.remove(other)


# ---- pages


def test_pages_of_the_log(support):
    maija = support.maija
    for _ in range(3):
        support.chat.ask(maija)
    whole = maija.events()
    first = maija.get("/v1/events?limit=4")
    assert cursors(first["items"]) == [1, 2, 3, 4] and first["more"] and first["next_cursor"] == 4
    end = maija.get(f"/v1/events?after={whole[-1]['cursor']}")
    assert end == {"items": [], "next_cursor": whole[-1]["cursor"], "more": False}


def test_a_page_ends_at_its_bytes_and_leaves_nothing_out(support, follow):
    """Messages of 25 KB: 256 KiB hold ten of them, not five hundred."""
    maija, chat = support.maija, support.chat
    for number in range(40):
        chat.say("x" * 25_000, sender=f"talker-{number % 4}")
    program.wait_until(
        lambda: support.desk.query("SELECT count(*) FROM message WHERE account_id = %s", support.id)[0][0] == 40,
        what="the routing of all messages",
    )
    newest, after, pages = maija.cursor(), 0, 0
    while after < newest:
        page = maija.get(f"/v1/events?after={after}&limit=500")
        assert 0 < len(json.dumps(page)) < 320 * 1024
        assert cursors(page["items"]) == list(range(after + 1, page["next_cursor"] + 1))
        assert page["more"] == (page["next_cursor"] < newest)
        after, pages = page["next_cursor"], pages + 1
    assert 4 <= pages <= 6
    stream = follow(maija, cursor=0)
    stream.next(lambda frame: frame["type"] == "event" and frame["event"]["cursor"] == newest)
    assert cursors(stream.events()) == list(range(1, newest + 1))


def test_only_some_types(support):
    maija = support.maija
    maija.reply(support.chat.ask(maija))
    assert {event["type"] for event in maija.events(types="message.created")} == {"message.created"}
    some = {event["type"] for event in maija.events(types="promise.*,message.created")}
    assert some == {"promise.opened", "promise.settled", "message.created"}
    page = maija.get("/v1/events?types=alert.raised&limit=2")
    assert page["items"] == [] and page["next_cursor"] == 2 and page["more"]


BAD_LOG_QUERIES = ["after=-1", "after=now", "limit=0", "limit=501", "colour=blue", "after=99999999999999999999"]


@pytest.mark.parametrize("query", BAD_LOG_QUERIES)
def test_a_page_that_cannot_be(shared, query):
    shared.maija.expect(400, "GET", "/v1/events?" + query)


# ---- upstream


def test_presence_can_be_said_on_the_stream(support, follow):
    stream = follow(support.maija)
    stream.say({"type": "presence", "state": "break", "until": program.from_now(hours=1)})
    assert stream.event("agent.presence")["agent"]["presence"] == "break"
    stream.say({"type": "presence", "state": "online"})
    assert stream.event("agent.presence")["agent"]["presence"] == "online"


def test_agents_see_a_customer_typing(support, desk, follow):
    conversation = support.chat.ask(support.maija, sender="u1")
    stranger = follow(program.Account(desk).agent("Sirpa", role="admin"))
    mine = follow(support.maija)
    typing = {"type": "typing", "sender": {"id": "u1"}}
    answer = support.chat.post(typing)
    assert answer.status == 200 and answer.json() == {"status": "noted"}
    frame = mine.frame("typing")
    assert frame["conversation_id"] == conversation["id"]
    assert frame["customer"] == {"id": conversation["contact"]["id"], "name": conversation["contact"]["name"]}
    assert support.chat.post({"type": "typing", "sender": {"id": "nobody"}}).json() == {"status": "known"}
    support.maija.act(conversation, "resolve", {"reason": "other"})
    assert support.chat.post(typing).json() == {"status": "known"}
    assert support.chat.post({"type": "typing", "sender": {}}).json()["errors"][0]["field"] == "/sender/id"
    assert not any(frame["type"] == "typing" for frame in stranger.all)


def test_typing_and_viewing_reach_the_others_and_not_the_log(support, follow):
    sami = support.agent("Sami", teams=[support.support])
    mine, other_tab, his = follow(support.maija), follow(support.maija), follow(sami)
    stranger = follow(program.Account(support.desk).agent("Eva"))
    conversation = support.chat.ask(support.maija)
    newest = support.maija.cursor()
    mine.say({"type": "typing", "conversation_id": conversation["id"]})
    mine.say({"type": "viewing", "conversation_id": conversation["id"]})
    mine.say({"type": "viewing", "conversation_id": None})
    who = {"id": support.maija.agent_id, "name": "Maija"}
    for stream in (his, other_tab):
        assert stream.frame("typing") == {"type": "typing", "conversation_id": conversation["id"], "agent": who}
        assert stream.frame("viewing")["conversation_id"] == conversation["id"]
        assert stream.frame("viewing")["conversation_id"] is None
    assert support.maija.cursor() == newest
    with live.ServerEvents(sami) as sse:
        sse.event("hello")
        mine.say({"type": "typing", "conversation_id": conversation["id"]})
        assert sse.event("typing")["data"]["agent"] == who
    assert not any(frame["type"] in ("typing", "viewing") for frame in mine.all + stranger.all)


NONSENSE = [
    "hei",
    "[]",
    "{}",
    '{"type":"sing"}',
    '{"type":"resume"}',
    '{"type":"resume","cursor":-1}',
    '{"type":"resume","cursor":"1"}',
    '{"type":"typing"}',
    '{"type":"typing","conversation_id":"here"}',
    '{"type":"presence","state":"asleep"}',
    '{"type":"typing","conversation_id":"019a9f52-7b1c-7c33-8a51-0c1f6b8a4e20","x":1}',
    "[" * 100,
]


def test_what_cannot_be_understood_is_answered_and_changes_nothing(support, follow):
    stream = follow(support.maija)
    for text in NONSENSE:
        stream.say(text)
        assert stream.frame("error")["detail"], text
    assert support.chat.ask(support.maija)
    assert stream.event("conversation.created")


def test_a_frame_that_is_too_large_ends_the_stream(support, follow):
    stream = follow(support.maija)
    stream.say(json.dumps({"type": "typing", "conversation_id": "x" * 17 * 1024}))
    stream.wait_closed()
    assert stream.code == 1009


def test_whoever_says_too_much_is_told_so(support, follow):
    stream = follow(support.maija)
    for _ in range(60):
        stream.say({"type": "viewing", "conversation_id": None})
    assert "Too many" in stream.frame("error")["detail"]


# ---- opening and closing


def test_a_browser_offers_its_token_as_a_subprotocol(support, follow):
    stream = follow(support.maija, as_browser=True)
    assert stream.subprotocol == "lupaus"
    support.chat.ask(support.maija)
    assert stream.event("conversation.created")


def test_a_stream_that_is_neither(shared):
    shared.maija.expect(400, "GET", "/v1/stream")
    shared.maija.expect(401, "GET", "/v1/stream?token=" + shared.maija.token, headers={"Authorization": "x"})
    problem = program.request(
        "GET",
        shared.desk.url + "/v1/stream?cursor=abc",
        headers={"Authorization": "Bearer " + shared.maija.token, "Accept": "text/event-stream"},
    )
    assert problem.status == 400


def test_a_slow_reader_is_cut_and_goes_on_from_its_cursor(support, desk):
    """A WebSocket that nobody reads, while megabytes of events happen: the desk's memory is not where they pile up."""
    maija = support.maija
    before = desk.server.metric("lupaus_stream_cut_total") or 0
    with raw_http.Peer(desk.url, receive_buffer=4096) as slow:
        slow.send(
            (
                f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                f"Authorization: Bearer {maija.token}\r\n\r\n"
            ).encode()
        )
        assert slow.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101")

        def write(number):
            for _ in range(5):
                support.chat.say("x" * 250_000, sender=f"talker-{number}")

        while (desk.server.metric("lupaus_stream_cut_total") or 0) == before:
            assert maija.cursor() < 1000
            program.in_parallel(*[lambda number=number: write(number) for number in range(4)])
        last = frames(slow.read_to_end())
        newest = max(frame["event"]["cursor"] for frame in last if isinstance(frame, dict) and frame["type"] == "event")
    assert newest < maija.cursor()
    with live.Live(maija, cursor=newest) as resumed:
        assert resumed.frame("event")["event"]["cursor"] == newest + 1


def frames(data):
    """Server's frames: texts as parsed JSON, closes as their code. The last one may be cut."""
    found = []
    while len(data) >= 2:
        kind, size, at = data[0] & 0x0F, data[1] & 0x7F, 2
        if size == 126:
            size, at = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, at = int.from_bytes(data[2:10], "big"), 10
        if len(data) < at + size:
            break
        body, data = data[at : at + size], data[at + size :]
        if kind == 1:
            found.append(json.loads(body))
        elif kind == 8:
            found.append(int.from_bytes(body[:2], "big"))
    return found


def test_a_stop_says_goodbye_with_1001(cluster, tmp_path):
    with program.running_desk(cluster, tmp_path) as desk:
        account = program.Account(desk)
        maija = account.agent("Maija")
        stream = live.Live(maija)
        stream.frame("hello")
        with live.ServerEvents(maija) as sse:
            sse.event("hello")
            desk.server.terminate()
            stream.wait_closed()
            sse.wait_closed()
        assert stream.code == 1001
        assert desk.server.wait_end() == 0
