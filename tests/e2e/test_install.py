"""`cmake --install` into an empty tree, and the unit that it brings, judged by systemd itself."""

import json
import os
import re
import shutil
import subprocess

import pytest

import program

BUILD = os.path.realpath(os.path.join(os.path.dirname(program.PROGRAM), "..", ".."))
HOST_UNITS = "/lib/systemd/system"
EXPOSURE_MAX = 1.5  # of 10; what is left is that it talks to networks and databases


def run(*words, **environment):
    return subprocess.run(
        words, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def install(root, prefix):
    done = run("cmake", "--install", BUILD, "--strip", "--prefix", prefix, DESTDIR=str(root))
    assert done.returncode == 0, done.stderr
    return [
        os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names
    ]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("root")
    return folder, sorted(install(folder, "/usr/local"))


def test_what_is_installed_and_where(tree):
    assert tree[1] == [
        "etc/lupaus/lupaus.toml",
        "usr/local/bin/lupaus",
        "usr/local/lib/systemd/system/lupaus.service",
        "usr/local/lib/sysusers.d/lupaus.conf",
        "usr/local/lib/tmpfiles.d/lupaus.conf",
        "usr/local/share/doc/lupaus/README.md",
        "usr/local/share/doc/lupaus/lupaus.toml",
    ]


def test_the_installed_program_accepts_the_installed_configuration(tree):
    folder, _ = tree
    program_file, settings = folder / "usr/local/bin/lupaus", folder / "etc/lupaus/lupaus.toml"
    done = run(str(program_file), "--config", str(settings), "doctor", LUPAUS_DATABASE_APP_URL="")
    assert done.returncode == 1
    assert {line.split()[1] for line in done.stdout.splitlines()} == {"configuration"}
    assert all("not set: " in line for line in done.stdout.splitlines()), done.stdout


def test_a_configuration_of_the_operators_own_survives(tree):
    folder, _ = tree
    settings = folder / "etc/lupaus/lupaus.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text("# mine\n", encoding="utf-8")
    install(folder, "/usr/local")
    assert settings.read_text(encoding="utf-8") == "# mine\n"
    settings.write_text(before, encoding="utf-8")


def unit_of(folder, prefix="usr/local"):
    return folder / prefix / "lib/systemd/system/lupaus.service"


def verify(folder):
    """systemd complains about what it does not know, and exits 0 all the same."""
    beside = folder / HOST_UNITS.lstrip("/")
    if not beside.exists():
        shutil.copytree(HOST_UNITS, beside, symlinks=True)
    done = run("systemd-analyze", "verify", f"--root={folder}", "lupaus.service")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("prefix", ["usr/local", "usr"])
def test_systemd_accepts_the_unit(tmp_path, prefix):
    install(tmp_path, "/" + prefix)
    assert verify(tmp_path) == (0, "")
    unit = unit_of(tmp_path, prefix)
    unit.write_text(unit.read_text(encoding="utf-8").replace("WatchdogSec=", "WatchdogSecs="), encoding="utf-8")
    assert "WatchdogSecs" in verify(tmp_path)[1], "the check can fail"


def test_the_unit_gives_the_program_what_it_needs_and_no_more(tree):
    unit = unit_of(tree[0])
    text = unit.read_text(encoding="utf-8")
    assert "@" not in re.sub(r"@(system-service|privileged|resources)\b", "", text), "every place is filled in"
    for line in (
        "Type=notify",
        "User=lupaus",
        "ExecStart=/usr/local/bin/lupaus --config /etc/lupaus/lupaus.toml serve",
        "LoadCredential=key:/etc/lupaus/credentials/key",
        "Environment=LUPAUS_SECRET_KEY_FILE=%d/key",
    ):
        assert line in text.splitlines()
    assert re.search(r"^WatchdogSec=\d+$", text, re.MULTILINE)
    done = run("systemd-analyze", "security", "--offline=true", "--json=short", str(unit))
    rows = json.loads(done.stdout)
    exposed = {row["json_field"] for row in rows if row["exposure"] and float(row["exposure"]) > 0}
    assert not exposed - {
        "PrivateNetwork",
        "RestrictAddressFamilies_AF_INET_INET6",
        "RestrictAddressFamilies_AF_UNIX",
        "IPAddressDeny",
        "DeviceAllow",
        "RootDirectoryOrRootImage",
    }, exposed
    overall = run("systemd-analyze", "security", "--offline=true", str(unit)).stdout
    assert float(re.search(r"exposure level for .*: ([0-9.]+)", overall)[1]) <= EXPOSURE_MAX


def test_the_user_and_the_folders_are_made(tree):
    """As root only in a tree of its own: nothing of this machine is touched."""
    folder, _ = tree
    (folder / "etc").mkdir(exist_ok=True)
    users = run("systemd-sysusers", f"--root={folder}", "lupaus.conf")
    assert users.returncode == 0, users.stderr
    passwd = (folder / "etc/passwd").read_text(encoding="utf-8")
    assert re.search(r"^lupaus:x:\d+:\d+:Lupaus customer-service desk:/var/lib/lupaus:", passwd, re.MULTILINE)
    if os.geteuid() != 0:
        pytest.skip("folders of other users are made by root alone")
    made = run("systemd-tmpfiles", "--create", f"--root={folder}", "lupaus.conf")
    assert made.returncode == 0, made.stderr
    assert (folder / "etc/lupaus/credentials").stat().st_mode & 0o777 == 0o700
    assert (folder / "var/lib/lupaus/blob").stat().st_mode & 0o777 == 0o750
    uid = int(re.search(r"^lupaus:x:(\d+):", passwd, re.MULTILINE)[1])
    assert (folder / "var/lib/lupaus/blob").stat().st_uid == uid


def test_secrets_come_from_files_as_the_unit_hands_them_over(cluster, tmp_path):
    desk = program.Desk(cluster, tmp_path)
    try:
        desk.migrate()
        for name in ("APP_URL", "WORKER_URL"):
            path = tmp_path / name.lower()
            path.write_text(desk.environment.pop(f"LUPAUS_DATABASE_{name}") + "\n", encoding="ascii")
            path.chmod(0o400)
            desk.environment[f"LUPAUS_DATABASE_{name}_FILE"] = str(path)
        desk.start()
        account = program.Account(desk)
        assert account.channel("Chat").ask(account.admin)["state"] == "open"
        assert desk.stop() == [0]
    finally:
        desk.discard()
