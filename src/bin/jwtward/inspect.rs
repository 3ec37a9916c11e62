//! `inspect`: a look into a token, which says nothing of whether to trust it.

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{Malformed, UnverifiedJws, check_claims_set};

use crate::{Failure, Outcome, arguments::Inspect, chain, input, json, write_out};

pub(crate) fn inspect(arguments: &Inspect) -> Outcome {
    let token = input::token(&arguments.token, input::MAX_TOKEN)?;
    let (header, payload) = read(&token).map_err(|error| Failure::Refused(chain(&error)))?;
    let (header, payload) = (json::one_line(header.trim()), json::one_line(payload.trim()));
    let text = format!("UNVERIFIED: nothing here has been checked\nheader: {header}\npayload: {payload}\n");
    write_out(text.as_bytes())?;
    Ok(Vec::new())
}

/// The header and the payload as written, of a well-formed token.
fn read(token: &str) -> Result<(String, String), Malformed> {
    let jws = UnverifiedJws::parse(token, input::MAX_TOKEN)?;
    let payload = jws.danger_unverified_payload();
    check_claims_set(payload).map_err(Malformed::Payload)?;
    let header = token.split('.').next().unwrap_or_default();
    let header = Base64UrlUnpadded::decode_vec(header).map_err(|_| Malformed::Base64)?;
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).map_err(|_| Malformed::Base64);
    Ok((text(&header)?, text(payload)?))
}
