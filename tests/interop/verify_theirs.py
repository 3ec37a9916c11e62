"""Verifies a corpus with jwtward and writes one JSON line per token to stdout.

Usage: verify_theirs.py PROGRAM CORPUS

Keys that a batch line can hold (a JWK or a PEM text) go through one run of
`verify --batch`; the others (JWK Set, raw secret, DER) through `verify --key FILE`.
"""

import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from common import AUDIENCE, ISSUER, THEIRS_TO_OURS, read_lines, same_json, unb64u
from program import Program, Refused

FLAGS = ["--iss", ISSUER, "--aud", AUDIENCE]


def fits_batch(line):
    return isinstance(line["key"], str) or "kty" in line["key"]


def key_file_octets(key):
    if "secret_b64u" in key:
        return unb64u(key["secret_b64u"])
    if "der_b64u" in key:
        return unb64u(key["der_b64u"])
    return json.dumps(key).encode()


def judge(line, accepted, claims, said):
    """The result for one line: the verdict is right, and the claims are the ones signed."""
    if line["expect"] == "invalid":
        problem = "accepted a bad token" if accepted else None
    elif not accepted:
        problem = f"refused a good token: {said}"
    elif not same_json(claims, line["payload"]):
        problem = f"other claims: {claims}"
    else:
        problem = None
    return {
        "direction": THEIRS_TO_OURS,
        "library": line["library"],
        "version": line["version"],
        "alg": line["alg"],
        "id": line["id"],
        "problem": problem,
    }


def verify_batch(program, lines):
    wanted = [
        {"id": line["id"], "token": line["token"], "alg": line["alg"], "key": line["key"]}
        for line in lines
    ]
    stdin = "".join(json.dumps(item) + "\n" for item in wanted)
    # Status 1 would only say that some token was refused, which the answers say too.
    stdout = program.run("verify", "--batch", *FLAGS, stdin=stdin, good=(0, 1))
    answers = [json.loads(text) for text in stdout.split("\n") if text]
    if [answer["id"] for answer in answers] != [line["id"] for line in lines]:
        sys.exit("verify --batch did not answer every line, in order")
    for line, answer in zip(lines, answers, strict=True):
        claims = json.loads(unb64u(answer["payload"])) if answer["ok"] else None
        yield judge(line, answer["ok"], claims, answer.get("error"))


def verify_file(program, folder, line):
    path = os.path.join(folder, line["id"])
    with open(path, "wb") as file:
        file.write(key_file_octets(line["key"]))
    arguments = ["--alg", line["alg"], "--key", path, *FLAGS, line["token"]]
    try:
        claims = json.loads(program.run("verify", *arguments))
    except Refused as refusal:
        return judge(line, False, None, str(refusal))
    return judge(line, True, claims, None)


def main():
    program = Program(sys.argv[1])
    lines = read_lines(sys.argv[2])
    batch = [line for line in lines if fits_batch(line)]
    others = [line for line in lines if not fits_batch(line)]
    results = list(verify_batch(program, batch))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        results += pool.map(lambda line: verify_file(program, folder, line), others)
    for result in results:
        print(json.dumps(result))


main()
