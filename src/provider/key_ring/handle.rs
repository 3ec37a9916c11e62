//! The ring's interface.

use std::time::Duration;

use super::{
    super::{
        event::{Event, EventKind},
        token_provider::TokenProvider,
    },
    error::KeyRingError,
    schedule::Schedule,
    snapshot::KeyChange,
};
use crate::{
    algorithm::Algorithm,
    id::KeyId,
    key::{SigningKey, VerifyingKey},
    time::NumericDate,
};

/// The keys of a [`TokenProvider`] over time: one signs, those to come are published ahead of it, and those that have signed stay
/// published until the last token signed with them has expired. Cloning shares it.
///
/// ```
/// # use jwtward::{Algorithm, KeyId, KeyRingError, ProviderConfig, SigningKey, TokenProvider};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = ProviderConfig::new(SigningKey::generate(Algorithm::ES256)?).kid_from_thumbprint();
/// let provider = TokenProvider::without_store(config)?;
///
/// // Today: the next key is published.
/// let next = SigningKey::generate(Algorithm::ES256)?.with_key_id(KeyId::new("2027-01")?);
/// provider.key_ring().publish(next)?;
/// // At least five minutes later: it signs, and the one before it retires.
/// let early = provider.key_ring().promote("2027-01");
/// assert!(matches!(early, Err(KeyRingError::TooSoon { .. })));
/// # Ok(())
/// # }
/// ```
///
/// # By schedule and by hand
///
/// A key published with [`publish_at`](Self::publish_at) signs from that time on by itself; one published with
/// [`publish`](Self::publish) waits for [`promote`](Self::promote). The key that signed until then retires: what could sign with it
/// is dropped, so it never signs again, and it verifies for the longest lifetime that the provider accepts, plus leeway and clock
/// skew. Then it is gone.
///
/// # When a key has leaked
///
/// [`remove`](Self::remove) it: from then on every token signed with it is refused, remembered ones included, and if it was the
/// one that signs, the next takes over at once. Keep one published for that. Other verifiers accept the key for as long as they
/// keep the published set: five minutes, if they go by its `Cache-Control`. Then call
/// [`revoke_everything_before`](TokenProvider::revoke_everything_before), for whoever has the key can make tokens of any session
/// whose id he knows.
///
/// # Several nodes, and restarts
///
/// A ring is of one process. Give each node the same keys and the same times; clocks may differ, since a key verifies before it
/// signs and after. A ring begins anew with its process: see
/// [`TokenProviderBuilder::next_key`](crate::TokenProviderBuilder::next_key) and
/// [`TokenProviderBuilder::retired_key`](crate::TokenProviderBuilder::retired_key).
///
/// A token without `kid` is accepted only while one key alone fits its algorithm.
#[derive(Clone, Debug)]
pub struct KeyRing(TokenProvider);

/// A key of the ring.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RingKey {
    /// Its verifying half.
    pub key: VerifyingKey,
    /// Where it stands.
    pub status: KeyStatus,
}

/// Where a key of the ring stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyStatus {
    /// It is published and does not sign yet.
    Next {
        /// From when on it signs; `None` if that waits for a call.
        from: Option<NumericDate>,
    },
    /// It signs.
    Active,
    /// It has signed, and verifies what it signed.
    Retired {
        /// Until when.
        until: NumericDate,
    },
}

impl RingKey {
    /// Its `kid`. Every key of a ring has one.
    #[must_use]
    pub const fn key_id(&self) -> Option<&KeyId> {
        self.key.key_id()
    }

    /// Its algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }
}

impl KeyRing {
    /// How long a key is published before it signs: as long as the published set may be kept by those who verify.
    pub const PUBLISHED_AHEAD: Duration = Duration::from_secs(300);

    pub(in crate::provider) const fn of(provider: TokenProvider) -> Self {
        Self(provider)
    }

    /// The keys: the one that signs, those to come, those that have signed.
    #[must_use]
    pub fn keys(&self) -> Vec<RingKey> {
        self.0.keys().listed.clone()
    }

    /// Publishes a key, with a `kid`, that will sign when [`promote`](Self::promote) is called. Tokens signed with it are
    /// accepted at once: another node may be ahead.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub fn publish(&self, key: SigningKey) -> Result<(), KeyRingError> {
        self.0.0.keys.publish(key, self.0.now(), None).map(|changes| self.0.tell_keys(changes))
    }

    /// The same, and it signs by itself from that time on.
    ///
    /// # Errors
    /// [`KeyRingError`]; [`KeyRingError::TooSoon`] if that is less than [`PUBLISHED_AHEAD`](Self::PUBLISHED_AHEAD) away.
    pub fn publish_at(&self, key: SigningKey, from: NumericDate) -> Result<(), KeyRingError> {
        let now = self.0.now();
        let earliest = now.plus(Self::PUBLISHED_AHEAD);
        if from < earliest {
            return Err(KeyRingError::TooSoon { earliest });
        }
        self.0.0.keys.publish(key, now, Some(from)).map(|changes| self.0.tell_keys(changes))
    }

    /// Lets a published key sign from now on, before its time if it has one. The one that signed retires.
    ///
    /// # Errors
    /// [`KeyRingError`]; [`KeyRingError::TooSoon`] if it was published less than [`PUBLISHED_AHEAD`](Self::PUBLISHED_AHEAD) ago.
    pub fn promote(&self, kid: &str) -> Result<(), KeyRingError> {
        self.promote_if(kid, false)
    }

    /// The same however lately it was published: verifiers that do not know it refuse its tokens until they fetch the set
    /// again.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub fn danger_promote_unknown(&self, kid: &str) -> Result<(), KeyRingError> {
        self.promote_if(kid, true)
    }

    fn promote_if(&self, kid: &str, hurry: bool) -> Result<(), KeyRingError> {
        let now = self.0.now();
        self.change(kid, |schedule, kid| {
            schedule.promote(&kid, now, hurry)?;
            Ok(vec![KeyChange::Promoted(kid)])
        })
    }

    /// Takes a key out at once: what was signed with it is refused from now on. If it is the one that signs, the next takes its
    /// place, however lately it was published; without one nothing is done.
    ///
    /// # Errors
    /// [`KeyRingError`]; [`KeyRingError::LastKey`] if there is none to take its place.
    pub fn remove(&self, kid: &str) -> Result<(), KeyRingError> {
        self.change(kid, |schedule, kid| {
            let promoted = schedule.remove(&kid)?;
            Ok([KeyChange::Removed(kid)].into_iter().chain(promoted.map(KeyChange::Promoted)).collect())
        })
    }

    fn change(
        &self,
        kid: &str,
        change: impl FnOnce(&mut Schedule, KeyId) -> Result<Vec<KeyChange>, KeyRingError>,
    ) -> Result<(), KeyRingError> {
        let kid = KeyId::new(kid).map_err(|_| KeyRingError::UnknownKey)?;
        let changes = self.0.0.keys.change(self.0.now(), |schedule| change(schedule, kid))?;
        self.0.tell_keys(changes);
        Ok(())
    }
}

impl TokenProvider {
    /// The provider's keys: to list, publish, promote and remove them.
    #[must_use]
    pub fn key_ring(&self) -> KeyRing {
        KeyRing::of(self.clone())
    }

    pub(in crate::provider) fn tell_keys(&self, changes: Vec<KeyChange>) {
        for change in changes {
            let (kind, kid) = match &change {
                KeyChange::Published(kid) => (EventKind::KeyPublished, kid),
                KeyChange::Promoted(kid) => (EventKind::KeyPromoted, kid),
                KeyChange::Removed(kid) => (EventKind::KeyRemoved, kid),
            };
            self.tell(&Event::new(kind).key(kid));
        }
    }
}
