"""A row: one question, the commands that answer it, and the bars that our figures have to keep."""
import dataclasses
from typing import Callable

from measure import Figure


@dataclasses.dataclass
class Bar:
    """`measured` takes the figures of all programs, and gives None where there is nothing to compare with."""
    what: str
    measured: Callable
    limit: float
    unit: str = ''
    at_least: bool = False

    def verdict(self, figures):
        value = self.measured(figures)
        if value is None:
            return None
        return Verdict(self.what, value, self.limit, self.unit, value >= self.limit if self.at_least else value <= self.limit,
                       self.at_least)


@dataclasses.dataclass
class Verdict:
    what: str
    value: float
    limit: float
    unit: str
    met: bool
    at_least: bool = False

    def __str__(self):
        return f'{self.what}: {self.value:.3g}{self.unit}, the bar is {self.limit:.3g}{self.unit}'


@dataclasses.dataclass
class Row:
    group: str
    title: str
    commands: list = dataclasses.field(default_factory=list)
    stdin: str = None
    bars: list = dataclasses.field(default_factory=list)
    reference: str = None       # ratios are to this program
    compared: bool = False      # answers are compared with ours
    prepare: Callable = None    # before each run of a command
    after: Callable = None      # completes the figures
    once: float = 5             # seconds: who needs more runs once
    limit: float = None         # seconds for a run of ours or of the reference, where not the usual
    skipped: str = None         # why there is nothing to measure


@dataclasses.dataclass
class Result:
    group: str
    title: str
    reference: str
    figures: dict
    verdicts: list
    plotted: bool

    def ratio(self, name):
        """User+system time, as a part of the reference's."""
        mine, other = self.figures[name], self.figures.get(self.reference)
        return mine.cpu / max(other.cpu, 1e-6) if mine.counts and other and other.counts else None

    @staticmethod
    def read(saved):
        return Result(saved['group'], saved['title'], saved['reference'],
                      {name: Figure(**fields) for name, fields in saved['figures'].items()},
                      [Verdict(**fields) for fields in saved['verdicts']], saved['plotted'])


def usable(figures, *names):
    return all(name in figures and figures[name].counts for name in names)


def ratio(field, name, reference, limit, what=None):
    def measured(figures):
        if not usable(figures, name, reference):
            return None
        return getattr(figures[name], field) / max(getattr(figures[reference], field), 1e-6)
    return Bar(what or f'user+system time of {name} over {reference}', measured, limit)


def at_most(field, name, limit, what, unit, scale=1):
    return Bar(what, lambda f: getattr(f[name], field) * scale if usable(f, name) else None, limit, unit)


def least_memory(name, peers):
    """Below every peer that answered."""
    def measured(figures):
        others = [figures[peer].memory for peer in peers if usable(figures, peer)]
        return figures[name].memory / min(others) if others and usable(figures, name) else None
    return Bar(f'peak memory of {name} over the least of the others', measured, 1)
