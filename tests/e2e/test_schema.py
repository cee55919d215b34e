"""A program and a schema that are not of the same age. A newer schema is refused only when it says so; what it says is
written into the ledger by its migrations, here by hand, as a program of the future would have."""

import pytest

import program

LATER = "INSERT INTO schema_migration (version, name, checksum, oldest_program) VALUES (%s, 'later.sql', 'x', %s)"


@pytest.fixture
def fresh(cluster, tmp_path):
    desk = program.Desk(cluster, tmp_path).migrate()
    yield desk
    desk.discard()


def version(desk):
    return desk.query("SELECT max(version) FROM schema_migration")[0][0]


def check(desk, name):
    found = program.request("GET", desk.server.metrics_url + "/readyz").json()["checks"]
    return next(one for one in found if one["name"] == name)


def test_a_newer_schema_that_suits_us_is_served(fresh):
    ours = version(fresh)
    fresh.query(LATER, 9001, ours)
    assert fresh.cli("migrate") == {"version": 9001, "applied": []}
    fresh.start()
    assert check(fresh, "schema") == {"name": "schema", "ok": True, "detail": "version 9001"}
    account = program.Account(fresh)
    assert account.channel("Chat").ask(account.admin)["state"] == "open"
    assert fresh.stop() == [0]


def test_a_newer_schema_for_which_we_are_too_old_is_refused(fresh):
    ours = version(fresh)
    fresh.query(LATER, 9001, ours + 1)
    done = fresh.run("serve")
    assert done.returncode == 1
    assert f"programs older than {ours + 1} are too old for it; this one is {ours}" in done.stderr
    assert "install the newer program" in done.stderr


def test_a_schema_that_outgrows_us_while_we_run_makes_us_unready(fresh):
    """Whoever migrates a running desk with a breaking file sees it leave the balancer, with the reason."""
    ours = version(fresh)
    fresh.start()
    fresh.query(LATER, 9001, 9001)
    program.wait_until(lambda: fresh.server.probe("/readyz") == 503, what="unreadiness")
    assert "too old for it" in check(fresh, "schema")["detail"]
    fresh.query("DELETE FROM schema_migration WHERE version > %s RETURNING 1", ours)
    program.wait_until(lambda: fresh.server.probe("/readyz") == 200, what="readiness")
    assert fresh.stop() == [0]


def test_an_older_schema_is_refused_with_what_to_do(fresh):
    ours = version(fresh)
    fresh.query("DELETE FROM schema_migration WHERE version = %s RETURNING 1", ours)
    done = fresh.run("serve")
    assert done.returncode == 1
    assert f"lacks {ours}, which this program needs: run lupaus migrate" in done.stderr
