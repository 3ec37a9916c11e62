"""Picks the lines of a full corpus that are committed as corpus.jsonl.

Usage: trim.py CORPUS

Of each library and algorithm it keeps the negatives and three of the key forms,
another three for each library in turn: between them the libraries cover every key
form of every algorithm, in about half the size.
"""

import json
import sys
from itertools import groupby

from common import LIBRARIES, read_lines

KEPT = 3


def main():
    lines = read_lines(sys.argv[1])
    for (library, _), group in groupby(lines, lambda line: (line["library"], line["alg"])):
        group = list(group)
        valid = [line for line in group if line["expect"] == "valid"]
        start = KEPT * LIBRARIES.index(library)
        places = {place % len(valid) for place in range(start, start + KEPT)}
        kept = [line for place, line in enumerate(valid) if place in places]
        for line in kept + [line for line in group if line["expect"] == "invalid"]:
            print(json.dumps(line, ensure_ascii=False, separators=(",", ":")))


main()
