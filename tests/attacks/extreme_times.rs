//! Rows 38 to 40 from end to end: every extreme of a claim against every extreme of the clock. What is later is told by the place
//! in one sorted list, so that nothing here calculates.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jwtward::{Claim, ClaimError, Clock, FixedClock, JwtVerifier, NumericDate, VerifyError};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::support::{at, hs256, with_payload};

/// JSON numbers, strictly ascending: the ends of `f64`, `i64` and `u64`, the least above and below zero, and where floats no
/// longer tell integers apart.
const TIMES: [&str; 31] = [
    "-1.7976931348623157e308",
    "-9223372036854775808",
    "-9223372036854775807",
    "-9007199254740993",
    "-9007199254740992",
    "-62167219200",
    "-1.0000000000000002",
    "-1",
    "-0.9999999999999999",
    "-2.2250738585072014e-308",
    "-5e-324",
    "0",
    "5e-324",
    "2.2250738585072014e-308",
    "0.9999999999999999",
    "1",
    "1.0000000000000002",
    "4294967295",
    "4294967296",
    "9223372036.854775807",
    "9223372037",
    "253402300799",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551614",
    "18446744073709551615",
    "1.7976931348623157e308",
];

/// The places of those that a clock can show.
fn shown() -> impl Iterator<Item = (usize, i64)> {
    TIMES.iter().enumerate().filter_map(|(place, time)| Some((place, time.parse().ok()?)))
}

fn verify(payload: &str, clock: impl Clock + 'static) -> Result<(), VerifyError> {
    let verifier = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().danger_allow_missing_expiry();
    verifier.clock(clock).build().verify::<()>(&with_payload(payload)).map(|_| ())
}

#[test]
fn a38_every_extreme_of_a_claim_against_every_extreme_of_the_clock() {
    assert_eq!(shown().count(), 17);
    for (now, clock) in shown() {
        for (place, time) in TIMES.iter().enumerate() {
            let verify = |name: &str| verify(&format!(r#"{{"{name}":{time}}}"#), at(clock));
            let exp = verify("exp");
            assert_eq!(exp.is_ok(), place > now, "exp {time} at {clock}: {exp:?}");
            for (name, claim) in [("nbf", verify("nbf")), ("iat", verify("iat"))] {
                assert_eq!(claim.is_ok(), place <= now, "{name} {time} at {clock}: {claim:?}");
            }
        }
    }
}

#[test]
fn a38_no_leeway_age_or_lifetime_overflows_at_any_extreme() {
    // The ends of what can be configured: neither takes in what is surely over or to come.
    for (now, clock) in shown() {
        for (place, time) in TIMES.iter().enumerate() {
            for (leeway, most) in [(0, Duration::MAX), (600, Duration::MAX), (600, Duration::ZERO)] {
                let builder = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(clock));
                let builder = builder.leeway(Duration::from_secs(leeway)).unwrap();
                let verifier = builder.max_age(most).max_lifetime(most).build();
                for (exp, iat) in [(place, now), (now, place), (place, place)] {
                    let payload = format!(r#"{{"exp":{},"iat":{}}}"#, TIMES[exp], TIMES[iat]);
                    let verified = verifier.verify::<()>(&with_payload(payload));
                    // Times more than ten minutes apart differ by more than any leeway.
                    let far = |a: usize, b: usize| (secs(a) - secs(b)).abs() > 600.0;
                    let surely_over = exp <= now && far(exp, now);
                    let surely_to_come = iat > now && far(iat, now);
                    assert!(verified.is_err() || !(surely_over || surely_to_come), "{exp} {iat} at {clock}");
                    assert!(verified.is_err() || most > Duration::ZERO || !far(exp, iat) || exp < iat, "{time}");
                }
            }
        }
    }
    fn secs(place: usize) -> f64 {
        TIMES[place].parse().unwrap()
    }
}

/// Shows another time whenever it is asked, and counts.
#[derive(Clone, Debug)]
struct Jumping(Arc<(Vec<i64>, AtomicUsize)>);

impl Clock for Jumping {
    fn now(&self) -> NumericDate {
        let Self(inner) = self;
        let at = inner.1.fetch_add(1, Ordering::SeqCst);
        NumericDate::from_secs(inner.0[at % inner.0.len()])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a40_all_three_claims_are_held_against_one_reading_of_a_clock_that_jumps(
        claims in [any::<Index>(), any::<Index>(), any::<Index>()],
        jumps in vec(any::<Index>(), 2..8),
    ) {
        let [exp, nbf, iat] = claims.map(|place| place.index(TIMES.len()));
        let payload = format!(r#"{{"exp":{},"nbf":{},"iat":{}}}"#, TIMES[exp], TIMES[nbf], TIMES[iat]);
        let clocks: Vec<_> = shown().collect();
        let jumps: Vec<_> = jumps.iter().map(|jump| *jump.get(&clocks)).collect();
        let clock = Jumping(Arc::new((jumps.iter().map(|(_, secs)| *secs).collect(), AtomicUsize::new(0))));
        let verifier = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(clock.clone()).build();
        let token = with_payload(payload);
        for (round, (now, secs)) in jumps.iter().enumerate() {
            let expected = exp > *now && nbf <= *now && iat <= *now;
            let verified = verifier.verify::<()>(&token);
            prop_assert_eq!(verified.is_ok(), expected, "{:?} at {}", verified, secs);
            prop_assert_eq!(clock.0.1.load(Ordering::SeqCst), round + 1, "the clock is read once for each token");
        }
    }

    #[test]
    fn a38_any_number_that_is_a_time_compares_as_it_is_written(bits in any::<u64>(), near in -2_i64..3, clock in any::<i64>()) {
        // Any float there is, and any integer; against any clock, and against those next to it.
        let float = f64::from_bits(bits);
        prop_assume!(float.is_finite());
        #[allow(clippy::cast_possible_truncation)]
        let beside = (float as i64).saturating_add(near);
        for secs in [clock, beside] {
            // A float of this size and a whole second compare exactly once both are 128 bits wide.
            #[allow(clippy::cast_possible_truncation)]
            let whole = float.floor() as i128;
            let expected = whole > secs.into() || (whole == secs.into() && float.fract() != 0.0);
            // From 2^53 on the shortest text that means a float is not its value.
            let is_whole = float.abs() >= 9_007_199_254_740_992.0 && float.abs() < 9_223_372_036_854_775_808.0;
            let text = if is_whole { whole.to_string() } else { format!("{float:e}") };
            let payload = format!(r#"{{"exp":{text}}}"#);
            let verified = verify(&payload, FixedClock(NumericDate::from_secs(secs)));
            match &verified {
                Ok(()) | Err(VerifyError::Claim(ClaimError::Expired { .. })) => {
                    prop_assert_eq!(verified.is_ok(), expected, "{} at {}", payload, secs);
                }
                // More digits than a time can have, such as 1e-300 with seventeen of them: refused.
                Err(error) => prop_assert_eq!(error, &VerifyError::Claim(ClaimError::Type(Claim::ExpiresAt))),
            }
        }
        let verified = verify(&format!(r#"{{"exp":{bits}}}"#), at(clock));
        prop_assert_eq!(verified.is_ok(), i128::from(bits) > clock.into());
    }
}
