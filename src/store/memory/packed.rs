//! Numbers in fewer octets than a register has: a million sessions are a million of each.

/// A number of `N` octets, without alignment. What does not fit becomes the largest that does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed<const N: usize>([u8; N]);

impl<const N: usize> Packed<N> {
    const MAX: u64 = if N >= 8 { u64::MAX } else { (1 << (8 * N)) - 1 };

    pub(super) fn new(value: u64) -> Self {
        let octets = value.min(Self::MAX).to_le_bytes();
        Self(std::array::from_fn(|i| octets.get(i).copied().unwrap_or(0)))
    }

    pub(super) fn get(self) -> u64 {
        self.0.iter().rev().fold(0, |value, octet| value << 8 | u64::from(*octet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_comes_back_and_what_does_not_is_held() {
        for value in [0, 1, 255, 256, (1 << 40) - 1] {
            assert_eq!(Packed::<5>::new(value).get(), value);
        }
        assert_eq!(Packed::<5>::new(1 << 40).get(), (1 << 40) - 1);
        assert_eq!(Packed::<8>::new(u64::MAX).get(), u64::MAX);
        assert_eq!(size_of::<Packed<6>>(), 6);
    }
}
