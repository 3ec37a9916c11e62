//! The denylist.

use std::time::Duration;

use super::subject::{HOUR, Outcome, Reason, SHORT, Subject, ensure, same};
use crate::store::{Cursor, Denial, RevokedEntry, Store, StoreTime};

/// The first denial is the first, and every later one is not; other ids are not touched.
pub(super) async fn a_denied_id_is_denied<S: Store>(s: Subject<S>) -> Outcome {
    let [id, other, alice, bob] =
        [s.token_id(), s.token_id(), s.user().to_string().into(), s.user().to_string().into()];
    ensure!(!s.store.is_denied(&id).await?, "an id never denied is denied");
    same("the first denial", s.store.deny(&s.denying(&id, HOUR)).await?, Denial::First)?;
    same("the second denial", s.store.deny(&s.denying(&id, HOUR)).await?, Denial::Already)?;
    ensure!(s.store.is_denied(&id).await?, "a denied id is not denied");
    for id in [&other, &alice, &bob] {
        ensure!(!s.store.is_denied(id).await?, "an id never denied is denied, beside one that is");
    }
    // A denial is of the id alone, whoever's token it is.
    for user in [s.user(), s.user()] {
        ensure!(s.untracked(user, &id).await?.denied, "check does not say that an id is denied");
        ensure!(!s.untracked(user, &other).await?.denied, "check says that an id never denied is");
        same("the session of an untracked token", s.untracked(user, &id).await?.session, None)?;
        same("the floor of a user whose token was denied", s.user_floor(user).await?.as_millis(), 0)?;
    }
    same("the first denial of another id", s.store.deny(&s.denying(&other, HOUR)).await?, Denial::First)
}

/// Denying an id ends no session, not even one of that name.
pub(super) async fn a_denial_ends_no_session<S: Store>(s: Subject<S>) -> Outcome {
    let key = s.session(s.user()).await?;
    for id in [key.session.to_string(), key.user.to_string(), format!("{}:{}", key.user, key.session)] {
        s.store.deny(&s.denying(&id, HOUR)).await?;
        s.is_live(key, "a session whose name was denied as a token id").await?;
    }
    ensure!(!s.standing(key).await?.denied, "check calls a session's token denied");
    s.store.end(&s.ending(key)).await?;
    ensure!(!s.store.is_denied(&s.token_id()).await?, "an id never denied is denied");
    Ok(())
}

/// Of two denials the one that keeps for longer counts, in either order.
pub(super) async fn the_longer_denial_counts<S: Store>(s: Subject<S>) -> Outcome {
    let [short_first, long_first] = [s.token_id(), s.token_id()];
    s.store.deny(&s.denying(&short_first, SHORT)).await?;
    s.store.deny(&s.denying(&short_first, HOUR)).await?;
    s.store.deny(&s.denying(&long_first, HOUR)).await?;
    s.store.deny(&s.denying(&long_first, SHORT)).await?;
    s.past(s.now().await?.plus(SHORT)).await?;
    s.purge(100, Duration::ZERO).await?;
    for (id, which) in [(&short_first, "a denial made longer"), (&long_first, "a long denial made again, shorter")] {
        ensure!(s.store.is_denied(id).await?, "{which} is over");
        ensure!(s.untracked(s.user(), id).await?.denied, "{which} is over, for check");
    }

    let id = s.token_id();
    let mut until = StoreTime::default();
    for hours in [2, 1, 3, 2] {
        let before = s.now().await?;
        s.store.deny(&s.denying(&id, HOUR * hours)).await?;
        let least = before.plus(HOUR * hours).max(until);
        let most = s.now().await?.plus(HOUR * hours).max(until);
        until = denied_until(&s, &id).await?;
        ensure!(until >= least, "an id denied for {hours} hours is kept for less than that, or than before");
        ensure!(until <= most, "an id denied for {hours} hours is kept for longer than that, and than before");
    }
    Ok(())
}

async fn denied_until<S: Store>(s: &Subject<S>, id: &str) -> Result<StoreTime, Reason> {
    let mut after: Option<Cursor> = None;
    loop {
        let page = s.store.list_revoked(after.as_ref(), 100).await?;
        for entry in page.entries {
            if let RevokedEntry::Token { token_id, until } = entry
                && *token_id == *id
            {
                return Ok(until);
            }
        }
        ensure!(page.next.is_some(), "a denied id is not listed");
        after = page.next;
    }
}

/// Token ids are any text of 1 to 256 octets, compared octet by octet.
pub(super) async fn token_ids_are_any_text<S: Store>(s: Subject<S>) -> Outcome {
    let mut ids: Vec<String> = [
        "a",
        "A",
        "a ",
        " a",
        "a\0",
        "a\0b",
        "\0",
        "aa",
        "a:",
        ":a",
        "a:a",
        "*",
        "?",
        "[a]",
        "{a}",
        "{}",
        "a{",
        "%",
        "_",
        "a%",
        "'",
        "''",
        "\"",
        "\\",
        "\\0",
        "\n",
        "\r\n",
        "a\n",
        "a' OR 'a'='a",
        "$1",
        "..",
        "../a",
        "/",
        "\u{e9}",
        "e\u{301}",
        "E\u{301}",
        "\u{df}",
        "ss",
        "SS",
        "\u{130}",
        "i",
        "I",
        "\u{ff21}",
        "\u{200b}a",
        "\u{feff}a",
        "\u{202e}a",
        "\u{1f600}",
        "0",
        "00",
        "1",
        "1.0",
        "null",
        "NULL",
        "true",
    ]
    .map(str::to_owned)
    .into();
    ids.extend([
        "x".repeat(255),
        "x".repeat(256),
        format!("{}y", "x".repeat(255)),
        "\0".repeat(256),
        "\u{1f600}".repeat(64),
    ]);
    for id in &ids {
        ensure!(!s.store.is_denied(id).await?, "{id:?} is denied by what others are");
        same(&format!("denying {id:?}"), s.store.deny(&s.denying(id, HOUR)).await?, Denial::First)?;
        ensure!(s.store.is_denied(id).await?, "{id:?} is not denied");
        ensure!(s.untracked(s.user(), id).await?.denied, "{id:?} is not denied, for check");
    }
    for id in &ids {
        denied_until(&s, id).await?;
        same(&format!("denying {id:?} again"), s.store.deny(&s.denying(id, HOUR)).await?, Denial::Already)?;
    }
    Ok(())
}
