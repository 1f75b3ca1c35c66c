"""Our program and the three addr2line programs that it is compared with: how each is asked about many
addresses at once, and how its output is read. Answers of peers are kept on disk."""
import hashlib
import json
import os
import re
import shutil
import subprocess

UNKNOWN = '??'
TIME_LIMIT = 1200


class Frame(tuple):
    """(name, file, line); unknown parts are '', '' and 0."""
    __slots__ = ()
    name = property(lambda self: self[0])
    file = property(lambda self: self[1])
    line = property(lambda self: self[2])


def frame(name, file, line):
    return Frame(('' if name == UNKNOWN else name, '' if file == UNKNOWN else file, line))


def parse_place(text):
    """FILE:LINE, FILE:LINE:COLUMN or FILE:LINE (discriminator N)."""
    match = re.fullmatch(r'(.*?):(\d+|\?)(?::\d+)?(?: \(discriminator \d+\))?', text)
    if not match:
        raise ValueError(f'no place: {text!r}')
    return match[1], 0 if match[2] == '?' else int(match[2])


def parse_blocks(lines):
    """Output of -a -f -i: an address, then pairs of a name and a place. One list of frames for each address."""
    blocks = []
    lines = iter(lines)
    for line in lines:
        if re.fullmatch(r'0x[0-9a-f]+', line):
            blocks.append([])
            continue
        # eu-addr2line says "callee inlined at FILE:LINE in caller" where others say "callee".
        name = line.split(' inlined at ')[0]
        blocks[-1].append(frame(name, *parse_place(next(lines))))
    return blocks


class Peer:
    """One addr2line program."""

    def __init__(self, name, program, options=(), section_option=True):
        self.name, self.program = name, program
        self.options, self.section_option = list(options), section_option
        self._version = None

    @property
    def version(self):
        if self._version is None:
            text = subprocess.run([self.program, '--version'], capture_output=True, text=True, check=False).stdout
            match = re.search(r'\d+\.\d+(\.\d+)?', text)
            self._version = match[0] if match else 'unknown'
        return self._version

    def usable(self, elf):
        """llvm-addr2line has no -j, and sections of a relocatable file all begin at 0 for it, so it names
        functions of other sections; its answer counts only where there is one code section."""
        return self.section_option or not elf.relocatable or len(elf.code_sections()) == 1

    def command(self, elf, section):
        words = [self.program, '-a', '-f', '-i', *self.options, '-e', elf.path]
        return words + (['-j', section.name] if elf.relocatable and self.section_option else [])

    def run(self, elf, section, addresses):
        text = ''.join(f'{a:#x}\n' for a in addresses)
        environment = {k: v for k, v in os.environ.items() if k not in ('DEBUGINFOD_URLS', 'NO_COLOR')}
        done = subprocess.run(self.command(elf, section), input=text.encode(), capture_output=True, check=False,
                              env={**environment, 'LC_ALL': 'C'}, timeout=TIME_LIMIT)
        if done.returncode != 0 and not done.stdout:
            return None
        blocks = parse_blocks(done.stdout.decode('utf-8', 'surrogateescape').splitlines())
        if len(blocks) != len(addresses):
            raise ValueError(f'{self.name} gave {len(blocks)} answers to {len(addresses)} addresses in {elf.path}: '
                             + done.stderr.decode(errors='replace')[:200])
        return blocks


class Cached:
    """A peer whose answers are kept in a folder, keyed by program version, file content and addresses."""

    def __init__(self, peer, folder):
        self.peer, self.folder, self.name, self.version = peer, folder, peer.name, peer.version

    def usable(self, elf):
        return self.peer.usable(elf)

    def run(self, elf, section, addresses):
        key = json.dumps([self.name, self.version, elf.identity, section.name if elf.relocatable else '',
                          hashlib.sha256(repr(addresses).encode()).hexdigest(), self.peer.options])
        path = os.path.join(self.folder, hashlib.sha256(key.encode()).hexdigest()[:32] + '.json')
        if os.path.exists(path):
            with open(path, encoding='utf-8', errors='surrogateescape') as file:
                stored = json.load(file)
            return stored and [[Frame(f) for f in frames] for frames in stored]
        answer = self.peer.run(elf, section, addresses)
        os.makedirs(self.folder, exist_ok=True)
        with open(path + f'.{os.getpid()}', 'w', encoding='utf-8', errors='surrogateescape') as file:
            json.dump(answer, file)
        os.replace(file.name, path)
        return answer


def installed(folder):
    """The peers on this machine. llvm-addr2line is asked in GNU's style, which is its default by that name."""
    known = [Peer('gnu', 'addr2line'),
             Peer('llvm', next((p for p in ('llvm-addr2line-19', 'llvm-addr2line') if shutil.which(p)), 'llvm-addr2line'),
                  section_option=False),
             Peer('eu', 'eu-addr2line')]
    return [Cached(p, folder) for p in known if shutil.which(p.program)]


class Faddr2line:
    """Our program for symbol+offset places: one list of (place, size, [frames]) for each argument."""

    def __init__(self, program):
        self.program = program

    def run(self, elf, places):
        done = subprocess.run([self.program, elf.path, *places], capture_output=True, check=False, timeout=TIME_LIMIT,
                              env={**os.environ, 'LC_ALL': 'C'})
        if done.returncode != 0:
            raise ValueError(f'exit {done.returncode}: {done.stderr.decode(errors="replace")[:200]}')
        return parse_faddr2line(done.stdout.decode('utf-8', 'surrogateescape'))


def parse_faddr2line(text):
    matches = {}
    for block in text.strip('\n').split('\n\n'):
        head, *rest = block.split('\n')
        if not head.endswith(':'):
            continue  # "skipping ..." lines
        frames = []
        for line in rest:
            if line == '?? ??:0':
                frames.append(frame(UNKNOWN, UNKNOWN, 0))
                continue
            name, place = re.sub(r'^\(inlined by\) ', '', line).split(' at ', 1)
            frames.append(frame(name, *parse_place(place)))
        matches.setdefault(head[:-1], []).append(frames)
    return matches
