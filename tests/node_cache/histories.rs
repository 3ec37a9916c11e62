//! Random histories on two nodes against the promise in words: what was ended is let in nowhere after the bound, and on
//! its node not at all; what was not ended is let in when the store can be reached; and nothing is let in that was
//! asked for too long ago.

use std::{collections::BTreeMap, time::Duration};

use jwtward::store::{CheckToken, Consistency, MemoryStore, NodeCache, Standing, Store, StoreError, StoreTime};
use proptest::{collection::vec, prelude::*};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, advance},
};

use crate::link::{Link, denying, ending, key, login, revoking, user};

const BOUND: Duration = Duration::from_millis(100);
const USERS: u64 = 2;
const SESSIONS: u64 = 2;

#[derive(Clone, Debug)]
enum Op {
    Check(usize, u64),
    /// A check whose reply hangs until `Release`.
    Hang(usize, u64),
    Release(prop::sample::Index),
    End(usize, u64),
    RevokeUser(usize, u64),
    RaiseFloor(usize),
    Deny(usize, u64),
    Login(usize, u64),
    Down(usize, bool),
    Advance(u64),
}

fn op() -> impl Strategy<Value = Op> {
    // A thing is a session of a user, or a token id of that user's.
    let (node, thing, who) = (0..2_usize, 0..USERS * SESSIONS * 2, 0..USERS);
    prop_oneof![
        10 => (node.clone(), thing.clone()).prop_map(|(node, thing)| Op::Check(node, thing)),
        4 => (node.clone(), thing.clone()).prop_map(|(node, thing)| Op::Hang(node, thing)),
        4 => any::<prop::sample::Index>().prop_map(Op::Release),
        2 => (node.clone(), thing.clone()).prop_map(|(node, thing)| Op::End(node, thing)),
        1 => (node.clone(), who).prop_map(|(node, who)| Op::RevokeUser(node, who)),
        1 => node.clone().prop_map(Op::RaiseFloor),
        2 => (node.clone(), thing.clone()).prop_map(|(node, thing)| Op::Deny(node, thing)),
        2 => (node.clone(), thing).prop_map(|(node, thing)| Op::Login(node, thing)),
        1 => (node, any::<bool>()).prop_map(|(node, down)| Op::Down(node, down)),
        6 => (1..60_u64).prop_map(Op::Advance),
    ]
}

/// When and on which node the change returned that ended something.
#[derive(Clone, Copy)]
struct Ended {
    at: Instant,
    node: usize,
}

struct Hanging {
    node: usize,
    thing: u64,
    start: Instant,
    release: oneshot::Sender<()>,
    task: JoinHandle<Result<Standing, StoreError>>,
}

struct World {
    nodes: Vec<NodeCache<Link>>,
    links: Vec<Link>,
    down: [bool; 2],
    /// Each login of a thing is another session, so that what is ended stays so.
    names: BTreeMap<u64, u64>,
    next: u64,
    ended: BTreeMap<u64, Ended>,
    /// When an answer that lets in was last asked for, by node and name.
    asked: BTreeMap<(usize, u64), Instant>,
}

fn owner(thing: u64) -> u64 {
    thing / 2 % USERS
}

fn is_tracked(thing: u64) -> bool {
    thing.is_multiple_of(2)
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        let links: Vec<_> = (0..2).map(|_| Link::to(&store)).collect();
        let nodes =
            links.iter().map(|link| NodeCache::with_capacity(link.clone(), Consistency::Bounded(BOUND), 64)).collect();
        Self {
            nodes,
            links,
            down: [false; 2],
            names: BTreeMap::new(),
            next: 1,
            ended: BTreeMap::new(),
            asked: BTreeMap::new(),
        }
    }

    /// Things of which nothing is known yet get a name.
    fn name(&mut self, thing: u64) -> u64 {
        let next = &mut self.next;
        *self.names.entry(thing).or_insert_with(|| {
            *next += 1;
            *next
        })
    }

    fn end(&mut self, name: u64, node: usize) {
        self.ended.entry(name).or_insert(Ended { at: Instant::now(), node });
    }

    async fn check(node: NodeCache<Link>, thing: u64, name: u64) -> Result<Standing, StoreError> {
        let (user, token_id) = (user(owner(thing)), format!("id {name}"));
        if is_tracked(thing) {
            return node.check(CheckToken::Tracked(key(owner(thing), name))).await;
        }
        node.check(CheckToken::Untracked { user, token_id: &token_id }).await
    }

    /// Holds an answer against what it may be.
    fn judge(
        &mut self,
        (node, thing, name): (usize, u64, u64),
        start: Instant,
        fetched: bool,
        answer: Result<Standing, StoreError>,
        overlapped: bool,
    ) -> Result<(), TestCaseError> {
        let now = Instant::now();
        let lets_in = answer
            .as_ref()
            .is_ok_and(|standing| if is_tracked(thing) { standing.session.is_some() } else { !standing.denied });
        if fetched && lets_in {
            let asked = self.asked.entry((node, name)).or_insert(start);
            *asked = (*asked).max(start);
        }
        let ended = self.ended.get(&name).copied();
        if lets_in {
            if let Some(ended) = ended {
                prop_assert!(now < ended.at + BOUND, "let in after the bound");
                prop_assert!(ended.node != node || overlapped, "let in on the node where it was ended");
            }
            let asked = self.asked.get(&(node, name)).copied();
            prop_assert!(asked.is_some_and(|asked| now < asked + BOUND), "let in by an answer that is too old");
        } else if ended.is_none() && !self.down[node] && !overlapped {
            prop_assert!(false, "not let in, though the store was there: {answer:?}");
        }
        Ok(())
    }
}

async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

async fn run(ops: Vec<Op>) -> Result<(), TestCaseError> {
    let mut world = World::new();
    let mut hanging: Vec<Hanging> = Vec::new();
    let mut names_of_hanging = BTreeMap::new();
    for op in ops {
        match op {
            Op::Login(node, thing) => {
                if is_tracked(thing) && !world.down[node] {
                    world.names.remove(&thing);
                    let name = world.name(thing);
                    login(&world.nodes[node], key(owner(thing), name)).await;
                }
            }
            Op::Check(node, thing) => {
                if is_tracked(thing) && !world.names.contains_key(&thing) {
                    continue;
                }
                let name = world.name(thing);
                world.links[node].checks();
                let start = Instant::now();
                let answer = World::check(world.nodes[node].clone(), thing, name).await;
                let fetched = world.links[node].checks() > 0;
                world.judge((node, thing, name), start, fetched, answer, false)?;
            }
            Op::Hang(node, thing) => {
                // One at a time for each node, so that it is the one that is held.
                if is_tracked(thing) && !world.names.contains_key(&thing)
                    || hanging.iter().any(|other| other.node == node)
                {
                    continue;
                }
                let name = world.name(thing);
                world.links[node].checks();
                let release = world.links[node].hold_next();
                let start = Instant::now();
                let mut task = tokio::spawn(World::check(world.nodes[node].clone(), thing, name));
                settle().await;
                if world.links[node].checks() == 0 {
                    // A hit.
                    world.links[node].unhold();
                    let answer = (&mut task).await.unwrap();
                    world.judge((node, thing, name), start, false, answer, false)?;
                    continue;
                }
                names_of_hanging.insert((node, thing), name);
                hanging.push(Hanging { node, thing, start, release, task });
            }
            Op::Release(which) => {
                if hanging.is_empty() {
                    continue;
                }
                let Hanging { node, thing, start, release, task } = hanging.remove(which.index(hanging.len()));
                drop(release);
                let answer = task.await.unwrap();
                let name = names_of_hanging[&(node, thing)];
                world.judge((node, thing, name), start, true, answer, true)?;
            }
            Op::End(node, thing) => {
                if let (true, Some(name)) = (is_tracked(thing), world.names.get(&thing).copied())
                    && world.nodes[node].end(&ending(key(owner(thing), name))).await.is_ok()
                {
                    world.end(name, node);
                }
            }
            Op::Deny(node, thing) => {
                if !is_tracked(thing) {
                    let name = world.name(thing);
                    if world.nodes[node].deny(&denying(&format!("id {name}"))).await.is_ok() {
                        world.end(name, node);
                    }
                }
            }
            Op::RevokeUser(node, who) => {
                if world.nodes[node].revoke_user(&revoking(user(who))).await.is_ok() {
                    let of_user: Vec<_> = world.names.iter().filter(|(thing, _)| owner(**thing) == who).collect();
                    let of_user: Vec<_> =
                        of_user.into_iter().filter(|(t, _)| is_tracked(**t)).map(|(_, n)| *n).collect();
                    of_user.into_iter().for_each(|name| world.end(name, node));
                }
            }
            Op::RaiseFloor(node) => {
                // As the store's time stands it may not end the newest, so it is only that everything is asked for
                // again.
                if let Ok(floor) = world.nodes[node].raise_floor(StoreTime::from_millis(0)).await {
                    prop_assert_eq!(floor, StoreTime::from_millis(0));
                    world.links[node].checks();
                    let things: Vec<_> = world.names.iter().map(|(thing, name)| (*thing, *name)).collect();
                    if let (Some((thing, name)), false) =
                        (things.first().copied(), hanging.iter().any(|h| h.node == node))
                    {
                        let start = Instant::now();
                        let answer = World::check(world.nodes[node].clone(), thing, name).await;
                        prop_assert!(world.links[node].checks() == 1, "remembered across a change of all");
                        world.judge((node, thing, name), start, true, answer, false)?;
                    }
                }
            }
            Op::Down(node, down) => {
                world.links[node].set_down(down);
                world.down[node] = down;
            }
            Op::Advance(millis) => advance(Duration::from_millis(millis)).await,
        }
    }
    for Hanging { release, task, .. } in hanging {
        drop(release);
        let _ = task.await.unwrap();
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_breaks_the_promise(ops in vec(op(), 1..80)) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(ops))?;
    }
}
