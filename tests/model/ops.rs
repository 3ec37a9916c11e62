//! What random histories of a store are made of.

use std::{num::NonZeroU32, time::Duration};

use jwtward::store::{Limit, OnReuse, WhenFull};
use proptest::{
    option,
    prelude::*,
    sample::{Index, select},
};

/// Of what was done before, `Index` picks one.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Begin {
        user: u8,
        limit: Option<Limit>,
    },
    /// With what an earlier begin said, or a fresh one.
    Open {
        user: u8,
        begin: Option<Index>,
        twin: Option<Index>,
        seed: Option<u64>,
        terms: Terms,
    },
    OpenAgain(Index),
    Load {
        session: Index,
    },
    Rotate {
        session: Index,
        behind: i64,
        terms: RotateTerms,
    },
    RotateAgain(Index),
    Deny {
        token: u8,
        keep: Duration,
    },
    DenyAgain(Index),
    End {
        session: Index,
    },
    EndAgain(Index),
    RevokeUser {
        user: u8,
        keep: Duration,
    },
    RevokeUserAgain(Index),
    RaiseFloor {
        ago: i64,
    },
    Purge {
        slice: usize,
    },
    PurgeAll {
        slice: usize,
    },
    ListRevoked {
        most: usize,
    },
    Turn(i64),
}

#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) limit: Option<Limit>,
    pub(crate) lifetime: Duration,
    pub(crate) absolute: Option<Duration>,
    pub(crate) data: Option<u8>,
    pub(crate) label: Option<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct RotateTerms {
    pub(crate) lifetime: Duration,
    pub(crate) grace: Duration,
    pub(crate) on_reuse: OnReuse,
    pub(crate) data: Option<Option<u8>>,
}

/// Short and long against the steps of the clock, and sometimes to the millisecond.
fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![1_u64..10, 1_u64..100_000, select(vec![1000, 30_000, 60_000])].prop_map(Duration::from_millis)
}

fn limit() -> impl Strategy<Value = Option<Limit>> {
    let limit = (1_u32..4, select(vec![WhenFull::Reject, WhenFull::EvictOldest]))
        .prop_map(|(max, when_full)| Limit { max: NonZeroU32::new(max).unwrap(), when_full });
    option::of(limit)
}

fn terms() -> impl Strategy<Value = Terms> {
    (limit(), duration(), option::of(duration()), option::of(any::<u8>()), option::of(any::<u8>()))
        .prop_map(|(limit, lifetime, absolute, data, label)| Terms { limit, lifetime, absolute, data, label })
}

fn rotate_terms() -> impl Strategy<Value = RotateTerms> {
    let grace = prop_oneof![Just(Duration::ZERO), duration()];
    let on_reuse = select(vec![OnReuse::Refuse, OnReuse::EndSession]);
    (duration(), grace, on_reuse, option::of(option::of(any::<u8>())))
        .prop_map(|(lifetime, grace, on_reuse, data)| RotateTerms { lifetime, grace, on_reuse, data })
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let user = || 0_u8..3;
    let index = || any::<Index>();
    // Mostly the current credential, then the one before.
    let behind = select(vec![0, 0, 0, 0, 1, 1, 2, 3, -1]);
    let open = (user(), option::weighted(0.2, index()), option::weighted(0.1, index()), option::of(any::<u64>()));
    prop_oneof![
        2 => (user(), limit()).prop_map(|(user, limit)| Op::Begin { user, limit }),
        12 => (open, terms())
            .prop_map(|((user, begin, twin, seed), terms)| Op::Open { user, begin, twin, seed, terms }),
        3 => index().prop_map(Op::OpenAgain),
        1 => index().prop_map(|session| Op::Load { session }),
        14 => (index(), behind, rotate_terms())
            .prop_map(|(session, behind, terms)| Op::Rotate { session, behind, terms }),
        3 => index().prop_map(Op::RotateAgain),
        3 => (0_u8..4, duration()).prop_map(|(token, keep)| Op::Deny { token, keep }),
        1 => index().prop_map(Op::DenyAgain),
        3 => index().prop_map(|session| Op::End { session }),
        2 => index().prop_map(Op::EndAgain),
        2 => (user(), duration()).prop_map(|(user, keep)| Op::RevokeUser { user, keep }),
        1 => index().prop_map(Op::RevokeUserAgain),
        1 => (-5000_i64..50_000).prop_map(|ago| Op::RaiseFloor { ago }),
        3 => (1_usize..20).prop_map(|slice| Op::Purge { slice }),
        1 => (1_usize..2000).prop_map(|slice| Op::PurgeAll { slice }),
        1 => (1_usize..9).prop_map(|most| Op::ListRevoked { most }),
        8 => prop_oneof![0_i64..3, -3000_i64..30_000, 0_i64..100_000, select(vec![1000, 30_000, 60_000])]
            .prop_map(Op::Turn),
    ]
}
