#!/usr/bin/python3
"""The style of this project as a test: prints `file:line: rule: what is wrong` and fails if there was anything.

Usage: tests/tidy/tidy.py [FILE...]    (no file: all that git knows or could add)
"""

import os
import subprocess
import sys

from layers import check_beast_reach
from rules import FILE_RULES
from source import Source

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Somebody else's words, or made by a tool.
NOT_OURS = ('LICENSE', 'package-lock.json')


def list_files():
    """What git tracks or would add; in an exported tree every file outside the build."""
    command = ['git', '-C', ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
    listing = subprocess.run(command, capture_output=True, check=False)
    if listing.returncode == 0:
        paths = [path for path in listing.stdout.decode().split('\0') if path]
    else:
        paths = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [name for name in folders if name not in ('build', '.git', '.lupaus', '__pycache__')]
            paths += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return sorted(path for path in set(paths) if os.path.isfile(os.path.join(ROOT, path)))


def read_sources(paths):
    for path in paths:
        if os.path.basename(path) in NOT_OURS:
            continue
        with open(os.path.join(ROOT, path), 'rb') as file:
            data = file.read()
        if b'\0' in data:
            continue
        yield Source(path, data.decode('utf-8', errors='replace'))


def check_script(source):
    """A shell script has to parse; nothing in it is run."""
    first = source.lines[0]
    if not (source.path.endswith('.bash') or (first.startswith('#!') and 'bash' in first)):
        return
    run = subprocess.run(['bash', '-n', os.path.join(ROOT, source.path)], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        yield 1, 'bash', run.stderr.strip().split('\n')[0]


def check_all(sources):
    for source in sources:
        for rule in FILE_RULES:
            for line, name, wrong in rule(source):
                yield source.path, line, name, wrong
    for source, line, name, wrong in check_beast_reach(sources):
        yield source.path, line, name, wrong


def main(arguments):
    paths = [os.path.relpath(os.path.abspath(path), ROOT) for path in arguments] or list_files()
    sources = list(read_sources(paths))
    findings = list(check_all(sources))
    findings += [(source.path, *found) for source in sources for found in check_script(source)]
    for path, line, name, wrong in sorted(findings):
        print(f'{path}:{line}: {name}: {wrong}')
    print(f'{len(sources)} files, {len(findings)} findings')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
