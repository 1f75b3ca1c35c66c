"""What a program costs: runs of it, interleaved with those of others, through a small launcher."""
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MEGABYTE = 1e6  # of files and of what is read from disk; memory is in units of 1024 kB, as ps and top have it

Run = collections.namedtuple('Run', 'status cpu wall memory read')
Command = collections.namedtuple('Command', 'name words environment', defaults=(None,))


@dataclasses.dataclass
class Figure:
    """What one program needed in one row: seconds, MB. `word` says why there is none; `agreement` is the share of
    places that are the same as ours."""
    cpu: float = None
    cpu_median: float = None
    wall: float = None
    wall_median: float = None
    memory: float = None
    read: float = None
    runs: int = 0
    size: float = None
    agreement: float = None
    gap: float = None  # milliseconds that a process stood still
    word: str = None

    @property
    def counts(self):
        """Whether it answered the question, so that its costs can be compared."""
        return self.word is None and (self.agreement is None or self.agreement >= 0.5)


def apart(function, *arguments):
    """Calls it in a process of its own, so that this one stays small."""
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()


def compiled(source, target):
    subprocess.run([os.environ.get('CXX', 'c++'), '-std=c++17', '-O2', '-static', str(source), '-o', str(target)],
                   check=True)
    return str(target)


class Launcher:
    def __init__(self, scratch):
        self.scratch = scratch
        self.program = compiled(HERE / 'launcher.cc', scratch / 'launcher')
        (scratch / 'no-cache').mkdir()
        self.environment = {**os.environ, 'DEBUGINFOD_URLS': '', 'LC_ALL': 'C', 'XDG_CACHE_HOME': str(scratch / 'no-cache')}

    def run(self, command, stdin, output, limit):
        words = [self.program, str(int(limit)), stdin or os.devnull, output, *command.words]
        environment = {**self.environment, **(command.environment or {})}
        done = subprocess.run(words, stdout=subprocess.PIPE, env=environment, check=True, text=True)
        status, user, system, wall, memory, blocks = done.stdout.split()
        return Run(int(status), float(user) + float(system), float(wall), int(memory) / 1024, int(blocks) * 512 / MEGABYTE)


def figure(runs):
    of = {field: [getattr(run, field) for run in runs] for field in Run._fields}
    return Figure(min(of['cpu']), statistics.median(of['cpu']), min(of['wall']), statistics.median(of['wall']),
                  max(of['memory']), statistics.median(of['read']), len(runs))


class Measurement:
    """The runs of one row. The first run of each program fills caches and keeps the answers; it counts only where it is
    the only one, as with programs that need over `row.once` seconds."""

    def __init__(self, launcher, row, runs, limit):
        self.launcher, self.row, self.limit = launcher, row, limit
        self.runs = {command.name: [] for command in row.commands}
        self.words = {}
        for turn in range(runs + 1):
            for command in row.commands:
                if self.wanted(command.name):
                    self.add(command, self.answers(command.name) if turn == 0 else os.devnull)

    def answers(self, name):
        return str(self.launcher.scratch / ('answers-' + name.replace('/', '-').replace(' ', '-')))

    def wanted(self, name):
        done = self.runs[name]
        return name not in self.words and not (done and done[0].cpu > self.row.once)

    def add(self, command, output):
        if self.row.prepare:
            self.row.prepare(command)
        patient = self.row.limit and (name_of_ours(command.name) or command.name == self.row.reference)
        limit = self.row.limit if patient else self.limit
        run = self.launcher.run(command, self.row.stdin, output, limit)
        if run.status == -1:
            self.words[command.name] = f'over {limit:.0f} s'
        elif run.status not in (0, 1):
            self.words[command.name] = 'crashed' if run.status > 128 else f'failed ({run.status})'
        else:
            self.runs[command.name].append(run)
        if name_of_ours(command.name) and run.status not in (0, 1):
            print(f'{" ".join(command.words[:8])} ended with {run.status}', file=sys.stderr)

    def figures(self):
        return {name: Figure(word=self.words[name]) if name in self.words else figure(runs[1:] or runs)
                for name, runs in self.runs.items()}


def name_of_ours(name):
    return name.startswith('symline')


def warm(path):
    with open(path, 'rb') as file:
        while file.read(1 << 20):
            pass


def evict(path):
    """Out of the page cache, as far as the system can."""
    with open(path, 'rb') as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
