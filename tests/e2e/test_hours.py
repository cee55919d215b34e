"""Service promises that are counted by opening hours, against the wall clock of Python's own zoneinfo."""

import datetime
import zoneinfo

import program

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")
MINUTE = datetime.timedelta(minutes=1)


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def make_hours(account, week, zone="Europe/Helsinki", name="Office", **more):
    return account.admin.post("/v1/hours", {"name": name, "zone": zone, "week": week, **more}, 201)


def is_open(week, holidays, local):
    """Of intervals within one day."""
    if local.date().isoformat() in holidays:
        return False
    clock = local.strftime("%H:%M")
    return any(opens <= clock < closes for opens, closes in week.get(DAYS[local.weekday()], []))


def due_by_the_wall_clock(opened, minutes, week, holidays=()):
    """Minute by minute, in UTC; the first one is not whole."""
    left, now = datetime.timedelta(minutes=minutes), opened
    while True:
        end = now.replace(second=0, microsecond=0) + MINUTE
        if is_open(week, holidays, now.astimezone(HELSINKI)):
            if end - now >= left:
                return now + left
            left -= end - now
        now = end


def test_a_promise_is_due_in_opening_hours(support):
    """Whatever day it is: two opening hours a day, a lunch break between them, tomorrow is a holiday."""
    tomorrow = (datetime.datetime.now(HELSINKI) + datetime.timedelta(days=1)).date().isoformat()
    week = {day: [["09:00", "10:00"], ["13:00", "14:00"]] for day in DAYS}
    hours = make_hours(support, week, holidays=[tomorrow])
    support.policy("90m", hours_id=hours["id"])
    conversation = support.chat.ask(support.maija)
    owed = conversation["owed"]
    expected = due_by_the_wall_clock(at(owed["opened_at"]), 90, week, [tomorrow])
    assert abs(at(owed["due_at"]) - expected) <= datetime.timedelta(milliseconds=1)


def test_both_times_are_kept_and_measured(support, desk):
    """A wait in closed hours has a calendar time and no business time."""
    now = datetime.datetime.now(HELSINKI)
    day_after = DAYS[(now.weekday() + 2) % 7]
    hours = make_hours(support, {day_after: [["12:00", "13:00"]]})
    support.policy("1h", hours_id=hours["id"])
    support.admin.patch(f"/v1/channels/{support.chat.id}", {"live_since": program.from_now(days=-1)})
    before = desk.server.metric("lupaus_reply_business_seconds_sum", kind="first_reply") or 0
    conversation = support.chat.ask(support.maija, occurred_at=program.from_now(minutes=-10))
    support.maija.reply(conversation)
    [row] = desk.rows("SELECT * FROM promise WHERE conversation_id = %s", conversation["id"])
    assert row["outcome"] == 0 and row["business_ms"] == 0 and row["elapsed_ms"] >= 600_000
    assert desk.server.metric("lupaus_reply_business_seconds_sum", kind="first_reply") == before


def test_the_warning_waits_for_the_morning(support, follow):
    """Closed now, the ladder stands still; it would have been raised within a second."""
    now = datetime.datetime.now(HELSINKI)
    hours = make_hours(support, {DAYS[(now.weekday() + 2) % 7]: [["12:00", "13:00"]]}, name="Closed now")
    support.policy("2s", hours_id=hours["id"], channel=support.chat.id)
    other = support.channel("Other", team=support.support)
    support.policy("2s", channel=other.id)
    stream = follow(support.maija)
    closed, always = support.chat.ask(support.maija), other.ask(support.maija)
    stream.event("alert.raised", conversation_id=always["id"])
    stream.event("alert.raised", conversation_id=always["id"])
    raised = {event["alert"]["conversation_id"] for event in support.maija.events(types="alert.raised")}
    assert closed["id"] not in raised


def test_hours_are_shared_edited_and_kept(support):
    hours = make_hours(support, {"mon": [["22:00", "02:00"]]})
    policy = support.policy("1h", hours_id=hours["id"])
    admin = support.admin
    assert admin.get(f"/v1/hours/{hours['id']}") == hours
    assert admin.items("/v1/hours") == [hours]
    assert admin.get(f"/v1/policies/{policy}")["hours_id"] == hours["id"]
    admin.delete(f"/v1/hours/{hours['id']}", 409)
    changed = admin.patch(f"/v1/hours/{hours['id']}", {"holidays": ["2026-12-24"]})
    assert changed["holidays"] == ["2026-12-24"] and changed["version"] == 2
    admin.patch(f"/v1/hours/{hours['id']}", {"name": "x"}, 412, {"If-Match": '"1"'})
    admin.patch(f"/v1/policies/{policy}", {"hours_id": None})
    admin.delete(f"/v1/hours/{hours['id']}")
    admin.expect(404, "GET", f"/v1/hours/{hours['id']}")
    types = [event["type"] for event in admin.events() if event["type"].startswith("hours.")]
    assert types == ["hours.created", "hours.updated", "hours.deleted"]


def test_a_week_in_which_nothing_is_open_is_refused(support):
    problem = support.admin.post("/v1/hours", {"name": "Never", "zone": "UTC", "week": {}}, 400)
    assert [one["field"] for one in problem["errors"]] == ["/week"]
    support.maija.post("/v1/hours", {"name": "Mine", "zone": "UTC", "week": {"mon": [["09:00", "10:00"]]}}, 403)
