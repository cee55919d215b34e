"""Which folder may include which: the arrows of the house that CMake cannot see."""

import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
# What every service shares; services/lupaus, the program, wires all of them.
SHARED = 'desk'
PROGRAM = 'lupaus'
# A room's pure part: types and rules may lean on each other and on nothing that does I/O.
PURE = re.compile(r'services/[^/]+/(?:[^/]+/)?(types|rules|ids)\.hpp$')


def includes(source):
    """Yields (line, is_system, path) of each #include."""
    for match in INCLUDE.finditer(source.code):
        yield source.line_of(match.start(2)), match.group(1) == '<', match.group(2)


def check_includes(source):
    path = source.path
    if not path.endswith(('.cpp', '.hpp')):
        return
    parts = path.split('/')
    stem = parts[-1].rsplit('.', 1)[0]
    for line, is_system, target in includes(source):
        if not is_system and not re.match(r'(common|services|tests|cmake|embedded|deploy|proto|config)/', target):
            yield line, 'include-root', f'"{target}" must be written from the root of the repository'
        if parts[0] == 'common' and target.startswith('services/'):
            yield line, 'include-direction', 'common never includes services'
        if parts[0] == 'services' and target.startswith('services/'):
            yield from _check_service(line, parts[1], target.split('/')[1])
        if stem == 'rules' and parts[0] == 'services':
            yield from _check_rules(line, is_system, target)
        if stem == 'types' and re.search(r'/(rules|store)\.hpp$', target):
            yield line, 'include-direction', 'types include neither rules nor store'
        if target.startswith('boost/beast') and not path.startswith(('common/net/', 'tests/bench/')):
            yield line, 'beast', 'Beast stays in common/net'
        if target.startswith('pqxx') and parts[0] in ('common', 'services'):
            if not path.startswith('common/postgres/') and parts[-1] != 'store.cpp':
                yield line, 'pqxx', 'pqxx stays in common/postgres and in store.cpp'


def _check_service(line, here, there):
    if here in (there, PROGRAM):
        return
    if here == SHARED:
        yield line, 'include-direction', f'{SHARED} includes no other service'
    elif there != SHARED:
        yield line, 'include-direction', f'{here} never includes {there}: services meet in the database and in {SHARED}'


def _check_rules(line, is_system, target):
    is_standard = is_system and '/' not in target and not target.endswith('.h')
    if is_standard or target.startswith('common/base/') or PURE.match(target):
        return
    yield line, 'rules-pure', f'rules include the standard library, common/base and types, not {target}'


def check_beast_reach(sources):
    """Beast must not leak through a header of common/net. Yields (source, line, rule, message)."""
    targets = {source.path: [target for _, _, target in includes(source)] for source in sources}
    heavy = {path for path, found in targets.items() if any(target.startswith('boost/beast') for target in found)}
    while True:
        more = {path for path, found in targets.items() if path not in heavy and heavy.intersection(found)}
        if not more:
            break
        heavy |= more
    for source in sources:
        if source.path.startswith('common/net/') or source.path not in heavy:
            continue
        for line, _, target in includes(source):
            if target in heavy:
                yield source, line, 'beast', f'{target} brings Beast out of common/net'
