use proptest::prelude::*;

use super::super::base64url;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[test]
fn every_tail_of_up_to_three_characters_is_canonical_or_refused() {
    let (mut one, mut two, mut three) = (0, 0, 0);
    let check = |text: &[u8], canonical: bool| {
        let decoded = base64url::decode(text);
        assert_eq!(decoded.is_ok(), canonical, "{text:?}");
        if let Ok(octets) = &decoded {
            assert_eq!(base64url::encode(octets).as_bytes(), text);
        }
        // Behind whole groups it is the same.
        assert_eq!(base64url::decode(&[b"AAAA-_-_", text].concat()).is_ok(), canonical);
        usize::from(canonical)
    };
    for a in ALPHABET {
        one += check(&[*a], false);
        for (value, b) in ALPHABET.iter().enumerate() {
            // Four bits of the second character are left over.
            two += check(&[*a, *b], value % 16 == 0);
            for (value, c) in ALPHABET.iter().enumerate() {
                three += check(&[*a, *b, *c], value % 4 == 0);
            }
        }
    }
    // As many as there are octet strings of one and two octets.
    assert_eq!((one, two, three), (0, 256, 65_536));
}

#[test]
fn every_octet_outside_the_alphabet_is_refused_at_every_place() {
    for octet in (0..=u8::MAX).filter(|octet| !ALPHABET.contains(octet)) {
        for place in 0..9 {
            let mut text = *b"AAAAAAAAA";
            text[place] = octet;
            for length in [place + 1, 8, 9] {
                assert!(base64url::decode(text.get(..length.max(place + 1)).unwrap()).is_err(), "{text:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn octets_survive(octets: Vec<u8>) {
        let text = base64url::encode(&octets);
        prop_assert!(text.bytes().all(|character| ALPHABET.contains(&character)));
        prop_assert_eq!(text.len(), (octets.len() * 4).div_ceil(3));
        prop_assert_eq!(base64url::decode(text.as_bytes()), Ok(octets));
    }

    #[test]
    fn what_decodes_has_no_other_form(text in "[A-Za-z0-9_-]{0,40}") {
        if let Ok(octets) = base64url::decode(text.as_bytes()) {
            prop_assert_eq!(base64url::encode(&octets), text);
        }
    }

    #[test]
    fn anything_else_is_refused(text: Vec<u8>) {
        let clean = text.iter().all(|character| ALPHABET.contains(character));
        prop_assert!(clean || base64url::decode(&text).is_err());
    }
}
