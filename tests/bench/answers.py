"""Whether two programs gave the same answers: the innermost place of each address."""
import re

PLACE = re.compile(r'([^/]*?):(\d+|\?)(?::\d+)?(?: \(discriminator \d+\))?$')
ADDRESS = re.compile(r'0x[0-9a-f]+$')
COMPARED = 10_000


def places(path):
    """'file:line' or None of each address of an output of -a -f -i, without folders and columns."""
    found, since = [], 0
    with open(path, encoding='utf-8', errors='replace') as lines:
        for line in lines:
            line = line.rstrip('\n')
            since += 1
            if ADDRESS.match(line):
                if len(found) == COMPARED:
                    break
                found.append(None)
                since = 0
            elif since == 2 and found:
                match = PLACE.search(line)
                known = match and match[1] != '??' and match[2] not in ('?', '0')
                found[-1] = f'{match[1]}:{match[2]}' if known else None
    return found


def agreement(ours, theirs):
    """The share of the places that we know for which the other says the same; None where we know none."""
    pairs = [(a, b) for a, b in zip(places(ours), places(theirs)) if a is not None]
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else None
