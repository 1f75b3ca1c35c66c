"""The programs that are measured, and how each is asked."""
import pathlib
import os
import re
import shlex
import shutil
import subprocess

ARGUMENTS = 64  # above that many addresses are given on standard input
MOST_ARGUMENTS = 30_000


class Tool:
    """A program and the words it is called with: {exe} is the file, {dwarf} its debug file where it has one apart,
    {rel} '-j .text' for a relocatable file, {addrs} the addresses (without it: on standard input when they are many)."""

    def __init__(self, name, template, known_version=None):
        self.name, self.template, self.known_version = name, shlex.split(template), known_version

    def command(self, question):
        """The words for a question, or None where they would be too many."""
        if '{addrs}' in self.template and len(question.addresses) > MOST_ARGUMENTS:
            return None
        meaning = {'{exe}': [question.path], '{dwarf}': [question.dwarf or question.path], '{addrs}': question.addresses,
                   '{rel}': ['-j', '.text'] if question.relocatable else []}
        words = [w for word in self.template for w in meaning.get(word, [word])]
        return words + (question.addresses if '{addrs}' not in self.template and not question.stdin else [])

    def version(self):
        if self.known_version:
            return self.known_version
        try:
            done = subprocess.run([self.template[0], '--version'], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=10, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        match = re.search(r'\d+\.\d[\w.]*', done.stdout)
        return match and match[0]


def llvm():
    """llvm-addr2line-19, for the bars are about it; else the newest."""
    numbered = {int(match[1]) for folder in os.environ.get('PATH', '').split(':') if os.path.isdir(folder)
                for file in os.listdir(folder) if (match := re.fullmatch(r'llvm-addr2line-(\d+)', file))}
    number = 19 if 19 in numbered else max(numbered, default=None)
    return f'llvm-addr2line-{number}' if number else 'llvm-addr2line'


def from_environment(name, variable, rest):
    """A program, or a command with placeholders; its version, which an example does not tell, in another variable."""
    value = os.environ.get(variable)
    if not value:
        return []
    return [Tool(name, value if '{' in value else f'{shlex.quote(value)} {rest}', os.environ.get(variable + '_VERSION'))]


def peers():
    """llvm-addr2line comes first where it is there: it is what others are compared with."""
    found = [Tool(name, f'{name} {rel}-a -f -i -e {{exe}}')
             for name, rel in ((llvm(), ''), ('eu-addr2line', '{rel} '), ('addr2line', '{rel} ')) if shutil.which(name)]
    found += from_environment('gimli addr2line', 'SYMBENCH_GIMLI', '-a -f -i -e {dwarf}')
    return found + from_environment('blazesym', 'SYMBENCH_BLAZESYM', 'symbolize elf --path {exe} {addrs}')


def help_of(*command):
    try:
        return subprocess.run([*command, '--help'], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ''


class Ours:
    """Our programs, and which of the newer options they have."""

    def __init__(self, folder):
        self.addr2line, self.faddr2line, self.symline = (str(pathlib.Path(folder) / f'symline{end}')
                                                         for end in ('-addr2line', '-faddr2line', ''))
        self.has_jobs = '--jobs' in help_of(self.addr2line)
        self.has_index = '--index' in help_of(self.addr2line)
        self.decode_has_index = '--index' in help_of(self.symline, 'decode')
        self.faddr2line_has_index = '--index' in help_of(self.faddr2line)

    def tool(self, *options, index=False):
        options = [*options, *(['--index=never'] if self.has_index and not index else [])]
        return Tool('symline', ' '.join([shlex.quote(self.addr2line), *options, '{rel} -a -f -i -e {exe}']))
