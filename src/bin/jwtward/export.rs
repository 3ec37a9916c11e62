//! `keygen`, `public`, `thumbprint`: keys on their way out.

use std::path::Path;

use jwtward::{KeyError, PublicJwkSet, SigningKey};
use zeroize::Zeroizing;

use crate::{
    Failure, Outcome,
    arguments::{Keygen, PrivateFormat, Public, PublicFormat, Thumbprint},
    input,
    keys::{KeyText, PublicKey, PublicKeys},
    write_out,
};

pub(crate) fn keygen(arguments: &Keygen) -> Outcome {
    let symmetric = arguments.alg.is_symmetric();
    let format = arguments.format.unwrap_or(if symmetric { PrivateFormat::Jwk } else { PrivateFormat::Pem });
    if symmetric && format == PrivateFormat::Pem {
        return Err(Failure::unusable("pem has no form for an hmac key: use --format jwk"));
    }
    let mut key = SigningKey::generate(arguments.alg).map_err(Failure::unusable)?;
    if let Some(kid) = &arguments.kid {
        key = key.with_key_id(kid.clone());
    }
    let (text, line_end) = match format {
        PrivateFormat::Pem => (key.danger_export_private_pem(), ""),
        PrivateFormat::Jwk => (key.danger_export_private_jwk(), "\n"),
    };
    let text = text.map_err(Failure::unusable)?;
    let line = Zeroizing::new([text.expose(), line_end].concat());
    write_out(line.as_bytes())?;
    let kid_is_lost = format == PrivateFormat::Pem && arguments.kid.is_some();
    Ok(if kid_is_lost { vec!["pem has no place for the kid: give it to sign".into()] } else { Vec::new() })
}

pub(crate) fn public(arguments: &Public) -> Outcome {
    let PublicKeys { keys, left_out } = public_keys(&arguments.key)?;
    let text: Result<String, KeyError> = match arguments.format {
        PublicFormat::Pem => keys.iter().map(|public| public.key.to_pem()).collect(),
        PublicFormat::Jwk => keys.iter().map(|public| public.to_jwk().map(|jwk| format!("{jwk}\n"))).collect(),
        PublicFormat::Jwks => {
            keys.iter().map(PublicKey::to_jwk).collect::<Result<PublicJwkSet, _>>().map(|set| format!("{set}\n"))
        }
    };
    write_out(text.map_err(Failure::unusable)?.as_bytes())?;
    Ok(left_out)
}

pub(crate) fn thumbprint(arguments: &Thumbprint) -> Outcome {
    let PublicKeys { keys, left_out } = public_keys(&arguments.key)?;
    let thumbprints = keys.iter().map(|public| public.key.thumbprint().map(|thumbprint| thumbprint + "\n"));
    let text: Result<String, KeyError> = thumbprints.collect();
    write_out(text.map_err(Failure::unusable)?.as_bytes())?;
    Ok(left_out)
}

fn public_keys(path: &Path) -> Result<PublicKeys, Failure> {
    let file = input::key_file(path)?;
    KeyText::of_file(&file, None).public().map_err(|reason| input::unfit(path, &reason))
}
