"""Tallies results, prints them as Markdown, and fails if any is bad or missing.

Usage: report.py [--no-der] RESULTS...

The last line is always `N passed, N failed`. A result that should be there and is not
counts as failed, so that a library that was skipped by mistake cannot go unnoticed.
"""

import sys
from collections import Counter

from common import (
    ALGORITHMS,
    KEY_FORMS,
    LIBRARIES,
    NEGATIVES,
    OURS_TO_THEIRS,
    THEIRS_TO_OURS,
    THUMBPRINT,
    UNSUPPORTED,
    is_der,
    read_lines,
)

THUMBPRINT_LIBRARIES = ["jwcrypto", "joserfc", "jose"]


def combinations():
    for library in LIBRARIES:
        for alg in ALGORITHMS:
            if alg not in UNSUPPORTED.get(library, []):
                yield library, alg


def missing_results(results, with_der):
    """A description of each result that a complete run has and this one lacks."""
    ids = {result["id"] for result in results if result["direction"] == THEIRS_TO_OURS}
    for library, alg in combinations():
        forms = KEY_FORMS[ALGORITHMS[alg][0]] + NEGATIVES
        for form in forms:
            wanted = f"{library.lower()}-{alg}-{form}"
            if wanted not in ids and (with_der or not is_der(form)):
                yield f"{wanted}: not verified by jwtward"

    # Every library gets the same tokens of an algorithm, so a full set has one size.
    checks = Counter(
        (result["library"], result["alg"])
        for result in results
        if result["direction"] == OURS_TO_THEIRS
    )
    for library, alg in combinations():
        most = max(checks[other, alg] for other in LIBRARIES)
        if checks[library, alg] < max(most, 1):
            yield f"{library} {alg}: {checks[library, alg]} of jwtward's tokens checked, not {most}"

    thumbprints = {r["library"] for r in results if r["direction"] == THUMBPRINT}
    for library in THUMBPRINT_LIBRARIES:
        if library not in thumbprints:
            yield f"{library}: no thumbprint compared"


def tally(results, direction, library, alg=None):
    """`12`, or `11 of 12` when one failed."""
    chosen = [
        result
        for result in results
        if result["direction"] == direction
        and result["library"] == library
        and alg in (None, result["alg"])
    ]
    passed = sum(result["problem"] is None for result in chosen)
    return str(passed) if passed == len(chosen) else f"{passed} of {len(chosen)}"


def print_tables(results):
    versions = {r["library"]: r["version"] for r in results if "version" in r}
    print("| library | algorithm | theirs → ours | ours → theirs |")
    print("| --- | --- | ---: | ---: |")
    # A library that is not in LIBRARIES is jwtward itself, failing to sign.
    extra = sorted({result["library"] for result in results} - set(LIBRARIES))
    for library in LIBRARIES + extra:
        name = f"{library} {versions.get(library, '')}".strip()
        for alg in ALGORITHMS:
            if alg in UNSUPPORTED.get(library, []):
                print(f"| {name} | {alg} | unsupported | unsupported |")
                continue
            theirs = tally(results, THEIRS_TO_OURS, library, alg)
            ours = tally(results, OURS_TO_THEIRS, library, alg)
            print(f"| {name} | {alg} | {theirs} | {ours} |")
    print()
    print("| library | RFC 7638 thumbprints |")
    print("| --- | ---: |")
    for library in THUMBPRINT_LIBRARIES:
        print(f"| {library} | {tally(results, THUMBPRINT, library)} |")
    print()


def main():
    arguments = sys.argv[1:]
    with_der = "--no-der" not in arguments
    paths = [argument for argument in arguments if argument != "--no-der"]
    results = [result for path in paths for result in read_lines(path)]
    print_tables(results)

    failures = [
        f"{result['library']} {result['direction']} {result['id']}: {result['problem']}"
        for result in results
        if result["problem"] is not None
    ]
    passed = len(results) - len(failures)
    failures += missing_results(results, with_der)
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


main()
