//! Time: [`NumericDate`] (RFC 7519 section 2) and the clock.

#[cfg(feature = "provider")]
mod monotonic;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

#[cfg(feature = "provider")]
pub(crate) use monotonic::MonotonicClock;

const NANOS: i128 = 1_000_000_000;

/// A point in time, counted from 1970-01-01T00:00:00Z without leap seconds: `exp`, `nbf`, `iat`, and the clock's own time.
///
/// It holds any JSON number exactly as far as comparison goes: nanoseconds, and whether something was left below one. So a
/// fractional `exp` is never rounded towards a longer life, nor a fractional `nbf` towards an earlier start. Values beyond
/// ±10^28 seconds are held as that bound.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumericDate {
    nanos: i128,
    /// The true value is above `nanos`, by less than one nanosecond. Ordered after `nanos`, so that `Ord` is exact.
    above: bool,
}

/// Far beyond every 64-bit second and far from the ends of `i128`, so that no sum of two overflows.
const BOUND: i128 = 10_i128.pow(37);

impl NumericDate {
    /// That many whole seconds after 1970-01-01T00:00:00Z; negative before it.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self { nanos: secs as i128 * NANOS, above: false }
    }

    /// Whole seconds, rounded down, held within the range of `i64`.
    #[must_use]
    pub fn as_secs(self) -> i64 {
        self.held(NANOS)
    }

    /// Whole milliseconds, rounded down, held within the range of `i64`.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.held(1_000_000)
    }

    /// In units of that many nanoseconds, rounded down, held within the range of `i64`.
    fn held(self, unit: i128) -> i64 {
        i64::try_from(self.nanos.div_euclid(unit)).unwrap_or(if self.nanos < 0 { i64::MIN } else { i64::MAX })
    }

    /// Its seconds, if it has no fraction and is before the year 2262.
    pub(crate) fn exact_secs(self) -> Option<i64> {
        // The arithmetic of 64 bits is much faster than that of 128.
        let nanos = i64::try_from(self.nanos).ok().filter(|nanos| nanos % 1_000_000_000 == 0 && !self.above)?;
        Some(nanos / 1_000_000_000)
    }

    /// The same in whole seconds, rounded down. Issuers write whole seconds: some verifiers refuse fractions.
    #[must_use]
    pub fn whole_secs(self) -> Self {
        if let Ok(nanos) = i64::try_from(self.nanos) {
            return Self::from_secs(nanos.div_euclid(1_000_000_000));
        }
        Self { nanos: self.nanos.div_euclid(NANOS) * NANOS, above: false }
    }

    /// This time and that much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let nanos = i128::try_from(duration.as_nanos()).unwrap_or(BOUND);
        Self { nanos: self.nanos.saturating_add(nanos).min(BOUND), ..self }
    }

    /// The exact value of a JSON number as written, or `None` when its significant digits or exponent are beyond any sense
    /// for a time. The text must already have passed the JSON grammar.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (int, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: i128 = format!("{int}{fraction}").parse().ok()?;
        if digits == 0 {
            return Some(Self::from_secs(0));
        }
        // The value in nanoseconds is digits · 10^scale.
        let scale = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?.checked_add(9)?;
        let power = 10_i128.checked_pow(scale.unsigned_abs());
        Some(match (scale >= 0, power) {
            (true, power) => {
                let nanos = power.and_then(|power| digits.checked_mul(power)).unwrap_or(BOUND * digits.signum());
                Self { nanos: nanos.clamp(-BOUND, BOUND), above: false }
            }
            (false, Some(power)) => {
                let nanos = digits.div_euclid(power);
                let held = nanos.clamp(-BOUND, BOUND);
                Self { nanos: held, above: nanos == held && digits.rem_euclid(power) != 0 }
            }
            // So small that nothing is left of it but its sign.
            (false, None) => Self { nanos: if digits < 0 { -1 } else { 0 }, above: true },
        })
    }
}

impl From<SystemTime> for NumericDate {
    fn from(time: SystemTime) -> Self {
        let nanos = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(BOUND),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(BOUND),
        };
        Self { nanos, above: false }
    }
}

/// Seconds, with a fraction when there is one.
impl fmt::Display for NumericDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.nanos < 0 { "-" } else { "" };
        let (secs, nanos) = (self.nanos.unsigned_abs() / 1_000_000_000, self.nanos.unsigned_abs() % 1_000_000_000);
        write!(f, "{sign}{secs}")?;
        if nanos != 0 {
            write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl fmt::Debug for NumericDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumericDate({self})")
    }
}

/// Where the current time comes from. Tests and replays put their own in its place; nothing else in the crate reads a clock.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The current time. A clock that lags lets expired tokens live on by as much; one that leads cuts lives short.
    fn now(&self) -> NumericDate;
}

/// The operating system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> NumericDate {
        SystemTime::now().into()
    }
}

/// A clock that stands still at the time it holds.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub NumericDate);

impl Clock for FixedClock {
    fn now(&self) -> NumericDate {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NumericDate {
        NumericDate::from_json(text).unwrap()
    }

    #[test]
    fn exact_seconds_are_of_times_without_a_fraction_before_2262() {
        for (text, secs) in
            [("0", 0), ("-1", -1), ("1300819380", 1_300_819_380), ("2.0", 2), ("9223372036", 9_223_372_036)]
        {
            assert_eq!(date(text).exact_secs(), Some(secs), "{text}");
        }
        for text in ["0.5", "-0.5", "1.5", "1.000000001", "1.0000000001", "0.0000000001", "9223372037"] {
            assert_eq!(date(text).exact_secs(), None, "{text}");
        }
    }

    #[test]
    fn json_numbers_are_compared_exactly() {
        for (low, high) in [
            ("1300819380", "1300819380.0000000001"),
            ("1300819380.999999999999999999", "1300819381"),
            ("-1.5", "-1"),
            ("-0.0000000001", "0"),
            ("0", "1e-300"),
            ("-1e-300", "0"),
            ("9007199254740992", "9007199254740993"),
            ("18446744073709551614", "18446744073709551615"),
        ] {
            assert!(date(low) < date(high), "{low} < {high}");
        }
        for (a, b) in
            [("1e3", "1000"), ("1.5E+3", "1500.0"), ("15e-1", "1.5"), ("-0", "0"), ("0e999", "0.0"), ("1.50", "1.5")]
        {
            assert_eq!(date(a), date(b), "{a} = {b}");
        }
    }

    #[test]
    fn nothing_wraps() {
        let far = date("1e300");
        assert!(far > date("18446744073709551615"));
        assert!(date("-1e300") < date("-9223372036854775808"));
        assert_eq!(far.plus(Duration::MAX), far.plus(Duration::MAX).plus(Duration::MAX));
        assert_eq!(far.as_secs(), i64::MAX);
        assert_eq!(date("-1e300").as_secs(), i64::MIN);
        assert_eq!(date("-0.5").as_secs(), -1);
        // What is above the bound is not above it by a fraction, too.
        assert_eq!(date("15000000000000000000000000000.0000000001"), far);
    }

    #[test]
    fn senseless_precision_is_refused() {
        assert_eq!(NumericDate::from_json(&"1".repeat(60)), None);
        assert_eq!(NumericDate::from_json("1e99999999999"), None);
    }

    #[test]
    fn display_is_seconds() {
        for (text, shown) in
            [("-1.5", "-1.5"), ("1e9", "1000000000"), ("0.000000001", "0.000000001"), ("-0.25", "-0.25")]
        {
            assert_eq!(date(text).to_string(), shown);
        }
    }

    #[test]
    fn whole_seconds_are_rounded_down() {
        for (text, whole) in [("1.9", "1"), ("-0.1", "-1"), ("7", "7"), ("1e-300", "0"), ("1e300", "1e28")] {
            assert_eq!(date(text).whole_secs(), date(whole), "{text}");
        }
    }

    #[test]
    fn the_system_clock_is_after_2020() {
        assert!(SystemClock.now() > NumericDate::from_secs(1_577_836_800));
    }

    #[test]
    fn times_before_1970_are_negative() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_millis(1500);
        assert_eq!(NumericDate::from(before), date("-1.5"));
    }

    #[test]
    fn milliseconds_are_rounded_down_and_held() {
        for (text, millis) in [("1.9999", 1999), ("-0.0001", -1), ("1e28", i64::MAX), ("-1e28", i64::MIN)] {
            assert_eq!(date(text).as_millis(), millis);
        }
    }
}
