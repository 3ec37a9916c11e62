"""Writes the corpus lines of PyJWT, jwcrypto and joserfc, with fresh keys, to stdout."""

import json
import sys
import warnings

from common import (
    ALGORITHMS,
    CLAIMS,
    KEY_FORMS,
    UNSUPPORTED,
    flip_payload_bit,
    flip_signature_bit,
    key_material,
)
from libraries import PYTHON_LIBRARIES

# joserfc warns that "EdDSA" is deprecated in favour of "Ed25519"; both are tested.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")


def make_key_set(keys, alg):
    """The public keys of all kinds as a JWK Set, the one for `alg` marked as such."""
    members = []
    for (family, size), key in keys.items():
        if family == "oct":
            continue
        member = {**key.public_jwk, "kid": f"{family}-{size}"}
        if [family, size] == ALGORITHMS[alg]:
            member.update(use="sig", alg=alg)
        members.append(member)
    return {"keys": members}


def lines_of(library, alg, keys, other_keys):
    """All the corpus lines of one library and algorithm."""
    family, size = ALGORITHMS[alg]
    key = keys[family, size]
    if family == "oct":
        forms = {
            "secret": {"secret_b64u": key.private_jwk["k"]},
            "oct-jwk": key.private_jwk,
        }
        # `secret` cannot go through the batch, so the negatives take the JWK.
        negative_forms = ["oct-jwk"]
    else:
        forms = key_material(family, key.native(), key.private_jwk, key.public_jwk)
        forms["jwks"] = make_key_set(keys, alg)
        negative_forms = ["spki-pem", "jwk"]

    def line(name, form, kid, token, expect, claims):
        return {
            "id": f"{library.name.lower()}-{alg}-{name}",
            "library": library.name,
            "version": library.version,
            "alg": alg,
            "key_form": form,
            "key": forms[form],
            "kid": kid,
            "token": token,
            "expect": expect,
            "payload": claims,
        }

    tokens = [library.sign(key, alg, claims, None) for claims in CLAIMS]
    for index, form in enumerate(KEY_FORMS[family]):
        which = index % len(CLAIMS)
        kid, token = None, tokens[which]
        if form == "jwks":
            kid = f"{family}-{size}"
            token = library.sign(key, alg, CLAIMS[which], kid)
        yield line(form, form, kid, token, "valid", CLAIMS[which])

    negatives = {
        "flipped-payload": flip_payload_bit(tokens[0]),
        "flipped-signature": flip_signature_bit(tokens[0]),
        "other-key": library.sign(other_keys[family, size], alg, CLAIMS[0], None),
    }
    for index, (name, token) in enumerate(negatives.items()):
        form = negative_forms[index % len(negative_forms)]
        yield line(name, form, None, token, "invalid", CLAIMS[0])


def confirm_unsupported(library, alg, key):
    """Stops the run when a library has learnt an algorithm listed as missing."""
    try:
        library.sign(key, alg, CLAIMS[0], None)
    except library.refuses_algorithm_with:
        return
    sys.exit(f"{library.name} now signs {alg}: drop it from `unsupported`")


def main():
    for library in PYTHON_LIBRARIES:
        kinds = dict.fromkeys(tuple(kind) for kind in ALGORITHMS.values())
        keys = {kind: library.generate(*kind) for kind in kinds}
        other_keys = {kind: library.generate(*kind) for kind in kinds}
        for alg, kind in ALGORITHMS.items():
            if alg in UNSUPPORTED.get(library.name, []):
                confirm_unsupported(library, alg, keys[tuple(kind)])
                continue
            for line in lines_of(library, alg, keys, other_keys):
                print(json.dumps(line))


main()
