"""Serves the key sets of a corpus over HTTP, has jwtward fetch them and verify the tokens,
and writes one JSON line per token to stdout.

Usage: verify_remote.py PROGRAM CORPUS

PROGRAM is the example `remote_keys`. Each set is fetched twice: by its own URL, and by way of
an issuer's metadata.
"""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from common import AUDIENCE, ISSUER, THEIRS_TO_OURS, flip_payload_bit, read_lines, same_json


class Handler(BaseHTTPRequestHandler):
    documents = {}  # path -> document

    def do_GET(self):
        document = self.documents.get(self.path)
        body = json.dumps(document).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def problem(program, how, address, line):
    tokens = f"{line['token']}\n{flip_payload_bit(line['token'])}\n"
    command = [program, how, address, ISSUER, AUDIENCE]
    ran = subprocess.run(command, input=tokens, capture_output=True, text=True, timeout=60)
    answers = ran.stdout.splitlines()
    if ran.returncode != 1 or len(answers) != 2:
        return f"status {ran.returncode}: {ran.stderr}"
    if answers[0].startswith("refused"):
        return f"refused a good token: {answers[0]}"
    if not same_json(json.loads(answers[0]), line["payload"]):
        return f"other claims: {answers[0]}"
    return None if answers[1].startswith("refused") else "accepted a changed token"


def main():
    program, corpus = sys.argv[1:]
    lines = [line for line in read_lines(corpus) if line["key_form"] == "jwks" and line["expect"] == "valid"]
    if not lines:
        sys.exit("the corpus holds no key set")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    for line in lines:
        issuer = f"{base}/{line['id']}"
        Handler.documents[f"/{line['id']}/keys"] = line["key"]
        Handler.documents[f"/{line['id']}/.well-known/openid-configuration"] = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for line in lines:
        for how, path in [("at", f"{line['id']}/keys"), ("discover", line["id"])]:
            result = {
                "direction": THEIRS_TO_OURS,
                "library": line["library"],
                "version": line["version"],
                "alg": line["alg"],
                "id": f"{line['id']}-{how}",
                "problem": problem(program, how, f"{base}/{path}", line),
            }
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
