//! Refresh tokens used twice: row 53.

use std::time::Duration;

use jwtward::{
    AuthError, EventKind, NumericDate, ProviderConfig, RefreshError, RefreshToken, RevokeError, Revoked, TokenPair,
};

use crate::support::{World, assert_matches, run, untracked, world};

const GRACE: Duration = Duration::from_secs(30);
const MILLI: Duration = Duration::from_millis(1);

fn graceful() -> World {
    world(untracked().refresh_grace(GRACE))
}

fn graceless() -> ProviderConfig {
    untracked().refresh_grace(Duration::ZERO)
}

impl World {
    fn pair(&self) -> TokenPair {
        run(self.provider.issue_pair("alice", &serde_json::json!({"role": "user"}))).unwrap()
    }

    fn turn(&self, token: &RefreshToken) -> Result<TokenPair, RefreshError> {
        run(self.provider.refresh_pair(token))
    }

    /// The session is gone, with every token of it.
    fn is_dead(&self, pairs: &[&TokenPair]) {
        assert_eq!(run(self.provider.session_count("alice")).unwrap(), 0);
        for pair in pairs {
            assert_matches!(
                run(self.provider.authenticate::<()>(pair.access.expose())),
                Err(AuthError::Revoked(Revoked::Session))
            );
            assert_matches!(self.turn(&pair.refresh), Err(RefreshError::SessionEnded));
            assert_matches!(run(self.provider.revoke_refresh_token(&pair.refresh)), Err(RevokeError::AlreadyRevoked));
        }
    }
}

#[test]
fn a53_a_refresh_token_replayed_after_the_grace() {
    let world = graceful();
    let first = world.pair();
    let second = world.turn(&first.refresh).unwrap();
    // Until the last millisecond it is a client whose reply was lost.
    world.time.pass(GRACE);
    assert_eq!(world.turn(&first.refresh).unwrap().refresh.expose(), second.refresh.expose());
    world.time.pass(MILLI);
    assert_matches!(world.turn(&first.refresh), Err(RefreshError::Reused));
    assert_eq!(world.events.count(EventKind::ReuseDetected), 1);
    world.is_dead(&[&first, &second]);
    assert_eq!(world.events.count(EventKind::ReuseDetected), 1, "a session that is gone is not reused");
}

#[test]
fn a53_repeating_does_not_move_the_window() {
    let world = graceful();
    let first = world.pair();
    world.turn(&first.refresh).unwrap();
    for _ in 0..30 {
        world.time.pass_secs(1);
        assert!(world.turn(&first.refresh).is_ok());
    }
    assert_eq!(world.events.count(EventKind::Refreshed), 1);
    world.time.pass(MILLI);
    assert_matches!(world.turn(&first.refresh), Err(RefreshError::Reused));
}

#[test]
fn a53_a_thief_who_refreshes_first() {
    let world = graceful();
    let stolen = world.pair();
    let thiefs = world.turn(&stolen.refresh).unwrap();
    let again = world.turn(&thiefs.refresh).unwrap();
    // The victim's token is two behind now: no grace covers that, not even at once.
    assert_matches!(world.turn(&stolen.refresh), Err(RefreshError::Reused));
    world.is_dead(&[&stolen, &thiefs, &again]);
    assert_eq!(world.events.count(EventKind::ReuseDetected), 1);
}

#[test]
fn a53_without_grace_the_second_use_ends_the_session() {
    let world = world(graceless());
    let first = world.pair();
    let second = world.turn(&first.refresh).unwrap();
    assert_matches!(world.turn(&first.refresh), Err(RefreshError::Reused));
    world.is_dead(&[&first, &second]);
    assert_eq!(world.events.count(EventKind::ReuseDetected), 1);
}

#[test]
fn a53_what_the_grace_repeats_grants_no_more() {
    let world = graceful();
    let first = world.pair();
    let second = world.turn(&first.refresh).unwrap();
    world.time.pass_secs(20);
    // Other data, and more time, are not to be had by asking again.
    let again = run(world.provider.refresh_pair_with(&first.refresh, &serde_json::json!({"role": "admin"}))).unwrap();
    assert_eq!(again.refresh.expose(), second.refresh.expose());
    assert_eq!((again.access.id(), again.access.expires_at()), (second.access.id(), second.access.expires_at()));
    assert_eq!(again.access.expose(), second.access.expose(), "an HMAC over the same is the same");
    let session = &run(world.provider.sessions("alice")).unwrap()[0];
    assert_eq!((session.rotation_count, session.refreshed), (1, session.created));
}

#[test]
fn a53_only_its_own_session_ends() {
    let world = world(graceless());
    let [laptop, phone] = [world.pair(), world.pair()];
    world.turn(&laptop.refresh).unwrap();
    assert_matches!(world.turn(&laptop.refresh), Err(RefreshError::Reused));
    assert_eq!(run(world.provider.session_count("alice")).unwrap(), 1);
    assert!(run(world.provider.authenticate::<()>(phone.access.expose())).is_ok());
    assert!(world.turn(&phone.refresh).is_ok());
}

#[test]
fn a53_an_access_token_does_not_end_the_session_of_a_pair() {
    // It is no refresh token: neither a refresh nor a replay of one.
    let world = world(graceless());
    let pair = world.pair();
    for _ in 0..3 {
        assert_matches!(run(world.provider.refresh(pair.access.expose())), Err(RefreshError::WrongCredential));
    }
    assert!(world.turn(&pair.refresh).is_ok());
}

#[test]
fn a53_an_old_access_token_of_a_single_session_ends_nothing() {
    let world = world(untracked().track_sessions());
    let old = run(world.provider.issue("alice", &())).unwrap();
    let new = run(world.provider.refresh(old.expose())).unwrap();
    for _ in 0..3 {
        assert_matches!(run(world.provider.refresh(old.expose())), Err(RefreshError::Revoked(Revoked::Superseded)));
        assert_matches!(run(world.provider.revoke(old.expose())), Err(RevokeError::AlreadyRevoked));
    }
    assert_eq!(world.events.count(EventKind::RefreshRefused), 3);
    assert!(run(world.provider.authenticate::<()>(new.expose())).is_ok());
}

#[test]
fn a53_a_refresh_token_after_each_end_of_its_session() {
    let world = graceful();
    let ended = |end: &dyn Fn(&TokenPair)| {
        let first = world.pair();
        let second = world.turn(&first.refresh).unwrap();
        end(&second);
        // Within the grace, too.
        for token in [&first.refresh, &second.refresh] {
            assert_matches!(world.turn(token), Err(RefreshError::SessionEnded));
        }
    };
    let provider = &world.provider;
    ended(&|pair| run(provider.revoke(pair.access.expose())).unwrap());
    ended(&|pair| run(provider.revoke_by_id(pair.access.id())).unwrap());
    ended(&|pair| run(provider.revoke_refresh_token(&pair.refresh)).unwrap());
    ended(&|pair| assert!(run(provider.end_session("alice", pair.access.session_id().unwrap())).unwrap()));
    ended(&|_| assert_eq!(run(provider.revoke_all("alice")).unwrap(), 1));
    // Not past the present, so that the next session is above it; the user's floor is a millisecond ahead.
    world.time.pass_secs(1);
    ended(&|_| run(provider.revoke_everything_before(NumericDate::from_secs(i64::MAX))).unwrap());
    ended(&|_| world.time.pass_secs(1_209_600));
    assert_eq!(world.events.count(EventKind::ReuseDetected), 0);
}
