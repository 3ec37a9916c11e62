//! What is said between the bench and a library in another process.

use serde::{Deserialize, Serialize};

use crate::{
    peer::{Measured, Operation},
    token::Keys,
};

#[derive(Deserialize, Serialize)]
pub(crate) enum Question {
    Load(Keys),
    Token,
    Verify(String),
    Measure { operation: Operation, token: String, calls: u64 },
}

#[derive(Deserialize, Serialize)]
pub(crate) enum Answer {
    Yes(bool),
    Token(String),
    Measured(Measured),
}
