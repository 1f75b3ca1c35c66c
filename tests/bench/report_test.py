#!/usr/bin/env python3
"""The table, the picture and the judgement of made-up results."""
import pathlib
import sys
import tempfile
import unittest
import xml.dom.minidom

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import answers  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402
from measure import Figure  # noqa: E402
from rows import Result, at_most, least_memory, ratio  # noqa: E402

CONDITIONS = {'date': '2026-01-01', 'machine': 'two < three processors', 'versions': 'symline 1, llvm 19'}


def figure(seconds, memory, **rest):
    return Figure(seconds, seconds, seconds, seconds, memory, 0, 5, **rest)


FIGURES = {'symline': figure(0.02, 5), 'llvm': figure(1, 100), 'eu': figure(3, 1, agreement=0.1), 'gnu': Figure(word='over 9 s')}
RESULT = Result('vmlinux', '1 address', 'llvm', FIGURES, [ratio('cpu', 'symline', 'llvm', 0.01).verdict(FIGURES)], True)


class Report(unittest.TestCase):
    def test_a_bar_is_missed_above_it(self):
        self.assertFalse(RESULT.verdicts[0].met)
        self.assertTrue(ratio('cpu', 'symline', 'llvm', 0.02).verdict(FIGURES).met)

    def test_programs_with_other_answers_are_no_bar(self):
        self.assertEqual(least_memory('symline', ['llvm', 'eu', 'gnu']).verdict(FIGURES).value, 0.05)
        self.assertIsNone(RESULT.ratio('eu'))
        self.assertIsNone(ratio('cpu', 'symline', 'gnu', 1).verdict(FIGURES))
        self.assertEqual(at_most('memory', 'symline', 8, 'memory', ' MB').verdict(FIGURES).value, 5)

    def test_table(self):
        table = report.markdown([RESULT], CONDITIONS)
        self.assertIn('| vmlinux | 1 address | 20 ms · 0.020 | 1 s | (3 s) | over 9 s |', table)
        self.assertIn('**missed**', table)

    def test_picture_is_well_formed_and_has_every_program(self):
        picture = plot.drawn([RESULT], CONDITIONS)
        xml.dom.minidom.parseString(picture)
        for words in ('>20 ms<', 'eu: other answers (3 s)', 'gnu: over 9 s', 'two &lt; three processors'):
            self.assertIn(words, picture)

    def test_durations(self):
        self.assertEqual([report.duration(s) for s in (0.00123, 0.9999, 99.96)], ['1.23 ms', '1 s', '100 s'])

    def test_places_are_compared_without_folders_and_columns(self):
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = pathlib.Path(folder, 'ours'), pathlib.Path(folder, 'theirs')
            ours.write_text('0x10\nf\na/b.c:7\ng\nd.c:9\n0x20\n??\n??:0\n0x30\nh\nc.c:1\n', encoding='ascii')
            theirs.write_text('0x0010\nf\n./b.c:7:3 (discriminator 2)\n0x20\nf\nb.c:1\n0x30\n??\n??:?\n', encoding='ascii')
            self.assertEqual(answers.agreement(ours, theirs), 0.5)


if __name__ == '__main__':
    unittest.main()
