"""An upgrade as operators make it: migrate first, then replace the processes one after the other. The program of before
the newest migration really runs here, on the schema as it is now, alone and beside its successor; unless that schema
says that it is too old for it, which it then has to say itself."""

import os
import pathlib

import pytest

import openapi_check
import program

PREVIOUS = pathlib.Path(os.environ["LUPAUS_TEST_PREVIOUS"])


@pytest.fixture
def desks(cluster, tmp_path):
    """The database as the new program migrates it: (as the new one, as the previous one sees it)."""
    new = program.Desk(cluster, tmp_path).migrate()
    described = openapi_check.Description(PREVIOUS / "source" / "proto" / "openapi.yaml")
    old = new.served_by(str(PREVIOUS / "lupaus"), described)
    yield new, old
    for server in old.servers:
        if server.process.poll() is None:
            server.kill()
    new.discard()


def may_stay(desk):
    """Whether no migration that the previous program does not know has shut it out."""
    known = {path.name for path in (PREVIOUS / "source" / "deploy" / "migrations").glob("*.sql")}
    version = max(int(name[:4]) for name in known)
    newer, oldest = desk.query("SELECT max(version), max(oldest_program) FROM schema_migration")[0]
    assert newer > version, "the previous program is older than the schema"
    return oldest <= version


def furnish(desk, outlet):
    account = program.Account(desk)
    account.support = account.team("Support")
    account.maija = account.agent("Maija", teams=[account.support])
    account.maija.online()
    account.shop = account.channel("Shop", team=account.support, outbound_url=outlet.url)
    account.policy("2m")
    return account


def at(desk, thing):
    """The same token or channel at another program's door."""
    if isinstance(thing, program.Api):
        return program.Api(desk, thing.token, thing.agent_id)
    return program.Channel(desk, {"id": thing.id, "path": thing.path, "secret": thing.secret})


def failed_queries(server):
    return server.metric("lupaus_query_failures_total") or 0


def test_the_previous_program_runs_on_the_new_schema(desks, outlet):
    new, old = desks
    if not may_stay(new):
        done = old.run("serve")
        assert done.returncode == 1 and "too old for it" in done.stderr
        return
    old.start()
    account = furnish(old, outlet)
    conversation = account.shop.ask(account.maija, text="Is my bicycle ready?")
    assert conversation["assignee_id"] == account.maija.agent_id and conversation["owed"]
    account.maija.reply(conversation, "It is!")
    outlet.wait(1)
    again = account.shop.ask(account.maija, sender="customer-2")
    account.maija.act(again, "resolve")
    account.admin.events()
    assert failed_queries(old.server) == 0
    assert old.stop() == [0]


def test_both_programs_share_the_work_while_they_are_exchanged(desks, outlet):
    new, old = desks
    if not may_stay(new):
        pytest.skip("this schema shuts the previous program out, which the other test sees")
    old.start()
    account = furnish(old, outlet)
    new.start()
    first = account.shop.ask(account.maija)
    at(new, account.maija).reply(first, "Asked of the old one, answered by the new one")
    second = at(new, account.shop).ask(at(new, account.maija))
    account.maija.reply({"id": second["id"]}, "Asked of the new one, answered by the old one")
    outlet.wait(2)
    assert failed_queries(old.server) == 0 and failed_queries(new.server) == 0
    assert old.stop() == [0]
    third = at(new, account.shop).ask(at(new, account.maija))
    at(new, account.maija).reply(third, "And alone")
    outlet.wait(3)
    assert new.stop() == [0]
