"""Who gets a conversation, and when: presence, capacity, teams, skills, previous agents, and freed capacity. The desk
of this file hardly ever polls, so that whatever happens within a second was caused by a wake-up."""

import pytest

import program

POLLS_NEVER = {"LUPAUS_ROUTER_POLL": "60s"}


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **POLLS_NEVER) as running:
        yield running


@pytest.fixture(scope="module")
def leases(cluster, tmp_path_factory):
    """A desk whose agents are away after five seconds and gone after six."""
    short = {"LUPAUS_PRESENCE_AWAY_AFTER": "5s", "LUPAUS_PRESENCE_OFFLINE_AFTER": "6s"}
    with program.running_desk(cluster, tmp_path_factory.mktemp("leases"), **short) as running:
        yield running


def presence_of(account, agent):
    return account.admin.get(f"/v1/agents/{agent.agent_id}")["presence"]


def load_of(agent):
    return agent.get("/v1/agents/me")["load"]


# ---- presence


def test_only_who_is_online_gets_something_new(support):
    maija, chat = support.maija, support.chat
    maija.presence("away")
    first = chat.ask(maija)
    assert first["assignee_id"] is None
    maija.presence("break", until=program.from_now(hours=1))
    second = chat.ask(maija)
    assert second["assignee_id"] is None
    maija.online()
    maija.assigned(first, maija.agent_id)
    maija.assigned(second, maija.agent_id)


def test_away_keeps_what_one_has_and_offline_releases_what_was_not_begun(support, follow):
    """All three wait. In one Maija has said something since the customer's last question, which she had not seen."""
    maija, chat = support.maija, support.chat
    begun, asked_again, untouched = (chat.ask(maija, sender=name) for name in ("begun", "asked again", "untouched"))
    answer = maija.reply(begun)
    maija.reply(asked_again)
    for one, sender in ((begun, "begun"), (asked_again, "asked again")):
        assert chat.routed(maija, chat.say("And?", sender=sender))["id"] == one["id"]
    last = maija.messages(begun)[-1]
    maija.reply(begun, "One moment.", after=answer["id"], despite=last["id"])
    maija.presence("away")
    for one in (begun, asked_again, untouched):
        now = maija.conversation(one["id"])
        assert now["assignee_id"] == maija.agent_id and now["waiting_since"] is not None
    stream = follow(support.admin)
    maija.presence("offline")
    for _ in range(2):
        released = stream.event("conversation.unassigned")["conversation"]
        assert released["id"] in (asked_again["id"], untouched["id"])
        assert (released["assignee_id"], released["previous_agent_id"]) == (None, maija.agent_id)
    for one, assignee in ((begun, maija.agent_id), (asked_again, None), (untouched, None)):
        assert maija.conversation(one["id"])["assignee_id"] == assignee


def test_what_was_released_goes_to_a_colleague(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    assert conversation["assignee_id"] == maija.agent_id
    sami = support.agent("Sami", teams=[support.support])
    sami.online()
    maija.presence("offline")
    moved = sami.assigned(conversation, sami.agent_id)
    assert moved["previous_agent_id"] == maija.agent_id
    assert moved["waiting_since"] == conversation["waiting_since"]
    assert (load_of(maija), load_of(sami)) == (0, 1)


def test_a_message_for_an_offline_agent_is_routed_anew(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="u1")
    maija.reply(conversation)
    maija.presence("offline")
    sami = support.agent("Sami", teams=[support.support])
    sami.online()
    chat.routed(sami, chat.say("Still broken", sender="u1"))
    moved = sami.assigned(conversation, sami.agent_id)
    assert moved["previous_agent_id"] == maija.agent_id


BAD_PRESENCES = [
    {"state": "sleeping"},
    {},
    {"state": "break"},
    {"state": "offline", "until": "2099-01-01T00:00:00Z"},
    {"state": "away", "until": "2020-01-01T00:00:00Z"},
    {"state": "away", "until": "soon"},
]


@pytest.mark.parametrize("body", BAD_PRESENCES, ids=str)
def test_a_presence_that_cannot_be(shared, body):
    shared.maija.put("/v1/agents/me/presence", body, 400)


def test_presence_is_told_and_shown(support, follow):
    stream = follow(support.maija)
    support.maija.presence("break", until=program.from_now(hours=1))
    told = stream.event("agent.presence")["agent"]
    assert (told["id"], told["presence"]) == (support.maija.agent_id, "break") and told["until"] is not None
    assert presence_of(support, support.maija) == "break"
    support.admin.expect(403, "PUT", "/v1/agents/me/presence", {"state": "online"})
    lead = support.agent("Leena", role="lead")
    lead.put(f"/v1/agents/{support.maija.agent_id}/presence", {"state": "offline"})
    assert stream.event("agent.presence")["agent"]["presence"] == "offline"


def test_presence_is_a_lease(leases, follow):
    """Sami's runs out; Maija's open stream and Eva's `until` keep theirs; who asks for something is back."""
    account = program.Account(leases)
    team = account.team("Support")
    sami, maija, eva = (account.agent(name, teams=[team]) for name in ("Sami", "Maija", "Eva"))
    follow(maija)
    stream = follow(account.admin)
    for agent in (maija, sami):
        agent.online()
    eva.presence("online", until=program.from_now(hours=1))
    told = [
        (event["agent"]["id"], event["agent"]["presence"])
        for event in (stream.event("agent.presence") for _ in range(4))
    ]
    assert sorted(told[:3]) == sorted((agent.agent_id, "online") for agent in (maija, sami, eva))
    assert {agent for agent, _ in told[3:]} == {sami.agent_id} and told[-1][1] in ("away", "offline")
    program.wait_until(lambda: presence_of(account, sami) == "offline", what="the end of the lease")
    assert [presence_of(account, agent) for agent in (sami, maija, eva)] == ["offline", "online", "online"]
    sami.get("/v1/agents/me")
    program.wait_until(lambda: presence_of(account, sami) == "online", what="the return of an agent")


def test_an_open_stream_keeps_the_shortest_lease(cluster, tmp_path, follow):
    """While a colleague lapses three times, whoever has a stream open and asks for nothing is never away."""
    shortest = {"LUPAUS_PRESENCE_AWAY_AFTER": "1s", "LUPAUS_PRESENCE_OFFLINE_AFTER": "2s"}
    with program.running_desk(cluster, tmp_path, **shortest) as desk:
        account = program.Account(desk)
        maija, sami = account.agent("Maija"), account.agent("Sami")
        follow(maija)
        stream = follow(account.admin)
        maija.online()
        for _ in range(3):
            account.admin.put(f"/v1/agents/{sami.agent_id}/presence", {"state": "online"})
            stream.next(
                lambda frame: frame["type"] == "event"
                and frame["event"]["type"] == "agent.presence"
                and frame["event"]["agent"] == {"id": sami.agent_id, "presence": "offline", "until": None},
                what="the end of Sami's lease",
            )
        told = [event["agent"] for event in account.admin.events(types="agent.presence")]
        assert [one["presence"] for one in told if one["id"] == maija.agent_id] == ["online"]


# ---- who


def test_a_team_gets_its_own_channels_work(support):
    billing = support.team("Billing")
    sofia = support.agent("Sofia", teams=[billing])
    sofia.online()
    invoices = support.channel("Invoices", team=billing)
    assert invoices.ask(sofia)["assignee_id"] == sofia.agent_id
    assert support.chat.ask(sofia)["assignee_id"] == support.maija.agent_id


def test_without_a_team_anybody_may_get_it(support):
    assert support.channel("Open").ask(support.maija)["assignee_id"] == support.maija.agent_id


def test_a_pull_team_is_served_by_claiming(support):
    pull = support.team("Pull", mode="pull")
    sami = support.agent("Sami", teams=[pull])
    sami.online()
    conversation = support.channel("Slow", team=pull).ask(sami)
    assert conversation["assignee_id"] is None
    assert sami.act(conversation, "claim")["assignee_id"] == sami.agent_id


def test_a_channel_that_needs_a_skill(support):
    swedish = support.channel("Svenska", team=support.support, skill="sv")
    conversation = swedish.ask(support.maija)
    assert conversation["assignee_id"] is None
    eva = support.agent("Eva", teams=[support.support], skills=["sv"])
    eva.online()
    eva.assigned(conversation, eva.agent_id)


def test_a_skill_learnt_is_work_taken(support):
    conversation = support.channel("Svenska", team=support.support, skill="sv").ask(support.maija)
    support.admin.patch(f"/v1/agents/{support.maija.agent_id}", {"skills": ["sv"]})
    support.maija.assigned(conversation, support.maija.agent_id)


def test_the_least_loaded_gets_it_and_ties_go_to_the_longest_idle(support):
    maija, sami = support.maija, support.agent("Sami", teams=[support.support])
    sami.online()
    given = [support.chat.ask(maija)["assignee_id"] for _ in range(6)]
    assert sorted(given) == sorted([maija.agent_id] * 3 + [sami.agent_id] * 3)
    assert all(first != second for first, second in zip(given, given[1:]))


def test_the_previous_agent_gets_a_returning_customer(support):
    maija, chat = support.maija, support.chat
    known = chat.ask(maija, sender="regular")
    assert known["assignee_id"] == maija.agent_id
    maija.reply(known)
    sami = support.agent("Sami", teams=[support.support])
    sami.online()
    maija.act(known, "resolve")
    for _ in range(3):
        maija.act(chat.ask(maija), "assign", {"agent_id": maija.agent_id})
    back = chat.routed(maija, chat.say("One more thing", sender="regular"))
    assert (back["id"], back["assignee_id"]) == (known["id"], maija.agent_id)


def test_what_was_passed_on_does_not_come_straight_back(support):
    """It goes to a colleague who has more to do, and back only while nobody else is there."""
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija)
    assert conversation["assignee_id"] == maija.agent_id
    sami = support.agent("Sami", teams=[support.support])
    for _ in range(3):
        sami.act(chat.ask(maija), "assign", {"agent_id": sami.agent_id})
    sami.online()
    maija.act(conversation, "transfer", {"team_id": support.support})
    sami.assigned(conversation, sami.agent_id)
    maija.presence("away")
    sami.act(conversation, "assign", {"agent_id": None})
    sami.assigned(conversation, sami.agent_id)


def test_the_most_urgent_is_assigned_first(support):
    """While nobody is there three come; the one with the earliest due promise is handed out when somebody comes."""
    maija, chat = support.maija, support.chat
    support.policy("1h", visibility="public")
    maija.presence("away")
    first, second = chat.ask(maija), chat.ask(maija)
    urgent = chat.ask(maija, visibility="public")
    one = support.agent("Sami", teams=[support.support], capacity=1)
    one.online()
    one.assigned(urgent, one.agent_id)
    assert {one.conversation(other["id"])["assignee_id"] for other in (first, second)} == {None}


# ---- capacity


@pytest.fixture
def single(account):
    """An agent with room for one."""
    account.support = account.team("Support")
    account.sami = account.agent("Sami", teams=[account.support], capacity=1)
    account.sami.online()
    account.chat = account.channel("Chat", team=account.support)
    return account


def test_automatic_assignment_never_exceeds_capacity_and_claiming_may(single):
    sami = single.sami
    first, second = single.chat.ask(sami), single.chat.ask(sami)
    assert (first["assignee_id"], second["assignee_id"]) == (sami.agent_id, None)
    sami.act(second, "claim")
    assert load_of(sami) == 2
    third = single.chat.ask(sami)
    sami.act(first, "resolve")
    assert sami.conversation(third["id"])["assignee_id"] is None
    sami.act(second, "resolve")
    sami.assigned(third, sami.agent_id)
    assert load_of(sami) == 1


FREEING = {
    "resolve": lambda account, one: account.sami.act(one, "resolve"),
    "snooze": lambda account, one: account.sami.act(one, "snooze", {"until": program.from_now(hours=1)}),
    "pending": lambda account, one: account.sami.act(one, "pending"),
    "transfer": lambda account, one: account.sami.act(one, "transfer", {"team_id": account.other_team}),
    "more room": lambda account, one: account.admin.patch(
        f"/v1/agents/{account.sami.agent_id}", {"capacity": load_of(account.sami) + 1}
    ),
}


@pytest.mark.parametrize("free", FREEING.values(), ids=FREEING.keys())
def test_freed_capacity_assigns_within_200_ms_of_the_commit(single, free, follow):
    """From the event that freed it to the assignment, by the database's clock: the median of three, since the machine
    of a test may pause once."""
    sami = single.sami
    single.other_team = single.team("Other")
    sami.act(single.chat.ask(sami), "claim")
    stream = follow(sami)
    waits = []
    for _ in range(3):
        held = next(one for one in sami.conversations(view="mine", state="open"))
        waiting = single.chat.ask(sami)
        assert waiting["assignee_id"] is None
        before = sami.cursor()
        free(single, held)
        assigned = stream.event("conversation.assigned", conversation_id=waiting["id"])
        freed = sami.events(before)[0]
        waits.append(seconds_between(freed["occurred_at"], assigned["occurred_at"]))
    assert sorted(waits)[1] < 0.2, waits


def test_a_channel_weighs_what_it_weighs(account):
    team = account.team("Support")
    sami = account.agent("Sami", teams=[team], capacity=3)
    sami.online()
    heavy, light = account.channel("Phone", team=team, weight=3), account.channel("Chat", team=team, weight=0)
    first = heavy.ask(sami)
    assert (first["assignee_id"], load_of(sami)) == (sami.agent_id, 3)
    second = heavy.ask(sami)
    assert second["assignee_id"] is None
    assert light.ask(sami)["assignee_id"] == sami.agent_id
    sami.act(first, "resolve")
    sami.assigned(second, sami.agent_id)


def test_nothing_new_so_soon_after_a_resolution(account):
    team = account.team("Support", wrap_up="1s")
    sami = account.agent("Sami", teams=[team])
    sami.online()
    chat = account.channel("Chat", team=team)
    first = chat.ask(sami)
    sami.act(first, "resolve")
    second = chat.ask(sami)
    assert second["assignee_id"] is None
    sami.assigned(second, sami.agent_id)
    resolved = sami.events(types="conversation.resolved")[-1]["occurred_at"]
    assigned = [
        event for event in sami.events(types="conversation.assigned") if event["conversation"]["id"] == second["id"]
    ]
    assert seconds_between(resolved, assigned[-1]["occurred_at"]) >= 0.9


FREEING = {
    "snoozed": lambda api, one: api.act(one, "snooze", {"until": program.from_now(hours=1)}),
    "pending": lambda api, one: api.act(one, "pending"),
    "handed on": lambda api, one: api.act(one, "transfer", {"team_id": api.other}),
}


@pytest.mark.parametrize("free", FREEING.values(), ids=FREEING.keys())
def test_what_is_only_put_aside_needs_no_wrap_up(account, free):
    team = account.team("Support", wrap_up="1h")
    sami = account.agent("Sami", teams=[team], capacity=1)
    sami.other = account.team("Other")
    sami.online()
    chat = account.channel("Chat", team=team)
    first = chat.ask(sami)
    second = chat.ask(sami)
    assert second["assignee_id"] is None
    free(sami, first)
    sami.assigned(second, sami.agent_id)
    sami.act(second, "resolve")
    assert chat.ask(sami)["assignee_id"] is None


def seconds_between(first, second):
    first, second = (program.datetime.datetime.fromisoformat(one.replace("Z", "+00:00")) for one in (first, second))
    return (second - first).total_seconds()


def test_a_storm_keeps_the_loads_right(support, desk):
    """Agents claim, resolve, reopen, transfer and leave while customers write; afterwards every load is recounted."""
    other = support.team("Other")
    agents = [support.maija] + [
        support.agent(f"Agent {n}", teams=[support.support, other], capacity=3) for n in range(3)
    ]
    for agent in agents:
        agent.online()
    conversations = [support.chat.ask(support.maija, sender=f"u{number}") for number in range(12)]

    def work(agent, offset):
        for number, conversation in enumerate(conversations[offset:] + conversations[:offset]):
            path = f"/v1/conversations/{conversation['id']}/"
            agent.call("POST", path + "claim", {})
            agent.call("POST", path + ("resolve" if number % 3 else "pending"), {})
            agent.call("POST", path + "reopen", {})
            if number % 5 == 0:
                agent.call("POST", path + "transfer", {"team_id": other})
            if number % 7 == 0:
                agent.presence("offline")
                agent.online()

    def write():
        for number in range(30):
            support.chat.say("Hei!", sender=f"u{number % 12}")

    program.in_parallel(
        write, *[lambda agent=agent, offset=offset: work(agent, offset * 3) for offset, agent in enumerate(agents)]
    )
    program.wait_until(
        lambda: desk.query("SELECT count(*) FROM inbound WHERE account_id = %s", support.id)[0][0] == 0,
        what="the empty queue",
    )
    assert desk.query(RECOUNT, support.id) == []
    assert (
        "lupaus_route_failures_total" not in desk.server.metrics()
        or desk.server.metric("lupaus_route_failures_total") == 0
    )


RECOUNT = """
SELECT a.name, a.load, coalesce(c.counted, 0)
FROM agent a
LEFT JOIN (SELECT assignee_id, sum(weight) AS counted FROM conversation WHERE state = 0 GROUP BY assignee_id) c
       ON c.assignee_id = a.id
WHERE a.account_id = %s AND a.load <> coalesce(c.counted, 0)
"""
