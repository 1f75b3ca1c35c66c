"""The picture: for each workload a bar for each program, from llvm-addr2line's time to its own, on a logarithmic scale.
Written by hand as SVG, so that nothing has to be installed; colours for light and dark."""
import math
from html import escape

import report

COLOURS = {  # light, dark
    'symline': ('#1f6feb', '#58a6ff'), 'symline, index': ('#0b3d91', '#a5d0ff'), 'eu-addr2line': ('#8250df', '#b087f5'),
    'addr2line': ('#9a6700', '#d4a72c'), 'gimli addr2line': ('#bc4c00', '#f0883e'), 'blazesym': ('#1a7f37', '#3fb950')}
NAMES = {'addr2line': 'GNU addr2line'}
OTHER = ('#6e7781', '#8b949e')
STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: %(ink)s }
  .back { fill: %(back)s } .grid { stroke: %(grid)s } .one { stroke: %(muted)s; stroke-width: 1.5 } .band { fill: %(band)s }
  .title { font-size: 20px; font-weight: 600 } .group { font-size: 13px; font-weight: 600 } .row { font-size: 13px }
  .small, .value { font-size: 11px } .small, .value { fill: %(muted)s } .own { fill: %(ink)s; font-weight: 600 }
"""
LIGHT = {'ink': '#1f2328', 'back': '#ffffff', 'grid': '#e4e8ec', 'muted': '#59636e', 'band': '#f6f8fa'}
DARK = {'ink': '#e6edf3', 'back': '#0d1117', 'grid': '#262c36', 'muted': '#9198a1', 'band': '#151b23'}

WIDTH, LEFT, RIGHT, MARGIN = 960, 226, 820, 24
BAR, GAP, ROW_GAP, GROUP_TITLE = 10, 3, 13, 30
VALUE_WIDTH = 58  # what a value beside a bar needs


class Scale:
    """Ratios to x, with room for a value at both ends."""

    def __init__(self, ratios):
        self.low = min([math.log10(ratio) for ratio in ratios] + [-1.05])
        self.high = max([math.log10(ratio) for ratio in ratios] + [1.05])

    def __call__(self, ratio):
        at = (math.log10(ratio) - self.low) / (self.high - self.low)
        return LEFT + VALUE_WIDTH + at * (RIGHT - LEFT - 2 * VALUE_WIDTH)

    def ticks(self):
        return [10.0 ** exponent for exponent in range(math.ceil(self.low), math.floor(self.high) + 1)]


def shown(result):
    """The programs of a row that get a line in it: all but the reference, which is the axis."""
    return [name for name in result.figures if name != result.reference]


def times(ratio):
    """What a ratio is called on the axis."""
    if ratio == 1:
        return 'as fast'
    return f'{round(1 / ratio):,}× faster' if ratio < 1 else f'{round(ratio):,}× slower'


def text(x, y, words, kind, anchor='start'):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


class Picture:
    def __init__(self, results):
        self.results = [result for result in results if result.plotted]
        ratios = [r for result in self.results for name in shown(result) if (r := result.ratio(name))]
        self.scale = Scale(ratios)
        self.tools = [name for name in report.tools_of(self.results) if any(name in shown(r) for r in self.results)]
        self.parts, self.y = [], 0

    def add(self, *parts):
        self.parts += parts

    def colour(self, name):
        return f'tool{self.tools.index(name)}'

    def head(self, reference):
        self.add(text(MARGIN, 40, 'Time to answer, compared with ' + reference, 'title'),
                 text(MARGIN, 62, 'user+system time, logarithmic: to the left of the line is faster; beside each bar the time', 'small'))
        x = MARGIN
        for name in self.tools:
            label = NAMES.get(name, name)
            self.add(f'<rect x="{x}" y="77" width="12" height="12" rx="2" class="{self.colour(name)}"/>', text(x + 18, 87, label, 'row'))
            x += 18 + 7.4 * len(label) + 24
        self.add(f'<line x1="{x + 6}" y1="75" x2="{x + 6}" y2="91" class="one"/>', text(x + 16, 87, reference, 'row'))
        self.y = 130

    def group(self, name):
        self.y += GROUP_TITLE
        self.add(text(MARGIN, self.y - 10, name, 'group'))

    def row(self, result):
        names = shown(result)
        height = len(names) * (BAR + GAP) - GAP
        self.add(f'<rect x="{MARGIN - 8}" y="{self.y - 5}" width="{WIDTH - 2 * MARGIN + 16}" height="{height + 10}" rx="4" class="band"/>')
        self.marks.append((self.y - 5, self.y + height + 5))
        self.add(text(MARGIN + 6, self.y + height / 2 + 4.5, result.title, 'row'))
        for name in names:
            self.bars.append((result, name, self.y))
            self.y += BAR + GAP
        reference = result.figures.get(result.reference)
        if reference:
            words = reference.word or report.duration(reference.cpu)
            self.add(text(WIDTH - MARGIN - 4, self.y - GAP - height / 2 + 4, words, 'value', 'end'))
        self.y += ROW_GAP

    def bar(self, result, name, y):
        figure, ratio, one = result.figures[name], result.ratio(name), self.scale(1)
        kind = 'value own' if name.startswith('symline') else 'value'
        if not ratio:
            words = figure.word or f'other answers ({report.duration(figure.cpu)})'
            self.add(text(one + 6, y + BAR, f'{NAMES.get(name, name)}: {words}', 'value'))
            return
        end = self.scale(ratio)
        left, width = min(end, one), max(abs(end - one), 1.5)
        self.add(f'<rect x="{left:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" rx="1.5" class="{self.colour(name)}"/>')
        label = report.duration(figure.cpu)
        self.add(text(end - 5, y + BAR, label, kind, 'end') if ratio < 1 else text(left + width + 5, y + BAR, label, kind))

    def axis(self, top, bottom):
        lines = []
        for tick in self.scale.ticks():
            x = self.scale(tick)
            kind = 'one' if tick == 1 else 'grid'
            lines += [f'<line x1="{x:.1f}" y1="{a}" x2="{x:.1f}" y2="{b}" class="{kind}"/>' for a, b in self.marks]
            lines += [text(x, y, times(tick), 'small', 'middle') for y in (top, bottom)]
        return lines

    def body(self, reference):
        self.bars, self.marks, last = [], [], None
        top = self.y
        self.add(text(WIDTH - MARGIN - 4, top, reference, 'small', 'end'))
        self.y += 8
        for result in self.results:
            if result.group != last:
                self.group(result.group)
                last = result.group
            self.row(result)
        self.add(*self.axis(top, self.y + 10))
        for bar in self.bars:
            self.bar(*bar)
        self.y += 40

    def foot(self, conditions):
        words = f'{conditions["machine"]} · {conditions["versions"]}', f'files in the page cache, {conditions["date"]}'
        for line in words:
            self.add(text(MARGIN, self.y, line, 'small'))
            self.y += 16

    def style(self, which, colours):
        tools = ' '.join(f'.{self.colour(name)} {{ fill: {COLOURS.get(name, OTHER)[which]} }}' for name in self.tools)
        return STYLE % colours + '  ' + tools

    def svg(self):
        height = self.y + 8
        return '\n'.join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
            f'<style>{self.style(0, LIGHT)}\n  @media (prefers-color-scheme: dark) {{{self.style(1, DARK)}\n  }}\n</style>',
            f'<rect width="{WIDTH}" height="{height}" rx="6" class="back"/>', *self.parts, '</svg>']) + '\n'


def drawn(results, conditions):
    picture = Picture(results)
    reference = next((result.reference for result in picture.results), 'llvm-addr2line')
    picture.head(reference)
    picture.body(reference)
    picture.foot(conditions)
    return picture.svg()
