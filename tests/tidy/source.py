"""A C++ text with what is not code taken out, at unchanged places: line and column still fit the file."""

import re

TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<tag>[^()\s\\"]{0,16})\((?:.*?)\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


class Source:
    """`code` has comments and the inside of literals blanked, `literals` are (offset, text) of the strings."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split('\n')
        self.comments = []
        self.literals = []
        self.code = TOKEN.sub(self._blank, text) if path.endswith(('.cpp', '.hpp')) else text

    def line_of(self, offset):
        return self.text.count('\n', 0, offset) + 1

    def joined_literals(self):
        """Strings that stand side by side are one to the compiler. Yields (offset, text)."""
        start, end, joined = 0, None, ''
        for offset, literal in self.literals:
            if end is not None and not self.code[end:offset].strip():
                joined += literal.strip('"')
            else:
                if joined:
                    yield start, joined
                start, joined = offset, literal.strip('"')
            end = offset + len(literal)
        if joined:
            yield start, joined

    def _blank(self, match):
        token = match.group()
        if token.startswith(('//', '/*')):
            self.comments.append((match.start(), token))
            return re.sub(r'[^\n]', ' ', token)
        if token.startswith("'"):
            return "'" + ' ' * (len(token) - 2) + "'"
        # The path of an #include looks like a string and has to stay.
        line_start = self.text.rfind('\n', 0, match.start()) + 1
        if self.text[line_start:match.start()].lstrip().startswith('#'):
            return token
        self.literals.append((match.start(), token))
        return '"' + re.sub(r'[^\n]', ' ', token[1:-1]) + '"'


def functions(source):
    """Yields (first line, line of the closing brace) of every function body outside another one."""
    stack = []
    start = 0
    for match in re.finditer(r'[{};]|^[ \t]*#[^\n]*', source.code, re.MULTILINE):
        token = match.group()
        # `member_{value}` of a constructor, and any other braced initialiser, is part of the head around it.
        if token == '{' and re.match(r'[\w>]', source.code[match.start() - 1:match.start()]):
            stack.append(('initialiser', 0))
            continue
        if token == '}' and stack and stack[-1][0] == 'initialiser':
            stack.pop()
            continue
        if token == '{':
            head = source.code[start:match.start()]
            is_inside = any(kind == 'function' for kind, _ in stack)
            kind = 'function' if not is_inside and _is_function_head(head) else 'other'
            lead = len(head) - len(head.lstrip())
            stack.append((kind, source.line_of(start + lead)))
        elif token == '}' and stack:
            kind, first = stack.pop()
            if kind == 'function':
                yield first, source.line_of(match.start())
        start = match.end()


def _is_function_head(head):
    head = head.strip()
    if not head or re.match(r'(namespace|class|struct|enum|union|extern|concept)\b', head):
        return False
    if re.match(r'template\b[^{]*>\s*(class|struct|union)\b', head):
        return False
    return ')' in head and not re.search(r'=\s*$', head)
