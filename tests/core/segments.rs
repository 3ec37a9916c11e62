//! Segments: characters that are wrong together.

use jwtward::{Malformed, UnverifiedJws};

use crate::support::encode;

#[test]
fn two_wrong_characters_do_not_hide_each_other() {
    // One to four octets end in a group of two, three and four characters.
    for octets in [&b"a"[..], b"ab", b"abc", b"abca", b"abcab"] {
        let text = encode(octets);
        for first in 0..text.len() {
            for second in first + 1..text.len() {
                for wrong in ["!", "=", "+", "~"] {
                    let mut payload = text.clone();
                    payload.replace_range(first..=first, wrong);
                    payload.replace_range(second..=second, wrong);
                    let token = format!("{}.{payload}.AA", encode(r#"{"alg":"HS256"}"#));
                    assert_eq!(UnverifiedJws::parse(&token, 8192).unwrap_err(), Malformed::Base64, "{payload}");
                }
            }
        }
    }
}

#[test]
fn a_wrong_character_is_not_hidden_by_the_bits_that_must_be_zero() {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for last in ALPHABET.chars().chain(['!']) {
        for wrong in ["!", "~", "="] {
            for payload in [format!("{wrong}{last}"), format!("A{wrong}{last}"), format!("{wrong}A{last}")] {
                let token = format!("{}.{payload}.AA", encode(r#"{"alg":"HS256"}"#));
                assert_eq!(UnverifiedJws::parse(&token, 8192).unwrap_err(), Malformed::Base64, "{payload}");
            }
        }
    }
}
