"""Results as text while they come in, and as Markdown tables."""
import os
import platform
import time

FULL = '| {} | {} | {} | {} | {} | {} | {} |'


def duration(seconds):
    if seconds is None:
        return ''
    if seconds >= 99.95:
        return f'{seconds:.0f} s'
    return f'{seconds:.3g} s' if seconds >= 0.9995 else f'{seconds * 1000:.3g} ms'


def megabytes(figure):
    return f'{figure.memory:.1f} MB' if figure.memory is not None and figure.memory < 100 else f'{figure.memory:.0f} MB'


def factor(value):
    return '' if value is None else f'{value:.2f}' if value >= 0.1 else f'{value:.4f}' if value < 0.01 else f'{value:.3f}'


def share(value):
    return f'{value * 100:.0f}'


def remark(figure):
    """What has to be known about a figure before it is compared."""
    words = [figure.word] if figure.word else []
    if figure.agreement is not None and figure.agreement < 0.5:
        words.append(f'same places in {share(figure.agreement)} %')
    if figure.gap is not None:
        words.append(f'{figure.gap:.1f} ms')
    if figure.size is not None:
        words.append(f'{figure.size:.1f} MB made')
    if figure.read and figure.read > 0.5:
        words.append(f'{figure.read:.1f} MB read')
    if figure.runs == 1:
        words.append('one run')
    return ', '.join(words)


def print_result(result):
    print(f'\n{result.group}: {result.title}')
    for name, figure in result.figures.items():
        if figure.word:
            print(f'  {name:<20} {figure.word}')
            continue
        print(f'  {name:<20} cpu {duration(figure.cpu):>8} (median {duration(figure.cpu_median):>8})  wall '
              f'{duration(figure.wall_median):>8}  {megabytes(figure):>8}  {factor(result.ratio(name)):>7}  {remark(figure)}')
    for verdict in result.verdicts:
        print(f'  {"kept" if verdict.met else "MISSED"}: {verdict}', flush=True)


def machine():
    """Processor, processors, memory and system of this machine."""
    model = platform.processor() or platform.machine()
    with open('/proc/cpuinfo', encoding='utf-8') as lines:
        model = next((line.split(':')[1].strip() for line in lines if line.startswith('model name')), model)
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30
    return f'{model}, {os.cpu_count()} processors, {memory:.0f} GB, Linux {platform.release().split("-")[0]}'


def conditions(versions):
    """One line that says when, where and with what was measured."""
    tools = ', '.join(f'{name} {version}' if version and version not in name else name for name, version in versions.items())
    return {'date': time.strftime('%Y-%m-%d'), 'machine': machine(), 'versions': tools}


def tools_of(results):
    """Every program in the results that are plotted, in the order of their first row."""
    return list(dict.fromkeys(name for result in results if result.plotted for name in result.figures))


def cell(result, name):
    figure = result.figures.get(name)
    if figure is None:
        return '–'
    if figure.word:
        return figure.word
    if not figure.counts:
        return f'({duration(figure.cpu)})'
    ratio = result.ratio(name)
    shown = f'{duration(figure.cpu)}'
    return shown if name == result.reference or ratio is None else f'{shown} · {factor(ratio)}'


def summary(results):
    """One line for each workload that all programs have."""
    tools = tools_of(results)
    yield '| file | addresses | ' + ' | '.join(tools) + ' |'
    yield '|---|---|' + '---:|' * len(tools)
    last = None
    for result in results:
        if result.plotted:
            group = '' if result.group == last else result.group
            yield f'| {group} | {result.title} | ' + ' | '.join(cell(result, name) for name in tools) + ' |'
            last = result.group


def details(results):
    group = None
    for result in results:
        if result.group != group:
            group = result.group
            yield f'\n### {group}\n'
            yield FULL.format('', 'program', 'user+system', 'median', 'wall, median', 'peak memory', 'ratio, remarks')
            yield '|---|---|---:|---:|---:|---:|---|'
        title = result.title
        for name, figure in result.figures.items():
            last = '; '.join(word for word in (factor(result.ratio(name)), remark(figure)) if word)
            memory = '' if figure.memory is None else megabytes(figure)
            yield FULL.format(title, name, duration(figure.cpu), duration(figure.cpu_median), duration(figure.wall_median),
                              memory, last)
            title = ''


def bars(results):
    yield '\n### Bars\n'
    yield '| workload | measured | bar | |'
    yield '|---|---|---|---|'
    for result in results:
        for v in result.verdicts:
            mark = 'kept' if v.met else '**missed**'
            yield (f'| {result.group}: {result.title} | {v.what}: {v.value:.3g}{v.unit} | '
                   f'{"at least" if v.at_least else "at most"} {v.limit:.3g}{v.unit} | {mark} |')


def markdown(results, conditions):
    """The whole file."""
    lines = ['# Speed', '',
             f'Measured on {conditions["date"]}: {conditions["machine"]}; {conditions["versions"]}. Files in the page cache; '
             'runs of the programs interleaved. Made by tests/bench/run.', '',
             'Least user+system time, and its ratio to that of llvm-addr2line. In brackets: programs that name other places than '
             'ours for more than half of the addresses, for they do not find the debug information or do not relocate it.', '', *summary(results)]
    return '\n'.join([*lines, *details(results), *bars(results)]) + '\n'
