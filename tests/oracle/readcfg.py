"""Reads libconfig text into plain Python values: groups become dicts, lists and arrays become lists.

Only what rule files use: groups, lists, arrays, strings (adjacent ones join), integers, floats, booleans, and the
three comment styles. No @include. A directory is read as the daemon reads it: every *.cfg in byte order of the names,
lists of the same name concatenated, groups united.
"""

import os
import re

TOKEN = re.compile(r'''
    (?P<skip>\s+ | \#[^\n]* | //[^\n]* | /\*.*?\*/ )
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<float>[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?)
  | (?P<hex>0[xX][0-9A-Fa-f]+L{0,2})
  | (?P<int>[-+]?\d+L{0,2})
  | (?P<name>[A-Za-z*][-A-Za-z0-9_*]*)
  | (?P<mark>[={}()\[\];,:])
''', re.X | re.S)

ESCAPES = {'n': '\n', 't': '\t', 'r': '\r', 'f': '\f', '"': '"', '\\': '\\'}


class SyntaxTrouble(Exception):
    pass


def tokens(text):
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise SyntaxTrouble('line %d: cannot read %r' % (text.count('\n', 0, at) + 1, text[at:at + 20]))
        if match.lastgroup != 'skip':
            yield match.lastgroup, match.group(), at
        at = match.end()
    yield 'end', '', at


class Reader:
    def __init__(self, text):
        self.tokens = list(tokens(text))
        self.at = 0

    def peek(self):
        return self.tokens[self.at][1] if self.tokens[self.at][0] in ('mark', 'end') else None

    def take(self, mark=None):
        kind, text, where = self.tokens[self.at]
        if mark is not None and (kind != 'mark' or text != mark):
            raise SyntaxTrouble('expected %r, found %r at %d' % (mark, text, where))
        self.at += 1
        return kind, text

    def settings(self, closing):
        group = {}
        while not (self.tokens[self.at][0] == closing or self.peek() == closing):
            kind, name = self.take()
            if kind != 'name':
                raise SyntaxTrouble('expected a setting, found %r' % name)
            if self.peek() not in ('=', ':'):
                raise SyntaxTrouble('expected = after %r' % name)
            self.take()
            if name in group:
                raise SyntaxTrouble('setting %r twice' % name)
            group[name] = self.value()
            if self.peek() in (';', ','):
                self.take()
        return group

    def sequence(self, closing):
        values = []
        while self.peek() != closing:
            values.append(self.value())
            if self.peek() == ',':
                self.take()
        self.take(closing)
        return values

    def value(self):
        kind, text = self.take()
        if kind == 'string':
            joined = unquote(text)
            while self.tokens[self.at][0] == 'string':
                joined += unquote(self.take()[1])
            return joined
        if kind == 'int':
            return int(text.rstrip('L'))
        if kind == 'hex':
            return int(text.rstrip('L'), 16)
        if kind == 'float':
            return float(text)
        if kind == 'name' and text.lower() in ('true', 'false'):
            return text.lower() == 'true'
        if text == '{':
            group = self.settings('}')
            self.take('}')
            return group
        if text in ('(', '['):
            return self.sequence(')' if text == '(' else ']')
        raise SyntaxTrouble('expected a value, found %r' % text)


def unquote(text):
    return re.sub(r'\\(x[0-9A-Fa-f]{2}|.)',
                  lambda m: chr(int(m.group(1)[1:], 16)) if len(m.group(1)) == 3 else ESCAPES.get(m.group(1), m.group(1)),
                  text[1:-1], flags=re.S)


def read_text(text):
    return Reader(text).settings('end')


def unite(whole, part):
    for name, value in part.items():
        if name not in whole:
            whole[name] = value
        elif name == 'covers':                     # of calendars: the span widens
            whole[name] = {'from': min(whole[name]['from'], value['from']), 'until': max(whole[name]['until'], value['until'])}
        elif isinstance(value, list) and isinstance(whole[name], list):
            whole[name] = whole[name] + value
        elif isinstance(value, dict) and isinstance(whole[name], dict):
            unite(whole[name], value)
        elif name not in ('name',):
            whole[name] = value
    return whole


def read_directory(directory):
    whole = {}
    for name in sorted(os.listdir(directory), key=os.fsencode):
        if name.endswith('.cfg'):
            with open(os.path.join(directory, name), encoding='utf-8') as file:
                unite(whole, read_text(file.read()))
    return whole
