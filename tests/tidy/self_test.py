#!/usr/bin/python3
"""The style test tested: every planted violation is found on its line, and innocent look-alikes are left alone."""

import sys

from layers import check_beast_reach
from rules import FILE_RULES
from source import Source

HEADER = '// What it is.\n#pragma once\n'
NET = 'common/net/a.cpp'
AWAITS = 'asio::awaitable<int> run() {\n'

# path, text, expected {(line, rule)}
PLANTED = [
    ('common/net/a.cpp', 'int a; \n', {(1, 'trailing-space')}),
    ('common/net/a.cpp', 'int a;\r\n', {(1, 'trailing-space')}),
    ('common/net/a.cpp', '\tint a;\n', {(1, 'tab')}),
    ('README.md', 'no end', {(1, 'last-line')}),
    ('deploy/run', '#!/bin/bash\n' + '#' * 121 + '\n', {(2, 'columns')}),
    ('common/net/a.cpp', '\n// TO' 'DO later\n', {(2, 'unfinished')}),
    ('README.md', 'see /wor' 'k/main/x\n', {(1, 'machine')}),
    ('package.json', '{"resolved": "https://registry.npm' 'js.org/x"}\n', {(1, 'machine')}),
    ('common/net/string_utils.cpp', '', {(1, 'name')}),
    ('services/desk/helpers/a.cpp', '', {(1, 'name')}),
    ('services/desk/agent_manager.hpp', HEADER, {(1, 'name')}),
    ('services/desk/AgentStore.cpp', '', {(1, 'name')}),
    ('common/net/a.cpp', 'int a;\n' * 401, {(401, 'file-size')}),
    ('tests/unit/a_test.cpp', 'int a;\n' * 801, {(801, 'file-size')}),
    ('common/net/a.cpp', 'namespace n {\n\nint f() {\n' + '    g();\n' * 69 + '}\n}\n', {(3, 'function-size')}),
    ('common/net/a.cpp', 'A::A(int b)\n    : b_{b} {\n' + '    g();\n' * 69 + '}\n', {(1, 'function-size')}),
    ('common/net/a.hpp', '#pragma once\n', {(1, 'header-comment')}),
    ('common/net/a.hpp', '// What it is.\nint a;\n', {(1, 'pragma-once')}),
    ('common/net/a.cpp', 'co_spawn(io, run(), asio::detached);\n', {(1, 'detached')}),
    ('common/net/a.cpp', '\nio_context_.stop();\n', {(2, 'context-stop')}),
    ('common/net/a.cpp', 'ioc->stop();\n', {(1, 'context-stop')}),
    ('services/desk/a.cpp', 'auto x = std::getenv("X");\n', {(1, 'environment')}),
    ('services/desk/a.cpp', 'using namespace std;\n', {(1, 'using-std')}),
    ('services/desk/a.cpp', '// return x + 1;\n', {(1, 'dead-code')}),
    ('services/desk/a.cpp', '    // send(reply);\n', {(1, 'dead-code')}),
    ('services/desk/a/store.cpp', 'tx.exec("SELECT id "\n        "FROM a");\n', {(1, 'sql')}),
    ('services/desk/a/store.cpp', 'tx.exec("SELECT id FROM a");\n', {(1, 'sql')}),
    ('services/desk/a/store.cpp', 'auto q = R"(\n  INSERT INTO a (b) VALUES (1)\n)";\n', {(1, 'sql')}),
    ('tests/unit/a_test.cpp', 'std::this_thread::sleep_for(1s);\n', {(1, 'sleep')}),
    ('tests/e2e/test_a.py', 'time.sleep(1)\n', {(1, 'sleep')}),
    ('services/chat/a.cpp', '#include "services/router/b.hpp"\n', {(1, 'include-direction')}),
    ('services/desk/a.cpp', '#include "services/inbox/b.hpp"\n', {(1, 'include-direction')}),
    ('common/net/a.cpp', '#include "services/desk/ids.hpp"\n', {(1, 'include-direction')}),
    ('services/desk/a/types.hpp', HEADER + '#include "services/desk/a/store.hpp"\n', {(3, 'include-direction')}),
    ('services/desk/a.cpp', '#include "types.hpp"\n', {(1, 'include-root')}),
    ('services/desk/a/rules.cpp', '#include "common/postgres/tx.hpp"\n', {(1, 'rules-pure')}),
    ('services/desk/a/rules.cpp', '#include "services/desk/a/store.hpp"\n', {(1, 'rules-pure')}),
    ('services/desk/a/rules.cpp', '#include <boost/asio/post.hpp>\n', {(1, 'rules-pure')}),
    ('services/desk/a/rules.cpp', 'auto t = std::chrono::system_clock::now();\n', {(1, 'rules-pure')}),
    ('services/inbox/a.cpp', '#include <boost/beast/core.hpp>\n', {(1, 'beast')}),
    ('services/desk/a/rows.cpp', '#include <pqxx/pqxx>\n', {(1, 'pqxx')}),
    (NET, AWAITS + '    if (co_await f()) {\n    }\n}\n', {(2, 'await-statement')}),
    (NET, AWAITS + '    g(co_await f());\n}\n', {(2, 'await-statement')}),
    (NET, AWAITS + '    const auto x = g(co_await f());\n}\n', {(2, 'await-statement')}),
    (NET, AWAITS + '    co_return 1 + co_await f();\n}\n', {(2, 'await-statement')}),
    (NET, AWAITS + '    const auto x = (co_await f()).y;\n}\n', {(2, 'await-statement')}),
    (NET, AWAITS + '    for (auto x : co_await f()) {\n    }\n}\n', {(2, 'await-statement')}),
    (NET, AWAITS + '    const auto x = a ? co_await f() : 0;\n}\n', {(2, 'await-conditional')}),
    (NET, AWAITS + '    co_await f(a ? 1 : 2);\n}\n', {(2, 'await-conditional')}),
    (NET, AWAITS + '    co_await f([&] { return 1; });\n}\n', {(2, 'await-capture')}),
    (NET, AWAITS + '    co_await f(\n        [this](int x) { x++; });\n}\n', {(2, 'await-capture')}),
    (NET, AWAITS + '    co_await f({1, 2});\n}\n', {(2, 'await-braces')}),
    (NET, AWAITS + '    auto x = co_await f(1, n::Options{.a = 1});\n}\n', {(2, 'await-braces')}),
]

CLEAN = [
    ('common/net/a.cpp', '// asio::detached and getenv("X") are banned.\nconst char* a = "asio::detached ?";\n'),
    ('common/config/load.cpp', 'auto x = std::getenv("X");\n'),
    ('services/lupaus/main.cpp', '#include "services/inbox/a.hpp"\nauto x = getenv("X");\n'),
    ('services/inbox/a.cpp', '#include "services/desk/ids.hpp"\n#include "common/net/http.hpp"\n'),
    ('services/desk/a/rules.cpp', '#include "services/desk/b/types.hpp"\n#include "common/base/clock.hpp"\n'),
    ('services/desk/a/rules.cpp', '#include <map>\n'),
    ('services/desk/a/store.cpp', '#include <pqxx/pqxx>\n'),
    ('services/desk/a/a.cpp', 'auto s = "select a colour from the list";\nauto q = "statement_from";\n'),
    ('tests/store/a_test.cpp', 'tx.exec("SELECT id FROM a");\n'),
    ('services/desk/a.cpp', '// An example:\n//     send(reply);\n// It returns what was sent; see (1).\n'),
    ('services/desk/a.cpp', 'server.stop();\nusing namespace std::chrono_literals;\nauto n = 1\'000\'000;\n'),
    ('common/net/a.cpp', 'class A {\n' + '    int f();\n' * 100 + '};\nnamespace {\n' + 'int a;\n' * 100 + '}\n'),
    ('common/net/a.cpp', 'int f() {\n' + '    g();\n' * 68 + '}\n'),
    (NET, AWAITS + '    co_await f(1);\n    const auto [a, b] = co_await g();\n}\n'),
    (NET, AWAITS + '    this->x_ = co_await h(a[i], b);\n}\n'),
    (NET, AWAITS + '    co_await spawn([](int x) -> asio::awaitable<int> { co_return x; });\n}\n'),
    (NET, AWAITS + '    if (auto r = co_await f(2); !r) {\n        co_return co_await g();\n    } else {\n'
     '        co_await g();\n    }\n}\n'),
    (NET, AWAITS + '    auto x = b ? 1 : 2;\n    switch (x) {\n    case 1: co_await g(); break;\n    }\n'
     '    std::vector<int> y = co_await h();\n}\n'),
]


def findings(path, text):
    return {(line, name) for rule in FILE_RULES for line, name, _ in rule(Source(path, text))}


def check_reach():
    header = Source('common/net/stream.hpp', HEADER + '#include <boost/beast/core.hpp>\n')
    between = Source('common/net/session.hpp', HEADER + '#include "common/net/stream.hpp"\n')
    user = Source('services/inbox/a.cpp', '\n#include "common/net/session.hpp"\n')
    found = [(source.path, line) for source, line, _, _ in check_beast_reach([header, between, user])]
    return found == [('services/inbox/a.cpp', 2)]


def main():
    failures = 0
    for path, text, expected in PLANTED + [(path, text, set()) for path, text in CLEAN]:
        found = findings(path, text)
        if found != expected:
            failures += 1
            print(f'{path}: expected {sorted(expected)}, found {sorted(found)} in:\n{text[:300]}')
    if not check_reach():
        failures += 1
        print('a header that brings Beast out of common/net was not found')
    print(f'{len(PLANTED) + len(CLEAN) + 1 - failures} passed, {failures} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
