//! `kill -9` in the midst of writing: nothing that was acknowledged is lost, and nothing that was ended lives.
//!
//! The child is this test binary again. `JWTWARD_REDB_ROUNDS` sets how often it is killed.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use jwtward::store::{EndSession, Ending, RedbOpenError, RedbStore, Store};

use crate::support::{Folder, HOUR, begun, denying, is_live, key, login, operation, revoking, user};

const FILE: &str = "JWTWARD_REDB_CHILD_FILE";
const ROUND: &str = "JWTWARD_REDB_CHILD_ROUND";
const TASKS: u64 = 8;

/// Runs a test of this binary that does nothing unless it is a child.
pub(crate) fn child(test: &str, file: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env(FILE, file).stdout(Stdio::piped());
    command
}

pub(crate) fn file_of_child() -> Option<std::path::PathBuf> {
    std::env::var_os(FILE).map(Into::into)
}

/// Tells the parent, which reads whole lines only. A line ends up in the pipe before the next call.
pub(crate) fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n#{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// The child: every task logs in, refuses, ends, revokes, and tells what was acknowledged, until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn as_a_child_it_writes_until_it_is_killed() {
    let Some(file) = file_of_child() else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let store = RedbStore::open(file).unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0_u64.. {
                    let who = round << 40 | task << 32 | number;
                    let (stays, ends, revoked) = (key(who, 1), key(who, 2), key(who | 1 << 62, 1));
                    for key in [stays, ends, revoked] {
                        login(&store, key, HOUR * 24).await;
                    }
                    tell(&format!("stays {who}"));
                    store.deny(&denying(&format!("token {who}"))).await.unwrap();
                    tell(&format!("denied {who}"));
                    let end = EndSession { key: ends, operation: operation() };
                    assert_eq!(store.end(&end).await.unwrap(), Ending::Ended);
                    tell(&format!("ended {who}"));
                    store.revoke_user(&revoking(revoked.user)).await.unwrap();
                    tell(&format!("revoked {who}"));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_ended_lives_after_kill_9() {
    let rounds = std::env::var("JWTWARD_REDB_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap());
    let folder = Folder::new();
    let mut told = BTreeSet::new();
    let mut epoch = None;
    for round in 0..rounds {
        let mut child = child("killing::as_a_child_it_writes_until_it_is_killed", &folder.file())
            .env(ROUND, round.to_string())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // At another point each time: from the first acknowledgement to well into the work.
        let mut before_kill = 1 + (round * 37) % 150;
        let mut refused = false;
        for line in lines.by_ref() {
            if let Some(line) = line.unwrap().strip_prefix('#') {
                told.insert(line.to_owned());
                before_kill -= 1;
                if before_kill == 0 {
                    // Another process has it open.
                    refused = matches!(RedbStore::open(folder.file()), Err(RedbOpenError::InUse));
                    child.kill().unwrap();
                    break;
                }
            }
        }
        assert!(refused, "the child ended before it was killed, or its file was free");
        child.wait().unwrap();
        // What it acknowledged before it died, and is still in the pipe; the last line may be cut.
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        told.extend(rest.iter().filter_map(|line| line.strip_prefix('#')).map(str::to_owned));

        let store = RedbStore::open(folder.file()).unwrap();
        let mut lost = Vec::new();
        for line in &told {
            let (what, who) = line.split_once(' ').unwrap();
            let Ok(who) = who.parse::<u64>() else { continue };
            let kept = match what {
                "stays" => is_live(&store, key(who, 1)).await,
                "denied" => store.is_denied(&format!("token {who}")).await.unwrap(),
                "ended" => !is_live(&store, key(who, 2)).await,
                "revoked" => !is_live(&store, key(who | 1 << 62, 1)).await,
                _ => true,
            };
            if !kept {
                lost.push(line.clone());
            }
        }
        assert_eq!(lost, Vec::<String>::new(), "after round {round}");
        let standing = crate::support::standing(&store, key(0, 1)).await;
        assert_eq!(
            *epoch.get_or_insert((standing.epoch, standing.incarnation)),
            (standing.epoch, standing.incarnation)
        );
        let _ = begun(&store, user(1)).await;
        store.close().await;
    }
    let count = |what| told.iter().filter(|line| line.starts_with(what)).count();
    println!(
        "killed {rounds} times; kept {} sessions, {} denials, {} endings, {} revocations; lost 0",
        count("stays"),
        count("denied"),
        count("ended"),
        count("revoked")
    );
}
