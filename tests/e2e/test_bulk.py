"""One action on many conversations."""

import uuid

import program


def change(api, conversations, action, status=200, headers=None, **what):
    body = {"ids": [one["id"] for one in conversations], "action": action, **what}
    return api.post("/v1/conversations/bulk", body, status, headers)


def test_each_conversation_has_its_answer(support):
    maija = support.maija
    first, second = support.chat.ask(maija), support.chat.ask(maija)
    maija.act(first, "resolve")
    results = change(maija, [first, {"id": str(uuid.uuid4())}, second], "pending")["results"]
    assert [one["status"] for one in results] == [409, 404, 200]
    assert results[0]["problem"]["detail"] and "conversation" not in results[0]
    assert results[2]["conversation"] == support.admin.conversation(second["id"])


def test_another_accounts_conversation_is_unknown(support, desk):
    other = program.Account(desk)
    foreign = other.channel("Chat").ask(other.admin)
    results = change(support.maija, [foreign], "resolve")["results"]
    assert [one["status"] for one in results] == [404]
    assert other.admin.conversation(foreign["id"]) == foreign


def test_the_log_tells_of_each_and_the_same_key_does_it_once(support):
    maija = support.maija
    asked = [support.chat.ask(maija) for _ in range(3)]
    before = maija.cursor()
    key = {"Idempotency-Key": "clear-1"}
    once = change(maija, asked, "resolve", headers=key, reason="thanks")
    assert change(maija, asked, "resolve", headers=key, reason="thanks") == once
    told = maija.events(after=before, types="conversation.resolved")
    assert sorted(event["conversation"]["id"] for event in told) == sorted(one["id"] for one in asked)
    assert {event["reason"] for event in told} == {"thanks"}
    settled = maija.events(after=before, types="promise.settled")
    assert [event["promise"]["outcome"] for event in settled] == ["waived"] * 3
    assert maija.get("/v1/agents/me")["load"] == 0
    change(maija, asked, "reopen", headers=key, status=422)


def test_what_was_snoozed_together_wakes(support, follow):
    maija = support.maija
    stream = follow(maija)
    asked = [support.chat.ask(maija) for _ in range(2)]
    change(maija, asked, "snooze", until=program.from_now(seconds=1))
    for one in asked:
        woken = stream.event("conversation.woken", conversation_id=one["id"])
        assert woken["conversation"]["state"] == "open"


def test_what_is_given_back_together_goes_to_colleagues(support):
    maija, sami = support.maija, support.agent("Sami", teams=[support.support])
    asked = [support.chat.ask(maija) for _ in range(3)]
    for one in asked:
        maija.assigned(one, maija.agent_id)
    sami.online()
    change(maija, asked, "assign", agent_id=None)
    for one in asked:
        assert sami.assigned(one, sami.agent_id)["previous_agent_id"] == maija.agent_id


def test_two_hundred_at_most(shared):
    ids = [{"id": str(uuid.uuid4())} for _ in range(201)]
    assert len(change(shared.maija, ids[:200], "resolve")["results"]) == 200
    problem = change(shared.maija, ids, "resolve", status=413)
    assert [error["field"] for error in problem["errors"]] == ["/ids"]
    change(shared.maija, ids[:1] * 2, "resolve", status=400)
