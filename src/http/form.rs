//! A form of one token and hints, as OAuth clients send it (`application/x-www-form-urlencoded`).

use zeroize::Zeroizing;

/// A member's value: `None` if there is none, an error if there are two (RFC 6749 section 3.2) or it is not text.
pub(super) fn field(form: &[u8], name: &str) -> Result<Option<Zeroizing<String>>, Malformed> {
    let mut found = None;
    for pair in form.split(|octet| *octet == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|octet| *octet == b'=').unwrap_or(pair.len());
        let (key, value) = pair.split_at(at);
        if decode(key)?.as_str() == name && found.replace(decode(value.strip_prefix(b"=").unwrap_or(value))?).is_some()
        {
            return Err(Malformed);
        }
    }
    Ok(found)
}

/// The form is malformed.
#[derive(Debug, PartialEq)]
pub(super) struct Malformed;

fn decode(text: &[u8]) -> Result<Zeroizing<String>, Malformed> {
    // As long as the text at most, so that no copy is left behind by growing.
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.iter();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|octet| char::from(*octet).to_digit(16)).ok_or(Malformed);
                u8::try_from(digit()? * 16 + digit()?).map_err(|_| Malformed)?
            }
            octet => *octet,
        });
    }
    let text = std::str::from_utf8(&octets).map_err(|_| Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_decoded_and_occurs_once() {
        let get = |form: &str| field(form.as_bytes(), "token").map(|found| found.map(|text| text.to_string()));
        assert_eq!(get("token=a.b%2Ec+d&x=%31"), Ok(Some("a.b.c d".into())));
        assert_eq!(get("&&t%6Fken=a&"), Ok(Some("a".into())));
        assert_eq!(get("token"), Ok(Some(String::new())));
        assert_eq!(get("token=a=b"), Ok(Some("a=b".into())));
        assert_eq!(get(""), Ok(None));
        assert_eq!(get("Token=a&tokens=b"), Ok(None));
        assert_eq!(get("x=%"), Ok(None), "what others hold is of no interest");
        for form in ["token=a&token=a", "token=%", "token=%4", "token=%zz", "token=%ff", "token=%+1", "%=x"] {
            assert_eq!(get(form), Err(Malformed), "{form}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_survives_being_escaped(text: String, before in "[a-z=]{0,9}") {
            let escaped: String = text.bytes().map(|octet| format!("%{octet:02x}")).collect();
            let found = field(format!("{before}&token={escaped}").as_bytes(), "token");
            assert_eq!(found.unwrap().unwrap().as_str(), text);
        }

        #[test]
        fn no_form_panics(form: Vec<u8>) {
            let _ = field(&form, "token");
        }
    }
}
