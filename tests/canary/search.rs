//! What is looked for, and in what.

use std::{
    collections::{BTreeSet, HashMap},
    error::Error,
    fmt::{Debug, Display, Write as _},
};

use serde::Serialize;

/// A secret in every form that a text may show it in: as it is, in hexadecimal, as a list of numbers, in base64 of either alphabet at
/// any alignment. A part of eight octets is enough.
#[derive(Default)]
pub(crate) struct Canaries(HashMap<[u8; START], Vec<(&'static str, String)>>);

/// Needles are found by their first octets.
const START: usize = 6;

impl Canaries {
    pub(crate) fn add(&mut self, name: &'static str, secret: &[u8]) {
        assert!(secret.len() >= 8, "{name} is too short to be told from chance");
        let mut add = |needle: String| {
            let needle: String = needle.split_whitespace().collect();
            if let Some(start) = needle.as_bytes().first_chunk() {
                self.0.entry(*start).or_default().push((name, needle));
            }
        };
        for part in secret.windows(8) {
            if let Ok(text) = str::from_utf8(part) {
                add(text.to_owned());
            }
            add(part.iter().fold(String::new(), |mut text, octet| {
                let _ = write!(text, "{octet:02x}");
                text
            }));
            for list in
                [part.iter().map(u8::to_string).collect(), part.iter().map(|octet| format!("{octet:x}")).collect()]
            {
                let list: Vec<String> = list;
                add(list.join(","));
            }
        }
        for start in 0..3 {
            let text = base64(&secret[start..]);
            for part in text.as_bytes().windows(10) {
                let part = str::from_utf8(part).unwrap();
                add(part.to_owned());
                add(part.replace('-', "+").replace('_', "/"));
            }
        }
    }

    /// What base64url stands for.
    pub(crate) fn add_base64(&mut self, name: &'static str, text: &str) {
        let (mut bits, mut held, mut octets) = (0u32, 0, Vec::new());
        for character in text.bytes() {
            let value = ALPHABET.iter().position(|letter| *letter == character).unwrap();
            bits = bits << 6 | value as u32;
            held += 6;
            if held >= 8 {
                held -= 8;
                octets.push((bits >> held & 0xff) as u8);
            }
        }
        self.add(name, &octets);
    }

    /// A credential that is a text: its last characters are what makes it one.
    pub(crate) fn add_text(&mut self, name: &'static str, text: &str) {
        self.add(name, &text.as_bytes()[text.len() - 24..]);
    }

    /// The names of the secrets that a text shows.
    pub(crate) fn in_text(&self, text: &str) -> BTreeSet<&'static str> {
        // A list may be spread over lines; hexadecimal may be in capitals.
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let lower = text.to_lowercase();
        let mut found = BTreeSet::new();
        for text in [text.as_bytes(), lower.as_bytes()] {
            for (at, start) in text.windows(START).enumerate() {
                for (name, needle) in self.0.get(start).into_iter().flatten() {
                    if text[at..].starts_with(needle.as_bytes()) {
                        found.insert(*name);
                    }
                }
            }
        }
        found
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(octets: &[u8]) -> String {
    let mut text = String::new();
    // What does not fill a group is left: the part before it is long enough.
    for group in octets.chunks_exact(3) {
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        text.extend([18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift & 63) as usize])));
    }
    text
}

/// Everything that was shown, and by which types.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) types: BTreeSet<String>,
    pub(crate) texts: Vec<(String, String)>,
}

impl Shown {
    /// `{:?}` and `{:#?}`.
    pub(crate) fn debug<T: Debug + ?Sized>(&mut self, value: &T) {
        let name = type_name::<T>();
        self.texts.push((name.clone(), format!("{value:?} {value:#?} {value:x?} {value:#X?}")));
        self.types.insert(name);
    }

    /// The same and `{}`.
    pub(crate) fn display<T: Debug + Display>(&mut self, value: &T) {
        self.debug(value);
        self.texts.push((type_name::<T>(), value.to_string()));
    }

    /// The same down to the last cause.
    pub(crate) fn error<T: Error>(&mut self, error: &T) {
        self.display(error);
        let mut next = error.source();
        while let Some(cause) = next {
            self.texts.push((type_name::<T>(), format!("{cause} {cause:?} {cause:#?}")));
            next = cause.source();
        }
    }

    /// The same, and what a serde format makes of it.
    pub(crate) fn serialized<T: Debug + Serialize>(&mut self, value: &T) {
        self.debug(value);
        self.texts.push((type_name::<T>(), serde_json::to_string(value).unwrap()));
    }

    pub(crate) fn text(&mut self, from: &str, text: String) {
        self.texts.push((from.to_owned(), text));
    }
}

/// A type's own name, without its path and arguments.
fn type_name<T: ?Sized>() -> String {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap();
    name.rsplit("::").next().unwrap().to_owned()
}
