//! Other libraries beside jwtward: verifying and signing an access token of usual size, keys loaded once.
//!
//! `cargo bench --manifest-path benches/peers/Cargo.toml` prints a Markdown table; `-- ES256` measures that algorithm alone, several
//! names several; `-- --rounds=5` is quicker. CMake, a C++ compiler, libclang (for BoringSSL) and OpenSSL's headers have to be there.
//!
//! Before anything is timed, each library accepts every other's token and refuses what it must. All verify the same token, in turn,
//! round by round, and check issuer, audience, expiry and `nbf`; times are the thread's own. josekit is in a process of its own,
//! since OpenSSL and BoringSSL share their symbols, and takes its turns like the others.

#[path = "../shared/allocations.rs"]
mod allocations;
mod checks;
mod libraries;
mod peer;
mod protocol;
mod token;

use jwtward::{Algorithm, SigningKey};

use crate::{
    libraries::{Kind, LIBRARIES, Library},
    peer::{Operation, Peer},
    token::Keys,
};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// What all calls of one library in one round take, about, in nanoseconds.
const BUDGET: u64 = 3_000_000;

/// One library with one algorithm.
pub(crate) struct Contestant {
    pub(crate) library: &'static Library,
    pub(crate) peer: Box<dyn Peer>,
}

struct Cell {
    calls: u64,
    /// Microseconds a call, of each round.
    times: Vec<f64>,
    allocations: u64,
}

fn main() {
    let (mut wanted, mut rounds) = (Vec::new(), 25);
    for argument in std::env::args().skip(1) {
        match argument.strip_prefix("--rounds=") {
            Some(number) => rounds = number.parse().expect("--rounds=NUMBER"),
            None if argument.starts_with('-') => {}
            None => wanted.push(argument.parse::<Algorithm>().expect("an algorithm's name")),
        }
    }
    // The same signatures as EdDSA's under a newer name, which few know.
    let all = Algorithm::ALL.iter().copied().filter(|algorithm| *algorithm != Algorithm::Ed25519);
    let algorithms: Vec<_> = all.filter(|algorithm| wanted.is_empty() || wanted.contains(algorithm)).collect();

    let mut rows = [Vec::new(), Vec::new()];
    let mut octets = 0;
    for algorithm in algorithms {
        let keys = keys(algorithm);
        let mut contestants: Vec<_> =
            LIBRARIES.iter().filter_map(|library| Some(Contestant { library, peer: (library.load)(&keys)? })).collect();
        eprintln!("{algorithm}: {} of {} have it; checking", contestants.len(), LIBRARIES.len());
        checks::agree(&keys, &mut contestants);
        let token = contestants[0].peer.token();
        if octets == 0 {
            octets = token.len();
        }
        for (operation, rows) in [Operation::Verify, Operation::Sign].into_iter().zip(&mut rows) {
            rows.push(measure(algorithm, operation, &token, rounds, &mut contestants));
        }
    }
    print(&rows.concat(), rounds, octets);
}

fn keys(algorithm: Algorithm) -> Keys {
    let mut keys = Keys {
        algorithm: algorithm.to_string(),
        secret: Vec::new(),
        private_pem: String::new(),
        public_pem: String::new(),
        private_jwk: String::new(),
        public_jwk: String::new(),
    };
    if algorithm.is_symmetric() {
        keys.secret = vec![0; 64];
        getrandom::fill(&mut keys.secret).expect("the system has randomness");
        return keys;
    }
    let key = match algorithm.as_str().get(..2) {
        // The size that most deployments have.
        Some("RS" | "PS") => SigningKey::generate_rsa(algorithm, 2048),
        _ => SigningKey::generate(algorithm),
    };
    let key = key.expect("the system has randomness");
    let public = key.verifying_key();
    keys.private_pem = key.danger_export_private_pem().expect("it is a key pair").expose().to_owned();
    keys.private_jwk = key.danger_export_private_jwk().expect("it can be written").expose().to_owned();
    keys.public_pem = public.to_pem().expect("it is public");
    keys.public_jwk = public.to_jwk().expect("it is public").to_string();
    keys
}

/// A row of the table.
fn measure(
    algorithm: Algorithm,
    operation: Operation,
    token: &str,
    rounds: usize,
    contestants: &mut [Contestant],
) -> Vec<String> {
    eprintln!("{algorithm}: {operation:?}, {rounds} rounds");
    let mut cells: Vec<_> = contestants
        .iter_mut()
        .map(|Contestant { peer, .. }| {
            let once = peer.measure(operation, token, 2);
            Cell {
                calls: (2 * BUDGET / once.nanos.max(1)).max(1),
                times: Vec::new(),
                allocations: once.allocations / 2,
            }
        })
        .collect();
    for _ in 0..rounds {
        for (Contestant { peer, .. }, cell) in contestants.iter_mut().zip(&mut cells) {
            let measured = peer.measure(operation, token, cell.calls);
            cell.times.push(measured.nanos as f64 / cell.calls as f64 / 1000.0);
        }
    }

    let of = |library: &Library| contestants.iter().position(|contestant| contestant.library.name == library.name);
    let best = (0..cells.len())
        .filter(|&place| contestants[place].library.kind == Kind::Peer)
        .min_by(|&a, &b| median(&cells[a].times).total_cmp(&median(&cells[b].times)));
    let mut row = vec![
        format!("{operation:?} {algorithm}")
            .to_lowercase()
            .replace(&algorithm.as_str().to_lowercase(), algorithm.as_str()),
    ];
    for library in LIBRARIES {
        row.push(of(library).map_or("–".to_owned(), |place| {
            let (time, allocations) = (median(&cells[place].times), cells[place].allocations);
            let text = format!("{} ({allocations})", three_digits(time));
            if Some(place) == best { format!("**{text}**") } else { text }
        }));
    }
    for library in LIBRARIES.iter().filter(|library| library.kind == Kind::Ours) {
        let ratio = of(library).zip(best).map(|(ours, best)| {
            let ratios: Vec<_> = cells[ours].times.iter().zip(&cells[best].times).map(|(a, b)| a / b).collect();
            format!("{:.2}", median(&ratios))
        });
        row.push(ratio.unwrap_or("–".to_owned()));
    }
    row
}

fn print(rows: &[Vec<String>], rounds: usize, octets: usize) {
    println!(
        "\nThe thread's own µs a call, and allocations in parentheses: medians of {rounds} rounds in turn; an HS256 token or the first \
         of those asked for has {octets} octets. The best peer is bold, and the last columns are the medians of the rounds' own \
         ratios to it. \"–\": the library has no such algorithm, or there is nothing to prepare. \"Alone\" is the signature without \
         a token.\n"
    );
    let mut head = vec![String::new()];
    head.extend(LIBRARIES.iter().map(|library| library.name.to_owned()));
    let ours = LIBRARIES.iter().filter(|library| library.kind == Kind::Ours);
    head.extend(ours.map(|library| format!("{} / best peer", library.name)));
    println!("| {} |", head.join(" | "));
    println!("|---|{}", "--:|".repeat(head.len() - 1));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn three_digits(value: f64) -> String {
    let places = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.places$}")
}
