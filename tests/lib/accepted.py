"""Differences between our answers and others', the list of accepted ones (accepted.toml) and the predicates
that its entries may name. A question has elf, section, address, label, ours and peers ({name: frames})."""
import os
import re
import tomllib

FIELDS = ('depth', 'name', 'file', 'line')
KEYS = {'id', 'peers', 'versions', 'fields', 'fixture', 'section', 'function', 'ours', 'theirs', 'predicate', 'reason'}
CLONE = re.compile(r'(\.(cold|isra|part|constprop|localalias|lto_priv|llvm)|\.\d+)+$')


SUITE_KEYS = {'suite', 'versions', 'test', 'kind', 'reason'}
SUITE_KINDS = ('ours', 'theirs', 'tools')


def check_suite_row(row):
    """Raises ValueError for an entry about another program's test suite that is not as accepted.toml describes it."""
    name = f'accepted list, suite entry {row.get("test")}'
    if not SUITE_KEYS <= set(row) <= SUITE_KEYS | {'runs'}:
        raise ValueError(f'{name}: keys are {sorted(SUITE_KEYS)} and perhaps runs')
    if row['kind'] not in SUITE_KINDS or not row['reason'].strip() or not row['versions']:
        raise ValueError(f'{name}: kind is one of {SUITE_KINDS}, reason and versions are not empty')
    runs = row.get('runs', [1])
    if not runs or runs != sorted(set(runs)) or runs[0] < 1:
        raise ValueError(f'{name}: runs are numbers from 1, in order')


class Difference:
    """One field of one address in which one peer says something else than we do."""

    def __init__(self, question, peer, field, index):
        self.question, self.peer, self.field, self.index = question, peer, field, index
        self.ours, self.theirs = (self.value(answer) for answer in (question.ours, question.peers[peer.name]))

    def value(self, answer):
        if self.field == 'depth':
            return len(answer)
        return getattr(answer[self.index], self.field) if self.index < len(answer) else None

    def others(self):
        """What the other peers say in the same place; one that knows no line at all has no say about the frames."""
        answers = [a for name, a in self.question.peers.items() if name != self.peer.name]
        known = [a for a in answers if not knows_nothing(a)] or answers
        return [self.value(answer) for answer in known]

    @property
    def function(self):
        return self.question.ours[0].name if self.question.ours else ''

    def __str__(self):
        question = self.question
        lines = [f'{question.label}: {self.field} of frame {self.index} differs from {self.peer.name} {self.peer.version}: '
                 f'{self.ours!r}, not {self.theirs!r}', f'    ours  {show(question.ours)}']
        return '\n'.join(lines + [f'    {name:<5} {show(answer)}' for name, answer in question.peers.items()])


def differences(question, peers):
    """Depth, and field by field every frame; only the innermost one where the depth differs."""
    for peer in peers:
        theirs = question.peers.get(peer.name)
        if theirs is None:
            continue
        same_depth = len(theirs) == len(question.ours)
        if not same_depth:
            yield Difference(question, peer, 'depth', 0)
        for index, (a, b) in enumerate(zip(question.ours, theirs)):
            for field in ('name', 'file', 'line'):
                if (same_depth or index == 0) and getattr(a, field) != getattr(b, field):
                    yield Difference(question, peer, field, index)


def show(frames):
    return ' <- '.join(f'{f.name or "??"} {f.file or "??"}:{f.line}' for f in frames)


def knows_nothing(answer):
    return all(not f.file and not f.line for f in answer)


def bare(value):
    """A name without a clone's suffix: who prints that differs in the name alone."""
    return CLONE.sub('', value) if isinstance(value, str) else value


def only_this_peer_differs(d):
    others = d.others()
    return len(others) > 0 and all(bare(o) == bare(d.ours) or joined_twice(o, d.ours) for o in others)


def another_peer_agrees(d):
    return any(bare(o) == bare(d.ours) for o in d.others())


def doubled_directory(d):
    """a/b/c.c against a/b/./a/b/c.c or a/b/a/b/c.c: the directory joined twice."""
    return joined_twice(d.theirs, d.ours)


def joined_twice(theirs, ours):
    return isinstance(theirs, str) and bool(ours) and any(
        theirs == f'{a}{dot}{ours}' for dot in ('/', '/./') for a in prefixes(ours))


def prefixes(path):
    parts = path.split('/')
    return {'/'.join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts))}


def same_normalised_path(d):
    """The same file once "." and ".." are taken out."""
    return bool(d.ours and d.theirs) and os.path.normpath(d.ours) == os.path.normpath(d.theirs)


def clone_suffix(d):
    """The peer takes the symbol's name, which carries a suffix that DWARF's name has not."""
    return bool(d.ours and d.theirs) and d.ours == CLONE.sub('', d.theirs) and d.ours != d.theirs


def padding(d):
    """No sized function of the symbol table holds the address: filler between functions."""
    return not d.question.elf.in_function(d.question.section, d.question.address)


def asked_by_name(d):
    """The question was NAME+OFFSET/SIZE, and ours is that name."""
    return d.ours == d.question.label.split()[-1].split('+')[0]


def symbol_elsewhere(d):
    """The peer names a symbol, and every symbol of that name lies in a section that does not hold the address."""
    named = d.question.elf.by_name.get(d.theirs, [])
    return bool(named) and all(y.section.index != d.question.section.index for y in named)


def theirs_without_line(d):
    """The peer has a file and no line: the name of an STT_FILE symbol."""
    answer = d.question.peers[d.peer.name]
    return d.index < len(answer) and answer[d.index].line == 0


def plain_for_mangled(d):
    """Ours is a mangled name (_Z4areav), the peer's a plain one (area)."""
    return bool(d.ours and d.theirs) and d.ours.startswith('_Z') and not d.theirs.startswith('_Z')


def label_in_their_function(d):
    """Ours is a symbol without a size that stands in the function which the peer names."""
    def named(name):
        return [y for y in d.question.elf.by_name.get(name, []) if y.section.index == d.question.section.index]
    labels = [y.value for y in named(d.ours) if y.size == 0]
    return any(y.value < at < y.value + y.size for y in named(d.theirs) for at in labels)


def peer_knows_nothing(d):
    return knows_nothing(d.question.peers[d.peer.name])


def we_know_nothing(d):
    return knows_nothing(d.question.ours)


def alias(d):
    """Two symbols of one address, or one with and without its version (x@GLIBC_2.2.5): each program prefers another one."""
    if not (d.ours and d.theirs and d.field == 'name'):
        return False
    at = d.question.elf.places_of_names
    return bool(at.get(d.ours, set()) & at.get(d.theirs, set()))


PREDICATES = {f.__name__: f for f in (
    only_this_peer_differs, another_peer_agrees, doubled_directory, same_normalised_path, clone_suffix,
    padding, asked_by_name, symbol_elsewhere, theirs_without_line, plain_for_mangled, peer_knows_nothing, we_know_nothing,
    alias, label_in_their_function)}


class Entry:
    def __init__(self, row):
        unknown = set(row) - KEYS
        if unknown or not {'id', 'reason', 'fields'} <= set(row):
            raise ValueError(f'accepted list, entry {row.get("id")}: keys {sorted(unknown)} unknown, or id, fields, reason missing')
        self.id, self.row, self.used = row['id'], row, 0
        self.fields = row['fields']
        if not set(self.fields) <= set(FIELDS):
            raise ValueError(f'accepted list, entry {self.id}: fields are {FIELDS}')
        names = row.get('predicate', [])
        self.predicates = [PREDICATES[n] for n in ([names] if isinstance(names, str) else names)]
        if not (self.predicates or {'fixture', 'function', 'ours', 'theirs'} & set(row)):
            raise ValueError(f'accepted list, entry {self.id} would accept everything')

    def holds(self, difference):
        row, question = self.row, difference.question
        if difference.field not in self.fields or difference.peer.name not in row.get('peers', [difference.peer.name]):
            return False
        if 'versions' in row and not any(difference.peer.version.startswith(v) for v in row['versions']):
            return False
        texts = (('fixture', os.path.basename(question.elf.path)), ('section', question.section.name),
                 ('function', difference.function), ('ours', str(difference.ours)), ('theirs', str(difference.theirs)))
        return all(re.fullmatch(row[key], text) for key, text in texts if key in row) and \
            all(predicate(difference) for predicate in self.predicates)


class Accepted:
    def __init__(self, path):
        with open(path, 'rb') as file:
            lists = tomllib.load(file)
        self.entries = [Entry(row) for row in lists['accepted']]
        self.suite_rows = lists.get('suite', [])
        for row in self.suite_rows:
            check_suite_row(row)

    def entry_for(self, difference):
        for entry in self.entries:
            if entry.holds(difference):
                entry.used += 1
                return entry
        return None
