//! josekit, in the process of the program `josekit`.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    rc::Rc,
};

use crate::{
    peer::{Measured, Operation, Peer},
    protocol::{Answer, Question},
    token::Keys,
};

struct Process {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

thread_local! {
    // One for all algorithms.
    static PROCESS: Rc<RefCell<Process>> = Rc::new(RefCell::new(Process::start()));
}

impl Process {
    fn start() -> Self {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/josekit/Cargo.toml");
        let mut child = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--release", "--locked", "--manifest-path", manifest])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo builds and runs the program");
        let (questions, answers) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        Self { child, questions, answers: BufReader::new(answers) }
    }

    fn ask(&mut self, question: &Question) -> Answer {
        let mut line = serde_json::to_vec(question).expect("it can be written");
        line.push(b'\n');
        self.questions.write_all(&line).expect("the program runs");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the program runs");
        serde_json::from_str(&answer).expect("an answer")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its own, by its own handle. It has nothing to finish.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Remote(Rc<RefCell<Process>>);

pub(crate) fn load(keys: &Keys) -> Option<Box<dyn Peer>> {
    let process = PROCESS.with(Rc::clone);
    let loaded = process.borrow_mut().ask(&Question::Load(keys.clone()));
    matches!(loaded, Answer::Yes(true)).then(|| Box::new(Remote(process)) as Box<dyn Peer>)
}

impl Peer for Remote {
    fn token(&mut self) -> String {
        match self.0.borrow_mut().ask(&Question::Token) {
            Answer::Token(token) => token,
            _ => unreachable!("another question's answer"),
        }
    }

    fn verify(&mut self, token: &str) -> bool {
        matches!(self.0.borrow_mut().ask(&Question::Verify(token.to_owned())), Answer::Yes(true))
    }

    fn measure(&mut self, operation: Operation, token: &str, calls: u64) -> Measured {
        match self.0.borrow_mut().ask(&Question::Measure { operation, token: token.to_owned(), calls }) {
            Answer::Measured(measured) => measured,
            _ => unreachable!("another question's answer"),
        }
    }
}
