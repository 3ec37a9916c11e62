//! What is kept with a session, and how a user's sessions are listed.

use super::subject::{Outcome, Subject, ensure, issued, opened, same};
use crate::store::{OpenSession, SessionMetadata, Store};

/// Texts that get hurt where a store quotes, trims, folds or parses them.
const TEXTS: [&str; 6] = [
    "Mozilla/5.0 (X11; Linux x86_64)",
    " white space around ",
    "it's a \"quote\" \\ and a % _ * ? {} : ;",
    "nul \0 tab \t line \r\n bell \u{7}",
    "e\u{301} \u{e9} ß ẞ 漢字 👩\u{200d}💻 \u{202e}",
    "",
];

/// Metadata comes back in the list as it was given.
pub(super) async fn metadata_is_kept<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let bare = s.session(user).await?;
    ensure!(s.live(bare).await?.metadata == SessionMetadata::new(), "a session opened without metadata has some");
    for (text, ip) in TEXTS.iter().zip(["192.0.2.1", "0.0.0.0", "::", "::ffff:192.0.2.1", "2001:db8::1", "fe80::1"]) {
        let mut metadata = SessionMetadata::new().with_user_agent(text).with_label(&format!("label {text}"));
        if let Ok(ip) = ip.parse() {
            metadata = metadata.with_ip(ip);
        }
        let open = OpenSession { metadata: metadata.clone(), ..s.opening(user, s.now().await?) };
        opened(s.store.open(&open).await?)?;
        ensure!(
            s.live(open.key).await?.metadata == metadata,
            "metadata is listed otherwise than it was given: {text:?}"
        );
        s.store.rotate(&s.rotation(open.key, 0)).await?;
        ensure!(s.live(open.key).await?.metadata == metadata, "a refresh changed the metadata {text:?}");
    }
    let longest = SessionMetadata::new().with_user_agent(&"é".repeat(200)).with_label(&"x".repeat(100));
    let open = OpenSession { metadata: longest.clone(), ..s.opening(user, s.now().await?) };
    opened(s.store.open(&open).await?)?;
    ensure!(s.live(open.key).await?.metadata == longest, "the longest metadata are not kept whole");
    Ok(())
}

/// What was granted is kept octet by octet, not as what it means: the token is made of it.
pub(super) async fn data_are_kept<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let long = format!("{{\"long\":\"{}\"}}", "é".repeat(2040));
    let data = [
        None,
        Some("{}"),
        Some("{ \"b\" : 1.0e2, \"a\":-9223372036854775808,\"c\":18446744073709551615 }"),
        Some("{\"nul\":\"\\u0000\",\"quotes\":\"'\\\"\\\\\",\"text\":\"e\u{301}\u{e9}漢👩\u{200d}💻\"}"),
        Some(long.as_str()),
    ];
    for data in data {
        let open = OpenSession { data: data.map(Into::into), ..s.opening(user, s.now().await?) };
        opened(s.store.open(&open).await?)?;
        let loaded = s.store.load(open.key).await?;
        ensure!(
            loaded.as_ref().is_some_and(|loaded| loaded.data.as_deref() == data),
            "{data:?} was granted, and load gives {:?}",
            loaded.and_then(|loaded| loaded.data)
        );
    }
    Ok(())
}

/// A list is oldest first, by when the sessions were opened, whichever was refreshed last.
pub(super) async fn the_list_is_oldest_first<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let sessions = s.sessions(user, 5).await?;
    let want: Vec<_> = sessions.iter().map(|(key, created)| (key.session, *created)).collect();
    let listed = async || -> Result<Vec<_>, super::subject::Reason> {
        Ok(s.store.list(user).await?.into_iter().map(|record| (record.id, record.created)).collect())
    };
    same("the list", listed().await?, want.clone())?;
    for (key, _) in sessions.iter().take(3).rev() {
        s.store.rotate(&s.rotation(*key, 0)).await?;
    }
    same("the list after refreshes", listed().await?, want)?;
    let generations: Vec<_> =
        s.store.list(user).await?.iter().map(|record| (record.generation, record.issued)).collect();
    same(
        "generations and times in the list",
        generations,
        vec![(1, issued(1)), (1, issued(1)), (1, issued(1)), (0, issued(0)), (0, issued(0))],
    )
}
