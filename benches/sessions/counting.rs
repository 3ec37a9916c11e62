//! How many octets are allocated, and for how long the store holds a lock.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use crate::figures::own_nanos;

pub(crate) struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static LATER: AtomicBool = AtomicBool::new(false);
static RELEASED: AtomicPtr<Released> = AtomicPtr::new(ptr::null_mut());

/// In the first octets of memory whose release is put off: a list of it.
struct Released {
    next: *mut Released,
    layout: Layout,
}

/// The octets asked for and not given back; what the allocator needs beside them is not in it.
pub(crate) fn allocated() -> usize {
    LIVE.load(Relaxed)
}

/// When the lock was taken, in the thread's own time; 0 when it is not held.
static TAKEN: AtomicU64 = AtomicU64::new(0);
static LONGEST: AtomicU64 = AtomicU64::new(0);

/// The store has read the clock, which it does as soon as it holds a lock.
pub(crate) fn lock_taken() {
    if LATER.load(Relaxed) {
        lock_released();
        TAKEN.store(own_nanos(), Relaxed);
    }
}

/// The store has returned, or drops what it removed, which it does after that.
fn lock_released() {
    let taken = TAKEN.swap(0, Relaxed);
    if taken > 0 {
        LONGEST.fetch_max(own_nanos().saturating_sub(taken), Relaxed);
    }
}

/// Does `steps` until one says that it is the last. For how long a lock was held at most, in nanoseconds of the thread's own time.
/// What a step releases is put off to its end, so that the first release tells the end of the lock.
pub(crate) fn longest_lock(mut step: impl FnMut() -> bool) -> u64 {
    LONGEST.store(0, Relaxed);
    loop {
        LATER.store(true, Relaxed);
        let done = step();
        lock_released();
        LATER.store(false, Relaxed);
        let mut next = RELEASED.swap(ptr::null_mut(), Relaxed);
        while !next.is_null() {
            // SAFETY: `dealloc` wrote it into memory that nobody else has any more.
            let Released { next: after, layout } = unsafe { ptr::read_unaligned(next) };
            // SAFETY: as `dealloc` was asked to.
            unsafe { System.dealloc(next.cast(), layout) };
            next = after;
        }
        if done {
            return LONGEST.load(Relaxed);
        }
    }
}

// SAFETY: every call goes to the system's allocator as it came, if later; beside it only numbers are added up.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller keeps what `GlobalAlloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        if LATER.load(Relaxed) && layout.size() >= size_of::<Released>() {
            lock_released();
            let released = memory.cast::<Released>();
            let next = RELEASED.load(Relaxed);
            // SAFETY: the memory is large enough, and its owner has given it up.
            unsafe { ptr::write_unaligned(released, Released { next, layout }) };
            RELEASED.store(released, Relaxed);
            return;
        }
        // SAFETY: as above; the memory came from the system's allocator.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_add(size, Relaxed);
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(memory, layout, size) }
    }
}
