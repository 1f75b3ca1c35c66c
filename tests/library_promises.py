#!/usr/bin/env python3
"""What the library promises its host, as far as its text shows it: no room below tools (llvm_reader/program apart, a program) prints, exits, throws, or changes what the
whole process shares (its environment, folder, locale, signal handlers); and none has words of the programs, their options above
all, in what it tells a user.

PROMISES has a pattern for each way of breaking one, and the files that may, with the reason. Exit status: 1 when another does."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CALL = r'(?<![\w.>])(?:::|std::)?'
PROMISES = [
    ('prints', r'\bSTD(?:OUT|ERR)_FILENO\b|std::(?:cout|cerr|clog)\b|' + CALL + r'(?:printf|fprintf|puts|fputs|perror|psignal)\(',
     {'verify/child_program.cc': 'of a child process'}),
    ('exits', CALL + r'(?:_?exit|_Exit|quick_exit|abort|terminate)\(', {}),
    ('changes the process', CALL + r'(?:setenv|unsetenv|putenv|clearenv|chdir|fchdir|umask|setlocale|signal|sigaction|setrlimit)\(', {}),
    ('throws', r'\bthrow\b|std::sto(?:i|l|ll|ul|ull|f|d|ld)\(|std::regex\b|\.value\(\)', {}),
    ('starts threads, which throws where there are none', r'std::(?:j?thread|async)\b',
     {'base/threads.h': 'the one place that catches it', 'symbolize/batch.cc': 'catches it'}),
    # A call of std::filesystem that can fail throws, unless it is given an error code: here always called one of these. So does
    # the step of a loop over a folder's iterator.
    ('throws', r'\b(?:fs|filesystem)::(?:absolute|canonical|copy\w*|create_\w+|equivalent|exists|file_size|is_\w+|last_write_time|'
               r'read_symlink|relative|remove\w*|rename|resize_file|space|status|symlink_status|temp_directory_path|weakly_canonical|'
               r'(?:recursive_)?directory_iterator)(?:\s+\w+)?\((?:(?!\b(?:failure|absent|error|status)\b)[^;])*;|'
               r'for \([^;)]*[^:]:(?!:)[^;)]*directory_iterator', {}),
]


COMMENT, STRING = r'//[^\n]*', r'"(?:\\.|[^"\\\n])*"'
# An option with what comes after it in a sentence, and the programs' own commands.
OPTION = r'(?:^|[ \'(])(?:-[a-zA-Z]|--[a-z][a-z-]+)[ =,;]|symline(?: (?:decode|core|find|index|verify)\b|-\w*addr2line)'
OPTIONS_OF_OTHERS = {name: 'those of package managers' for name in ('find/distribution.cc', 'kernel/kernel_origin.cc')}


def code_of(path):
    """The text without comments and strings, and with its lines."""
    return re.sub(f'{COMMENT}|{STRING}', '', path.read_text(encoding='utf-8'))


def options_in(path, name):
    text = path.read_text(encoding='utf-8')
    if name.startswith('output/') or name in OPTIONS_OF_OTHERS:
        return
    for found in re.finditer(f'{COMMENT}|{STRING}', text):
        if found[0].startswith('"') and re.search(OPTION, found[0][1:-1]):
            line = text.count('\n', 0, found.start()) + 1
            yield f'src/{name}:{line}: names an option of a program: {found[0]}'


def problems_of(path, name):
    code = code_of(path)
    for what, pattern, allowed in PROMISES:
        if name in allowed:
            continue
        for found in re.finditer(pattern, code):
            line = code.count('\n', 0, found.start()) + 1
            yield f'src/{name}:{line}: {what}: {found[0].split(chr(10))[0]}'


def main():
    files = sorted(p for p in (ROOT / 'src').rglob('*') if p.suffix in ('.h', '.cc') and 'tools' not in p.parts and 'program' not in p.parts)
    problems = [problem for path in files for check in (problems_of, options_in)
                for problem in check(path, path.relative_to(ROOT / 'src').as_posix())]
    print(*problems, f'{len(files)} files, {len(problems)} broken promises', sep='\n')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
