"""The ladder: who is told that a customer waits, when, and when it stops. Also what is alarming without a target."""

import datetime

import pytest

import program

QUICK = {"LUPAUS_ALERTS_SILENT_AFTER": "2s", "LUPAUS_ALERTS_ACKNOWLEDGE_HOLD": "2s", "LUPAUS_WATCHER_POLL": "60s"}


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    """Silence is alarming after 2 seconds; the watcher hardly polls, so that what is punctual was scheduled."""
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **QUICK) as running:
        yield running


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def levels(api, conversation):
    """state by level, of one conversation's alerts."""
    return {
        one["level"]: one["state"]
        for one in api.items("/v1/alerts?limit=100")
        if one["conversation_id"] == conversation["id"]
    }


def raised(stream, conversation, seconds=20):
    return stream.event("alert.raised", seconds, conversation_id=conversation["id"])["alert"]


def test_the_ladder_goes_up_to_the_leads_and_to_the_account(support, follow):
    """Levels 0 and 1 to the assignee, 2 to the leads, 3 to the account; each replaces the one before, none comes
    early."""
    support.policy("2s", warn_lead="1s", leads_after="1s", account_after="2s")
    support.agent("Leena", role="lead", teams=[support.support]).online()
    maija = support.maija
    stream = follow(maija)
    conversation = support.chat.ask(maija)
    due = at(conversation["owed"]["due_at"])
    alerts = [raised(stream, conversation) for _ in range(4)]
    assert [one["level"] for one in alerts] == [0, 1, 2, 3]
    agent = {"type": "agent", "id": maija.agent_id}
    assert [one["recipient"] for one in alerts] == [
        agent,
        agent,
        {"type": "leads", "id": support.support},
        {"type": "account", "id": None},
    ]
    offsets = [(at(one["raised_at"]) - due).total_seconds() for one in alerts]
    assert offsets == [-1, 0, 1, 2]
    assert all(at(one["noticed_at"]) >= at(one["raised_at"]) for one in alerts)
    assert all((at(one["noticed_at"]) - at(one["raised_at"])).total_seconds() < 1 for one in alerts)
    assert levels(maija, conversation) == {0: "superseded", 1: "superseded", 2: "superseded", 3: "firing"}
    maija.reply(conversation)
    assert levels(maija, conversation)[3] == "resolved"


def told(api, conversation, after=0):
    """What the log says of a conversation's promises and alerts: types in order, with the level of an alert."""
    words = []
    for event in api.events(after, types="promise.*,alert.*"):
        if event["conversation"]["id"] == conversation["id"]:
            words.append(f"{event['type']} {event['alert']['level']}" if "alert" in event else event["type"])
    return words


def test_the_log_says_when_a_promise_is_due_soon_and_when_it_is_overdue(support, follow):
    support.policy("2s", warn_lead="1s", leads_after="1s", account_after="2s")
    support.agent("Leena", role="lead", teams=[support.support]).online()
    maija = support.maija
    stream = follow(maija)
    conversation = support.chat.ask(maija)
    owed = conversation["owed"]
    due_soon = stream.event("promise.due_soon", conversation_id=conversation["id"])
    overdue = stream.event("promise.overdue", conversation_id=conversation["id"])
    for event in (due_soon, overdue):
        assert event["actor"]["type"] == "system"
        assert event["promise"]["id"] == owed["id"] and event["promise"]["due_at"] == owed["due_at"]
        assert event["promise"]["kind"] == "first_reply" and event["promise"]["outcome"] is None
    assert at(due_soon["occurred_at"]) < at(owed["due_at"]) <= at(overdue["occurred_at"])
    superseded = stream.event("alert.superseded", conversation_id=conversation["id"])["alert"]
    assert (superseded["level"], superseded["state"]) == (0, "superseded")
    while raised(stream, conversation)["level"] < 3:
        pass
    maija.reply(conversation)
    stream.event("promise.settled", conversation_id=conversation["id"])
    assert told(maija, conversation) == [
        "promise.opened",
        "promise.due_soon",
        "alert.raised 0",
        "promise.overdue",
        "alert.superseded 0",
        "alert.raised 1",
        "alert.superseded 1",
        "alert.raised 2",
        "alert.superseded 2",
        "alert.raised 3",
        "promise.settled",
        "alert.resolved 3",
    ]


def test_a_held_ladder_does_not_hide_that_a_promise_is_overdue(support, follow):
    support.policy("2s", warn_lead="1s", leads_after="1h", account_after="1h")
    stream = follow(support.maija)
    conversation = support.chat.ask(support.maija)
    warning = raised(stream, conversation)
    support.maija.post(f"/v1/alerts/{warning['id']}/acknowledge")
    overdue = stream.event("promise.overdue", conversation_id=conversation["id"])
    late = (at(overdue["occurred_at"]) - at(conversation["owed"]["due_at"])).total_seconds()
    assert 0 <= late < 1
    assert raised(stream, conversation)["level"] == 1


def test_the_warning_comes_at_three_quarters_of_the_time(support, follow):
    support.policy("4s", leads_after="1h", account_after="1h")
    stream = follow(support.maija)
    conversation = support.chat.ask(support.maija)
    warning = raised(stream, conversation)
    assert (at(conversation["owed"]["due_at"]) - at(warning["raised_at"])).total_seconds() == 1
    support.maija.reply(conversation)
    assert levels(support.maija, conversation) == {0: "resolved"}


def test_a_reply_in_time_raises_nothing(support, follow):
    support.policy("2s", warn_lead="1s")
    maija = support.maija
    stream = follow(maija)
    answered, waiting = support.chat.ask(maija), support.chat.ask(maija)
    maija.reply(answered)
    raised(stream, waiting)
    raised(stream, waiting)
    assert levels(maija, answered) == {}


def test_a_level_that_nobody_hears_passes_on_at_once(support, follow):
    """The assignee is away and there is no lead: the account hears of it when the first level is due."""
    support.policy("2s", warn_lead="1s", leads_after="1h", account_after="1h")
    maija = support.maija
    conversation = support.chat.ask(maija)
    stream = follow(support.admin)
    maija.presence("away")
    alert = raised(stream, conversation)
    assert (alert["level"], alert["recipient"]["type"]) == (3, "account")
    assert levels(support.admin, conversation) == {0: "superseded", 1: "superseded", 2: "superseded", 3: "firing"}
    assert len([event for event in support.admin.events(types="alert.raised")]) == 1


def test_levels_that_fell_due_together_become_one(support, follow):
    """A message from five minutes ago: all is late at once, and one alert says so."""
    support.admin.patch(f"/v1/channels/{support.chat.id}", {"live_since": program.from_now(days=-1)})
    support.policy("1m", warn_lead="30s", leads_after="1m", account_after="2m")
    support.agent("Leena", role="lead", teams=[support.support]).online()
    stream = follow(support.maija)
    conversation = support.chat.ask(support.maija, occurred_at=program.from_now(minutes=-5))
    alert = raised(stream, conversation)
    assert alert["level"] == 3
    assert levels(support.maija, conversation) == {0: "superseded", 1: "superseded", 2: "superseded", 3: "firing"}
    assert [event["alert"]["id"] for event in support.maija.events(types="alert.raised")] == [alert["id"]]


def test_who_is_told_of_an_unassigned_conversation(support, follow):
    support.policy("1s", leads_after="1h", account_after="1h")
    maija = support.maija
    full = support.agent("Sami", teams=[support.support], capacity=0)
    full.online()
    maija.presence("away")
    stream = follow(full)
    conversation = support.chat.ask(full)
    assert raised(stream, conversation)["recipient"] == {"type": "team", "id": support.support}


def test_acknowledging_names_who_took_it_and_holds_the_ladder(support, follow):
    support.policy("2s", warn_lead="1s", leads_after="1s", account_after="1h")
    support.agent("Leena", role="lead", teams=[support.support]).online()
    maija = support.maija
    stream = follow(maija)
    conversation = support.chat.ask(maija)
    warning = raised(stream, conversation)
    taken = maija.post(f"/v1/alerts/{warning['id']}/acknowledge")
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", maija.agent_id)
    told = stream.event("alert.acknowledged")
    assert told["alert"]["id"] == warning["id"] and told["actor"]["id"] == maija.agent_id
    after = raised(stream, conversation)
    held = (at(after["noticed_at"]) - at(taken["acknowledged_at"])).total_seconds()
    assert 0.95 <= held < 2  # half of the promise's two seconds, which is less than the option's
    maija.post(f"/v1/alerts/{warning['id']}/acknowledge", status=409)
    maija.reply(conversation)
    assert set(levels(maija, conversation).values()) <= {"superseded", "resolved"}


def test_taking_an_alert_needs_somebody(support, follow):
    support.policy("1s")
    stream = follow(support.maija)
    alert = raised(stream, support.chat.ask(support.maija))
    support.admin.post(f"/v1/alerts/{alert['id']}/acknowledge", status=403)
    support.maija.post(f"/v1/alerts/{alert['id']}/acknowledge", {"note": "mine"}, 400)


ENDINGS = {
    "answered": lambda api, one: api.act(one, "answered", {"how": "phone"}),
    "waived": lambda api, one: api.act(one, "waive", {"reason": "other"}),
    "resolved": lambda api, one: api.act(one, "resolve"),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_every_end_of_the_wait_ends_the_alert(support, follow, end):
    support.policy("1s", leads_after="1h", account_after="1h")
    stream = follow(support.maija)
    conversation = support.chat.ask(support.maija)
    alert = raised(stream, conversation)
    end(support.maija, conversation)
    assert stream.event("alert.resolved")["alert"]["id"] == alert["id"]


def test_snoozing_stops_no_alert(support, follow):
    support.policy("1s", leads_after="1h", account_after="1h")
    stream = follow(support.maija)
    conversation = support.chat.ask(support.maija)
    support.maija.act(conversation, "snooze", {"until": program.from_now(hours=1)})
    assert raised(stream, conversation)


def test_silence_without_any_target_is_alarming_too(support, follow):
    support.agent("Leena", role="lead", teams=[support.support]).online()
    stream = follow(support.maija)
    conversation = support.chat.ask(support.maija)
    assert conversation["owed"]["due_at"] is None
    alert = raised(stream, conversation)
    assert (alert["kind"], alert["level"]) == ("silent", 2)
    assert (at(alert["raised_at"]) - at(conversation["waiting_since"])).total_seconds() == 2
    support.maija.reply(conversation)
    assert stream.event("alert.resolved")["alert"]["id"] == alert["id"]


def test_waiting_with_nobody_able_to_take_it_is_alarming(support, desk, follow):
    """After a minute, which the test does not wait for: the owner of the database moves it."""
    support.maija.presence("offline")
    lead = support.agent("Leena", role="lead")
    lead.online()
    stream = follow(lead)
    conversation = support.channel("Lonely", team=support.team("Nobody here")).ask(lead)
    due = program.wait_until(
        lambda: desk.query("SELECT due_at FROM timer WHERE subject_id = %s", conversation["id"]), what="the timer"
    )[0][0]
    assert 55 < (due - at(conversation["waiting_since"])).total_seconds() < 65
    desk.query("UPDATE timer SET due_at = clock_timestamp() WHERE subject_id = %s", conversation["id"])
    support.policy("1h")
    support.chat.ask(lead)  # whatever becomes due makes the watcher look
    alert = stream.next(
        lambda frame: frame["type"] == "event" and (frame["event"].get("alert") or {}).get("kind") == "unattended"
    )
    assert alert["event"]["alert"]["conversation_id"] == conversation["id"]
    assert alert["event"]["alert"]["recipient"]["type"] == "account"
    lead.reply(conversation)
    assert stream.event("alert.resolved", conversation_id=conversation["id"])


@pytest.fixture(scope="module")
def lonely(cluster, tmp_path_factory):
    """A desk that is alarmed after a second when nobody is able to take what waits."""
    quick = {**QUICK, "LUPAUS_ALERTS_SILENT_AFTER": "1d", "LUPAUS_ALERTS_UNATTENDED_AFTER": "1s"}
    with program.running_desk(cluster, tmp_path_factory.mktemp("lonely"), **quick) as running:
        yield running


def unattended(stream, conversation):
    def is_wanted(frame):
        event = frame["event"] if frame["type"] == "event" else {}
        is_raised = event.get("type") == "alert.raised" and event["alert"]["kind"] == "unattended"
        return is_raised and event["conversation"]["id"] == conversation["id"]

    return stream.next(is_wanted, what="the alert that nobody is there")["event"]


def left_at(api, agent_id, state):
    changes = [event for event in api.events(types="agent.presence") if event["agent"]["id"] == agent_id]
    assert changes[-1]["agent"]["presence"] == state
    return at(changes[-1]["occurred_at"])


def test_those_who_wait_already_are_told_when_the_last_who_could_take_them_leaves(lonely, follow):
    account = program.Account(lonely)
    team = account.team("Support")
    sami = account.agent("Sami", teams=[team], capacity=1)
    colleague = account.agent("Liisa", teams=[team], capacity=0)
    sami.online()
    colleague.online()
    chat = account.channel("Chat", team=team)
    taken, waiting = chat.ask(sami), chat.ask(sami)
    assert (taken["assignee_id"], waiting["assignee_id"]) == (sami.agent_id, None)
    stream = follow(account.admin)
    colleague.presence("away")
    looks = "SELECT count(*) FROM timer WHERE account_id = %s AND kind = 3"
    program.wait_until(lambda: lonely.query(looks, account.id) == [(0,)], what="the look after a departure")
    assert account.admin.items("/v1/alerts") == []  # somebody is there still
    sami.presence("away")
    alert = unattended(stream, waiting)
    assert alert["alert"]["recipient"]["type"] == "account"
    noticed = (at(alert["alert"]["noticed_at"]) - left_at(account.admin, sami.agent_id, "away")).total_seconds()
    assert 0.95 < noticed < 3
    assert levels(account.admin, taken) == {}  # who is away keeps what they have
    sami.presence("offline")
    unattended(stream, taken)
    sami.online()
    stream.event("alert.resolved")
    assert len(account.admin.events(types="alert.raised")) == 2


def test_what_is_handed_to_a_team_with_nobody_there_is_told(lonely, follow):
    account = program.Account(lonely)
    sami = account.agent("Sami", teams=[account.team("Support")])
    sami.online()
    stream = follow(sami)
    conversation = account.channel("Chat").ask(sami)
    sami.act(conversation, "transfer", {"team_id": account.team("Nobody here")})
    unattended(stream, conversation)


# ---- which promise


def test_the_most_specific_policy_applies(support):
    maija, chat = support.maija, support.chat
    support.policy("5h")
    support.policy("4h", visibility="public")
    support.policy("3h", team=support.support)
    support.policy("2h", channel=chat.id)
    other = support.channel("Other")
    wanted = [
        (chat.ask(maija), 2),
        (support.channel("Third", team=support.support).ask(maija), 3),
        (other.ask(maija, visibility="public"), 4),
        (other.ask(maija), 5),
    ]
    for conversation, hours in wanted:
        length = at(conversation["owed"]["due_at"]) - at(conversation["owed"]["opened_at"])
        assert length == datetime.timedelta(hours=hours)


def test_first_and_next_replies_have_policies_of_their_own(support):
    support.policy("1h", kind="first_reply")
    support.policy("2h", kind="next_reply")
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="u1")
    maija.reply(conversation)
    again = chat.routed(maija, chat.say("And?", sender="u1"))
    owed = again["owed"]
    assert owed["kind"] == "next_reply" and at(owed["due_at"]) - at(owed["opened_at"]) == datetime.timedelta(hours=2)


def test_a_changed_policy_moves_no_wait_that_runs(support):
    policy = support.policy("1h")
    conversation = support.chat.ask(support.maija)
    support.admin.patch(f"/v1/policies/{policy}", {"target_s": 10})
    assert support.maija.conversation(conversation["id"])["owed"] == conversation["owed"]
    again = support.chat.ask(support.maija)
    assert at(again["owed"]["due_at"]) - at(again["owed"]["opened_at"]) == datetime.timedelta(seconds=10)
    support.admin.delete(f"/v1/policies/{policy}")
    assert support.chat.ask(support.maija)["owed"]["due_at"] is None


BAD_POLICIES = {
    "no target": {"kind": "first_reply"},
    "no time": {"kind": "first_reply", "target_s": 0},
    "another kind": {"kind": "resolution", "target_s": 60},
    "the account before the leads": {"kind": "first_reply", "target_s": 60, "leads_after_s": 20, "account_after_s": 10},
    "a warning longer than the promise": {"kind": "first_reply", "target_s": 60, "warn_lead_s": 61},
    "an unknown priority": {"kind": "first_reply", "target_s": 60, "priority": "huge"},
}


@pytest.mark.parametrize("body", BAD_POLICIES.values(), ids=BAD_POLICIES.keys())
def test_a_policy_that_cannot_be(shared, body):
    shared.admin.post("/v1/policies", body, 400)


def test_while_the_desk_is_down_nothing_is_forgotten_and_nothing_told_twice(cluster, tmp_path):
    """The warning, the due time and the leads' level pass while it is stopped: one alert, at the highest of them."""
    with program.running_desk(cluster, tmp_path) as desk:
        account = program.Account(desk)
        team = account.team("Support")
        maija = account.agent("Maija", role="lead", teams=[team])
        maija.online()
        account.policy("2s", warn_lead="1s", leads_after="0s", account_after="1h")
        conversation = account.channel("Chat", team=team).ask(maija)
        assert desk.stop() == [0]
        program.wait_until(lambda: program.from_now() > conversation["owed"]["due_at"], what="the due time")
        desk.start()
        program.wait_until(lambda: maija.items("/v1/alerts?state=firing"), what="the alert")
        assert levels(maija, conversation) == {0: "superseded", 1: "superseded", 2: "firing"}
        assert told(maija, conversation) == ["promise.opened", "promise.overdue", "alert.raised 2"]
        assert desk.stop() == [0]
        desk.start()
        other = account.channel("Other", team=team).ask(maija)  # due later, and looked at by the same watcher
        program.wait_until(lambda: "promise.overdue" in told(maija, other), what="the other promise's due time")
        assert told(maija, conversation) == ["promise.opened", "promise.overdue", "alert.raised 2"]
