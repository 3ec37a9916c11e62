//! `verify`: one token against the policy that the arguments state.

use std::time::Duration;

use jwtward::{FixedClock, JwtVerifier, KeySet, NumericDate, UnverifiedJws, VerifyError};

use crate::{
    Failure, Outcome,
    arguments::Verify,
    chain, input,
    keys::{KeyText, left_out},
    write_out,
};

pub(crate) fn verify(arguments: &Verify) -> Outcome {
    let (Some(algorithm), Some(path)) = (arguments.alg, &arguments.key) else {
        return Err(Failure::unusable("--alg and --key are needed"));
    };
    let file = input::key_file(path)?;
    let keys = KeyText::of_file(&file, Some(algorithm)).verifying(algorithm);
    let keys = keys.map_err(|reason| input::unfit(path, &reason))?;
    let token = input::token(&arguments.token, arguments.max_size())?;
    let skipped = keys.skipped().iter().map(|key| left_out(key.index, &key.reason));
    let notices = skipped.chain(unchecked(arguments)).collect();
    let mut payload = check(arguments, keys, &token).map_err(Failure::Refused)?;
    if !arguments.jws {
        payload.push(b'\n');
    }
    write_out(&payload)?;
    Ok(notices)
}

/// The payload of a token that passes, or why it does not.
pub(crate) fn check(arguments: &Verify, keys: KeySet, token: &str) -> Result<Vec<u8>, String> {
    if arguments.jws {
        return check_jws(arguments, &keys, token).map_err(|error| chain(&error));
    }
    let builder = JwtVerifier::builder(keys);
    let builder = match &arguments.iss {
        Some(issuer) => builder.issuer(issuer),
        None => builder.ignore_issuer(),
    };
    let builder = match &arguments.aud {
        Some(audience) => builder.audience(audience),
        None => builder.ignore_audience(),
    };
    let builder = match &arguments.typ {
        Some(typ) => builder.token_type(typ),
        None => builder.ignore_token_type(),
    };
    let builder = match arguments.now {
        Some(now) => builder.clock(FixedClock(NumericDate::from_secs(now))),
        None => builder,
    };
    let builder = builder.leeway(Duration::from_secs(arguments.leeway));
    let builder = builder.and_then(|builder| builder.max_token_size(arguments.max_size()));
    let verifier = builder.map_err(|error| chain(&error))?.build();
    let jwt = verifier.verify::<()>(token).map_err(|error| chain(&error))?;
    Ok(jwt.payload().as_bytes().to_vec())
}

fn check_jws(arguments: &Verify, keys: &KeySet, token: &str) -> Result<Vec<u8>, VerifyError> {
    let jws = UnverifiedJws::parse(token, arguments.max_size())?.verify_with_set(keys)?;
    if arguments.typ.as_deref().is_some_and(|expected| !jws.header().is_type(expected)) {
        return Err(VerifyError::TokenType);
    }
    Ok(jws.payload().to_vec())
}

/// What was not looked at, for want of an argument.
pub(crate) fn unchecked(arguments: &Verify) -> Vec<String> {
    if arguments.jws {
        return vec!["no claim was checked (--jws)".into()];
    }
    let mut notices = Vec::new();
    if arguments.iss.is_none() {
        notices.push("the issuer was not checked (no --iss)".into());
    }
    if arguments.aud.is_none() {
        notices.push("the audience was not checked (no --aud)".into());
    }
    notices
}
