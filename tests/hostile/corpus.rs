//! Lines of the corpus, and the files they are written to.

use std::{collections::BTreeSet, fmt::Write as _};

use jwtward::Algorithm;

use crate::keys::Key;

/// What the clock shows, in every policy.
pub(crate) const NOW: i64 = 1_800_000_000;

/// A verifier's settings, as `policies.json` lists them.
pub(crate) struct Policy {
    pub(crate) name: &'static str,
    pub(crate) typ: Option<&'static str>,
    pub(crate) leeway: u64,
    pub(crate) max_token_size: usize,
}

pub(crate) const ISSUER: &str = "https://auth.example";
pub(crate) const AUDIENCE: &str = "api";

pub(crate) const DEFAULT: Policy = Policy { name: "default", typ: None, leeway: 0, max_token_size: 8192 };
pub(crate) const ACCESS: Policy = Policy { name: "access-token", typ: Some("at+jwt"), ..DEFAULT };
pub(crate) const LEEWAY: Policy = Policy { name: "leeway", leeway: 60, ..DEFAULT };
pub(crate) const SMALL: Policy = Policy { name: "small", max_token_size: 300, ..DEFAULT };

pub(crate) const POLICIES: [&Policy; 4] = [&DEFAULT, &ACCESS, &LEEWAY, &SMALL];

/// Why a token must be refused.
#[derive(Clone)]
pub(crate) struct Refusal {
    /// A word that makes sense for every implementation.
    pub(crate) class: &'static str,
    /// What this one says.
    pub(crate) error: String,
}

fn refusal(class: &'static str, error: impl Into<String>) -> Refusal {
    Refusal { class, error: error.into() }
}

pub(crate) fn too_short() -> Refusal {
    refusal("form", "the token is too short")
}
pub(crate) fn too_large(size: usize, limit: usize) -> Refusal {
    refusal("form", format!("the token has {size} octets, more than the limit of {limit}"))
}
pub(crate) fn segments() -> Refusal {
    refusal("form", "the token does not consist of three segments, or one is empty")
}
pub(crate) fn base64() -> Refusal {
    refusal("form", "a segment of the token is not canonical base64url")
}
pub(crate) fn header_too_large() -> Refusal {
    refusal("form", "the token's header is too large")
}
pub(crate) fn header(json: &str) -> Refusal {
    refusal("header", format!("the token's header is not acceptable json: {json}"))
}
pub(crate) fn parameter(name: &str) -> Refusal {
    refusal("header", format!("the header parameter {name} is missing or of the wrong type"))
}
pub(crate) fn crit() -> Refusal {
    refusal("header", "the header parameter crit is malformed")
}
pub(crate) fn crit_unknown() -> Refusal {
    refusal("header", "the header demands an extension that is not understood")
}
pub(crate) fn b64() -> Refusal {
    refusal("header", "the header parameter b64 is not allowed here")
}
pub(crate) fn zip() -> Refusal {
    refusal("header", "compressed tokens are not accepted")
}
pub(crate) fn nested() -> Refusal {
    refusal("header", "nested tokens are not accepted")
}
pub(crate) fn no_key() -> Refusal {
    refusal("key", "no key matches the token")
}
pub(crate) fn algorithm() -> Refusal {
    refusal("algorithm", "the token's algorithm is not the key's")
}
pub(crate) fn typ() -> Refusal {
    refusal("type", "the token's typ is not the expected one")
}
pub(crate) fn signature() -> Refusal {
    refusal("signature", "the signature is not valid")
}
pub(crate) fn payload(json: &str) -> Refusal {
    refusal("payload", format!("the token's payload is not acceptable json: {json}"))
}
pub(crate) fn expired() -> Refusal {
    refusal("claim", "the token has expired")
}
pub(crate) fn not_yet() -> Refusal {
    refusal("claim", "the token is not valid yet")
}
pub(crate) fn in_future() -> Refusal {
    refusal("claim", "the token was issued in the future")
}
pub(crate) fn missing(claim: &str) -> Refusal {
    refusal("claim", format!("the claim {claim} is missing"))
}
pub(crate) fn wrong_type(claim: &str) -> Refusal {
    refusal("claim", format!("the claim {claim} is not of its type"))
}
pub(crate) fn mismatch(claim: &str) -> Refusal {
    refusal("claim", format!("the claim {claim} is not the expected one"))
}

/// What the JSON reader says, word for word.
pub(crate) const UTF8: &str = "not utf-8";
pub(crate) const SYNTAX: &str = "not well-formed json";
pub(crate) const NOT_AN_OBJECT: &str = "not a json object";
pub(crate) const DUPLICATE: &str = "a member name occurs twice";
pub(crate) const TOO_DEEP: &str = "nested too deep";
pub(crate) const TOO_MANY: &str = "too many members in one object";
pub(crate) const NUMBER_TOO_LONG: &str = "a number is too long";
pub(crate) const OUT_OF_RANGE: &str = "a number is out of range";
pub(crate) const SURROGATE: &str = "a string holds a lone surrogate";

struct Line {
    id: String,
    category: &'static str,
    reason: String,
    algorithm: Algorithm,
    /// A JWK or a JWK Set, on one line.
    key: String,
    policy: &'static str,
    token: String,
    refusal: Option<Refusal>,
}

/// The corpus as it grows.
pub(crate) struct Corpus {
    lines: Vec<Line>,
    tokens: BTreeSet<String>,
    category: &'static str,
    number: usize,
    policy: &'static Policy,
}

impl Corpus {
    pub(crate) fn new() -> Self {
        Self { lines: Vec::new(), tokens: BTreeSet::new(), category: "", number: 0, policy: &DEFAULT }
    }

    /// What follows belongs to that category, under the default policy.
    pub(crate) fn begin(&mut self, category: &'static str) {
        assert!(self.lines.iter().all(|line| line.category != category), "{category} has been there");
        (self.category, self.number, self.policy) = (category, 0, &DEFAULT);
    }

    pub(crate) fn under(&mut self, policy: &'static Policy) {
        self.policy = policy;
    }

    /// The id of the next line.
    pub(crate) fn id(&self) -> String {
        format!("{}-{:03}", self.category, self.number + 1)
    }

    /// Claims that every policy accepts, unlike those of any other line.
    pub(crate) fn claims(&self) -> String {
        format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":1800000900,"jti":"{}"}}"#, self.id())
    }

    /// The same with more members in front of them.
    pub(crate) fn claims_with(&self, members: &str) -> String {
        self.claims().replacen('{', &format!("{{{members},"), 1)
    }

    /// Whether that token has been there.
    pub(crate) fn has(&self, token: &str) -> bool {
        self.tokens.contains(token)
    }

    pub(crate) fn accepted(&mut self, key: &Key, token: String, reason: impl Into<String>) {
        self.push(key, token, reason.into(), None);
    }

    pub(crate) fn refused(&mut self, key: &Key, token: String, refusal: Refusal, reason: impl Into<String>) {
        self.push(key, token, reason.into(), Some(refusal));
    }

    fn push(&mut self, key: &Key, token: String, reason: String, refusal: Option<Refusal>) {
        let id = self.id();
        assert!(self.tokens.insert(token.clone()), "{id}: this token has been there: {reason}");
        assert!(reason.ends_with('.') && !reason.is_empty(), "{id}: {reason}");
        self.number += 1;
        let (algorithm, key) = (key.algorithm, key.public.clone());
        let (category, policy) = (self.category, self.policy.name);
        self.lines.push(Line { id, category, reason, algorithm, key, policy, token, refusal });
    }

    /// `tokens.jsonl`.
    pub(crate) fn tokens_jsonl(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            let (expect, class, error) = match &line.refusal {
                None => ("valid", "null".to_owned(), "null".to_owned()),
                Some(refusal) => ("refused", quoted(refusal.class), quoted(&refusal.error)),
            };
            writeln!(
                out,
                r#"{{"id":{},"category":{},"reason":{},"policy":{},"alg":{},"key":{},"token":{},"expect":{},"class":{class},"error":{error}}}"#,
                quoted(&line.id),
                quoted(line.category),
                quoted(&line.reason),
                quoted(line.policy),
                quoted(line.algorithm.as_str()),
                line.key,
                quoted(&line.token),
                quoted(expect),
            )
            .unwrap();
        }
        out
    }

    /// The categories in order, with how many tokens each has to be refused and to be accepted.
    pub(crate) fn categories(&self) -> Vec<(&'static str, usize, usize)> {
        let mut counts: Vec<(&'static str, usize, usize)> = Vec::new();
        for line in &self.lines {
            if counts.last().is_none_or(|(category, ..)| *category != line.category) {
                counts.push((line.category, 0, 0));
            }
            let (_, refused, accepted) = counts.last_mut().unwrap();
            *(if line.refusal.is_some() { refused } else { accepted }) += 1;
        }
        counts
    }
}

/// `policies.json`.
pub(crate) fn policies_json() -> String {
    let policies = POLICIES.map(|policy| {
        format!(
            "  {}: {{\"issuer\": {}, \"audience\": {}, \"now\": {NOW}, \"leewaySeconds\": {}, \"typ\": {}, \"maxTokenSize\": {}}}",
            quoted(policy.name),
            quoted(ISSUER),
            quoted(AUDIENCE),
            policy.leeway,
            policy.typ.map_or_else(|| "null".to_owned(), quoted),
            policy.max_token_size
        )
    });
    format!("{{\n{}\n}}\n", policies.join(",\n"))
}

/// A JSON string of ASCII alone, so that no reader takes a part of it for the end of a line.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(out, "\\u{unit:04x}").unwrap()),
        }
    }
    out.push('"');
    out
}
