"""Saved views: whose they are, what they show, in pages and counted."""

import pytest

EVERYTHING = {"all": []}


def save(api, name, filter_, status=201, **more):
    return api.post("/v1/views", {"name": name, "filter": filter_, **more}, status)


def wrong(problem):
    return [error["field"] for error in problem["errors"]]


def shown(api, view, query=""):
    return api.get(f"/v1/conversations?view_id={view['id']}{query}")


def ids(conversations):
    return [one["id"] for one in conversations]


@pytest.fixture
def lead(support):
    return support.agent("Leena", role="lead")


@pytest.fixture
def desk_of_four(support):
    """All Maija's: with a tag; pending; of a customer with a golden plan; resolved."""
    maija = support.maija
    support.attribute("conversation", "total", "number")
    support.attribute("contact", "plan", choices=["free", "gold"])
    support.made = [support.chat.ask(maija, sender=f"u{number}") for number in range(4)]
    tagged, pending, golden, resolved = support.made
    maija.patch(f"/v1/conversations/{tagged['id']}", {"tags": ["vip"], "attributes": {"total": 12.5}})
    maija.act(pending, "pending")
    maija.patch(f"/v1/contacts/{golden['contact']['id']}", {"attributes": {"plan": "gold"}})
    maija.act(resolved, "resolve", {"reason": "thanks"})
    return support


FILTERS = {
    "everything": (EVERYTHING, {0, 1, 2, 3}),
    "states": ({"field": "state", "in": ["pending", "resolved"]}, {1, 3}),
    "a tag": ({"field": "tag", "has": "vip"}, {0}),
    "whoever asks": ({"all": [{"field": "assignee", "is": "me"}, {"field": "state", "is": "open"}]}, {0, 2}),
    "a number": ({"field": "attributes.total", "at_least": 12.5}, {0}),
    "a number beyond": ({"field": "attributes.total", "at_least": 12.6}, set()),
    "of the customer": ({"field": "contact.attributes.plan", "in": ["gold"]}, {2}),
    "not": ({"not": {"field": "contact.attributes.plan", "set": True}}, {0, 1, 3}),
    "any": ({"any": [{"field": "tag", "has": "vip"}, {"field": "contact.attributes.plan", "is": "gold"}]}, {0, 2}),
    "waiting": ({"field": "waiting", "is": False}, {3}),
    "just now": ({"field": "last_message_at", "after": "-1h"}, {0, 1, 2, 3}),
    "long ago": ({"field": "last_message_at", "before": "-1h"}, set()),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_view_shows_what_its_filter_says(desk_of_four, name):
    maija = desk_of_four.maija
    filter_, wanted = FILTERS[name]
    view = save(maija, name, filter_)
    page = shown(maija, view)
    made = ids(desk_of_four.made)
    assert {made.index(id_) for id_ in ids(page["items"])} == wanted
    assert (page["next_cursor"], page["complete"]) == (None, True)
    [counted] = maija.get(f"/v1/counts?view_id={view['id']}")["saved"]
    assert counted == {"id": view["id"], "count": len(wanted), "text": str(len(wanted)), "complete": True}


def test_me_is_whoever_asks(desk_of_four, lead):
    view = save(lead, "My own", {"field": "assignee", "is": "me"}, shared=True)
    assert len(shown(desk_of_four.maija, view)["items"]) == 4
    assert shown(lead, view)["items"] == [] and shown(desk_of_four.admin, view)["items"] == []


@pytest.mark.parametrize("sort", ["newest", "due", "waiting"])
def test_pages_go_on_where_the_last_one_ended(support, sort):
    support.policy("1h")
    made = [support.chat.ask(support.maija, sender=f"u{number}") for number in range(7)]
    view = save(support.maija, "All", {"field": "owed", "is": True}, sort=sort)
    whole = shown(support.maija, view, "&limit=100")
    assert ids(whole["items"]) == ids(reversed(made) if sort == "newest" else made)
    assert ids(support.maija.pages(f"/v1/conversations?view_id={view['id']}", 3)) == ids(whole["items"])
    as_listed = support.maija.items(f"/v1/conversations?sort={sort}&limit=100")
    assert whole["items"] == as_listed


def test_ones_own_is_nobody_elses(support, lead):
    sami = support.agent("Sami")
    view = save(support.maija, "Mine", EVERYTHING)
    assert (view["shared"], view["sort"], view["position"], view["version"]) == (False, "newest", 0, 1)
    path = f"/v1/views/{view['id']}"
    assert support.maija.get(path) == view
    for other in (sami, lead, support.admin):
        other.expect(404, "GET", path)
        other.patch(path, {"name": "Theirs"}, 404)
        other.delete(path, 404)
        assert wrong(other.expect(400, "GET", f"/v1/conversations?view_id={view['id']}")) == ["view_id"]
        assert wrong(other.expect(400, "GET", f"/v1/counts?view_id={view['id']}")) == ["view_id"]
        assert other.items("/v1/views") == []
    assert not [event for event in lead.events() if event["type"].startswith("view.")]


def test_a_shared_one_is_everybodys_to_see_and_a_leads_to_edit(support, lead):
    save(support.maija, "Ours", EVERYTHING, 403, shared=True)
    view = save(lead, "Ours", EVERYTHING, shared=True)
    path = f"/v1/views/{view['id']}"
    crm = support.token("views:read", "views:write", "conversations:read")
    for reader in (support.maija, support.admin, crm):
        assert reader.items("/v1/views") == [view]
        assert shown(reader, view)["items"] == []
    support.maija.patch(path, {"name": "Mine"}, 403)
    support.maija.delete(path, 403)
    save(crm, "Own", EVERYTHING, 403)
    edited = lead.patch(path, {"name": "Everybody's", "sort": "due"})
    assert edited == {**view, "name": "Everybody's", "sort": "due", "version": 2}
    lead.patch(path, {"name": "Late"}, 412, headers={"If-Match": '"1"'})
    assert wrong(lead.patch(path, {"shared": False}, 400)) == ["/shared"]
    lead.delete(path)
    lead.expect(404, "GET", path)
    told = [event["type"] for event in lead.events() if event["type"].startswith("view.")]
    assert told == ["view.created", "view.updated", "view.deleted"]


def test_they_are_listed_by_position(support, lead):
    last = save(support.maija, "Last", EVERYTHING, position=9)
    first = save(lead, "First", EVERYTHING, shared=True, position=1)
    middle = [save(support.maija, name, EVERYTHING, position=5)["id"] for name in ("a", "b")]
    assert ids(support.maija.pages("/v1/views", 1)) == [first["id"], *sorted(middle), last["id"]]


WRONG = {
    "/filter": [None, [], {}, {"some": []}, "all"],
    "/filter/all/1/field": [{"all": [{"field": "owed", "is": True}, {"field": "subject", "is": "Hei"}]}],
    "/filter/any/0/not/is": [{"any": [{"not": {"field": "state", "is": "closed"}}]}],
    "/filter/in/1": [{"field": "tag", "in": ["vip", ""]}],
    "/filter/field": [{"field": "attributes.nothing", "is": "x"}],
    "/filter/before": [{"field": "waiting_since", "before": "soon"}],
    "/filter/is": [{"field": "team", "is": "019a9f52-7b1c-7c33-8a51-0c1f6b8a4e22"}],
}


@pytest.mark.parametrize("field", WRONG)
def test_what_is_wrong_with_a_filter_is_named_by_its_place(shared, field):
    for filter_ in WRONG[field]:
        problem = save(shared.maija, "Wrong", filter_, 400)
        assert wrong(problem) == [field] and field in problem["detail"], filter_


def test_a_filter_is_checked_when_it_is_edited_and_forgets_what_is_gone(desk_of_four):
    maija = desk_of_four.maija
    view = save(maija, "Big", {"field": "attributes.total", "at_least": 10})
    assert ids(shown(maija, view)["items"]) == [desk_of_four.made[0]["id"]]
    path = f"/v1/views/{view['id']}"
    assert wrong(maija.patch(path, {"filter": {"field": "attributes.total", "is": "ten"}}, 400)) == ["/filter/is"]
    [total] = [one for one in maija.items("/v1/attributes") if one["key"] == "total"]
    desk_of_four.admin.delete(f"/v1/attributes/{total['id']}")
    assert shown(maija, view)["items"] == []
    assert maija.patch(path, {"name": "Was big"})["filter"] == view["filter"]
    desk_of_four.attribute("conversation", "total", "text")
    assert shown(maija, view)["items"] == []


BESIDE = ["view=mine", "state=open", "sort=due", "team_id=none", "colour=blue", "cursor=x"]


@pytest.mark.parametrize("more", BESIDE)
def test_a_view_says_everything_itself(shared, more):
    view = save(shared.maija, "All", EVERYTHING)
    problem = shared.maija.expect(400, "GET", f"/v1/conversations?view_id={view['id']}&{more}")
    assert wrong(problem) == [more.partition("=")[0]]
    shared.maija.delete(f"/v1/views/{view['id']}")


def test_ten_views_are_counted_at_once(support):
    support.chat.ask(support.maija)
    views = [save(support.maija, str(number), EVERYTHING) for number in range(10)]
    query = "&".join(f"view_id={view['id']}" for view in views)
    saved = support.maija.get("/v1/counts?" + query)["saved"]
    assert ids(saved) == ids(views) and {one["text"] for one in saved} == {"1"}
    assert wrong(support.maija.expect(400, "GET", f"/v1/counts?{query}&view_id={views[0]['id']}")) == ["view_id"]
    assert "saved" not in support.maija.get("/v1/counts")


def test_who_has_ones_own_views_is_bounded(support, desk):
    desk.query(
        "INSERT INTO saved_view (account_id, id, agent_id, name, filter, sort)"
        " SELECT %s, gen_random_uuid(), %s, 'v', '{\"all\":[]}', 2 FROM generate_series(1, 99)",
        support.id,
        support.maija.agent_id,
    )
    save(support.maija, "The last", EVERYTHING)
    save(support.maija, "One more", EVERYTHING, 409)
    save(support.agent("Sami"), "Theirs", EVERYTHING)


# What nobody has to look at: more of them than one page looks at.
MANY = 4_100


def test_a_page_looks_at_so_many_and_says_so(support, desk):
    maija = support.maija
    desk.query(
        "INSERT INTO conversation (account_id, id, number, contact_id, channel_id, state, last_message_at, created_at,"
        " tags)"
        " SELECT %s, gen_random_uuid(), 1000 + n, gen_random_uuid(), %s, 3, now() - n * interval '1 minute', now(),"
        " CASE WHEN n = 4050 THEN '{rare}'::text[] ELSE '{}' END FROM generate_series(1, %s) n",
        *(support.id, support.chat.id, MANY),
    )
    view = save(maija, "Rare", {"field": "tag", "has": "rare"})
    path = f"/v1/conversations?view_id={view['id']}"
    pages, cursor = [], ""
    while cursor is not None:
        pages.append(maija.get(path + (f"&cursor={cursor}" if cursor else "")))
        cursor = pages[-1]["next_cursor"]
    assert [(len(page["items"]), page["complete"]) for page in pages] == [(0, False), (0, False), (1, True)]
    [counted] = maija.get(f"/v1/counts?view_id={view['id']}")["saved"]
    assert counted == {"id": view["id"], "count": 0, "text": "0+", "complete": False}
    every = save(maija, "All", EVERYTHING)
    [counted] = maija.get(f"/v1/counts?view_id={every['id']}")["saved"]
    assert (counted["count"], counted["text"], counted["complete"]) == (99, "99+", True)
    assert shown(maija, every)["complete"]
