//! `counts OPERATION SEEDS`: does one thing under that many secrets, for callgrind to count the instructions of each. `counts` alone
//! lists the operations. `scripts/constant-time` runs it.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use jwtward::{
    Algorithm, FixedClock, JwsSigner, JwtVerifier, KeyLoader, NumericDate, ProviderConfig, RefreshToken, SecretSource,
    store::MemoryStore,
};
use jwtward_assurance::{
    block_on, keys, provider,
    valgrind::{count, require},
};

/// Gives blocks one after the other and takes none back, so that a block costs the same whatever was done before. Each begins at
/// a multiple of 128: copying takes another path where blocks are aligned otherwise, and neither is a secret's doing.
struct OneAfterTheOther;

const ROOM: usize = 1 << 30;
static START: AtomicUsize = AtomicUsize::new(0);
static USED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: each block is a part of one large block of the system's allocator, which is never given back; no two overlap, since the
// counter only grows, and none reaches beyond its end.
unsafe impl GlobalAlloc for OneAfterTheOther {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if START.load(Relaxed) == 0 {
            // SAFETY: the layout is not empty. The program has one thread.
            let room = unsafe { System.alloc(Layout::from_size_align_unchecked(ROOM, 128)) };
            START.store(room as usize, Relaxed);
        }
        let at = USED.fetch_add(layout.size().next_multiple_of(128), Relaxed);
        if START.load(Relaxed) == 0 || layout.align() > 128 || at + layout.size() > ROOM {
            return std::ptr::null_mut();
        }
        (START.load(Relaxed) + at) as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: OneAfterTheOther = OneAfterTheOther;

const PAYLOAD: &[u8] = br#"{"iss":"a","aud":"b","exp":1900000000}"#;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(operation) = arguments.next() else {
        println!("control\nverify HS256\nverify HS384\nverify HS512\nrefresh token");
        keys::ALGORITHMS.iter().for_each(|algorithm| println!("sign {algorithm}"));
        println!("sign RS256 one key\nsign PS256 one key");
        return;
    };
    let seeds: u64 = arguments.next().and_then(|text| text.parse().ok()).expect("a number of seeds");
    require();
    let steps: Vec<Box<dyn Fn()>> = match operation.split(' ').collect::<Vec<_>>()[..] {
        ["control"] => (0..seeds).map(control).collect(),
        ["refresh", "token"] => refresh_tokens(seeds),
        ["verify", algorithm] => {
            (0..seeds).map(|seed| verify(algorithm.parse().expect("an algorithm"), seed)).collect()
        }
        ["sign", algorithm] => (0..seeds).map(|seed| sign(algorithm.parse().expect("an algorithm"), seed)).collect(),
        ["sign", algorithm, "one", "key"] => {
            (0..seeds).map(|_| sign(algorithm.parse().expect("an algorithm"), 0)).collect()
        }
        _ => panic!("no such operation: {operation}"),
    };
    // The first times find the allocator and lazily made tables in other states.
    for step in steps.iter().chain(&steps) {
        step();
    }
    for step in steps {
        // Comparing takes another path near the end of a page, so each time begins on a new one.
        USED.store(USED.load(Relaxed).next_multiple_of(4096), Relaxed);
        count(&*step);
    }
}

/// A comparison that ends at the first difference, which the seed moves.
fn control(seed: u64) -> Box<dyn Fn()> {
    let secret = keys::octets(1, 32);
    let mut given = secret.clone();
    given[seed as usize % 32] ^= 1;
    Box::new(move || {
        black_box(secret.iter().zip(&given).all(|(a, b)| black_box(*a) == black_box(*b)));
    })
}

/// A token with a MAC that is wrong in one octet, another for each seed, under another secret for each.
fn verify(algorithm: Algorithm, seed: u64) -> Box<dyn Fn()> {
    let key = keys::key(algorithm, &keys::secret(algorithm, seed));
    let clock = FixedClock(NumericDate::from_secs(1_800_000_000));
    let verifier = JwtVerifier::builder(key.verifying_key()).issuer("a").audience("b").clock(clock).build();
    let mut token = JwsSigner::new(key).sign(PAYLOAD).expect("a token");
    let mac = token.rfind('.').expect("a MAC") + 1;
    // Not the last character, of which some bits must be zero.
    let at = mac + seed as usize % (token.len() - mac - 1);
    token.replace_range(at..=at, if &token[at..=at] == "A" { "B" } else { "A" });
    Box::new(move || assert!(verifier.verify::<()>(black_box(&token)).is_err()))
}

/// A refresh token with a tag that is wrong in one character, another for each seed, under another `refreshKey` for each.
fn refresh_tokens(seeds: u64) -> Vec<Box<dyn Fn()>> {
    let store = MemoryStore::default();
    let step = |seed: u64| -> Box<dyn Fn()> {
        let config = ProviderConfig::new(keys::key(Algorithm::HS256, &keys::octets(1000, 32)));
        let secret: String = keys::octets(seed, 32).iter().map(|octet| char::from(b'a' + octet % 26)).collect();
        let config = config.refresh_key(SecretSource::inline(&secret));
        let provider = provider(config, store.clone());
        let mut text = block_on(provider.issue_pair("alice", &())).expect("a pair").refresh.expose().to_owned();
        let at = 50 + seed as usize % 20;
        text.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
        let token = RefreshToken::new(text);
        Box::new(move || {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            // Refused before the store is asked, so at once.
            let refused = std::pin::pin!(provider.refresh_pair(&token)).poll(&mut context);
            assert!(matches!(refused, std::task::Poll::Ready(Err(_))));
        })
    };
    (0..seeds).map(step).collect()
}

/// The same message under another key for each seed.
fn sign(algorithm: Algorithm, seed: u64) -> Box<dyn Fn()> {
    let key = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => {
            let pems: Vec<&str> =
                include_str!("../../rsa-keys.pem").split_inclusive("-----END PRIVATE KEY-----\n").collect();
            KeyLoader::new(algorithm).signing_pem(pems[seed as usize % pems.len()]).expect("a key")
        }
        _ => keys::key(algorithm, &keys::secret(algorithm, seed)),
    };
    let signer = JwsSigner::new(key);
    Box::new(move || {
        black_box(signer.sign(PAYLOAD).expect("a token"));
    })
}
