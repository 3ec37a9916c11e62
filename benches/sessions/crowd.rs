//! One user with 20,000 sessions: all in one shard.

use std::time::Duration;

use jwtward::store::{OperationId, RevokeUser, Store};

use crate::{
    figures::{Times, head, micros, now, row},
    store::{Kind, Population},
};

const CROWD: u64 = 20_000;
/// Of what happens once to a crowd, the median of so many is shown.
const ROUNDS: usize = 9;

pub(crate) fn table() {
    println!("\nOne user with {CROWD} sessions, in µs: the median of {ROUNDS} rounds, and the longest.\n");
    head(&["", "median", "longest"]);
    let mut times = std::array::from_fn::<_, 6, _>(|_| Times::new(ROUNDS));
    let [counts, lists, logins, slices, sparse, revocations] = &mut times;
    let mut unused = Times::new(0);
    for _ in 0..ROUNDS {
        let crowd = || {
            let population = Population::new(Kind::Single, CROWD + 1);
            (0..CROWD).for_each(|number| population.open(number, &mut Times::new(0)));
            population
        };
        let population = crowd();
        let user = population.key(0).user;
        counts.time(|| now(population.store.count(user))).expect("the store is open");
        lists.time(|| now(population.store.list(user))).expect("the store is open");
        population.login(CROWD, u32::MAX, logins);
        population.clock.turn(3600);
        population.purge_locked(slices);

        // A tenth is left: the rest's memory is given back in the last slice.
        let population = crowd();
        population.clock.turn(1800);
        (0..CROWD).filter(|number| number % 10 != 0).for_each(|number| population.end(number, &mut unused));
        population.clock.turn(61);
        population.purge_locked(sparse);

        let population = crowd();
        let revoke = RevokeUser { user, operation: OperationId::from_u64(1), keep: Duration::from_secs(1) };
        revocations.time(|| now(population.store.revoke_user(&revoke))).expect("the store is open");
    }
    for (name, times) in [
        ("count", counts),
        ("list", lists),
        ("begin + open with a limit", logins),
        ("longest lock of a purge, all expired", slices),
        ("longest lock of a purge, nine of ten ended", sparse),
        ("revoke all", revocations),
    ] {
        row(&[name.to_owned(), micros(times.median()), micros(times.longest())]);
    }
}
