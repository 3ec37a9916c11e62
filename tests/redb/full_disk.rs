//! A disk that is full: all is refused, nothing acknowledged is lost, and with room again it goes on by itself.

use std::{
    io::Read,
    process::{Command, Stdio},
};

use jwtward::store::{CheckToken, RedbStore, Store, StoreError};
use tokio::task::JoinSet;

use crate::{
    killing::{child, file_of_child, tell},
    support::{Folder, HOUR, denying, is_live, key, login, opening, revoking, user},
};

/// The child, whose file cannot grow past a limit until it lifts that.
#[tokio::test]
async fn as_a_child_it_fills_its_file() {
    let Some(file) = file_of_child() else { return };
    let store = RedbStore::open(file).unwrap();
    let created = login(&store, key(1, 1), HOUR).await;
    let (mut acknowledged, mut errors) = (Vec::new(), Vec::new());
    for round in 0_u64.. {
        let mut calls = JoinSet::new();
        for number in round * 64..(round + 1) * 64 {
            let store = store.clone();
            calls.spawn(async move { (number, store.deny(&denying(&format!("{number:0>200}"))).await) });
        }
        for (number, answer) in calls.join_all().await {
            match answer {
                Ok(_) => acknowledged.push(number),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            break;
        }
    }
    assert!(acknowledged.len() > 100 && errors.iter().all(|error| !error.is_closed()), "{errors:?}");
    let not_closed = |error: StoreError| assert!(!error.is_closed(), "{error:?}");
    // The file is opened again and has room for less at a time, and in the end for nothing. It never lets in what was revoked.
    let mut refused = 0;
    for more in 0.. {
        match store.deny(&denying(&format!("more {more:0>200}"))).await {
            Ok(_) => assert!(store.is_denied(&format!("more {more:0>200}")).await.unwrap()),
            Err(error) => {
                not_closed(error);
                // Between a failure and the next change nobody is told anything.
                not_closed(store.check(CheckToken::Tracked(key(1, 1))).await.unwrap_err());
                not_closed(store.is_denied("any").await.unwrap_err());
                refused += 1;
                if refused == 3 {
                    break;
                }
            }
        }
    }
    // Whoever runs this lifts the limit of this process.
    let lifted = Command::new("prlimit").arg(format!("--pid={}", std::process::id())).arg("--fsize=unlimited").status();
    assert!(lifted.unwrap().success());
    store.revoke_user(&revoking(user(2))).await.unwrap();
    store.open(&opening(key(3, 1), created, HOUR)).await.unwrap();
    assert!(is_live(&store, key(1, 1)).await && is_live(&store, key(3, 1)).await);
    store.close().await;
    for number in acknowledged {
        tell(&number.to_string());
    }
}

#[tokio::test]
async fn a_full_disk_refuses_everything_loses_nothing_and_goes_on_with_room() {
    let folder = Folder::new();
    let inner = child("full_disk::as_a_child_it_fills_its_file", &folder.file());
    // Ignored, the signal becomes an error; and so it is across `exec`. A soft limit can be lifted again.
    let mut outer = Command::new("sh");
    outer.args(["-c", "trap '' XFSZ; ulimit -S -f 12000; exec \"$@\"", "sh"]);
    outer.arg(inner.get_program()).args(inner.get_args());
    outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdout(Stdio::piped());
    let mut child = outer.spawn().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    let acknowledged: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix('#')).collect();
    assert!(acknowledged.len() > 100);

    let store = RedbStore::open(folder.file()).unwrap();
    for number in acknowledged {
        assert!(store.is_denied(&format!("{number:0>200}")).await.unwrap(), "{number}");
    }
    assert!(is_live(&store, key(1, 1)).await && is_live(&store, key(3, 1)).await);
}
