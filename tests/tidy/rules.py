"""Rules that look at one file at a time. Each yields (line, name, what is wrong)."""

import re

from coroutines import check_awaits
from layers import check_includes
from source import functions

FILE_LINES = 400
TEST_FILE_LINES = 800
FUNCTION_LINES = 70
COLUMNS = 120
CODE = ('.cpp', '.hpp')
SCRIPTS = ('.py', '.bash', '.sh')
# Words that say nothing about what a file holds.
EMPTY_NAME = re.compile(r'(^|[_.\-])(utils?|helpers?|managers?|misc)([_.\-]|$)')
# Written in pieces, so that this file does not find itself.
MACHINE_PLACES = re.compile(
    '|'.join([
        r'(?<![\w.])/wor' r'k/', r'(?<![\w.])/roo' r't/', r'/bash_' r'jobs', r'(?<![\w.])/home/[a-z]\w*/',
        r'deb\.deb' r'ian\.org', r'security\.deb' r'ian\.org', r'registry\.npm' r'js\.org', r'py' r'pi\.org',
        r'files\.python' r'hosted\.org', r'(?:static\.|index\.)?crates' r'\.io', r'proxy\.gol' r'ang\.org',
        r'repo1?\.mav' r'en\.',
    ])
)
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X)\b')
SQL = re.compile(
    r'\b(SELECT\s[^;]*\sFROM\s|INSERT\s+INTO\s|UPDATE\s+[\w."]+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX)\s)'
)
# An example in a comment is indented; code that was put aside is not.
DEAD_CODE = re.compile(
    r'^// ?(?:(?:if|for|while|switch)\s*\(.*[{;]|(?:return|auto|const|co_await|co_return)\b.*;'
    r'|[\w.:>\-]+\(.*\);|[{}])\s*$'
)
TEXT_BANS = [
    # name, pattern, where it is fine, what is wrong
    ('detached', re.compile(r'\basio::detached\b'), None, 'a detached coroutine has no owner: use a TaskGroup'),
    ('context-stop', re.compile(r'\b(io|ioc|ctx|io_context|context)_?(?:\.|->)stop\(\s*\)'), None,
     'io_context::stop() drops work in flight: let it run out'),
    ('environment', re.compile(r'\b(getenv|secure_getenv|setenv|putenv)\s*\(|\benviron\b'),
     re.compile(r'common/config/|services/lupaus/main\.cpp$|tests/'), 'the environment is read in common/config'),
    ('using-std', re.compile(r'\busing\s+namespace\s+std\s*;'), None, 'no using namespace std'),
]


def check_text(source):
    for number, line in enumerate(source.lines, 1):
        if line.endswith((' ', '\t', '\r')):
            yield number, 'trailing-space', 'blank or carriage return at the end of the line'
        if '\t' in line:
            yield number, 'tab', 'a tab'
        # clang-format keeps the C++ files within it.
        if len(line) > COLUMNS and (source.path.endswith(SCRIPTS) or source.lines[0].startswith('#!')):
            yield number, 'columns', f'{len(line)} columns, at most {COLUMNS}'
        if UNFINISHED.search(line):
            yield number, 'unfinished', 'unfinished work belongs in an issue, not in the tree'
        if MACHINE_PLACES.search(line):
            yield number, 'machine', 'names a path of one machine or the host of a package registry'
    if source.text and not source.text.endswith('\n'):
        yield len(source.lines), 'last-line', 'the last line has no end'


def check_name(source):
    for part in source.path.split('/'):
        if EMPTY_NAME.search(part.lower()):
            yield 1, 'name', f'"{part}" says nothing: name what it holds'
    base = source.path.rsplit('/', 1)[-1]
    if source.path.endswith(CODE) and not re.fullmatch(r'[a-z0-9_]+(\.[a-z]+)?\.[ch]pp', base):
        yield 1, 'name', f'{base} is not snake_case'


def check_size(source):
    if not source.path.endswith(CODE + SCRIPTS):
        return
    limit = TEST_FILE_LINES if source.path.startswith('tests/') else FILE_LINES
    count = len(source.lines) - 1
    if count > limit:
        yield count, 'file-size', f'{count} lines, at most {limit}'
    if source.path.endswith(CODE):
        for first, last in functions(source):
            if last - first + 1 > FUNCTION_LINES:
                yield first, 'function-size', f'{last - first + 1} lines, at most {FUNCTION_LINES}'


def check_header(source):
    if not source.path.endswith('.hpp'):
        return
    if not source.text.startswith('//'):
        yield 1, 'header-comment', 'a header opens with a comment: purpose, lifetime, thread, errors, source'
    if '#pragma once' not in source.lines:
        yield 1, 'pragma-once', 'a header needs #pragma once'


def check_code(source):
    if not source.path.endswith(CODE):
        return
    for name, pattern, fine, wrong in TEXT_BANS:
        if fine and fine.match(source.path):
            continue
        for match in pattern.finditer(source.code):
            yield source.line_of(match.start()), name, wrong
    for offset, comment in source.comments:
        if DEAD_CODE.match(comment):
            yield source.line_of(offset), 'dead-code', 'commented-out code'
    if source.path.rsplit('/', 1)[-1].startswith('rules.'):
        for match in re.finditer(r'\b\w*clock::now\s*\(|\brandom_device\b|\bmt19937', source.code):
            yield source.line_of(match.start()), 'rules-pure', 'time and chance come into rules as arguments'


def check_sql(source):
    if not source.path.endswith(CODE) or source.path.startswith('tests/'):
        return
    for offset, literal in source.joined_literals():
        if SQL.search(literal):
            yield source.line_of(offset), 'sql', 'statements live in queries.sql and in migrations'


def check_sleep(source):
    if not source.path.startswith('tests/') or source.path.startswith('tests/tidy/'):
        return
    pattern = r'\bsleep_(for|until)\s*\(|\bu?sleep\s*\('
    if source.path.endswith('.py'):
        # Something outside the process can only be polled, and one place does it.
        if source.path.startswith('tests/support/'):
            return
        pattern = r'\btime\.sleep\s*\(|\basyncio\.sleep\s*\('
    elif not source.path.endswith(CODE):
        return
    for match in re.finditer(pattern, source.code):
        yield source.line_of(match.start()), 'sleep', 'tests wait for what happens, never for time'


FILE_RULES = [check_text, check_name, check_size, check_header, check_code, check_sql, check_sleep, check_includes,
              check_awaits]
