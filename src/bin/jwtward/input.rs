//! Reading, never more than is of use.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read},
    path::Path,
};

use jwtward::{Malformed, UnverifiedJws};
use zeroize::Zeroizing;

use crate::Failure;

/// The largest token the library can be made to accept, in octets; so larger claims cannot become a token.
pub(crate) const MAX_TOKEN: usize = UnverifiedJws::MAX_SIZE;

/// The largest key file, in octets: the library's limit on a JWK Set.
const MAX_KEY_FILE: usize = 256 * 1024;

/// The octets of a key file. Wiped on drop, as they may be a secret.
pub(crate) fn key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let octets =
        File::open(path).and_then(|file| read_beyond(file, MAX_KEY_FILE)).map_err(|error| unread(path, &error))?;
    if octets.len() > MAX_KEY_FILE {
        let path = path.display();
        return Err(Failure::unusable(format_args!("{path} has more than the {MAX_KEY_FILE} octets of a key file")));
    }
    Ok(octets)
}

/// What is to be signed: the octets of a file, or of standard input.
pub(crate) fn claims(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let octets = if path == "-" {
        stdin(MAX_TOKEN)?
    } else {
        File::open(path).and_then(|file| read_beyond(file, MAX_TOKEN)).map_err(|error| unread(path, &error))?
    };
    if octets.len() > MAX_TOKEN {
        return Err(Failure::refused(format_args!("the input has more than {MAX_TOKEN} octets")));
    }
    Ok(octets)
}

/// The token itself, or `-`: standard input without one line feed at its end.
pub(crate) fn token(argument: &OsStr, max_size: usize) -> Result<String, Failure> {
    // What is not UTF-8 is not base64url either.
    if argument != "-" {
        return argument.to_owned().into_string().map_err(|_| Failure::refused(Malformed::Base64));
    }
    let octets = stdin(max_size + 1)?;
    let token = octets.strip_suffix(b"\n").unwrap_or(&octets);
    if token.len() > max_size {
        return Err(Failure::refused(format_args!("the token has more octets than the limit of {max_size}")));
    }
    String::from_utf8(token.to_vec()).map_err(|_| Failure::refused(Malformed::Base64))
}

fn stdin(limit: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    read_beyond(io::stdin().lock(), limit).map_err(|error| read_failed(&error))
}

/// Everything if it is within the limit, else one octet more than that. The buffer does not grow, so it leaves no copies.
fn read_beyond(source: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(limit + 1));
    source.take(limit as u64 + 1).read_to_end(&mut octets)?;
    Ok(octets)
}

/// Why a key file is of no use.
pub(crate) fn unfit(path: &Path, reason: &str) -> Failure {
    Failure::unusable(format_args!("the key in {} cannot be used: {reason}", path.display()))
}

fn unread(path: &Path, error: &io::Error) -> Failure {
    Failure::unusable(format_args!("cannot read {}: {error}", path.display()))
}

pub(crate) fn read_failed(error: &io::Error) -> Failure {
    Failure::unusable(format_args!("cannot read standard input: {error}"))
}
