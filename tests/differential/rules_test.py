#!/usr/bin/env python3
"""The comparison's own rules, tried on made-up answers: a difference that nobody accepted must be found."""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'lib'))

import accepted  # noqa: E402
import peers  # noqa: E402


class Section:
    name, index = '.text', 1


class File:
    path = 'a.out'

    def in_function(self, section, address):
        return address < 0x100


class Named:
    def __init__(self, name):
        self.name, self.version = name, '1'


class Question:
    elf, section, label = File(), Section(), 'a.out 0x10'

    def __init__(self, ours, address=0x10, **answers):
        self.ours, self.peers, self.address = ours, answers, address


PEERS = [Named('gnu'), Named('llvm'), Named('eu')]
PLACE = [peers.frame('f', 'a.c', 3)]
LATER = [peers.frame('f', 'a.c', 4)]


def found(*arguments, **answers):
    return list(accepted.differences(Question(*arguments, **answers), PEERS))


class Rules(unittest.TestCase):
    def test_equal_answers_do_not_differ(self):
        self.assertEqual(found(PLACE, gnu=PLACE, llvm=PLACE), [])

    def test_one_line_off_is_found(self):
        self.assertEqual([(d.peer.name, d.field) for d in found(PLACE, gnu=LATER, llvm=PLACE)], [('gnu', 'line')])

    def test_depth_is_found(self):
        self.assertEqual([d.field for d in found(PLACE, gnu=PLACE * 2)], ['depth'])

    def test_the_name_that_was_asked_is_told_from_others(self):
        question = Question(PLACE, gnu=[peers.frame('', 'a.c', 3)])
        difference, = accepted.differences(question, PEERS)
        self.assertFalse(accepted.asked_by_name(difference))
        question.label = 'a.out f+0x10/0x20'
        self.assertTrue(accepted.asked_by_name(difference))

    def test_a_peer_alone_is_told_from_two_that_agree(self):
        alone, = found(PLACE, gnu=LATER, llvm=PLACE, eu=PLACE)
        self.assertTrue(accepted.only_this_peer_differs(alone))
        first, second = found(PLACE, gnu=LATER, llvm=LATER, eu=PLACE)
        self.assertFalse(accepted.only_this_peer_differs(first) or accepted.only_this_peer_differs(second))

    def test_a_peer_that_knows_nothing_has_no_say(self):
        unknown = [peers.frame('g', '??', 0)]
        alone = found(PLACE, gnu=LATER, llvm=PLACE, eu=unknown)[0]
        self.assertTrue(accepted.only_this_peer_differs(alone))
        nobody = found(PLACE, gnu=LATER, eu=unknown)[0]
        self.assertFalse(accepted.only_this_peer_differs(nobody))

    def test_doubled_directory(self):
        good = [peers.frame('f', './stdlib/msort.c', 3)]
        for file, expected in (('./stdlib/./stdlib/msort.c', True), ('./stdlib/other.c', False)):
            difference, = found(good, gnu=[peers.frame('f', file, 3)])
            self.assertEqual(accepted.doubled_directory(difference), expected, file)

    def test_clone_suffix_only_on_the_same_name(self):
        for name, expected in (('f.cold', True), ('f.isra.0', True), ('f.part.0.cold', True), ('g.cold', False)):
            difference, = found(PLACE, llvm=[peers.frame(name, 'a.c', 3)])
            self.assertEqual(accepted.clone_suffix(difference), expected, name)

    def test_padding_is_outside_of_every_function(self):
        inside, = found(PLACE, gnu=LATER)
        outside, = found(PLACE, 0x200, gnu=LATER)
        self.assertEqual((accepted.padding(inside), accepted.padding(outside)), (False, True))

    def test_entries_must_be_narrow(self):
        with self.assertRaises(ValueError):
            accepted.Entry({'id': 'all', 'fields': ['line'], 'reason': 'any'})

    def test_an_entry_takes_only_its_peer_and_field(self):
        entry = accepted.Entry({'id': 'x', 'peers': ['gnu'], 'fields': ['line'], 'function': 'f', 'reason': 'why'})
        line, = found(PLACE, gnu=LATER)
        other_peer, = found(PLACE, eu=LATER)
        other_field, = found(PLACE, gnu=[peers.frame('g', 'a.c', 3)])
        self.assertEqual([entry.holds(d) for d in (line, other_peer, other_field)], [True, False, False])

    def test_entries_about_suites_are_whole(self):
        rows = accepted.Accepted(HERE / 'accepted.toml').suite_rows
        self.assertTrue(rows)
        places = [(row['suite'], row['test']) for row in rows]
        self.assertEqual(len(places), len(set(places)))
        row = {'suite': 's', 'versions': ['1'], 'test': 't', 'runs': [1, 3], 'kind': 'ours', 'reason': 'why'}
        accepted.check_suite_row(row)
        for change in ({'kind': 'mine'}, {'reason': ' '}, {'runs': []}, {'runs': [0]}, {'runs': [3, 1]},
                       {'versions': []}, {'line': 3}):
            with self.assertRaises(ValueError, msg=change):
                accepted.check_suite_row(row | change)
        with self.assertRaises(ValueError):
            accepted.check_suite_row({key: row[key] for key in row if key != 'reason'})

    def test_reading_each_form_of_output(self):
        text = ['0x0000000000000010', 'f inlined at b.c:9:2 in g', 'a.c:3:1', 'g', 'b.c:9 (discriminator 2)',
                '0x11', '??', '??:?']
        self.assertEqual(peers.parse_blocks(text), [[('f', 'a.c', 3), ('g', 'b.c', 9)], [('', '', 0)]])

    def test_reading_faddr2line(self):
        text = 'f+0x1/0x9:\ng at a.c:3\n(inlined by) f at a.c:7\n\nf+0x1/0x9:\nf at b.c:2\n'
        self.assertEqual(peers.parse_faddr2line(text),
                         {'f+0x1/0x9': [[('g', 'a.c', 3), ('f', 'a.c', 7)], [('f', 'b.c', 2)]]})


if __name__ == '__main__':
    unittest.main()
