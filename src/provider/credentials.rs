//! Where secrets and keys come from: the configuration itself, the environment, or a file.

use std::{env, fs::File, io::Read, path::Path};

use serde::{Deserialize, Deserializer, Serialize, de};
use zeroize::Zeroizing;

use crate::{
    encoding::{base64url, limits},
    jwt::CredentialError,
    secret::SecretString,
};

macro_rules! source {
    ($(#[$doc:meta])* $name:ident { $inline:literal, $env:literal, $file:literal, $inline64:literal, $env64:literal, $file64:literal }) => {
        $(#[$doc])*
        ///
        /// The first member that is not empty counts: inline, environment, file, each as text before base64url. One line end
        /// (LF or CRLF) is dropped after the value, alike for all, and nothing else. In base64url it may be any octets. Written
        /// out again, a value that was inline is left out.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            #[serde(rename = $inline, skip_serializing)]
            inline: Option<SecretString>,
            #[serde(rename = $inline64, skip_serializing)]
            inline_base64: Option<SecretString>,
            #[serde(rename = $env, skip_serializing_if = "String::is_empty")]
            env_var: String,
            #[serde(rename = $env64, skip_serializing_if = "String::is_empty")]
            env_var_base64: String,
            #[serde(rename = $file, skip_serializing_if = "String::is_empty")]
            file: String,
            #[serde(rename = $file64, skip_serializing_if = "String::is_empty")]
            file_base64: String,
        }

        impl $name {
            #[doc = concat!("The value itself, as text: `", $inline, "`.")]
            #[must_use]
            pub fn inline(value: &str) -> Self {
                Self { inline: Some(SecretString::new(value.to_owned())), ..Self::default() }
            }

            #[doc = concat!("The value itself, as base64url: `", $inline64, "`.")]
            #[must_use]
            pub fn inline_base64(value: &str) -> Self {
                Self { inline_base64: Some(SecretString::new(value.to_owned())), ..Self::default() }
            }

            #[doc = concat!("The name of an environment variable: `", $env, "`.")]
            #[must_use]
            pub fn env_var(name: &str) -> Self {
                Self { env_var: name.to_owned(), ..Self::default() }
            }

            #[doc = concat!("The path of a file: `", $file, "`.")]
            #[must_use]
            pub fn file(path: &str) -> Self {
                Self { file: path.to_owned(), ..Self::default() }
            }

            /// Whether a member says from where the value comes.
            pub(super) fn is_given(&self) -> bool {
                let inline = [&self.inline, &self.inline_base64].into_iter().flatten();
                inline.map(SecretString::expose).any(|text| !text.is_empty())
                    || [&self.env_var, &self.env_var_base64, &self.file, &self.file_base64].iter().any(|text| !text.is_empty())
            }

            /// Fetches the value: `None` if no member says from where.
            pub(super) fn fetch(&self) -> Result<Option<Fetched>, CredentialError> {
                let given = |text: &Option<SecretString>| text.clone().filter(|text| !text.expose().is_empty());
                let value = |octets, base64| Fetched::new(octets, base64).map(Some);
                if let Some(text) = given(&self.inline) {
                    value(copied(text.expose()), false)
                } else if let Some(text) = given(&self.inline_base64) {
                    value(copied(text.expose()), true)
                } else if !self.env_var.is_empty() {
                    value(environment(&self.env_var)?, false)
                } else if !self.env_var_base64.is_empty() {
                    value(environment(&self.env_var_base64)?, true)
                } else if !self.file.is_empty() {
                    value(read(self.file.as_ref())?, false)
                } else if !self.file_base64.is_empty() {
                    value(read(self.file_base64.as_ref())?, true)
                } else {
                    Ok(None)
                }
            }
        }
    };
}

source! {
    /// Where a shared secret comes from, as the Go provider names it.
    SecretSource { "password", "passwordEnvVar", "passwordFile", "passwordBase64", "passwordEnvVarBase64", "passwordFileBase64" }
}
source! {
    /// Where a private or public key comes from, as the Go provider names it: PEM, or a JWK. In base64url it is DER.
    KeySource { "key", "keyEnvVar", "keyFile", "keyBase64", "keyEnvVarBase64", "keyFileBase64" }
}

/// A value as fetched.
pub(super) struct Fetched {
    pub(super) octets: Zeroizing<Vec<u8>>,
    /// It came as base64url, so it is octets and not text.
    pub(super) binary: bool,
}

impl Fetched {
    fn new(mut octets: Zeroizing<Vec<u8>>, base64: bool) -> Result<Self, CredentialError> {
        if octets.last() == Some(&b'\n') {
            octets.pop();
            if octets.last() == Some(&b'\r') {
                octets.pop();
            }
        }
        if base64 {
            octets = Zeroizing::new(base64url::decode(&octets).map_err(|_| CredentialError::Base64)?);
        }
        match octets.len() {
            0 => Err(CredentialError::Empty),
            1..=limits::KEY => Ok(Self { octets, binary: base64 }),
            _ => Err(CredentialError::TooLarge),
        }
    }

    pub(super) fn text(&self) -> Result<&str, CredentialError> {
        std::str::from_utf8(&self.octets).map_err(|_| CredentialError::NotText)
    }
}

fn copied(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.as_bytes().to_vec())
}

fn environment(name: &str) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
    // `var` panics on neither, but a name with `=` or NUL names nothing.
    env::var(name).map(|value| Zeroizing::new(value.into_bytes())).map_err(|_| CredentialError::Environment)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
    // Room for all that is read, so that no copy is left behind by growing; base64url takes a third more than the key.
    let most = limits::KEY / 3 * 4 + 8;
    let mut octets = Zeroizing::new(Vec::with_capacity(most + 64));
    let file = File::open(path).map_err(|error| CredentialError::File(error.kind()))?;
    file.take(most as u64).read_to_end(&mut octets).map_err(|error| CredentialError::File(error.kind()))?;
    Ok(octets)
}

/// Reads text, and refuses anything else without showing it: what the format says of a number, say, shows it.
impl<'de> Deserialize<'de> for SecretString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = SecretString;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretString, E> {
                Ok(SecretString::new(text.to_owned()))
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<SecretString, E> {
                Ok(SecretString::new(text))
            }
        }
        deserializer.deserialize_string(Text).map_err(|_| de::Error::custom("a secret must be a text"))
    }
}
