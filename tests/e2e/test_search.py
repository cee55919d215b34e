"""Finding what was written, and how much waits where, as agents ask for it."""

import time
import urllib.parse

import program


def ask(api, path, status=200, **parameters):
    return api.expect(status, "GET", path + "?" + urllib.parse.urlencode(parameters))


def hits(api, words, expected=None, **options):
    """The hits of a search; with `expected` asked until there are so many, at most two seconds."""
    deadline = time.monotonic() + 2
    while True:
        found = ask(api, "/v1/search", q=words, **options)["items"]
        if expected is None or len(found) == expected or time.monotonic() > deadline:
            return found


def ids(found):
    return [hit["conversation"]["id"] for hit in found]


def passage(hit):
    return "".join(part["text"] for part in hit["passage"])


def matches(hit):
    return [part["text"] for part in hit["passage"] if part["match"]]


def test_a_message_is_found_within_two_seconds_with_its_passage(support):
    conversation = support.chat.ask(support.maija, text="Hei! Onko polkupyöräni jo korjattu?", name="Aino Virtanen")
    (hit,) = hits(support.maija, "polkupyora", 1)
    assert hit["conversation"]["id"] == conversation["id"]
    assert matches(hit) == ["polkupyöräni"]
    assert passage(hit) == "Hei! Onko polkupyöräni jo korjattu?"
    assert hit["message_id"]


def test_beginnings_of_words_case_and_accents_are_folded(support):
    support.chat.ask(support.maija, text="Crème BRÛLÉE from Ålesund")
    for words in ("brulee", "BRUL", "crème brû", "alesund creme"):
        assert len(hits(support.maija, words, 1)) == 1, words
    assert hits(support.maija, "rulee") == []
    assert hits(support.maija, "creme bicycle") == []


def test_every_word_is_looked_for_in_the_message_its_customer_and_its_subject(support):
    conversation = support.chat.ask(support.maija, text="Where is my parcel?", name="Eero Mäkinen")
    support.maija.patch(f"/v1/conversations/{conversation['id']}", {"subject": "Lost luggage", "tags": ["airline"]})
    assert set(ids(hits(support.maija, "eero parcel", 1))) == {conversation["id"]}
    assert hits(support.maija, "luggage airline", 1)[0]["message_id"] is None
    assert ids(hits(support.maija, str(conversation["number"]), 1)) == [conversation["id"]]


def test_replies_and_notes_are_found_too(support):
    conversation = support.chat.ask(support.maija)
    support.maija.reply(conversation, "Your velocipede is ready")
    support.maija.reply(conversation, "He sounded exasperated", kind="note")
    assert len(hits(support.maija, "velocip", 1)) == 1
    assert len(hits(support.maija, "exasper", 1)) == 1


def test_the_newest_come_first_in_pages_and_the_most_relevant_at_once(support):
    for number in range(5):
        support.chat.ask(support.maija, f"kumquat number{number}")
    assert len(hits(support.maija, "kumquat", 5)) == 5
    seen = [passage(hit) for hit in support.maija.pages("/v1/search?q=kumquat", 2)]
    assert seen == [f"kumquat number{number}" for number in reversed(range(5))]
    support.chat.ask(support.maija, "kumquat kumquat kumquat")
    hits(support.maija, "kumquat", 6)
    assert passage(hits(support.maija, "kumquat", sort="relevant")[0]) == "kumquat kumquat kumquat"


def test_another_account_finds_nothing(support, desk):
    support.chat.ask(support.maija, text="A secret of ours: zanzibar")
    assert len(hits(support.maija, "zanzibar", 1)) == 1
    other = program.Account(desk)
    assert hits(other.agent("Pekka"), "zanzibar") == []


def test_what_means_something_to_the_database_is_only_text(support):
    support.chat.ask(support.maija, text="O'Brien & sons: 50% | <b>bold</b>")
    assert len(hits(support.maija, "o'brien", 1)) == 1
    for words in ("':*", "a & b", "!!x", "foo:*|bar", "\\", "(", "<->", "x <-> y", "'"):
        answer = support.maija.call("GET", "/v1/search?" + urllib.parse.urlencode({"q": words}))
        assert answer.status in (200, 400), (words, answer)


def test_bad_questions_are_told(support):
    for parameters in ({}, {"q": ""}, {"q": "x" * 201}, {"q": "a b c d e f g h i"}, {"q": "--"}):
        problem = ask(support.maija, "/v1/search", 400, **parameters)
        assert problem["errors"][0]["field"].endswith("q"), problem
    assert ask(support.maija, "/v1/search", 400, q="x", sort="oldest")["errors"][0]["field"].endswith("sort")


# ---- counts


def test_each_view_is_counted(support):
    maija = support.maija
    answered = support.chat.ask(maija, sender="answered")
    maija.reply(answered, "Done")
    support.chat.ask(maija, sender="waiting")
    counts = maija.get("/v1/counts")
    assert {view: one["count"] for view, one in counts.items()} == {
        "mine": 2,
        "unassigned": 0,
        "unanswered": 1,
        "overdue": 0,
        "spam": 0,
        "all": 2,
    }
    assert counts["mine"]["text"] == "2"
    billing = support.team("Billing")
    assert maija.get(f"/v1/counts?team_id={billing}")["mine"]["count"] == 0


def test_counts_are_exact_to_99(support):
    support.maija.presence("offline")
    for number in range(99):
        support.chat.say("Hei", sender=f"many-{number}")
    program.wait_until(lambda: support.maija.get("/v1/counts")["unanswered"]["count"] == 99, what="99 waiting")
    assert support.maija.get("/v1/counts")["unassigned"] == {"count": 99, "text": "99"}
    support.chat.say("Hei", sender="many-99")
    program.wait_until(lambda: support.maija.get("/v1/counts")["unanswered"]["text"] == "99+", what="one more")
    assert support.maija.get("/v1/counts")["unassigned"] == {"count": 99, "text": "99+"}
