//! The store as the provider holds it: chosen at run time.

use std::{future::Future, pin::Pin, time::Duration};

use super::{
    Store, StoreError,
    types::{
        Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, LoadedSession,
        OpenSession, Opening, Purged, RevokeUser, RevokedPage, Rotate, Rotation, SessionKey, SessionRecord, Standing,
        StoreTime,
    },
};
use crate::id::UserKey;

pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

macro_rules! twin {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        /// [`Store`], with its futures boxed.
        pub(crate) trait ErasedStore: Send + Sync {
            fn capabilities(&self) -> Capabilities;
            $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer>;)*
            fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
        }

        impl<S: Store> ErasedStore for S {
            fn capabilities(&self) -> Capabilities {
                Store::capabilities(self)
            }
            $(fn $name<'a>(&'a self, $($arg: $type),*) -> Answer<'a, $answer> {
                Box::pin(Store::$name(self, $($arg),*))
            })*
            fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
                Box::pin(Store::close(self))
            }
        }
    };
}

twin! {
    begin(begin: &'a Begin) -> Beginning;
    open(open: &'a OpenSession) -> Opening;
    check(token: CheckToken<'a>) -> Standing;
    load(session: SessionKey) -> Option<LoadedSession>;
    rotate(rotate: &'a Rotate) -> Rotation;
    deny(deny: &'a DenyToken) -> Denial;
    is_denied(token_id: &'a str) -> bool;
    end(end: &'a EndSession) -> Ending;
    revoke_user(revoke: &'a RevokeUser) -> u64;
    raise_floor(instant: StoreTime) -> StoreTime;
    count(user: UserKey) -> u64;
    list(user: UserKey) -> Vec<SessionRecord>;
    list_revoked(after: Option<&'a Cursor>, most: usize) -> RevokedPage;
    purge(slice: usize, margin: Duration) -> Purged;
}
