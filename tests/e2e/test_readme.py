"""The README, word for word: every shell block of a section, in one shell, against a desk of its
own, in the environment that `./deploy/run` would have written. What a block says it prints, it has to print.

A block may be followed by a block of another language that shows the output: every line of it has to appear, in order,
with `…` for what differs from one run to the next."""

import os
import re
import shutil
import subprocess

import pytest

import program

SETTING_UP = "## Accounts, agents, channels, tokens"
README = os.path.join(program.REPOSITORY, "README.md")
PROGRAM_LINE = re.compile(r"^lupaus=\S+$")
KEY_LINE = re.compile(r"^export LUPAUS_SECRET_KEY_FILE=\S+$")
STARTS = re.compile(r"^\s*(\./deploy/run\b|source .*\.lupaus/env|\. .*\.lupaus/env|git clone\b|cd lupaus\b)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_under(heading):
    """(language, text) of each block of a section."""
    with open(README, encoding="utf-8") as file:
        text = file.read()
    _, found, rest = text.partition("\n" + heading + "\n")
    assert found, f"the README has no heading {heading!r}"
    return BLOCK.findall(re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0])


def demo(desk):
    """The account that deploy/run makes, and its environment."""
    account = program.Account(desk, "Demo desk")
    support, billing = account.team("Support"), account.team("Billing")
    maija = account.agent("Maija", teams=[support])
    account.agent("Pekka", teams=[support])
    account.agent("Sofia", teams=[billing])
    leena = account.agent("Leena", role="lead", teams=[support, billing])
    chat = account.channel("Website chat", team=support)
    account.policy("2m")
    return {
        "LUPAUS_URL": desk.url,
        "LUPAUS_ADMIN_TOKEN": account.admin.token,
        "LUPAUS_LEAD_TOKEN": leena.token,
        "LUPAUS_AGENT_TOKEN": maija.token,
        "LUPAUS_CHANNEL_ID": chat.id,
        "LUPAUS_WEBHOOK_URL": desk.url + chat.path,
        "LUPAUS_WEBHOOK_SECRET": chat.secret,
        "LUPAUS_METRICS_URL": desk.server.metrics_url + "/metrics",
        "LUPAUS_DATABASE_URL": desk.environment["LUPAUS_DATABASE_URL"],
    }


def follows(expected, output):
    """Whether the lines of `expected` appear in `output`, in order."""
    at = 0
    for line in filter(None, (line.strip() for line in expected.splitlines())):
        pattern = ".*".join(re.escape(part) for part in line.split("…"))
        found = re.compile(pattern).search(output, at)
        if not found:
            return line
        at = found.end()
    return None


def check_section(desk, heading):
    """The commands that bring the desk up are replaced by the desk of this test, and the places of the program and of
    the key by those that are tested; nothing else is."""
    blocks = blocks_under(heading)
    assert any(language == "sh" for language, _ in blocks)
    environment = {
        **os.environ,
        **demo(desk),
        "PATH": os.path.dirname(program.PROGRAM) + os.pathsep + os.environ["PATH"],
    }
    key = "export LUPAUS_SECRET_KEY_FILE=" + desk.environment["LUPAUS_SECRET_KEY_FILE"]
    script, marks = ["set -e -o pipefail"], []
    for number, (language, block) in enumerate(blocks):
        if language == "sh":
            lines = [
                KEY_LINE.sub(key, PROGRAM_LINE.sub("lupaus=" + program.PROGRAM, line))
                for line in block.splitlines()
                if not STARTS.match(line)
            ]
            script += [f"echo '--- block {number}'"] + lines
            marks.append(number)
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=program.REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    outputs = dict(zip(marks, re.split(r"^--- block \d+$", done.stdout, flags=re.MULTILINE)[1:]))
    for number, (language, block) in enumerate(blocks):
        if language != "sh" and number - 1 in outputs:
            missing = follows(block, outputs[number - 1])
            assert missing is None, f"block {number - 1} did not print {missing!r} but\n{outputs[number - 1]}"


def test_the_tour_works_word_for_word(desk):
    check_section(desk, "## Five-minute tour")


def test_setting_up_works_word_for_word(cluster, tmp_path):
    """On a desk with one account, as a newcomer has it."""
    with program.running_desk(cluster, tmp_path) as desk:
        check_section(desk, SETTING_UP)
        names = [name for (name,) in desk.query("SELECT name FROM account ORDER BY account_id")]
        assert names == ["Demo desk", "Second desk"]
        returns = desk.query("SELECT name FROM team WHERE name = 'Returns' UNION ALL SELECT name FROM channel")
        assert returns == [("Returns",), ("Website chat",), ("Returns chat",)]
        program.wait_until(lambda: desk.query("SELECT count(*) FROM message")[0][0] == 1, what="the first message")


def test_the_readme_lists_every_scope_and_every_role(desk):
    done = desk.run("token", "issue", "--help")
    scopes = set(re.findall(r"\b[a-z]+:[a-z_]+\b", done.stdout))
    with open(README, encoding="utf-8") as file:
        section = file.read().partition(SETTING_UP)[2].partition("\n## ")[0]
    table = section.partition("| scope |")[2]
    assert len(scopes) > 10 and set(re.findall(r"`([a-z]+:[a-z_]+)`", table)) == scopes
    roles = section.partition("| role |")[2].partition("| scope |")[0]
    assert re.findall(r"^\| `(\w+)`", roles, re.MULTILINE) == ["agent", "lead", "admin", "integrator"]


INTERPRETERS = {"sh": ["bash", "-c"], "python": ["/usr/bin/python3", "-c"], "js": ["node", "-e"]}


@pytest.mark.parametrize("language", INTERPRETERS)
def test_the_signature_in_eight_lines_is_accepted(desk, language):
    example = next(block for name, block in blocks_under("## Connect a channel") if name == language)
    assert len(example.splitlines()) <= 9
    if shutil.which(INTERPRETERS[language][0]) is None:
        pytest.skip(f"{INTERPRETERS[language][0]} is not installed")
    environment = {**os.environ, **demo(desk)}
    done = subprocess.run(
        [*INTERPRETERS[language], example], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0 and '"accepted"' in done.stdout, (done.stdout, done.stderr)
