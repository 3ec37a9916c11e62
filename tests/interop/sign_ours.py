"""Signs tokens with jwtward, for the libraries to verify.

Usage: sign_ours.py PROGRAM CORPUS FOLDER

The keys are those `jwtward keygen` makes, in each format, and the private keys of
the corpus, in each form. FOLDER gets the key files, and `tokens.jsonl`: one line per
token, with the public key as `jwtward public` writes it in each format. What the
program failed to do is written to stdout, as results.
"""

import json
import os
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor

from common import ALGORITHMS, CLAIMS, OURS_TO_THEIRS, b64u, read_lines, unb64u
from program import Program, Refused

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


class Signer:
    def __init__(self, program, folder):
        self.program = program
        self.folder = pathlib.Path(folder)
        self.jobs = []

    def write_key(self, name, octets):
        path = self.folder / name
        path.write_bytes(octets)
        return str(path)

    def add(self, maker, alg, form, path, kid=None, public_from=None):
        """Plans a token; `public_from` is the file for its public key, if not `path`."""
        self.jobs.append(
            {
                "id": f"{maker.lower()}-{alg}-{form}",
                "maker": maker,
                "alg": alg,
                "key_form": form,
                "path": path,
                "kid": kid,
                "public_from": public_from or path,
                "claims": CLAIMS[len(self.jobs) % len(CLAIMS)],
            }
        )

    def plan_corpus_keys(self, lines):
        for line in lines:
            form, key = line["key_form"], line["key"]
            signs = form.endswith("-private") or form in ("secret", "oct-jwk")
            if line["expect"] != "valid" or not signs:
                continue
            if isinstance(key, str):
                octets = key.encode()
            elif "kty" in key:
                octets = json.dumps(key).encode()
            else:
                octets = unb64u(key.get("secret_b64u") or key["der_b64u"])
            # The RSA algorithms of a library share a key: one file for all of them.
            kind = "-".join(ALGORITHMS[line["alg"]])
            name = f"{line['library']}-{kind}-{form}"
            path = self.write_key(name, octets)
            self.add(line["library"], line["alg"], form, path)

    def plan_own_keys(self):
        jwks, jwk_paths = [], {}
        texts = self.generate_own_keys()
        for alg, (family, size) in ALGORITHMS.items():
            if family == "oct":
                form = "oct-jwk"
            else:
                form = "jwk-private"
                pem = texts[family, size]
                path = self.write_key(f"jwtward-{family}-{size}-pem", pem.encode())
                self.add("jwtward", alg, "pkcs8-pem-private", path)
            path = self.write_key(f"jwtward-{alg}-{form}", texts[alg].encode())
            self.add("jwtward", alg, form, path, kid=f"ward-{alg}")
            if family != "oct":
                jwks.append(json.loads(texts[alg]))
                jwk_paths[alg] = path
        set_path = self.write_key("jwtward-jwks", json.dumps({"keys": jwks}).encode())
        for alg, path in jwk_paths.items():
            self.add("jwtward", alg, "jwks-private", set_path, f"ward-{alg}", path)

    def generate_own_keys(self):
        """By algorithm a JWK, by kind a PEM: a JWK names its algorithm, a PEM does not."""
        wanted = {}
        for alg, (family, size) in ALGORITHMS.items():
            wanted[alg] = ["--alg", alg, "--format", "jwk", "--kid", f"ward-{alg}"]
            if family != "oct":
                wanted.setdefault((family, size), ["--alg", alg])
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            texts = pool.map(lambda flags: self.program.run("keygen", *flags), wanted.values())
            return dict(zip(wanted, texts, strict=True))

    def export(self, path):
        """The public key in each format, and the thumbprint, of a private key's file."""
        run = self.program.run
        pem = run("public", "--key", path, "--format", "pem")
        jwk = json.loads(run("public", "--key", path, "--format", "jwk"))
        jwks = json.loads(run("public", "--key", path, "--format", "jwks"))
        if "PRIVATE" in pem or any(PRIVATE_MEMBERS & set(k) for k in [jwk, *jwks["keys"]]):
            raise Refused("`jwtward public` wrote private members")
        thumbprint = run("thumbprint", "--key", path).strip()
        return {"spki-pem": pem, "jwk": jwk, "jwks": jwks}, thumbprint

    def sign(self, job):
        flags = ["--alg", job["alg"], "--key", job["path"]]
        if job["kid"]:
            flags += ["--kid", job["kid"]]
        claims = json.dumps(job["claims"])
        token = self.program.run("sign", *flags, "-", stdin=claims).removesuffix("\n")
        header = json.loads(unb64u(token.split(".")[0]))
        if header["alg"] != job["alg"] or (job["kid"] and header.get("kid") != job["kid"]):
            raise Refused(f"not the header asked for: {header}")
        return token

    def hmac_keys(self, form, path):
        octets = pathlib.Path(path).read_bytes()
        if form == "secret":
            jwk = {"kty": "oct", "k": b64u(octets)}
        else:
            jwk = json.loads(octets)
        return {"secret": {"secret_b64u": jwk["k"]}, "oct-jwk": jwk}

    def run(self):
        """Yields a line for tokens.jsonl per token, or a result for what failed."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            asymmetric = [job for job in self.jobs if ALGORITHMS[job["alg"]][0] != "oct"]
            paths = dict.fromkeys(job["public_from"] for job in asymmetric)
            exports = {path: pool.submit(self.export, path) for path in paths}
            tokens = [pool.submit(self.sign, job) for job in self.jobs]
        for job, token in zip(self.jobs, tokens, strict=True):
            path, public_from = job.pop("path"), job.pop("public_from")
            try:
                job["token"] = token.result()
                if public_from in exports:
                    job["keys"], job["thumbprint"] = exports[public_from].result()
                else:
                    job["keys"], job["thumbprint"] = self.hmac_keys(job["key_form"], path), None
            except Refused as refusal:
                job["problem"] = str(refusal)
            yield job


def main():
    program, corpus, folder = sys.argv[1:]
    signer = Signer(Program(program), folder)
    signer.plan_corpus_keys(read_lines(corpus))
    signer.plan_own_keys()
    with open(signer.folder / "tokens.jsonl", "w", encoding="utf-8") as tokens:
        for job in signer.run():
            if "problem" not in job:
                tokens.write(json.dumps(job) + "\n")
                continue
            result = {
                "direction": OURS_TO_THEIRS,
                "library": job["maker"],
                "alg": job["alg"],
                "id": job["id"],
                "problem": job["problem"],
            }
            print(json.dumps(result))


main()
