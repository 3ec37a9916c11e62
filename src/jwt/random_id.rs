//! Token ids: 128 random bits each, taken from the operating system for several at once.
//!
//! One call to the system costs as much as the rest of an HMAC signature. What is fetched is kept per thread, each octet is handed
//! out once and wiped, and a process that was forked does not use what its parent fetched: it has another number. A copy of a whole
//! virtual machine that goes on twice, or a fork into a namespace where it gets the same number, can repeat the few ids that were
//! fetched before; they are names, not secrets.

use std::cell::RefCell;

/// The system's random source failed.
pub(super) struct NoRandom;

struct Pool {
    octets: [u8; 256],
    /// How many of them, from the first on, are still to be used.
    left: usize,
    /// Who fetched them.
    process: u32,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { octets: [0; 256], left: 0, process: 0 }) };
}

impl Pool {
    fn take(&mut self) -> Result<[u8; 16], NoRandom> {
        let process = std::process::id();
        if self.process != process || self.left < 16 {
            self.left = 0;
            getrandom::fill(&mut self.octets).map_err(|_| NoRandom)?;
            (self.left, self.process) = (self.octets.len(), process);
        }
        self.left -= 16;
        let last = self.octets.get_mut(self.left..).and_then(<[u8]>::first_chunk_mut::<16>);
        last.map(std::mem::take).ok_or(NoRandom)
    }
}

/// The octets of a fresh id.
pub(super) fn random_id() -> Result<[u8; 16], NoRandom> {
    let taken = POOL.try_with(|pool| pool.try_borrow_mut().map_or(Err(NoRandom), |mut pool| pool.take()));
    taken.unwrap_or(Err(NoRandom))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_id_comes_twice_on_any_thread() {
        let ids = || (0..1000).map(|_| random_id().ok().unwrap()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(ids)).collect();
        let all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).chain(ids()).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 5000);
        assert!(!all.contains(&[0; 16]));
    }

    #[test]
    fn what_was_handed_out_is_wiped() {
        let mut pool = Pool { octets: [0; 256], left: 0, process: 0 };
        for taken in 1..=16 {
            let id = pool.take().ok().unwrap();
            assert_eq!(pool.left, 256 - 16 * taken);
            assert!(pool.octets[pool.left..].iter().all(|octet| *octet == 0));
            assert!(!pool.octets[..pool.left].windows(16).any(|earlier| earlier == id));
        }
        assert_eq!(pool.octets, [0; 256]);
    }

    #[test]
    fn another_process_fetches_its_own() {
        let mut pool = Pool { octets: [7; 256], left: 256, process: !std::process::id() };
        assert_ne!(pool.take().ok().unwrap(), [7; 16]);
        assert_eq!((pool.left, pool.process), (240, std::process::id()));
        assert!(!pool.octets[..240].windows(16).any(|octets| octets == [7; 16]), "the parent's are gone");
    }
}
