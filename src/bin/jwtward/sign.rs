//! `sign`: claims, or with `--jws` any octets, into a compact token.

use jwtward::{JwsSigner, Malformed, SignError, UnverifiedJws, check_claims_set};

use crate::{Failure, Outcome, arguments::Sign, input, keys::KeyText, write_out};

pub(crate) fn sign(arguments: &Sign) -> Outcome {
    let file = input::key_file(&arguments.key)?;
    let key = KeyText::of_file(&file, Some(arguments.alg)).signing(arguments.alg, arguments.kid.as_ref());
    let key = key.map_err(|reason| input::unfit(&arguments.key, &reason))?;
    let payload = input::claims(&arguments.claims)?;
    if !arguments.jws {
        check_claims_set(&payload)
            .map_err(|error| Failure::refused(format_args!("the claims cannot be signed: {error}")))?;
    }
    let typ = arguments.typ.as_deref().or(if arguments.jws { None } else { Some("JWT") });
    let signer = typ.map_or_else(|| JwsSigner::new(key.clone()), |typ| JwsSigner::with_token_type(key.clone(), typ));
    let token = signer.sign(&payload).map_err(Failure::unusable)?;
    // What no verifier would read is not handed out.
    match UnverifiedJws::parse(&token, input::MAX_TOKEN) {
        Ok(_) => write_out(format!("{token}\n").as_bytes())?,
        Err(Malformed::TooLarge { size, limit }) => return Err(Failure::refused(SignError::TooLarge { size, limit })),
        Err(error) => return Err(Failure::refused(error)),
    }
    Ok(Vec::new())
}
