//! josekit in a process of its own: OpenSSL's symbols are BoringSSL's, too, which jwt-simple is on. The bench starts it and asks it
//! over its standard input, a JSON text a line.

#[path = "../../shared/allocations.rs"]
mod allocations;
mod library;
#[path = "../peer.rs"]
#[allow(dead_code)]
mod peer;
#[path = "../protocol.rs"]
mod protocol;
#[path = "../token.rs"]
#[allow(dead_code)]
mod token;

use std::io::{self, BufRead, Write};

use peer::Peer;
use protocol::{Answer, Question};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> io::Result<()> {
    let mut peer: Option<Box<dyn Peer>> = None;
    for line in io::stdin().lock().lines() {
        let question: Question = serde_json::from_str(&line?)?;
        let answer = match (question, &mut peer) {
            (Question::Load(keys), peer) => {
                *peer = library::load(&keys);
                Answer::Yes(peer.is_some())
            }
            (Question::Token, Some(peer)) => Answer::Token(peer.token()),
            (Question::Verify(token), Some(peer)) => Answer::Yes(peer.verify(&token)),
            (Question::Measure { operation, token, calls }, Some(peer)) => {
                Answer::Measured(peer.measure(operation, &token, calls))
            }
            (_, None) => return Err(io::Error::other("no keys are loaded")),
        };
        let mut output = io::stdout().lock();
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}
