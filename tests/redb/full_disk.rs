//! A disk that is full: changes are refused, nothing acknowledged is lost, and checks go on.

use std::{io::Read, process::Stdio};

use jwtward::store::{RedbStore, Store};

use crate::{
    killing::{child, file_of_child, tell},
    support::{Folder, HOUR, denying, is_live, key, login, opening, revoking, user},
};

/// The child, whose file cannot grow past a limit.
#[tokio::test]
async fn as_a_child_it_fills_its_file() {
    let Some(file) = file_of_child() else { return };
    let store = RedbStore::open(file).unwrap();
    let created = login(&store, key(1, 1), HOUR).await;
    let mut number = 0;
    let error = loop {
        if let Err(error) = store.deny(&denying(&format!("{number:0>200}"))).await {
            break error;
        }
        number += 1;
    };
    assert!(number > 100 && !error.is_closed(), "{error:?} after {number}");
    for _ in 0..3 {
        assert!(store.deny(&denying("one more")).await.is_err());
        assert!(store.revoke_user(&revoking(user(1))).await.is_err());
        assert!(store.open(&opening(key(2, 1), created, HOUR)).await.is_err());
        // What is durable is still read.
        assert!(is_live(&store, key(1, 1)).await && !is_live(&store, key(2, 1)).await);
        assert!(store.is_denied(&format!("{:0>200}", number - 1)).await.unwrap());
        assert!(!store.is_denied("one more").await.unwrap());
    }
    store.close().await;
    tell(&number.to_string());
}

#[tokio::test]
async fn a_full_disk_refuses_changes_and_loses_nothing() {
    let folder = Folder::new();
    let inner = child("full_disk::as_a_child_it_fills_its_file", &folder.file());
    // Ignored, the signal becomes an error; and so it is across `exec`. The limit is in units of 512 octets or of 1024.
    let mut outer = std::process::Command::new("sh");
    outer.args(["-c", "trap '' XFSZ; ulimit -f 12000; exec \"$@\"", "sh"]).arg(inner.get_program()).args(inner.get_args());
    outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdout(Stdio::piped());
    let mut child = outer.spawn().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    let acknowledged: u64 = text.lines().find_map(|line| line.strip_prefix('#')).unwrap().parse().unwrap();

    // With room again everything goes on.
    let store = RedbStore::open(folder.file()).unwrap();
    for number in 0..acknowledged {
        assert!(store.is_denied(&format!("{number:0>200}")).await.unwrap(), "{number} of {acknowledged}");
    }
    assert!(is_live(&store, key(1, 1)).await);
    store.deny(&denying("one more")).await.unwrap();
}
