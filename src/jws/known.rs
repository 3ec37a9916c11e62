//! Headers that were seen before: an issuer writes the same one on every token, so it is parsed once.

use std::sync::Arc;

use super::Header;
use crate::sync::OnceLock;

/// The first few headers of verified tokens, each with what the parser made of exactly that text. What nobody signed is never
/// remembered, and what is remembered is never replaced, so that no flood of tokens changes anything here. Cloning shares it.
#[derive(Clone, Default)]
pub(crate) struct KnownHeaders(Arc<[OnceLock<Known>; 4]>);

struct Known {
    text: Box<str>,
    header: Header,
}

/// A longer header is parsed each time, in octets: ours take under 100.
const LONGEST: usize = 256;

impl KnownHeaders {
    /// What the parser made of this text, if that is known.
    pub(super) fn get(&self, text: &str) -> Option<Header> {
        let mut known = self.0.iter().map_while(OnceLock::get);
        known.find(|known| *known.text == *text).map(|known| known.header.clone())
    }

    /// Remembers the header of a token whose signature holds.
    pub(crate) fn remember(&self, text: &str, header: &Header) {
        if text.len() > LONGEST {
            return;
        }
        for slot in &*self.0 {
            let known = slot.get_or_init(|| Known { text: text.into(), header: header.clone() });
            if *known.text == *text {
                return;
            }
        }
    }
}

#[cfg(test)]
#[cfg(feature = "hs")]
mod tests {
    use super::*;
    use crate::{
        algorithm::Algorithm,
        jws::{JwsSigner, UnverifiedJws},
        key::SigningKey,
    };

    impl KnownHeaders {
        fn count(&self) -> usize {
            self.0.iter().filter(|slot| slot.get().is_some()).count()
        }
    }

    fn token(typ: &str) -> (SigningKey, String) {
        let key = SigningKey::generate(Algorithm::HS256).unwrap();
        let token = JwsSigner::with_token_type(key.clone(), typ).sign(b"{}").unwrap();
        (key, token)
    }

    #[test]
    fn a_known_header_is_what_the_parser_made_of_it() {
        let known = KnownHeaders::default();
        let (_, token) = token("JWT");
        let first = UnverifiedJws::parse_jwt(&token, 8192, &known).unwrap();
        assert_eq!(known.count(), 0, "parsing alone leaves nothing behind");
        known.remember(first.header_text(), first.header());
        known.remember(first.header_text(), first.header());
        assert_eq!(known.count(), 1);
        let again = UnverifiedJws::parse_jwt(&token, 8192, &known).unwrap();
        assert_eq!(again.header(), first.header());
        assert!(std::ptr::eq(again.header().token_type().unwrap(), first.header().token_type().unwrap()), "shared");
    }

    #[test]
    fn only_the_exact_text_is_known() {
        let known = KnownHeaders::default();
        let (_, token) = token("JWT");
        let jws = UnverifiedJws::parse_jwt(&token, 8192, &known).unwrap();
        known.remember(jws.header_text(), jws.header());
        let text = jws.header_text();
        for other in [&text[1..], &text[..text.len() - 1], "", &text.to_lowercase(), &format!("{text}A")] {
            assert!(known.get(other).is_none(), "{other}");
        }
    }

    #[test]
    fn the_first_few_stay_and_a_long_one_never_comes_in() {
        let known = KnownHeaders::default();
        let long = "x".repeat(300);
        for typ in ["a", "b", &*long, "c", "d", "e", "a"] {
            let (_, token) = token(typ);
            let jws = UnverifiedJws::parse_jwt(&token, 8192, &known).unwrap();
            known.remember(jws.header_text(), jws.header());
            assert_eq!(known.get(jws.header_text()).is_some(), typ.len() == 1 && typ != "e", "{typ}");
        }
        assert_eq!(known.count(), 4);
    }

    #[test]
    fn a_text_of_exactly_the_longest_length_comes_in() {
        let (_, token) = token("JWT");
        let known = KnownHeaders::default();
        let jws = UnverifiedJws::parse_jwt(&token, 8192, &known).unwrap();
        known.remember(&"x".repeat(LONGEST + 1), jws.header());
        assert_eq!(known.count(), 0);
        known.remember(&"x".repeat(LONGEST), jws.header());
        assert_eq!(known.count(), 1);
    }
}

#[cfg(all(test, loom))]
mod schedules {
    use loom::thread;

    use super::*;
    use crate::sync::explore;

    fn header(typ: &str) -> (String, Header) {
        let text = format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#);
        let header = Header::parse(text.as_bytes(), false).unwrap();
        (text, header)
    }

    /// Three threads remember, two of them the same.
    fn each_is_known_once(remember: fn(&KnownHeaders, &str, &Header)) {
        let known = KnownHeaders::default();
        let threads = ["a", "b"].map(|typ| {
            let known = known.clone();
            thread::spawn(move || {
                let (text, header) = header(typ);
                remember(&known, &text, &header);
                let found = known.get(&text);
                assert!(found.is_some_and(|found| found.token_type() == Some(typ)), "lost");
            })
        });
        let (text, header) = header("a");
        remember(&known, &text, &header);
        assert!(known.get(&text).is_some_and(|found| found.token_type() == Some("a")), "lost");
        for thread in threads {
            thread.join().unwrap();
        }
        let all: Vec<_> = known.0.iter().filter_map(|slot| Some(&*slot.get()?.text)).collect();
        assert!(all.len() == 2 && all[0] != all[1], "not each once");
        assert!(known.0[0].get().is_some() && known.0[1].get().is_some(), "a gap");
    }

    #[test]
    fn loom_each_header_is_known_once() {
        explore("known headers", || each_is_known_once(KnownHeaders::remember));
    }

    #[test]
    #[should_panic(expected = "not each once")]
    fn loom_finds_out_a_header_that_is_looked_for_and_then_added() {
        loom::model(|| {
            each_is_known_once(|known, text, header| {
                if known.get(text).is_none() {
                    let free = known.0.iter().find(|slot| slot.get().is_none()).unwrap();
                    let added = free.get_or_init(|| Known { text: text.into(), header: header.clone() });
                    if *added.text != *text {
                        known.remember(text, header);
                    }
                }
            });
        });
    }
}
