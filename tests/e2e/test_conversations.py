"""What agents do with a conversation, and what each of it does to the customer's wait."""

import pytest

import program


def outcome(api, conversation):
    settled = [
        event for event in api.events(types="promise.settled") if event["conversation"]["id"] == conversation["id"]
    ]
    return settled[-1]["promise"]["outcome"] if settled else None


# ---- what ends a wait, and what does not

KEEPS_WAITING = {
    "note": lambda api, one: api.reply(one, "He called twice", kind="note"),
    "snooze": lambda api, one: api.act(one, "snooze", {"until": program.from_now(hours=1)}),
    "pending": lambda api, one: api.act(one, "pending"),
    "claim": lambda api, one: api.act(one, "claim"),
    "unassign": lambda api, one: api.act(one, "assign", {"agent_id": None}),
    "tag": lambda api, one: api.patch(f"/v1/conversations/{one['id']}", {"tags": ["vip"], "priority": "urgent"}),
    "reopen": lambda api, one: api.act(one, "reopen"),
}


@pytest.mark.parametrize("act", KEEPS_WAITING.values(), ids=KEEPS_WAITING.keys())
def test_nothing_but_an_answer_ends_a_wait_or_moves_its_due_time(support, act):
    support.policy("1h")
    conversation = support.chat.ask(support.maija)
    act(support.maija, conversation)
    after = support.maija.conversation(conversation["id"])
    assert after["waiting_since"] == conversation["waiting_since"]
    assert after["owed"] == conversation["owed"]


def test_transferring_moves_no_due_time(support):
    support.policy("1h")
    billing = support.team("Billing")
    conversation = support.chat.ask(support.maija)
    moved = support.maija.act(conversation, "transfer", {"team_id": billing})
    assert (moved["team_id"], moved["assignee_id"], moved["owed"]) == (billing, None, conversation["owed"])
    assert moved["previous_agent_id"] == support.maija.agent_id


def test_a_message_that_was_said_before_and_arrives_after_has_waited_longer(support, follow):
    support.policy("1h")
    late = support.channel("Late", team=support.support, live_since=program.from_now(hours=-2))
    stream = follow(support.maija)
    conversation = late.ask(support.maija, sender="slow")
    earlier = late.say("Before that", sender="slow", occurred_at=program.from_now(minutes=-10))
    assert late.routed(support.maija, earlier)["id"] == conversation["id"]
    moved = stream.event("promise.moved", conversation_id=conversation["id"])
    assert moved["promise"]["id"] == conversation["owed"]["id"]
    after = support.maija.conversation(conversation["id"])
    assert after["waiting_since"] == after["owed"]["opened_at"] == earlier["occurred_at"]
    assert moved["promise"]["opened_at"] == earlier["occurred_at"]
    assert after["owed"]["due_at"] == moved["promise"]["due_at"] < conversation["owed"]["due_at"]


def test_answered_elsewhere_is_credited_and_delivers_nothing(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    after = maija.act(conversation, "answered", {"how": "phone"})
    assert after["waiting_since"] is None and after["owed"] is None
    told = maija.events(types="conversation.answered")[-1]
    assert (told["how"], told["actor"]["id"]) == ("phone", maija.agent_id)
    assert outcome(maija, conversation) == "kept"
    assert maija.items(f"/v1/channels/{support.chat.id}/outbox") == []
    maija.act(conversation, "answered", {"how": "phone"}, 409)
    maija.act(conversation, "answered", {"how": "pigeon"}, 400)


def test_no_answer_needed_is_waived_with_its_reason(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    assert maija.act(conversation, "waive", {"reason": "thanks"})["owed"] is None
    assert maija.events(types="conversation.waived")[-1]["reason"] == "thanks"
    assert outcome(maija, conversation) == "waived"
    assert maija.conversation(conversation["id"])["state"] == "open"
    maija.act(conversation, "waive", {"reason": "thanks"}, 409)
    maija.act(conversation, "waive", {"reason": "boredom"}, 400)


def test_resolving_while_a_reply_is_owed_waives_it(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    resolved = maija.act(conversation, "resolve", {"reason": "spam"})
    assert (resolved["state"], resolved["owed"], resolved["waiting_since"]) == ("resolved", None, None)
    assert resolved["resolved_at"] is not None and resolved["assignee_id"] == maija.agent_id
    assert outcome(maija, conversation) == "waived"
    reopened = maija.act(conversation, "reopen")
    assert (reopened["state"], reopened["owed"]) == ("open", None)


def test_resolving_after_the_reply_waives_nothing(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    maija.reply(conversation)
    maija.act(conversation, "resolve")
    assert outcome(maija, conversation) == "kept"


def test_a_resolved_conversation_is_neither_snoozed_nor_held(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    maija.act(conversation, "resolve")
    maija.act(conversation, "snooze", {"until": program.from_now(hours=1)}, 409)
    maija.act(conversation, "pending", status=409)


# ---- replies


def test_an_automatic_message_ends_no_wait(support):
    bot = support.token("messages:write", "conversations:read")
    conversation = support.chat.ask(support.maija)
    said = bot.reply(conversation, "We have your message.")
    assert (said["kind"], said["author"]["type"]) == ("automatic", "bot")
    after = support.maija.conversation(conversation["id"])
    assert after["owed"] == conversation["owed"] and after["assignee_id"] == conversation["assignee_id"]


def test_an_integrator_answers_in_an_agents_name_only_with_the_scope(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    support.token("messages:write").reply(conversation, "Hei!", 403, on_behalf_of=maija.agent_id)
    acting = support.token("messages:write", "messages:act_as")
    said = acting.reply(conversation, "Hei!", on_behalf_of=maija.agent_id)
    assert said["author"] == {"type": "agent", "id": maija.agent_id, "name": "Maija"} and said["kind"] == "message"
    assert maija.conversation(conversation["id"])["owed"] is None
    acting.reply(conversation, "Hei!", 400, on_behalf_of=conversation["id"])


def test_an_answer_given_in_the_platforms_own_app_settles_and_delivers_nothing(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    said = maija.reply(conversation, "I told her in the app", external=True)
    assert said["delivery_state"] is None
    assert maija.conversation(conversation["id"])["owed"] is None
    assert maija.items(f"/v1/channels/{support.chat.id}/outbox") == []
    maija.reply(conversation, "Both", 400, external=True, kind="note")


def test_replying_claims_what_is_nobodys_and_leaves_what_is_a_colleagues(support):
    maija, sami = support.maija, support.agent("Sami", teams=[support.support])
    mine = support.chat.ask(maija)
    assert mine["assignee_id"] == maija.agent_id
    sami.reply(mine)
    assert maija.conversation(mine["id"])["assignee_id"] == maija.agent_id
    maija.act(mine, "resolve")
    maija.presence("away")
    free = support.chat.ask(maija)
    assert free["assignee_id"] is None
    sami.reply(free)
    assert maija.conversation(free["id"])["assignee_id"] == sami.agent_id


def test_a_colleague_who_was_faster_is_shown_before_anything_is_sent(support):
    maija, sami = support.maija, support.agent("Sami", teams=[support.support])
    conversation = support.chat.ask(maija, sender="u1", text="First")
    read = maija.messages(conversation)[-1]["id"]
    sami.reply(conversation, "A note", kind="note")
    maija.reply(conversation, "I saw all that is public", after=read)

    read = maija.messages(conversation)[-1]["id"]
    answer = sami.reply(conversation, "Sami was here")
    problem = maija.reply(conversation, "Me too", 409, after=read)
    assert [one["text"] for one in problem["missed"]] == ["Sami was here"]
    assert problem["last_id"] == answer["id"]
    assert [one["text"] for one in maija.messages(conversation)].count("Me too") == 0
    maija.reply(conversation, "Me too", after=read, despite=problem["last_id"])


def test_despite_settles_only_what_was_seen(support):
    """The customer asked again while the agent wrote: the second question begins a wait of its own."""
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="u1", text="Where is it?")
    seen = maija.messages(conversation)[-1]
    chat.routed(maija, chat.say("And when does it come?", sender="u1"))
    problem = maija.reply(conversation, "At the station", 409, after=seen["id"])
    unseen = problem["missed"][0]
    maija.reply(conversation, "At the station", after=seen["id"], despite=problem["last_id"])
    after = maija.conversation(conversation["id"])
    assert after["owed"]["kind"] == "next_reply" and after["waiting_since"] == unseen["created_at"]
    assert outcome(maija, conversation) == "kept"


def test_despite_does_not_cover_what_came_later_still(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="u1", text="1")
    seen = maija.messages(conversation)[-1]["id"]
    chat.routed(maija, chat.say("2", sender="u1"))
    last = maija.reply(conversation, "Hei!", 409, after=seen)["last_id"]
    chat.routed(maija, chat.say("3", sender="u1"))
    again = maija.reply(conversation, "Hei!", 409, after=seen, despite=last)
    assert [one["text"] for one in again["missed"]] == ["3"]
    maija.reply(conversation, "Hei!", 400, despite=last)
    other = chat.ask(maija)
    maija.reply(other, "Hei!", 400, after=seen)


def test_a_reply_changes_no_state(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    maija.act(conversation, "pending")
    maija.reply(conversation)
    assert maija.conversation(conversation["id"])["state"] == "pending"


# ---- replies that also do something


def test_a_reply_that_also_resolves_is_one_change(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    answer = maija.reply(conversation, "Bye!", then={"state": "resolved", "add_tags": ["repair"]})
    after = support.admin.conversation(conversation["id"])
    assert answer["conversation"] == after
    assert (after["state"], after["tags"], after["version"]) == ("resolved", ["repair"], conversation["version"] + 1)
    assert outcome(maija, conversation) == "kept"
    told = [event for event in maija.events() if event.get("conversation", {}).get("id") == conversation["id"]]
    resolved = [event for event in told if event["type"] == "conversation.resolved"][-1]
    assert "reason" not in resolved and resolved["conversation"] == after
    assert maija.get("/v1/agents/me")["load"] == 0


def test_a_reply_that_also_snoozes_wakes_at_its_time(support, follow):
    maija = support.maija
    stream = follow(maija)
    conversation = support.chat.ask(maija)
    maija.reply(conversation, then={"state": "snoozed", "snoozed_until": program.from_now(seconds=1)})
    woken = stream.event("conversation.woken", conversation_id=conversation["id"])
    assert woken["conversation"]["state"] == "open"


def test_what_a_reply_cannot_also_do_is_not_half_done(support):
    maija, sami = support.maija, support.agent("Sami", teams=[support.support])
    conversation = support.chat.ask(maija)
    maija.reply(conversation, "Yours now", 403, then={"assignee_id": sami.agent_id, "state": "pending"})
    problem = maija.reply(conversation, "Later", 400, then={"state": "snoozed", "snoozed_until": None})
    assert [error["field"] for error in problem["errors"]] == ["/then/snoozed_until"]
    assert maija.conversation(conversation["id"]) == conversation
    assert len(maija.messages(conversation)) == 1
    lead = support.agent("Leena", role="lead")
    given = lead.reply(conversation, "Sami knows", then={"assignee_id": sami.agent_id, "state": "pending"})
    assert (given["conversation"]["assignee_id"], given["conversation"]["state"]) == (sami.agent_id, "pending")


def test_the_same_reply_twice_resolves_once(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    key = {"Idempotency-Key": "bye-1"}
    once = maija.reply(conversation, "Bye!", headers=key, then={"state": "resolved"})
    assert maija.reply(conversation, "Bye!", headers=key, then={"state": "resolved"}) == once
    assert len(maija.messages(conversation)) == 2


# ---- claiming and assigning


def test_a_colleagues_conversation_is_not_claimed_but_assigned(support):
    maija, sami = support.maija, support.agent("Sami", teams=[support.support])
    conversation = support.chat.ask(maija)
    problem = sami.act(conversation, "claim", status=409)
    assert problem["assignee_id"] == maija.agent_id
    taken = sami.act(conversation, "assign", {"agent_id": sami.agent_id})
    assert (taken["assignee_id"], taken["previous_agent_id"]) == (sami.agent_id, maija.agent_id)
    assert sami.act(taken, "claim")["version"] == taken["version"]
    loads = {one["name"]: one["load"] for one in maija.items("/v1/agents")}
    assert loads == {"Maija": 0, "Sami": 1}


def test_only_a_lead_gives_to_somebody_else(support):
    maija, sami = support.maija, support.agent("Sami", teams=[support.support])
    lead = support.agent("Leena", role="lead")
    conversation = support.chat.ask(maija)
    maija.act(conversation, "assign", {"agent_id": sami.agent_id}, 403)
    sami.act(conversation, "assign", {"agent_id": None}, 403)
    assert lead.act(conversation, "assign", {"agent_id": sami.agent_id})["assignee_id"] == sami.agent_id
    maija.act(conversation, "assign", {"agent_id": conversation["id"]}, 400)
    maija.act(conversation, "assign", {}, 400)


def test_who_is_nobody_claims_nothing(support):
    conversation = support.chat.ask(support.maija)
    support.admin.act(conversation, "claim", status=403)
    support.admin.act(conversation, "answered", {"how": "phone"}, 403)


# ---- whom nobody has to answer


def test_what_a_blocked_contact_writes_is_kept_and_owed_no_answer(support):
    maija, chat = support.maija, support.chat
    first = chat.ask(maija, sender="pest")
    maija.reply(first)
    contact = f"/v1/contacts/{first['contact']['id']}"
    maija.patch(contact, {"blocked": True})
    maija.act(first, "resolve")
    again = chat.routed(maija, chat.say("Buy!", sender="pest"))
    assert (again["state"], again["owed"], again["waiting_since"]) == ("resolved", None, None)
    assert "Buy!" in [message["text"] for message in maija.messages(again)]
    elsewhere = support.channel("Mail", team=support.support)
    unknown = elsewhere.ask(maija, sender="pest")
    assert unknown["owed"] is not None, "an address of another channel is another contact"
    maija.patch(contact, {"blocked": False})
    back = chat.routed(maija, chat.say("Sorry!", sender="pest"))
    assert back["state"] == "open" and back["waiting_since"] is not None


# ---- snoozing

BAD_SNOOZES = ["yesterday", "2020-01-01T00:00:00Z", None, 7]


@pytest.mark.parametrize("until", BAD_SNOOZES)
def test_a_snooze_ends_in_the_future(shared, until):
    conversation = shared.chat.ask(shared.maija)
    shared.maija.act(conversation, "snooze", {"until": until}, 400)


def test_a_snooze_is_for_a_year_at_most(shared):
    conversation = shared.chat.ask(shared.maija)
    shared.maija.act(conversation, "snooze", {"until": program.from_now(days=366)}, 400)


def test_a_snoozed_conversation_wakes_at_its_time(support, follow):
    maija = support.maija
    stream = follow(maija)
    conversation = support.chat.ask(maija)
    snoozed = maija.act(conversation, "snooze", {"until": program.from_now(seconds=1)})
    assert snoozed["state"] == "snoozed" and snoozed["snoozed_until"] is not None
    assert maija.get("/v1/agents/me")["load"] == 0
    woken = stream.event("conversation.woken", conversation_id=conversation["id"])
    assert woken["conversation"]["state"] == "open" and woken["occurred_at"] >= snoozed["snoozed_until"]
    after = maija.conversation(conversation["id"])
    assert (after["assignee_id"], after["snoozed_until"]) == (maija.agent_id, None)
    assert maija.get("/v1/agents/me")["load"] == 1


def test_the_customer_wakes_a_snoozed_or_pending_conversation(support):
    maija, chat = support.maija, support.chat
    for number, act in enumerate(
        [
            lambda one: maija.act(one, "pending"),
            lambda one: maija.act(one, "snooze", {"until": program.from_now(hours=1)}),
        ]
    ):
        conversation = chat.ask(maija, sender=f"sleeper-{number}")
        maija.reply(conversation)
        act(conversation)
        woken = chat.routed(maija, chat.say("Hello?", sender=f"sleeper-{number}"))
        assert (woken["id"], woken["state"], woken["owed"]["kind"]) == (conversation["id"], "open", "next_reply")
        assert woken["assignee_id"] == maija.agent_id


def test_reopening_returns_to_the_same_agent_over_capacity_if_need_be(support):
    sami = support.agent("Sami", teams=[support.support], capacity=1)
    support.maija.presence("offline")
    sami.online()
    first = support.chat.ask(sami)
    sami.reply(first)
    sami.act(first, "resolve")
    second = support.chat.ask(sami)
    sami.assigned(second, sami.agent_id)
    reopened = sami.act(first, "reopen")
    assert reopened["assignee_id"] == sami.agent_id
    assert sami.get("/v1/agents/me")["load"] == 2


# ---- the numbers people use


def test_conversations_are_numbered_per_account_without_gaps(support, desk):
    other = program.Account(desk)
    numbers = [support.chat.ask(support.maija)["number"] for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert other.channel("Chat").ask(other.admin)["number"] == 1


def test_editing_a_conversation(support):
    maija = support.maija
    path = f"/v1/conversations/{support.chat.ask(maija)['id']}"
    edited = maija.patch(path, {"subject": "Bicycle", "priority": "high", "tags": ["repair", "vip"]})
    assert (edited["subject"], edited["priority"], edited["tags"]) == ("Bicycle", "high", ["repair", "vip"])
    assert maija.patch(path, {"tags": ["repair", "vip"]})["version"] == edited["version"]
    maija.patch(path, {"tags": ["vip", "vip"]}, 400)
    maija.patch(path, {"subject": None}, 400)
    maija.patch(path, {}, 400)
    assert maija.patch(path, {"team_id": None})["team_id"] is None
