"""Verifies jwtward's tokens with PyJWT, jwcrypto and joserfc.

Usage: check_ours.py FOLDER

FOLDER is what sign_ours.py made. Writes one JSON line per library, token and key
format to stdout; a check is that the library accepts the token, reads the claims
that were signed, and refuses the token with a bit of its signature flipped.
"""

import json
import os
import sys
import warnings

from common import (
    OURS_TO_THEIRS,
    THUMBPRINT,
    UNSUPPORTED,
    flip_signature_bit,
    read_lines,
    same_json,
)
from libraries import PYTHON_LIBRARIES

# joserfc warns that "EdDSA" is deprecated in favour of "Ed25519"; both are tested.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")


def check_token(library, line, form):
    """What is wrong, or None. Whatever a library raises for our token is a finding."""
    material = line["keys"][form]
    try:
        claims = library.verify(line["token"], line["alg"], form, material)
    except Exception as error:
        return f"refused a good token: {type(error).__name__}: {error}"
    if not same_json(claims, line["claims"]):
        return f"other claims: {claims}"
    try:
        library.verify(flip_signature_bit(line["token"]), line["alg"], form, material)
    except Exception:
        return None
    return "accepted a flipped signature bit"


def check_thumbprint(library, line):
    try:
        theirs = library.thumbprint(line["keys"]["jwk"])
    except Exception as error:
        return f"no thumbprint: {type(error).__name__}: {error}"
    return None if theirs == line["thumbprint"] else f"theirs is {theirs}"


def write_result(direction, library, line, name, problem):
    result = {
        "direction": direction,
        "library": library.name,
        "alg": line["alg"],
        "id": name,
        "problem": problem,
    }
    print(json.dumps(result))


def main():
    lines = read_lines(os.path.join(sys.argv[1], "tokens.jsonl"))
    for library in PYTHON_LIBRARIES:
        thumbprints_seen = set()
        for line in lines:
            if line["alg"] in UNSUPPORTED.get(library.name, []):
                continue
            for form in line["keys"]:
                problem = check_token(library, line, form)
                write_result(OURS_TO_THEIRS, library, line, f"{line['id']}+{form}", problem)
            # A key signs several tokens; its thumbprint is one.
            thumbprint = line["thumbprint"]
            if library.thumbprint and thumbprint and thumbprint not in thumbprints_seen:
                thumbprints_seen.add(thumbprint)
                write_result(THUMBPRINT, library, line, line["id"], check_thumbprint(library, line))


main()
