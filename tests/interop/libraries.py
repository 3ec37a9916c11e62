"""The Python JWT libraries behind one face: make a key, sign, verify, thumbprint.

Each goes through its own library's public API for all but one thing: PyJWT makes no
keys, so `cryptography` makes them for it.
"""

import json
import secrets
from dataclasses import dataclass
from importlib.metadata import version

import joserfc.jwk
import joserfc.jws
import joserfc.jwt
import jwcrypto.jwk
import jwcrypto.jwt
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from common import ALGORITHMS, AUDIENCE, ISSUER, private_pem, unb64u

CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}


@dataclass
class Key:
    private_jwk: dict
    public_jwk: dict | None  # None for HMAC
    pem: bytes | None  # PKCS#8; None for HMAC

    def native(self):
        return load_pem_private_key(self.pem, None)


class PyJwt:
    name = "PyJWT"
    version = version("PyJWT")
    refuses_algorithm_with = NotImplementedError

    def generate(self, family, size):
        if family == "oct":
            # Longer than any of the hash functions' blocks, where HMAC hashes the
            # secret first. The other libraries' secrets are of the least length.
            secret = secrets.token_bytes(200)
            return Key(jwt.algorithms.HMACAlgorithm.to_jwk(secret, True), None, None)
        if family == "RSA":
            native = rsa.generate_private_key(65537, int(size))
            writer = jwt.algorithms.RSAAlgorithm
        elif family == "EC":
            native = ec.generate_private_key(CURVES[size]())
            writer = jwt.algorithms.ECAlgorithm
        else:
            native = ed25519.Ed25519PrivateKey.generate()
            writer = jwt.algorithms.OKPAlgorithm
        private_jwk = writer.to_jwk(native, as_dict=True)
        if "key_ops" in private_jwk:
            # PyJWT writes ["sign"] alone, which rightly bars the key from verifying.
            private_jwk["key_ops"] = ["sign", "verify"]
        public_jwk = writer.to_jwk(native.public_key(), as_dict=True)
        return Key(private_jwk, public_jwk, private_pem(native))

    def sign(self, key, alg, claims, kid):
        headers = {"kid": kid} if kid else None
        material = key.pem or unb64u(key.private_jwk["k"])
        return jwt.encode(claims, material, alg, headers)

    def verify(self, token, alg, form, material):
        if form in ("jwk", "oct-jwk"):
            key = jwt.PyJWK(material, alg)
        elif form == "jwks":
            keys = jwt.PyJWKSet.from_dict(material).keys
            kid = jwt.get_unverified_header(token).get("kid")
            # The set guesses an algorithm for a JWK without "alg" (RS256 for any
            # RSA key), so only the key is taken from it.
            key = next(k for k in keys if kid is None or k.key_id == kid).key
        elif form == "secret":
            key = unb64u(material["secret_b64u"])
        else:
            key = material
        return jwt.decode(token, key, [alg], audience=AUDIENCE, issuer=ISSUER)

    thumbprint = None  # PyJWT has none


class JwCrypto:
    name = "jwcrypto"
    version = version("jwcrypto")

    def generate(self, family, size):
        if family == "oct":
            key = jwcrypto.jwk.JWK.generate(kty="oct", size=int(size))
            return Key(key.export(as_dict=True), None, None)
        parameter = {"size": int(size)} if family == "RSA" else {"crv": size}
        key = jwcrypto.jwk.JWK.generate(kty=family, **parameter)
        return Key(
            key.export_private(as_dict=True),
            key.export_public(as_dict=True),
            key.export_to_pem(private_key=True, password=None),
        )

    def sign(self, key, alg, claims, kid):
        header = {"alg": alg, "kid": kid} if kid else {"alg": alg}
        token = jwcrypto.jwt.JWT(header=header, claims=claims)
        token.make_signed_token(jwcrypto.jwk.JWK(**key.private_jwk))
        return token.serialize()

    def verify(self, token, alg, form, material):
        if form in ("jwk", "oct-jwk"):
            key = jwcrypto.jwk.JWK(**material)
        elif form == "jwks":
            key = jwcrypto.jwk.JWKSet.from_json(json.dumps(material))
        elif form == "secret":
            key = jwcrypto.jwk.JWK(kty="oct", k=material["secret_b64u"])
        else:
            key = jwcrypto.jwk.JWK.from_pem(material.encode())
        checked = jwcrypto.jwt.JWT(
            jwt=token,
            key=key,
            algs=[alg],
            check_claims={"iss": ISSUER, "aud": AUDIENCE, "exp": None},
        )
        return json.loads(checked.claims)

    def thumbprint(self, public_jwk):
        return jwcrypto.jwk.JWK(**public_jwk).thumbprint()


class JoseRfc:
    name = "joserfc"
    version = version("joserfc")

    def generate(self, family, size):
        size = size if family in ("EC", "OKP") else int(size)
        key = joserfc.jwk.generate_key(family, size, auto_kid=False)
        if family == "oct":
            return Key(key.as_dict(private=True), None, None)
        return Key(
            key.as_dict(private=True),
            key.as_dict(private=False),
            key.as_pem(private=True),
        )

    def sign(self, key, alg, claims, kid):
        header = {"alg": alg, "kid": kid} if kid else {"alg": alg}
        signer = joserfc.jwk.import_key(key.private_jwk)
        return joserfc.jwt.encode(header, claims, signer, [alg])

    def verify(self, token, alg, form, material):
        if form in ("jwk", "oct-jwk"):
            key = joserfc.jwk.import_key(material)
        elif form == "jwks":
            key = joserfc.jwk.KeySet.import_key_set(material)
        elif form == "secret":
            key = joserfc.jwk.OctKey.import_key(unb64u(material["secret_b64u"]))
        else:
            key = joserfc.jwk.import_key(material, ALGORITHMS[alg][0])
        claims = joserfc.jwt.decode(token, key, [alg]).claims
        joserfc.jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        ).validate(claims)
        return claims

    def thumbprint(self, public_jwk):
        return joserfc.jwk.import_key(public_jwk).thumbprint()


PYTHON_LIBRARIES = [PyJwt(), JwCrypto(), JoseRfc()]
