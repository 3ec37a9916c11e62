//! The vector files of `vectors/`: reading an entry, and one named test per entry.
// Each test file uses some of this.
#![allow(dead_code)]

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;

/// One entry of a vector file. A member that is missing or of another type fails the test.
pub(crate) struct Vector(Value);

impl Vector {
    pub(crate) fn load(file: &str, id: &str) -> Self {
        let found = entries(file).into_iter().find(|entry| entry["id"] == id);
        Self(found.unwrap_or_else(|| panic!("no entry {id}")))
    }

    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    /// A member that is text.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.0[member].as_str().unwrap_or_else(|| panic!("{}: no text {member}", self.0["id"]))
    }

    /// A member that may be absent or null.
    pub(crate) fn optional(&self, member: &str) -> Option<&str> {
        self.0[member].as_str()
    }

    pub(crate) fn value(&self, member: &str) -> &Value {
        &self.0[member]
    }

    /// A member that is JSON itself, as a text.
    pub(crate) fn json(&self, member: &str) -> String {
        assert!(!self.0[member].is_null(), "{}: no member {member}", self.0["id"]);
        self.0[member].to_string()
    }

    /// A member written in base64url.
    pub(crate) fn octets(&self, member: &str) -> Vec<u8> {
        octets(self.text(member))
    }

    /// A member written in hexadecimal digits.
    pub(crate) fn hex(&self, member: &str) -> Vec<u8> {
        hex(self.text(member))
    }

    pub(crate) fn is_deterministic(&self) -> bool {
        self.0["deterministic"] == true
    }

    /// The file's own word on the entry.
    #[track_caller]
    pub(crate) fn assert_expected(&self, outcome: &str) {
        assert!(self.text("expect").starts_with(outcome), "{} expects {}", self.id(), self.text("expect"));
    }
}

/// Decodes base64url without the library under test.
pub(crate) fn octets(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

pub(crate) fn base64url(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn entries(file: &str) -> Vec<Value> {
    let mut file: Value = serde_json::from_str(file).unwrap();
    let mut entries = Vec::new();
    for list in ["keys", "vectors"] {
        entries.append(file[list].take().as_array_mut().unwrap_or(&mut Vec::new()));
    }
    entries
}

/// The ids of a file's entries that `of` selects by their kind.
pub(crate) fn ids(file: &str, of: impl Fn(Option<&str>) -> bool) -> Vec<String> {
    let selected = entries(file).into_iter().filter(|entry| of(entry["kind"].as_str()));
    selected.map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

/// `name: "id" => check;` makes a test of that name, which gives the entry to `check`. One more test holds the list against
/// the file's entries, so that none is left out. `for` selects entries by their kind.
macro_rules! vector_tests {
    ($file:literal $(, for $of:expr)?; $($name:ident: $id:literal => $check:expr;)+) => {
        const FILE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/", $file));

        $(
            #[test]
            fn $name() {
                let check: fn(&Vector) = $check;
                check(&Vector::load(FILE, $id));
            }
        )+

        #[test]
        fn every_entry_of_the_file_has_its_test() {
            let of: fn(Option<&str>) -> bool = vector_tests!(@select $($of)?);
            assert_eq!([$($id),+].map(str::to_owned).to_vec(), vectors::ids(FILE, of));
        }
    };
    (@select) => { |_| true };
    (@select $of:expr) => { $of };
}
pub(crate) use vector_tests;
