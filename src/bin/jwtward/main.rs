//! The command-line program: the library's keys, signer and verifier, and nothing of its own in between.

mod arguments;
mod batch;
mod export;
mod input;
mod inspect;
mod json;
mod keys;
mod sign;
mod verify;

use std::{
    ffi::OsString,
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use arguments::{Arguments, Command};

/// Why there is nothing to be had. Its text is one line and holds nothing of a token, a claim or a key.
enum Failure {
    /// The token or the claims: exit status 1.
    Refused(String),
    /// The arguments, the key, or the reading and writing: exit status 2.
    Unusable(String),
}

impl Failure {
    fn refused(reason: impl Display) -> Self {
        Self::Refused(reason.to_string())
    }

    fn unusable(reason: impl Display) -> Self {
        Self::Unusable(reason.to_string())
    }
}

/// An error and what lies behind it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

/// What a command comes to, once its output is written: notices for whoever ran it.
type Outcome = Result<Vec<String>, Failure>;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let outcome = match Arguments::try_parse_from(&words) {
        Ok(arguments) => run(arguments.command),
        Err(error) => explain(&error, words.len()),
    };
    match outcome {
        Ok(notices) => {
            notices.iter().for_each(|notice| say("note", notice));
            ExitCode::SUCCESS
        }
        Err(Failure::Refused(reason)) => {
            say("error", &reason);
            ExitCode::from(1)
        }
        Err(Failure::Unusable(reason)) => {
            say("error", &reason);
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Keygen(arguments) => export::keygen(&arguments),
        Command::Public(arguments) => export::public(&arguments),
        Command::Thumbprint(arguments) => export::thumbprint(&arguments),
        Command::Sign(arguments) => sign::sign(&arguments),
        Command::Verify(arguments) if arguments.batch => batch::verify(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
    }
}

/// Help that was asked for, or what is wrong with the arguments.
fn explain(error: &clap::Error, words: usize) -> Outcome {
    let text = error.to_string();
    match error.kind() {
        // In `jwtward verify … "$TOKEN"` the token may be `--help`, and help is exit status 0: so nothing else must be asked.
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion if words > 3 => {
            Err(Failure::unusable("--help and --version stand alone"))
        }
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            write_out(text.as_bytes())?;
            Ok(Vec::new())
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Failure::unusable("no command was given: see jwtward --help"))
        }
        // The word may be a token, so it is not shown.
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand if !names_an_option(error) => {
            Err(Failure::unusable("unexpected argument: see jwtward --help"))
        }
        _ => {
            let text = text.trim_end();
            Err(Failure::unusable(text.strip_prefix("error: ").unwrap_or(text)))
        }
    }
}

fn names_an_option(error: &clap::Error) -> bool {
    matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(word)) if word.starts_with('-'))
}

/// Writes to standard output; done only once it has all gone out.
fn write_out(octets: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(octets).and_then(|()| out.flush()).map_err(write_failed)
}

fn write_failed(error: io::Error) -> Failure {
    Failure::unusable(format_args!("cannot write to standard output: {error}"))
}

/// One message on standard error, without what a terminal would take for a command: file names and arguments are quoted in it.
fn say(kind: &str, text: &str) {
    let text: String = text.chars().map(|c| if c != '\n' && json::is_hidden(c) { '\u{fffd}' } else { c }).collect();
    // If standard error is closed too, the exit status still tells.
    let _ = writeln!(io::stderr(), "{kind}: {text}");
}
