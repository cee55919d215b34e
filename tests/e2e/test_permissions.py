"""Every operation of proto/openapi.yaml with every id of another account, and with every role and scope: what is
refused is refused alike, and nothing is written."""

import contextlib
import json
import time
import uuid

import pytest

import described
import furnished
import program
import receiver

ENDLESS = "openStream"
KEPT_BY_ITSELF = ["presence"]  # a lease that any request renews
QUIET_S = 2.5  # more than the indexer of the search, the last to notice something, takes
# Nobody leaves and nothing is forgotten while the tables are compared, however slow the machine.
PATIENT = {
    "LUPAUS_ALERTS_UNATTENDED_AFTER": "1h",
    "LUPAUS_PRESENCE_AWAY_AFTER": "1h",
    "LUPAUS_PRESENCE_OFFLINE_AFTER": "2h",
}


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **PATIENT) as running:
        yield running


@pytest.fixture(scope="module")
def furnish(desk):
    with receiver.running_receiver() as outlet:
        yield lambda name: furnished.Furnished(desk, outlet, outlet, name)


@pytest.fixture(scope="module")
def ours(furnish):
    account = furnish("Ours")
    account.own = account.things().all()
    return account


@pytest.fixture(scope="module")
def theirs(furnish):
    """Its team has a conversation, which a list for that team would show."""
    account = furnish("Theirs")
    account.own = account.things().all()
    account.maija.act({"id": account.own["conversation"]}, "transfer", {"team_id": account.own["team"]})
    return account


@pytest.fixture(scope="module")
def tables(desk, cluster, ours, theirs, people, programs):
    """Gives the state of every table that belongs to accounts: of each, a sum over its rows and who wrote them last.
    Begins when all that was furnished has had its consequences."""
    with contextlib.closing(cluster.connect("lupaus_owner", desk.database)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id'"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT c.relname = ANY (%s)",
            (KEPT_BY_ITSELF,),
        )
        names = [name for (name,) in cursor.fetchall()]
        assert {"conversation", "message", "event", "token", "webhook_delivery"} <= set(names)
        question = " UNION ALL ".join(
            f"SELECT '{name}', count(*), md5(string_agg(t.xmin || t::text, ',' ORDER BY t::text)) FROM {name} t"
            for name in names
        )

        def look():
            cursor.execute(question)
            return {name: rest for name, *rest in cursor.fetchall()}

        seen = {"state": None, "since": 0}

        def is_quiet():
            state = look()
            if state != seen["state"]:
                seen.update(state=state, since=time.monotonic())
            return time.monotonic() - seen["since"] > QUIET_S

        program.wait_until(is_quiet, what="quiet")
        yield look


def problem_of(answer, body):
    return answer.status, answer.content_type, answer.headers.get("ETag"), body


# ---- ids of another account

MANY = "changeConversations"


def said_of(operation, answer):
    """The body; where each id that was asked about has an answer of its own, without the id itself."""
    if operation.id != MANY or answer.status != 200:
        return answer.body
    return json.dumps([{**result, "id": None} for result in answer.json()["results"]]).encode()


def is_wanted(operation, answer, slots):
    places = {place for place, *_ in slots}
    if operation.id == MANY and answer.status == 200:
        is_alone = [name for _, name, _ in slots] == ["/ids/0"]
        return is_alone and [result["status"] for result in answer.json()["results"]] == [404]
    if answer.status == 404:
        return "path" in places
    if answer.status == 400:
        refused = {error["field"] for error in answer.json()["errors"]}
        allowed = {name for place, name, _ in slots if place != "path"}
        return bool(refused) and refused <= allowed | {name.rpartition("/")[0] for name in allowed}
    return answer.status == 200 and places == {"query"}


SLOTS = [
    (request_, slots)
    for operation in described.guarded()
    for asked in operation.requests()
    for request_ in [
        asked,
        *(
            asked.with_query(parameter["name"], parameter["example"])
            for parameter in operation.in_place("query")
            if described.is_id(operation.schema_of(parameter))
        ),
    ]
    for slots in [[slot] for slot in request_.slots()] + ([request_.slots()] if len(request_.slots()) > 1 else [])
]


def name_of(request_, slots):
    return f"{request_} " + " ".join(f"{place}:{name}" for place, name, _ in slots)


@pytest.mark.parametrize("request_, slots", SLOTS, ids=[name_of(*one) for one in SLOTS])
def test_an_id_of_another_account_names_nothing(ours, theirs, tables, request_, slots):
    """In the path a 404, in a body a 400 that names its field, in a query either that or nothing found: to the byte
    what an id gets that is nowhere."""
    before = tables()
    answers = []
    for api in (ours.maija, ours.admin):  # an agent, and a token that speaks for none: each may what the other may not
        foreign = request_.filled(ours.own, {slot: theirs.own[slot[2]] for slot in slots})
        nowhere = request_.filled(ours.own, {slot: str(uuid.uuid4()) for slot in slots})
        asked = {"X-Request-Id": "the-same"}
        answer, expected = (api.call(*one, headers=asked) for one in (foreign, nowhere))
        said, expected_said = (said_of(request_.operation, one) for one in (answer, expected))
        assert problem_of(answer, said) == problem_of(expected, expected_said)
        assert not any(theirs.own[kind].encode() in said for *_, kind in slots)
        answers.append(answer)
    assert any(is_wanted(request_.operation, answer, slots) for answer in answers), answers
    assert tables() == before


LISTS = [one for one in described.guarded() if one.method == "GET" and not one.in_place("path")]


@pytest.mark.parametrize("operation", [one for one in LISTS if one.id != ENDLESS], ids=str)
def test_what_is_listed_is_ones_own(ours, theirs, operation):
    [request_] = operation.requests()
    longest = {operation.schema_of(one).get("maximum") for one in operation.parameters if one["name"] == "limit"}
    for limit in longest:
        request_ = request_.with_query("limit", limit)
    mine, other = (account.maija.call(*request_.filled(account.own)) for account in (ours, theirs))
    assert (mine.status, other.status) == (200, 200)
    foreign = [theirs.id, theirs.maija.agent_id] + [id_ for kind, id_ in theirs.own.items() if kind != "external_id"]
    assert not any(id_.encode() in mine.body for id_ in foreign)
    is_of_ids = b'id":' in other.body
    assert any(id_.encode() in other.body for id_ in foreign) or not is_of_ids, "it would have been seen"


# ---- roles and scopes

RANKS = ["agent", "lead", "admin"]


@pytest.fixture(scope="module")
def people(ours):
    lead = ours.agent("Leena", role="lead", teams=[ours.support])
    return {"agent": ours.agent("Aatu", teams=[ours.support]), "lead": lead, "admin": ours.agent("Anna", role="admin")}


@pytest.fixture(scope="module")
def programs(ours):
    """For each scope a token that has all the others, and one that has no other."""
    scopes = {one.scope for one in described.guarded()}
    return {scope: (ours.token(*(scopes - {scope})), ours.token(scope)) for scope in scopes}


def is_refusal_of(answer, needed):
    return answer.status == 403 and answer.json()["detail"] == f"This needs the {needed}."


@pytest.mark.parametrize("operation", described.guarded(), ids=str)
def test_who_may_not_is_refused_and_nothing_happens(ours, tables, people, programs, operation):
    """Everything else about the request is right."""
    before = tables()
    for request_ in operation.requests():
        for role in RANKS[: RANKS.index(operation.role)]:
            answer = people[role].call(*request_.filled(ours.own))
            assert is_refusal_of(answer, f"role {operation.role}"), (role, answer)
        narrow, _ = programs[operation.scope]
        assert is_refusal_of(narrow.call(*request_.filled(ours.own)), f"scope {operation.scope}")
    assert tables() == before


class Nothing(dict):
    """Ids that are nowhere."""

    def __missing__(self, kind):
        return str(uuid.uuid4())


@pytest.mark.parametrize("operation", described.guarded(), ids=str)
def test_who_may_is_let_in(ours, people, programs, operation):
    """As far as an id that names nothing, or a body that says nothing, lets anybody."""
    [asked, *_] = operation.requests()
    body = None if operation.method in ("GET", "DELETE") else {}
    request_ = described.Request(operation, asked.path, {}, body)
    _, wide = programs[operation.scope]
    for api in [people[role] for role in RANKS[RANKS.index(operation.role) :]] + [wide, ours.admin]:
        answer = api.call(*request_.filled(Nothing()), headers={"Last-Event-ID": "nothing that opens a stream"})
        assert answer.status != 401
        assert not is_refusal_of(answer, f"scope {operation.scope}")
        assert not is_refusal_of(answer, f"role {operation.role}")
