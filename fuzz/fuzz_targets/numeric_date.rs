//! Times against exact decimal arithmetic done here on the digits as text: the value in nanoseconds, rounded down, and whether
//! anything was left below. Order, seconds and text all follow from these two.
#![no_main]

use jwtward::{NumericDate, fuzzing};
use libfuzzer_sys::fuzz_target;

/// Beyond ±10^28 seconds a time is held as that bound.
const BOUND: i128 = 10_i128.pow(37);

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Several numbers, one to a line.
    let mut dates = Vec::new();
    for line in text.lines().take(4) {
        let Some(date) = fuzzing::numeric_date(line) else { continue };
        let (nanos, above) = reference(line);
        let exact = nanos.abs() < BOUND;
        if exact {
            check(date, nanos, above);
        } else {
            assert_eq!(date.to_string(), seconds(nanos));
        }
        dates.push((date, (nanos, exact && above)));
    }
    for (one, one_exact) in &dates {
        for (other, other_exact) in &dates {
            assert_eq!(one.cmp(other), one_exact.cmp(other_exact));
        }
    }
});

fn check(date: NumericDate, nanos: i128, above: bool) {
    let shown = seconds(nanos);
    assert_eq!(date.to_string(), shown);
    let floor = fuzzing::numeric_date(&shown).expect("what is shown can be read");
    assert_eq!(date > floor, above);
    assert_eq!(date == floor, !above);
    let secs = i64::try_from(nanos.div_euclid(1_000_000_000));
    assert_eq!(date.as_secs(), secs.unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }));
}

/// Nanoseconds as seconds with a fraction.
fn seconds(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, fraction) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
    match fraction {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction:09}").trim_end_matches('0').to_owned(),
    }
}

/// The number's value in nanoseconds, rounded down and held within the bound, and whether something was left.
fn reference(text: &str) -> (i128, bool) {
    let (text, negative) = text.strip_prefix('-').map_or((text, false), |text| (text, true));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().expect("longer exponents are refused");
    let (int, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{int}{fraction}");
    // The value is 0.digits · 10^point, in nanoseconds.
    let point = int.len() as i64 + exponent + 9;
    let digit =
        |i: i64| usize::try_from(i).ok().and_then(|i| digits.as_bytes().get(i)).map_or(0, |d| i128::from(d - b'0'));

    let mut nanos: i128 = 0;
    for i in 0..point.min(digits.len() as i64) {
        nanos = (nanos * 10 + digit(i)).min(BOUND);
    }
    for _ in digits.len() as i64..point.min(digits.len() as i64 + 64) {
        nanos = (nanos * 10).min(BOUND);
    }
    let left = (point.max(0)..digits.len() as i64).any(|i| digit(i) != 0);
    match (negative, left) {
        (false, _) => (nanos, left),
        // Rounded down, that is away from zero.
        (true, true) => ((-nanos - 1).max(-BOUND), true),
        (true, false) => (-nanos, false),
    }
}
