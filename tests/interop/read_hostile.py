#!/usr/bin/env python3
"""Reads the published corpus of hostile tokens with the standard library alone, and answers the lines that it can: those of the HMAC
algorithms, whose signatures `hmac` checks. It shows that the format needs nothing of this crate.

    tests/interop/read_hostile.py [FOLDER]
"""

import base64
import collections
import hashlib
import hmac
import json
import pathlib
import re
import sys

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "vectors" / "hostile")
MEMBERS = ["id", "category", "reason", "policy", "alg", "key", "token", "expect", "class", "error"]
CLASSES = {"form", "header", "key", "algorithm", "type", "signature", "payload", "claim"}
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def octets(text):
    """The octets of canonical base64url, or a ValueError."""
    if not re.fullmatch("[A-Za-z0-9_-]+", text):
        raise ValueError("not base64url")
    decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != text.encode():
        raise ValueError("not canonical")
    return decoded


def signature_holds(line):
    """Whether an HMAC token has three segments, names the line's algorithm and has the right MAC."""
    try:
        head, payload, mac = line["token"].split(".")
        header = json.loads(octets(head))
        keys = line["key"].get("keys", [line["key"]])
        if header["alg"] != line["alg"] or len(keys) > 1 and header.get("kid") != keys[0]["kid"]:
            return False
        expected = hmac.digest(octets(keys[0]["k"]), f"{head}.{payload}".encode(), HASHES[line["alg"]])
        return hmac.compare_digest(expected, octets(mac))
    except (ValueError, KeyError, TypeError, UnicodeEncodeError):
        return False


def main():
    policies = json.loads((FOLDER / "policies.json").read_text("ascii"))
    lines = [json.loads(line) for line in (FOLDER / "tokens.jsonl").read_text("ascii").split("\n")[:-1]]
    for line in lines:
        assert list(line) == MEMBERS, line["id"]
        assert line["policy"] in policies and line["id"].startswith(line["category"] + "-"), line["id"]
        refused = line["expect"] == "refused"
        assert refused or line["expect"] == "valid", line["id"]
        assert refused == (line["class"] in CLASSES) == isinstance(line["error"], str), line["id"]
    for member in ["id", "token"]:
        assert len({line[member] for line in lines}) == len(lines), member
    # A token that is valid, or refused for its claims or its payload alone, has a right signature; one of another class need not.
    checked = 0
    for line in lines:
        if line["alg"] in HASHES and line["class"] in {None, "type", "payload", "claim", "signature", "algorithm"}:
            holds = signature_holds(line)
            if line["class"] in {None, "payload", "claim"}:
                assert holds, line["id"]
            elif line["class"] in {"signature", "algorithm"}:
                assert not holds, line["id"]
            checked += 1
    counts = collections.Counter(line["expect"] for line in lines)
    print(f"{counts['refused']} to be refused, {counts['valid']} valid; {checked} HMAC tokens checked by hmac alone")


main()
