//! `verify --batch`: a line of JSON in, a line of JSON out, whatever the line in is.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
};

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{Algorithm, KeySet};
use zeroize::Zeroizing;

use crate::{
    Outcome,
    arguments::Verify,
    input, json,
    keys::{KeyText, Reason},
    verify, write_failed,
};

/// The longest line read, in octets: the largest token and key, and room to spare.
const MAX_LINE: usize = 4 << 20;

pub(crate) fn verify(arguments: &Verify) -> Outcome {
    let mut batch = Batch { arguments, file: None, loaded: BTreeMap::new() };
    if let Some(path) = &arguments.key {
        batch.file = Some(input::key_file(path)?);
        // A key that cannot serve the lines it is meant for is reported before there are any.
        if let Some(algorithm) = arguments.alg {
            batch.key_of_file(algorithm).map_err(|reason| input::unfit(path, &reason))?;
        }
    }
    // Read in blocks larger than standard input's own buffer, which is then passed by: `buffer` is all that has arrived.
    let mut lines = BufReader::with_capacity(64 * 1024, io::stdin().lock());
    let mut out = BufWriter::new(io::stdout().lock());
    // A line may hold a private key.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE + 1));
    while let Some(whole) = next_line(&mut lines, &mut line).map_err(|error| input::read_failed(&error))? {
        let answer = if whole { batch.answer(&line) } else { Answer::refused("the line is too long") };
        out.write_all(answer.to_line().as_bytes()).map_err(write_failed)?;
        // Whoever waits for the answer before writing the next line gets it now.
        if !lines.buffer().contains(&b'\n') {
            out.flush().map_err(write_failed)?;
        }
    }
    out.flush().map_err(write_failed)?;
    Ok(verify::unchecked(arguments))
}

/// Reads a line without its line feed into `line`. False if it is too long, and then its rest has been skipped.
fn next_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    if lines.take(MAX_LINE as u64 + 1).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > MAX_LINE {
        lines.skip_until(b'\n')?;
        return Ok(Some(false));
    }
    Ok(Some(true))
}

/// What every line shares.
struct Batch<'a> {
    arguments: &'a Verify,
    /// The octets of `--key`.
    file: Option<Zeroizing<Vec<u8>>>,
    /// The keys of `--key`, or why there are none, by the algorithms asked for so far.
    loaded: BTreeMap<Algorithm, Result<KeySet, Reason>>,
}

/// A line's answer.
struct Answer {
    /// JSON, as written in the line.
    id: String,
    verdict: Result<Vec<u8>, Reason>,
}

impl Batch<'_> {
    fn answer(&mut self, line: &[u8]) -> Answer {
        let members = match std::str::from_utf8(line) {
            Ok(text) => json::members(text),
            Err(_) => Err("not utf-8"),
        };
        match members {
            Ok(members) => Answer {
                id: json::member(&members, "id").map_or_else(|| "null".into(), json::one_line),
                verdict: self.verdict(&members),
            },
            Err(reason) => Answer::refused(&format!("the line cannot be read: {reason}")),
        }
    }

    fn verdict(&mut self, members: &[(String, &str)]) -> Result<Vec<u8>, Reason> {
        let token = json::member(members, "token").ok_or("the member token is missing")?;
        let token = json::string(token).ok_or("the member token is not a string")?;
        let algorithm = match (json::member(members, "alg"), self.arguments.alg) {
            (Some(name), _) => json::string(name)
                .and_then(|name| name.parse().ok())
                .ok_or("the member alg is not the name of a supported algorithm")?,
            (None, Some(algorithm)) => algorithm,
            (None, None) => return Err("the member alg is missing".into()),
        };
        let keys = match json::member(members, "key") {
            Some(key) => KeyText::with_json(key, &mut Zeroizing::new(String::new()))
                .and_then(|key| key.verifying(algorithm))
                .map_err(|reason| format!("the key cannot be used: {reason}"))?,
            None => self.key_of_file(algorithm)?,
        };
        verify::check(self.arguments, keys, &token)
    }

    /// The key of `--key`, loaded once for each algorithm.
    fn key_of_file(&mut self, algorithm: Algorithm) -> Result<KeySet, Reason> {
        let file = self.file.as_ref().ok_or("the member key is missing")?;
        let load = || KeyText::of_file(file, Some(algorithm)).verifying(algorithm);
        self.loaded.entry(algorithm).or_insert_with(load).clone()
    }
}

impl Answer {
    fn refused(reason: &str) -> Self {
        Self { id: "null".into(), verdict: Err(reason.into()) }
    }

    fn to_line(&self) -> String {
        let id = &self.id;
        match &self.verdict {
            Ok(payload) => {
                let payload = Base64UrlUnpadded::encode_string(payload);
                format!("{{\"id\":{id},\"ok\":true,\"error\":null,\"payload\":\"{payload}\"}}\n")
            }
            Err(reason) => {
                let reason = json::quoted(reason);
                format!("{{\"id\":{id},\"ok\":false,\"error\":{reason},\"payload\":null}}\n")
            }
        }
    }
}
