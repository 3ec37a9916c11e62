"""What the Python scripts share: the tables of common.json, and small helpers."""

import base64
import json
import pathlib

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

TABLES = json.loads(pathlib.Path(__file__).with_name("common.json").read_text("utf-8"))
ISSUER = TABLES["issuer"]
AUDIENCE = TABLES["audience"]
ALGORITHMS = TABLES["algorithms"]  # name -> [family, size or curve]
UNSUPPORTED = TABLES["unsupported"]  # library -> algorithms it does not have
KEY_FORMS = TABLES["key_forms"]  # family -> forms, public ones first
NEGATIVES = TABLES["negatives"]
CLAIMS = TABLES["claims"]
LIBRARIES = ["PyJWT", "jwcrypto", "joserfc", "jose"]

THEIRS_TO_OURS = "theirs-to-ours"
OURS_TO_THEIRS = "ours-to-theirs"
THUMBPRINT = "thumbprint"


def b64u(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def unb64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_lines(path):
    """The objects of a JSON lines file."""
    with open(path, encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def same_json(left, right):
    """Equality that keeps 1, 1.0 and true apart, which == does not."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def is_der(form):
    return "-der" in form


def private_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def flip_payload_bit(token):
    """One bit of the payload changed, leaving it JSON: 'u' is 0x75, 't' is 0x74."""
    header, payload, signature = token.split(".")
    octets = unb64u(payload)
    changed = octets.replace(b'"user"', b'"tser"')
    if changed == octets:
        raise ValueError("the payload lacks the value whose bit is to be flipped")
    return f"{header}.{b64u(changed)}.{signature}"


def flip_signature_bit(token):
    header, payload, signature = token.split(".")
    octets = bytearray(unb64u(signature))
    octets[len(octets) // 2] ^= 1
    return f"{header}.{payload}.{b64u(octets)}"


def key_material(family, key, private_jwk, public_jwk):
    """Every form of an asymmetric key but the JWK Set, by name, as the corpus has it.

    The JWKs are the library's own writing; the PEM and DER texts are made here,
    as none of the libraries writes all of them.
    """
    public = key.public_key()

    def pem_private(layout):
        return key.private_bytes(Encoding.PEM, layout, NoEncryption()).decode()

    forms = {
        "spki-pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "spki-der": {
            "der_b64u": b64u(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        },
        "jwk": public_jwk,
        "pkcs8-pem-private": pem_private(PrivateFormat.PKCS8),
        "pkcs8-der-private": {
            "der_b64u": b64u(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        },
        "jwk-private": private_jwk,
    }
    if family == "RSA":
        forms["pkcs1-pem"] = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
        forms["pkcs1-pem-private"] = pem_private(PrivateFormat.TraditionalOpenSSL)
    if family == "EC":
        # For an elliptic curve the "traditional" layout is the one of SEC1.
        forms["sec1-pem-private"] = pem_private(PrivateFormat.TraditionalOpenSSL)
    return forms
