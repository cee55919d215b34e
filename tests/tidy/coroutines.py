"""How co_await may be written. GCC before 13 destroys the temporaries of some awaiting expressions twice or skips the
body of an `if` that awaits: so an awaiting expression is a whole statement with nothing clever in it."""

import re

# What may stand between the start of the statement and its co_await.
BEFORE = re.compile(
    r'^\s*(?:(?:else|do|case\b[^?]*|default|public|private|[a-z_]+)\s*:?\s+)?'
    r'(?:|co_return|\(void\)'
    r'|(?:if|while|switch|for)\s*(?:constexpr\s*)?\((?:const\s+)?auto\b[^=;?]*='
    r'|[\w:<>,\s&*\[\].()\->]+=)\s*$'
)
CAPTURE = re.compile(r'(?<![\w)\]])\[(?!\s*\])[^\]\[]+\]\s*(?:\(|\{|mutable\b|<)')
BRACED = re.compile(r'[(,]\s*(?:[\w:]+(?:<[^<>]*>)?\s*)?\{')


def check_awaits(source):
    if not source.path.endswith(('.cpp', '.hpp')):
        return
    for match in re.finditer(r'\bco_await\b', source.code):
        line = source.line_of(match.start())
        before = source.code[_statement_start(source.code, match.start()):match.start()]
        awaited = source.code[match.end():_statement_end(source.code, match.end())]
        if '?' in before or '?' in awaited:
            yield line, 'await-conditional', 'no ?: beside co_await: choose first, then await'
        elif not BEFORE.match(before) or _is_call_around(before):
            yield line, 'await-statement', 'co_await is a statement, initialises a variable or is returned'
        if CAPTURE.search(awaited):
            yield line, 'await-capture', 'no capturing lambda inside an awaiting expression: name it first'
        if BRACED.search(awaited):
            yield line, 'await-braces', 'no braced temporary inside an awaiting expression: name it first'


def _is_call_around(before):
    """An assignment with an open parenthesis before co_await, as in `x = f(co_await g())`."""
    if re.match(r'\s*(?:else\s+)?(?:if|while|switch|for)\b', before):
        return False
    return before.count('(') != before.count(')')


def _statement_start(code, at):
    """Behind the `;` or brace that comes before; the `;` inside a for or if head count as well."""
    return max(code.rfind(mark, 0, at) for mark in ';{}') + 1


def _statement_end(code, at):
    """The `;` that ends the statement, or where the parenthesis or the body around it ends."""
    depth = 0
    for index in range(at, len(code)):
        mark = code[index]
        if mark in '([{':
            depth += 1
        elif mark in ')]}':
            depth -= 1
            if depth < 0:
                return index
        elif mark == ';' and depth == 0:
            return index
    return len(code)
