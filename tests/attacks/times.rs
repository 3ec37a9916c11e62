//! Rows 37 to 41: claims that are times.

use std::time::{Duration, SystemTime};

use jwtward::{
    Claim, ClaimError, ConfigError, FixedClock, JsonError, JwtVerifier, Malformed, NumericDate, VerifyError,
};

use crate::support::{NOW, at, hs256, verify, with_payload};

/// Verifies `payload` when the clock shows `now`, with that leeway.
fn verify_at(payload: &str, now: FixedClock, leeway: u64) -> Result<(), VerifyError> {
    let builder = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(now);
    let verifier = builder.leeway(Duration::from_secs(leeway)).unwrap().build();
    verifier.verify::<()>(&with_payload(payload)).map(|_| ())
}

fn secs(secs: i64) -> NumericDate {
    NumericDate::from_secs(secs)
}

/// The clock at a fraction of a second.
fn at_fraction(secs: u64, nanos: u32) -> FixedClock {
    FixedClock((SystemTime::UNIX_EPOCH + Duration::new(secs, nanos)).into())
}

/// Whether the claims have expired; any other refusal fails the test.
fn expired(payload: &str, now: FixedClock) -> bool {
    match verify_at(payload, now, 0) {
        Ok(()) => false,
        Err(VerifyError::Claim(ClaimError::Expired { .. })) => true,
        Err(error) => panic!("{payload}: {error}"),
    }
}

const NOT_A_TIME: [&str; 14] = [
    r#""1000900""#,
    r#""""#,
    r#""never""#,
    "true",
    "false",
    "null",
    "[]",
    "[1000900]",
    "{}",
    r#"{"exp":1000900}"#,
    r#""1970-01-12T13:46:40Z""#,
    "[[]]",
    r#"["1000900"]"#,
    r#""Infinity""#,
];

#[test]
fn a37_exp_nbf_or_iat_of_another_type() {
    for value in NOT_A_TIME {
        for (name, claim) in [("exp", Claim::ExpiresAt), ("nbf", Claim::NotBefore), ("iat", Claim::IssuedAt)] {
            let others = if claim == Claim::ExpiresAt { "" } else { r#""exp":1000900,"# };
            let payload = format!(r#"{{{others}"{name}":{value}}}"#);
            let error = Err(VerifyError::Claim(ClaimError::Type(claim)));
            assert_eq!(verify(&with_payload(&payload)), error, "{payload}");
            // Nor is it taken for absent where absence is allowed.
            let lenient = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().danger_allow_missing_expiry();
            let lenient = lenient.clock(at(NOW)).build();
            assert_eq!(lenient.verify::<()>(&with_payload(&payload)).map(|_| ()), error, "{payload}");
        }
    }
}

#[test]
fn a37_a_time_of_more_digits_than_can_be_held() {
    let long = format!(r#"{{"exp":1000900.{}}}"#, "1".repeat(50));
    assert_eq!(verify(&with_payload(long)), Err(VerifyError::Claim(ClaimError::Type(Claim::ExpiresAt))));
    // Zeros in front are no digits to hold.
    assert!(expired(&format!(r#"{{"exp":0.{}1}}"#, "0".repeat(50)), at(NOW)));
}

#[test]
fn a38_negative_times() {
    for exp in ["-1", "-0.5", "-9223372036854775808", "-1e300", "-1e-300"] {
        assert!(expired(&format!(r#"{{"exp":{exp}}}"#), at(0)), "{exp}");
        assert!(expired(&format!(r#"{{"exp":{exp}}}"#), at(NOW)), "{exp}");
    }
    // As nbf or iat they are simply past; a clock before 1970 compares all the same.
    assert_eq!(verify_at(r#"{"exp":1000900,"nbf":-1,"iat":-9223372036854775808}"#, at(NOW), 0), Ok(()));
    assert_eq!(verify_at(r#"{"exp":-5,"nbf":-20,"iat":-20}"#, at(-10), 0), Ok(()));
    assert!(expired(r#"{"exp":-5}"#, at(-5)));
    assert!(expired(r#"{"exp":0}"#, at(0)));
    assert!(!expired(r#"{"exp":-9223372036854775807}"#, at(i64::MIN)));
}

#[test]
fn a38_times_at_the_ends_of_64_bits() {
    // Later than any clock: valid, by all widths of leeway, and never wrapped into the past.
    for exp in ["9223372036854775807", "9223372036854775808", "18446744073709551615", "1e300", "1.7976931348623157e308"]
    {
        for leeway in [0, 1, 600] {
            for now in [i64::MIN, 0, NOW, i64::MAX - 1] {
                assert_eq!(verify_at(&format!(r#"{{"exp":{exp}}}"#), at(now), leeway), Ok(()), "{exp} {now} {leeway}");
            }
        }
    }
    assert!(expired(r#"{"exp":9223372036854775807}"#, at(i64::MAX)));
    assert_eq!(verify_at(r#"{"exp":9223372036854775807}"#, at(i64::MAX), 1), Ok(()));
    for exp in ["18446744073709551616", "-9223372036854775809", "1e400"] {
        let error = Err(VerifyError::Malformed(Malformed::Payload(JsonError::NumberOutOfRange)));
        assert_eq!(verify_at(&format!(r#"{{"exp":{exp}}}"#), at(NOW), 0), error, "{exp}");
    }
    // In nbf and iat they are in the future, not wrapped into the past.
    for late in ["9223372036854775808", "18446744073709551615", "1e300"] {
        let nbf = verify_at(&format!(r#"{{"exp":1000900,"nbf":{late}}}"#), at(NOW), 600);
        assert!(matches!(nbf, Err(VerifyError::Claim(ClaimError::NotYetValid { .. }))), "{nbf:?}");
        let iat = verify_at(&format!(r#"{{"exp":1000900,"iat":{late}}}"#), at(NOW), 600);
        assert!(matches!(iat, Err(VerifyError::Claim(ClaimError::IssuedInFuture { .. }))), "{iat:?}");
    }
}

#[test]
fn a38_a_maximum_age_beyond_all_time_does_not_wrap() {
    let verifier =
        |age| JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(i64::MAX)).max_age(age).build();
    let token = with_payload(r#"{"exp":18446744073709551615,"iat":9223372036854775807}"#);
    for age in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::ZERO] {
        assert_eq!(verifier(age).verify::<()>(&token).map(|_| ()), Ok(()), "{age:?}");
    }
    let old = with_payload(r#"{"exp":18446744073709551615,"iat":-9223372036854775808}"#);
    assert_eq!(verifier(Duration::MAX).verify::<()>(&old).map(|_| ()), Ok(()));
    let error = verifier(Duration::from_secs(1)).verify::<()>(&old).unwrap_err();
    assert_eq!(error, VerifyError::Claim(ClaimError::TooOld { iat: secs(i64::MIN), now: secs(i64::MAX) }));
}

#[test]
fn a39_exp_equal_to_now_is_expired() {
    let at_exp = |now, leeway| verify_at(r#"{"exp":1000000}"#, at(now), leeway);
    let error = |now| Err(VerifyError::Claim(ClaimError::Expired { exp: secs(1_000_000), now: secs(now) }));
    assert_eq!(at_exp(999_999, 0), Ok(()));
    assert_eq!(at_exp(1_000_000, 0), error(1_000_000));
    assert_eq!(at_exp(1_000_001, 0), error(1_000_001));
    for leeway in [1, 60, 600] {
        let end = 1_000_000 + i64::try_from(leeway).unwrap();
        assert_eq!(at_exp(end - 1, leeway), Ok(()));
        assert_eq!(at_exp(end, leeway), error(end));
    }
}

#[test]
fn a39_fractional_times_compare_exactly() {
    let half = r#"{"exp":1000000.5}"#;
    assert!(!expired(half, at(1_000_000)));
    assert!(!expired(half, at_fraction(1_000_000, 499_999_999)));
    assert!(expired(half, at_fraction(1_000_000, 500_000_000)));
    assert!(expired(half, at(1_000_001)));
    // Written otherwise, the same; no rounding towards a longer life.
    for same in [r#"{"exp":1.0000005e6}"#, r#"{"exp":10000005E-1}"#, r#"{"exp":1000000.50000}"#] {
        assert!(!expired(same, at_fraction(1_000_000, 499_999_999)), "{same}");
        assert!(expired(same, at_fraction(1_000_000, 500_000_000)), "{same}");
    }
    // Finer than any clock: above the instant below it, below the instant above it.
    assert!(!expired(r#"{"exp":1000000.0000000001}"#, at(1_000_000)));
    assert!(expired(r#"{"exp":999999.9999999999}"#, at(1_000_000)));
    assert!(expired(r#"{"exp":0.9999999999999999999999}"#, at(1)));
    // Beyond what a float tells apart: 2^53 and 2^53 + 1.
    assert!(expired(r#"{"exp":9007199254740992}"#, at(9_007_199_254_740_992)));
    assert!(!expired(r#"{"exp":9007199254740993}"#, at(9_007_199_254_740_992)));
    let nbf = |nbf: &str, now| verify_at(&format!(r#"{{"exp":1000900,"nbf":{nbf}}}"#), now, 0);
    assert_eq!(nbf("1000000.5", at_fraction(1_000_000, 500_000_000)), Ok(()));
    for early in [nbf("1000000.5", at_fraction(1_000_000, 499_999_999)), nbf("1000000.0000000001", at(1_000_000))] {
        assert!(matches!(early, Err(VerifyError::Claim(ClaimError::NotYetValid { .. }))), "{early:?}");
    }
}

#[test]
fn a40_nbf_or_iat_beyond_the_leeway() {
    for leeway in [0, 1, 600] {
        let now = secs(NOW);
        let edge = NOW + i64::try_from(leeway).unwrap();
        for (name, late) in [
            ("nbf", ClaimError::NotYetValid { nbf: secs(edge + 1), now }),
            ("iat", ClaimError::IssuedInFuture { iat: secs(edge + 1), now }),
        ] {
            let at_time = |time: i64| verify_at(&format!(r#"{{"exp":2000000,"{name}":{time}}}"#), at(NOW), leeway);
            assert_eq!(at_time(edge), Ok(()), "{name} {leeway}");
            assert_eq!(at_time(edge + 1), Err(VerifyError::Claim(late)), "{name} {leeway}");
        }
    }
}

#[test]
fn a40_exp_missing() {
    let missing = Err(VerifyError::Claim(ClaimError::Missing(Claim::ExpiresAt)));
    for payload in ["{}", r#"{"iat":1000000}"#, r#"{"expires":1000900}"#, r#"{"x":{"exp":1000900}}"#] {
        assert_eq!(verify(&with_payload(payload)), missing, "{payload}");
    }
    // The named opt-out takes absence, and still not a past exp.
    let lenient = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().danger_allow_missing_expiry();
    let lenient = lenient.clock(at(NOW)).build();
    assert_eq!(lenient.verify::<()>(&with_payload("{}")).map(|_| ()), Ok(()));
    let error = lenient.verify::<()>(&with_payload(r#"{"exp":1}"#)).unwrap_err();
    assert_eq!(error, VerifyError::Claim(ClaimError::Expired { exp: secs(1), now: secs(NOW) }));
}

#[test]
fn a40_a_token_that_lives_longer_than_accepted() {
    let builder = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW));
    let verifier = builder.max_lifetime(Duration::from_secs(100)).danger_allow_missing_expiry().build();
    let verify = |payload: &str| verifier.verify::<()>(&with_payload(payload)).map(|_| ());
    assert_eq!(verify(r#"{"exp":1000050,"iat":999950}"#), Ok(()));
    let error = ClaimError::LivesTooLong { iat: secs(999_949), exp: secs(1_000_050) };
    assert_eq!(verify(r#"{"exp":1000050,"iat":999949}"#), Err(VerifyError::Claim(error)));
    for (payload, claim) in [(r#"{"exp":1000050}"#, Claim::IssuedAt), (r#"{"iat":1000000}"#, Claim::ExpiresAt)] {
        assert_eq!(verify(payload), Err(VerifyError::Claim(ClaimError::Missing(claim))));
    }
}

#[test]
fn a40_iat_missing_or_old_with_a_maximum_age() {
    let verifier = |leeway| {
        let builder = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW));
        builder.max_age(Duration::from_secs(100)).leeway(Duration::from_secs(leeway)).unwrap().build()
    };
    let verify = |payload: &str, leeway| verifier(leeway).verify::<()>(&with_payload(payload)).map(|_| ());
    let missing = Err(VerifyError::Claim(ClaimError::Missing(Claim::IssuedAt)));
    assert_eq!(verify(r#"{"exp":1000900}"#, 0), missing);
    assert_eq!(verify(r#"{"exp":1000900,"nbf":1000000}"#, 0), missing);
    assert_eq!(verify(r#"{"exp":1000900,"iat":999900}"#, 0), Ok(()));
    let old = Err(VerifyError::Claim(ClaimError::TooOld { iat: secs(999_899), now: secs(NOW) }));
    assert_eq!(verify(r#"{"exp":1000900,"iat":999899}"#, 0), old);
    assert_eq!(verify(r#"{"exp":1000900,"iat":999899}"#, 1), Ok(()));
}

#[test]
fn a41_a_leeway_that_is_no_clock_skew() {
    // Infinite and NaN cannot be written: a leeway is a Duration. What is left is huge.
    let leeway = |leeway| JwtVerifier::builder(hs256()).leeway(leeway).map(|_| ());
    for huge in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(601), Duration::new(600, 1)] {
        assert_eq!(leeway(huge), Err(ConfigError::Leeway), "{huge:?}");
    }
    for fine in [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(600)] {
        assert_eq!(leeway(fine), Ok(()), "{fine:?}");
    }
    for float in [f64::INFINITY, f64::NAN, -1.0, 1e30] {
        assert!(Duration::try_from_secs_f64(float).is_err(), "{float}");
    }
}

#[test]
fn a41_the_other_bounds_of_a_configuration() {
    use jwtward::{Algorithm, JwtSigner, SigningKey};
    for size in [0, (1 << 20) + 1, usize::MAX] {
        assert_eq!(
            JwtVerifier::builder(hs256()).max_token_size(size).map(|_| ()).unwrap_err(),
            ConfigError::MaxTokenSize
        );
    }
    let key = SigningKey::generate(Algorithm::HS256).unwrap();
    for lifetime in [Duration::ZERO, Duration::from_millis(999), Duration::MAX, Duration::from_secs(3_153_600_001)] {
        let signer = JwtSigner::new(key.clone(), "iss", "aud", lifetime);
        assert_eq!(signer.map(|_| ()), Err(ConfigError::Lifetime), "{lifetime:?}");
    }
}
