#!/usr/bin/env python3
"""Writes the seed corpora from the vectors and the test keys of the repository. Needs the Python package `cryptography`.

The seeds are committed; run this only to change them. ECDSA and PSS signatures differ from run to run.
"""

import base64, hashlib, hmac, json, pathlib, shutil, zlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

HERE = pathlib.Path(__file__).resolve().parent
KEYS = HERE.parent / "tests" / "keys" / "files"
VECTORS = HERE.parent / "vectors"
ALGORITHMS = "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split()
SECRET = b"a fixed secret of sixty-four octets for fuzzing, of no other use"
PAYLOAD = b'{"iss":"issuer","sub":"alice","aud":["api"],"exp":1800000900,"admin":false}'


def b64u(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def integer(number, length=None):
    return b64u(number.to_bytes(length or (number.bit_length() + 7) // 8, "big"))


def private(name):
    return serialization.load_pem_private_key((KEYS / name).read_bytes(), None)


def key_of(alg):
    if alg.startswith("ES"):
        return private({"ES256": "p256", "ES384": "p384", "ES512": "p521"}[alg] + ".pkcs8.pem")
    return private("ed25519.pkcs8.pem" if alg.startswith("Ed") else "rsa.pkcs8.pem")


def sign(alg, message):
    size = alg[2:]
    if alg.startswith("HS"):
        return hmac.new(SECRET, message, f"sha{size}").digest()
    key = key_of(alg)
    if alg.startswith("Ed"):
        return key.sign(message)
    sha = getattr(hashes, f"SHA{size}")()
    if alg.startswith("ES"):
        length = (key.key_size + 7) // 8
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(sha)))
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")
    pad = padding.PKCS1v15() if alg.startswith("RS") else padding.PSS(padding.MGF1(sha), sha.digest_size)
    return key.sign(message, pad, sha)


def header(alg, **more):
    return json.dumps({"alg": alg, "typ": "JWT", "kid": alg} | more, separators=(",", ":")).encode()


def token(alg, head=None, payload=PAYLOAD):
    message = f"{b64u(head or header(alg))}.{b64u(payload)}"
    return f"{message}.{b64u(sign(alg, message.encode()))}".encode()


def jwk(key, **more):
    """A private key as a JWK, and its public half."""
    if isinstance(key, bytes):
        return {"kty": "oct", "k": b64u(key)} | more, None
    public, numbers = key.public_key(), None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        members = {"kty": "OKP", "crv": "Ed25519", "x": b64u(public.public_bytes(*raw))}
        secret = {"d": b64u(key.private_bytes_raw())}
    elif isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        members = {"kty": "RSA", "n": integer(numbers.public_numbers.n), "e": integer(numbers.public_numbers.e)}
        names = {"d": "d", "p": "p", "q": "q", "dp": "dmp1", "dq": "dmq1", "qi": "iqmp"}
        secret = {name: integer(getattr(numbers, attribute)) for name, attribute in names.items()}
    else:
        numbers, length = key.private_numbers(), (key.key_size + 7) // 8
        point = numbers.public_numbers
        members = {"kty": "EC", "crv": f"P-{key.key_size}", "x": integer(point.x, length), "y": integer(point.y, length)}
        secret = {"d": integer(numbers.private_value, length)}
    return members | secret | more, members | more


def write(target, seeds):
    folder = HERE / "corpus" / target
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for seed in seeds:
        seed = seed.encode() if isinstance(seed, str) else seed
        (folder / hashlib.sha1(seed).hexdigest()[:16]).write_bytes(seed)
    files = list(folder.iterdir())
    print(f"{target}: {len(files)} files, {sum(file.stat().st_size for file in files)} octets")


def vectors(name):
    return json.loads((VECTORS / name).read_text())["vectors"]


def compact():
    for alg in ("HS256", "ES256", "EdDSA", "RS256"):
        yield token(alg)
    for vector in vectors("rfc7515.json") + vectors("rfc8037.json") + vectors("rfc7797.json"):
        if text := vector.get("compact"):
            payload = vector.get("payload_text") or ""
            yield text if ".." not in text else f"{text}\n{payload}"
    for more in (
        {"b64": False, "crit": ["b64"]}, {"b64": True, "crit": ["b64"]}, {"b64": False}, {"crit": ["exp"], "exp": 1}, {"crit": []},
        {"zip": "DEF"}, {"cty": "JWT"}, {"jwk": {"kty": "oct", "k": ""}}, {"x5c": ["MIIB"]}, {"typ": 1},
    ):
        yield token("HS256", header("HS256", **more))
        detached = token("HS256", header("HS256", **more)).split(b".")
        yield b".".join([detached[0], b"", detached[2]]) + b"\n" + PAYLOAD
    yield from ("e30..AA", "eyJhbGciOiJub25lIn0.e30.", "a.b.c.d.e", "......")


def json_texts():
    yield from (
        "{}", "[]", "null", "true", "false", '""', "0", "-0", "-1", "0.5", "1e5", "-1.25E-3", "18446744073709551615",
        "18446744073709551616", "-9223372036854775808", "9007199254740993", "1e308", "1e400", '{"a":1,"b":[true,null,"c"]}',
        '{"a":{"b":{"c":{}}}}', '{"a":1,"\\u0061":2}', '{"a":{"b":1,"b":2}}', '["\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00"]',
        '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"é😀"', " [ 1 , 2 ] \r\n\t", '{"1":0,"2":[]}', "[1,]", "{'a':1}", "[NaN]",
        "[1]x", "\ufeff{}", "/**/{}", "01", "1.", '"\t"', '{"1":0,"01":0}', '{"+1":0}', '{"-0":0}',
        '{"\\u0030":2}', '{"\\u0030":0,"0":1}', "[" * 32 + "]" * 32, "[" * 33 + "]" * 33,
        "{" + ",".join(f'"{i}":0' for i in range(256)) + "}", "1" * 64, "0." + "1" * 70, PAYLOAD.decode(), '[[1],["a",{"b":[2]}]]',
    )
    yield b'"\xff"'


def base64url_texts():
    yield from ("", "A", "AA", "AB", "AAA", "AAB", "AAAA", "Zm9v", "Zm8", "Zg", "Zh", "-_8", "+/8", "Zg==", "Zm8=", "Z g", "Zg\n")
    yield from (token("HS256"), b64u(bytes(range(256))))


def keys():
    yield SECRET, "HS256"
    for alg in ("RS256", "ES256", "ES384", "ES512", "EdDSA"):
        yield key_of(alg), alg


def choice(alg):
    return bytes([ALGORITHMS.index(alg)])


def jwks():
    publics = []
    for key, alg in keys():
        for more in ({"alg": alg, "kid": "1", "use": "sig"}, {"key_ops": ["verify"]}):
            secret, public = jwk(key, **more)
            for members in filter(None, (secret, public)):
                yield choice(alg) + json.dumps(members).encode()
        if public:
            publics.append(public | {"kid": alg})
    yield choice("RS256") + json.dumps({"keys": publics}).encode()
    yield choice("HS256") + json.dumps({"keys": [jwk(SECRET, kid="a")[0]]}).encode()
    rsa_jwk = jwk(key_of("RS256"), alg="PS256")[0]
    without_primes = {name: rsa_jwk[name] for name in ("kty", "n", "e", "d", "alg")}
    for wrong in ({}, {"d": ""}, {"d": "AA"}, {"d": "AQ"}, {"e": "Aw"}):
        yield choice("PS256") + json.dumps(without_primes | wrong).encode()
    for wrong in ({"d": "AA"}, {"p": "AQ"}, {"e": "Aw"}, {"n": "AA" + rsa_jwk["n"]}, {"oth": []}):
        yield choice("PS256") + json.dumps(rsa_jwk | wrong).encode()
    for vector in vectors("rfc7517.json"):
        if "jwks" in vector:
            yield choice("RS256") + json.dumps(vector["jwks"]).encode()


def key_files():
    algorithms = {"rsa": "RS256", "p256": "ES256", "p384": "ES384", "p521": "ES512", "ed25519": "EdDSA", "secp256k1": "ES256"}
    left_out = ("rsa-2047", "rsa-pss", "rsa.text", "rsa.proc-type", "rsa.request", "rsa.trusted", "p384.pk", "p521.pk")
    for file in sorted(KEYS.glob("*.*")):
        if file.name.startswith(left_out) or file.suffix not in (".pem", ".der"):
            continue
        name = file.name.split(".")[0]
        alg = algorithms.get(name) or algorithms.get(name.split("-")[0], "EdDSA")
        small = 0x80 if "e3" in name else 0
        yield bytes([choice(alg)[0] | small]) + file.read_bytes()


def hostile():
    for alg in ALGORITHMS:
        yield b"\x00" + choice(alg) + token(alg)
    for alg in ("HS256", "ES256", "EdDSA"):
        message, signature = token(alg).rsplit(b".", 1)
        octets = base64.urlsafe_b64decode(signature + b"==")
        yield b"\x01" + choice(alg) + b"\xff".join([header(alg), PAYLOAD, octets])
        yield b"\x02" + choice(alg) + header(alg) + b"\xff" + PAYLOAD
        yield b"\x02" + choice(alg) + header(alg) + b"\xff" + PAYLOAD.replace(b"false", b"true")
        yield b"\x02" + choice(alg) + header("none") + b"\xff" + PAYLOAD
    yield b"\x01\x09" + b"\xff".join([header("ES256"), PAYLOAD, bytes(64)])
    yield b"\x03\x00" + PAYLOAD
    for old, new in (
        (b"1800000900", b"1.8000009e9"), (b"1800000900", b"1800000000.0000000001"), (b"1800000900", b'"1800000900"'),
        (b'["api"]', b'"api"'), (b'["api"]', b'["x","api",1]'), (b'"alice"', b"7"), (b'"admin":false', b'"nbf":1,"iat":1800000000,"jti":"1"'),
        (b'"admin":false', b'"exp":1'), (b'"admin":false', b'"a":{"b":[1,{"c":null}]}'), (b'"iss"', b'"\\u0069ss"'),
    ):
        yield b"\x03\x00" + PAYLOAD.replace(old, new)


def round_trips():
    # The structure-aware target takes any octets: these only give it lengths to begin with.
    for index in range(len(ALGORITHMS)):
        yield bytes([index]) + hashlib.shake_128(bytes([index])).digest(40 + 20 * index)
    yield bytes(200)
    yield b"\xff" * 60
    # A type of zeros, which makes the header too long.
    yield zlib.decompress(base64.b64decode(
        "eNrjnhanlMzAwBBbVKZkpZWQwkAnwF7DXhNvgCaogEcDD9FGOyJzMOzAdAhBJcQBpaBgYwsTJZL1paLxrcFk9PD1Dx4QiE+SkZ02Bvgz2DFw"
        "6QROflrEDADVohJS"))


def times():
    yield from (
        "1300819380\n1300819380.5", "0\n-0\n1e-300\n-1e-300", "1.5E+3\n1500.0\n15e2", "9007199254740992\n9007199254740993",
        "18446744073709551615\n1e28\n9.9e27", "-1.5\n-1\n-0.0000000001", "1e300\n-1e300", "0e999\n0.0", "1e-9\n1.5e-9\n2e-9",
        "1" * 38, "1" * 39, "1" * 64, "0." + "1" * 37, "1e2147483647", "1e-2147483648", "1e99999999999", "17e36\n1.7e38",
        "123456789.123456789123456789", "-123456789.123456789123456789",
    )


def refresh_tokens():
    # The first octet says how to read the rest. The session's own token is not known here: the target has it.
    yield from (b"\x00", b"\x00" + b"A" * 92, b"\x00" + b"AQ" + b"A" * 90, b"\x00" + b"_" * 92, b"\x00" + b"A" * 91 + b"=")
    yield b"\x00" + b64u(b"\x01" + bytes(range(68))).encode()
    yield b"\x00" + token("HS256")
    for at in (0, 1, 17, 33, 36, 37, 52, 53, 68):
        yield bytes([1, at, 1])
        yield bytes([1, at, 0x80, 68 - at, 0xFF])
    yield b"\x01" + bytes(part for at in range(53, 69) for part in (at, 0xFF))
    yield from (bytes([2, mix, length]) for mix in range(8) for length in (0, 37, 53, 69))
    yield from (bytes([3]) + bytes([octet]) * 16 for octet in (0, 1, 0xFF))


def configurations():
    full = {
        "signingKey": {"password": "an inline secret of thirty-two octets"}, "signingAlgorithm": "HS256", "expirationSeconds": 3600,
        "issuer": "https://auth.example", "audience": "api", "keyID": "2026", "maxTokenSize": 8192, "requireIssuer": True,
        "requireAudience": False, "trackUserTokens": True, "maxUserSessions": 5, "tokenType": "at+jwt", "leewaySeconds": 30,
        "accessExpirationSeconds": 900, "refreshIdleSeconds": 1209600, "sessionAbsoluteSeconds": 2592000, "refreshGraceSeconds": 0,
        "whenFull": "evictOldest", "storeTimeoutMs": 250, "cleanupIntervalSeconds": 60, "refreshKey": {"passwordBase64": b64u(SECRET)},
        "previousRefreshKey": {"passwordEnvVar": "OLD_REFRESH_KEY"},
    }
    text = json.dumps(full)
    yield from ("{}", text, json.dumps(full, indent=2), "null", "[]", '"HS256"', "0", "{", text[:-1], text + " ", text + "x", "[" + text + "]")
    for name, value in full.items():
        yield json.dumps({name: value})
        for other in (None, [], {}, "", "1", 0, -1, 1.5, 2**64, True):
            if other in (None, "", -1) or type(other) is type(value):
                yield json.dumps({name: other})
    for algorithm, file in (("RS256", "rsa"), ("ES256", "p256"), ("EdDSA", "ed25519")):
        pem = (KEYS / f"{file}.pkcs8.pem").read_text()
        yield json.dumps({"signingAlgorithm": algorithm, "privateKey": {"key": pem}, "publicKey": {"keyFile": "public.pem"}})
        yield json.dumps({"signingAlgorithm": algorithm, "privateKey": {"key": json.dumps(jwk(key_of(algorithm))[0])}})
    for source in ("password", "passwordEnvVar", "passwordFile", "passwordBase64", "passwordEnvVarBase64", "passwordFileBase64"):
        yield json.dumps({"signingKey": {source: "canary canary canary canary canary"}})
        yield json.dumps({"signingKey": {source: 7}})
    yield from ('{"issuer":"a","issuer":"b"}', '{"\\u0069ssuer":"a"}', '{"Issuer":"a"}', '{"signingKey":{"password":"a","password":"b"}}')
    yield from ('{"whenFull":{"reject":null}}', '{"signingKey":["a"]}', '{"maxTokenSize":1e3}', '{"leewaySeconds":-0}')


def bearers():
    good = b"Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
    for limit in (b"\xff", b"\x1a", b"\x19"):
        yield limit + good
    for value in (
        b"", b"Bearer", b"Bearer ", b"bearer a", b"BEARER a==", b"Bearer  a", b"Bearer\ta", b"Bearer a ", b" Bearer a", b"Bearera",
        b"Bearer a,", b"Bearer a=b", b"Bearer =", b"Bearer -._~+/", b"Basic YTpi", b"Bearer \xff", b"Bearer a, Bearer b", b"Bearer a\0",
    ):
        yield b"\xff" + value


def metadata():
    good = '{"issuer":"https://a.example/b","jwks_uri":"https://a.example/keys"}'
    yield from (good, good[:-1], good + " ", good + good, "{}", "[]", "", f"[{good}]", good.upper(), "\ufeff" + good)
    yield from (good.replace("/b", other) for other in ("/b/", "", "/B", "/b\\u0000"))
    yield from (good.replace("jwks_uri", other) for other in ("issuer", "jwksUri", "\\u006awks_uri"))
    yield from (good.replace('"https://a.example/keys"', other) for other in ("null", "1e400", "[]", '{"a":[{"a":"\\ud800"}]}', '"\\/"'))
    yield good.replace("{", '{"scopes_supported":["openid"],"a":{"issuer":"x"},')
    yield good.replace("}", ',"issuer":"https://a.example/b"}')


def prepared():
    # Algorithm, mode, and what the mode takes.
    for choice, alg in enumerate(("ES256", "ES384", "ES512", "EdDSA", "RS256", "PS256")):
        good = sign(alg, b"a message")
        for more in (b"", b"\x00\x01", b"\x20\x01", b"\x3f\x80", bytes(132)):
            yield bytes([choice, 1]) + more
        for signature in (good, good[:-1], bytes(len(good)), b"\xff" * len(good)):
            yield bytes([choice, 0]) + signature + b"a message"
        if alg == "EdDSA":
            # R of every order, also with y + p or the other sign, under keys of some orders.
            for torsion in (*range(0, 64, 8), 1, 9, 63):
                yield from (bytes([choice, 2, 0, 5, 0, value, torsion, change]) for value in (0, 1, 7) for change in (0, 1, 2))
            yield from (bytes([choice, 2, kind, 252, kind, 127, 0, 0]) for kind in (2, 3, 8))
            continue
        if alg.startswith(("RS", "PS")):
            # Each exponent, right and with one octet wrong.
            for place, change in ((0, 0), (0, 1), (2, 128), (250, 1), (255, 16)):
                yield from (bytes([choice, 2, exponent, exponent, place, change]) + bytes(range(40)) for exponent in range(5))
            continue
        for kind in (2, 4, 6, 3, 130):
            for value in (1, 5, 63, 127, 128, 255):
                yield bytes([choice, 2, 0, kind, value]) + bytes(range(66)) * (kind // 2 % 3 == 2) + bytes([0, value, kind % 4])
        yield from (bytes([choice, 2, kind, value, 2, 9, 0]) for kind in (1, 3, 5, 7, 9, 11, 13, 15) for value in range(0, 12, 3))


if __name__ == "__main__":
    write("compact", compact())
    write("json", json_texts())
    write("base64url", base64url_texts())
    write("jwk", jwks())
    write("pem", key_files())
    write("verify", hostile())
    write("sign_verify", round_trips())
    write("numeric_date", times())
    write("refresh_token", refresh_tokens())
    write("config", configurations())
    write("bearer", bearers())
    write("discovery", metadata())
    write("prepared", prepared())
