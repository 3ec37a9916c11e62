"""Tokens in the layout of the Go provider, made with PyJWT: an implementation of its own.

    pip install pyjwt cryptography
    python3 tests/provider/go_layout/generate.py > tests/provider/go_layout/fixtures.json

The keys are those of tests/keys, and the secrets below: in the open, never to be used.
"""

import json
import pathlib
import uuid

import jwt

KEYS = pathlib.Path(__file__).parent.parent.parent / "keys" / "files"
ISSUED = 1_700_000_000
SECRETS = {
    "HS256": "a test secret that is in the open, 32+",
    "HS384": "a test secret that is in the open, of 48 octets or more",
    "HS512": "a test secret that is in the open, of 64 octets or more: it goes on and on",
}
FILES = {
    "RS256": "rsa",
    "RS384": "rsa",
    "RS512": "rsa",
    "ES256": "p256",
    "ES384": "p384",
    "ES512": "p521",
    "EdDSA": "ed25519",
}
DATA = {
    "role": "admin",
    "big": 2**64 - 1,
    "small": -(2**63),
    "list": [1, 2.5, None, True, {"a": "é"}],
}


def token(algorithm, key, number, data):
    payload = {
        "iss": "blueprint",
        "sub": "user-123",
        "aud": ["api"],
        "exp": ISSUED + 86_400,
        "nbf": ISSUED,
        "iat": ISSUED,
        "jti": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{algorithm} {number}")),
    }
    # `omitempty`: an empty map is left out.
    if data:
        payload["data"] = data
    # Go writes a header's members in the order of their names.
    return jwt.encode(payload, key, algorithm, {"kid": "default"}, sort_headers=True)


def fixture(algorithm):
    if secret := SECRETS.get(algorithm):
        source, key = {"signingKey": {"password": secret}}, secret
    else:
        source = {"privateKey": {"keyFile": f"{FILES[algorithm]}.pkcs8.pem"}}
        key = (KEYS / source["privateKey"]["keyFile"]).read_text()
    return {
        "signingAlgorithm": algorithm,
        "source": source,
        "with_data": token(algorithm, key, 1, DATA),
        "without_data": token(algorithm, key, 2, {}),
    }


print(json.dumps([fixture(algorithm) for algorithm in SECRETS | FILES], indent=1))
