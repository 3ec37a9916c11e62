//! The two keys: read from their files, or made there.

use std::{
    error::Error,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{Algorithm, SecretSource, SigningKey};
use zeroize::Zeroizing;

/// The signing key from that file, which is made if it is missing; without a file, a new one.
pub(crate) fn signing_key(algorithm: Algorithm, path: Option<&Path>) -> Result<SigningKey, Box<dyn Error>> {
    let Some(path) = path else { return Ok(named(SigningKey::generate(algorithm)?)?) };
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = named(SigningKey::generate(algorithm)?)?;
            create(path, key.danger_export_private_jwk()?.expose())?;
            return Ok(key);
        }
        Err(error) => return Err(about(path, error)),
    };
    let key = if text.trim_start().starts_with('{') {
        SigningKey::from_jwk_as(algorithm, &text)
    } else {
        SigningKey::from_pem(algorithm, &text)
    };
    Ok(named(key.map_err(|error| about(path, error))?)?)
}

/// A key that is published goes by its thumbprint, unless its file names it.
fn named(key: SigningKey) -> Result<SigningKey, jwtward::KeyError> {
    if key.algorithm().is_symmetric() || key.key_id().is_some() { Ok(key) } else { key.with_thumbprint_key_id() }
}

/// The refresh key in that file, which is made if it is missing.
pub(crate) fn refresh_key(path: &Path) -> Result<SecretSource, Box<dyn Error>> {
    let text = path.to_str().ok_or_else(|| about(path, "the path is not unicode"))?;
    if !path.exists() {
        let mut octets = Zeroizing::new([0; 32]);
        getrandom::fill(octets.as_mut())?;
        create(path, &Zeroizing::new(Base64UrlUnpadded::encode_string(octets.as_ref())))?;
    }
    Ok(SecretSource::file(text))
}

/// Writes a new file that its owner alone may read. One that is there is not touched.
fn create(path: &Path, secret: &str) -> Result<(), Box<dyn Error>> {
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(secret.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|error| about(path, error))
}

fn about(path: &Path, error: impl Into<Box<dyn Error>>) -> Box<dyn Error> {
    format!("{}: {}", path.display(), error.into()).into()
}
