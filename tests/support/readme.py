"""The shell blocks of a README's section, word for word, in one shell. What a block says it prints, it has to print: it
may be followed by a block of another language that shows the output, every line of which has to appear, in order, with
`…` for what differs from one run to the next."""

import os
import re
import subprocess

import program

README = os.path.join(program.REPOSITORY, "README.md")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_under(heading):
    """(language, text) of each block of a section."""
    with open(README, encoding="utf-8") as file:
        text = file.read()
    _, found, rest = text.partition("\n" + heading + "\n")
    assert found, f"the README has no heading {heading!r}"
    return BLOCK.findall(re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0])


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


def run_section(heading, folder, environment, rewrite=str):
    """`rewrite`: what each line is in this test."""
    blocks = blocks_under(heading)
    assert any(language == "sh" for language, _ in blocks)
    script, marks = ["set -e -o pipefail"], []
    for number, (language, block) in enumerate(blocks):
        if language == "sh":
            script += [f"echo '--- block {number}'", *map(rewrite, block.splitlines())]
            marks.append(number)
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
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
    return outputs
