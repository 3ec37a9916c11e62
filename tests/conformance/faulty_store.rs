//! Each call of the contract, and what the faults do to it.

use std::time::{Duration, Instant};

use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, Limit,
        LoadedSession, OnReuse, OpenSession, Opening, OperationId, Purged, RevokeUser, RevokedPage, Rotate, Rotation,
        SessionKey, SessionKind, SessionMetadata, SessionRecord, SessionStanding, Standing, Store, StoreError,
        StoreTime, WhenFull,
    },
};
use tokio::task::yield_now;

use crate::{
    fault::Fault,
    faulty::{Faulty, clock},
};

impl Store for Faulty {
    fn capabilities(&self) -> Capabilities {
        let without = self.is(Fault::WithoutSessions) || self.is(Fault::WithoutSessionsYetWithThem);
        Capabilities { sessions: !without, ..self.inner.capabilities() }
    }

    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        let mut answer = self.inner.begin(begin).await?;
        match self.fault {
            Fault::TimeGoesBack if self.number() % 2 == 1 => {
                answer.begun = StoreTime::from_millis(answer.begun.as_millis() - 5);
            }
            Fault::BeginIsAtTheFloor => {
                let (user_floor, _) = self.floors(begin.user).await?;
                if user_floor.as_millis() > 0 {
                    answer.begun = user_floor;
                }
            }
            Fault::FullIsNeverSaid => answer.full = None,
            Fault::IncarnationIsConstant => answer.incarnation = 7,
            Fault::FloorPassesThePresent | Fault::FloorSparesSessions => {
                answer.begun = answer.begun.max(self.note(|notes| notes.floor).plus(Duration::from_millis(1)));
            }
            _ => {}
        }
        Ok(answer)
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        self.sessions()?;
        let user = open.key.user;
        let repeated = self.note(|notes| notes.opened.contains(&open.key));
        let of_another = self.note(|notes| notes.opened.iter().find(|key| key.session == open.key.session).copied());
        let count = self.note(|notes| {
            notes.opened.push(open.key);
            let live = notes.opened.iter().filter(|key| key.user == user && !notes.ended.contains(&key.session));
            // Without this one, unless it ended before its opening was repeated.
            live.count().saturating_sub(1)
        });
        let any_ended = self.note(|notes| !notes.ended.is_empty());
        let mut open = OpenSession { key: self.session(open.key), ..open.clone() };
        if let Some(answer) = self.note(|notes| notes.evicted.get(&open.key.session).cloned()) {
            return Ok(answer);
        }
        let limit = open.limit.map(|limit| (limit.when_full, limit.max.get() as usize));
        match (self.fault, limit) {
            (Fault::LimitIsReadThenWritten | Fault::FreePlaceIsReadThenWritten, Some((WhenFull::Reject, max)))
                if !self.is(Fault::FreePlaceIsReadThenWritten) || any_ended =>
            {
                let active = self.inner.count(user).await?;
                if active >= max as u64 && !repeated && self.inner.load(open.key).await?.is_none() {
                    return Ok(Opening::Full { active });
                }
                yield_now().await;
                open.limit = None;
            }
            (Fault::ExpiredTakePlaces, Some((WhenFull::Reject, max))) if count >= max && !repeated => {
                self.note(|notes| notes.ended.insert(open.key.session));
                return Ok(Opening::Full { active: count as u64 });
            }
            (
                Fault::EvictionIsReadThenWritten
                | Fault::EvictsTheNewest
                | Fault::EvictsTheLeastRefreshed
                | Fault::EvictsOnlyOne
                | Fault::EvictsUnsaid
                | Fault::EvictsAlways,
                Some((WhenFull::EvictOldest, max)),
            ) if !repeated => return self.evict(&open, max).await,
            (Fault::FloorIsReadThenWritten | Fault::FloorOfAllIsReadThenWritten, _) => {
                let (user_floor, floor) = self.floors(user).await?;
                if open.begun <= user_floor.max(floor) {
                    return Ok(Opening::Revoked);
                }
                yield_now().await;
                if self.is(Fault::FloorIsReadThenWritten) || open.begun > self.floors(user).await?.0 {
                    open.begun = self.now(user).await?;
                }
            }
            (Fault::BegunBelowTheFloorOfAllIsAccepted, _) if open.begun > self.floors(user).await?.0 => {
                open.begun = self.now(user).await?;
            }
            (Fault::NoLimitIsFifty, None) => open.limit = fifty(),
            (Fault::RepeatRevives, _) if repeated && open.begun <= self.floors(user).await?.0 => {
                open.begun = self.now(user).await?;
                open.key = self.reborn(open.key);
            }
            (Fault::AbsoluteIsMadeUp, _) if open.absolute.is_none() => open.absolute = Some(open.lifetime * 9),
            (Fault::RepeatReopensTheEnded, _)
                if repeated
                    && open.begun > self.floors(user).await?.0
                    && self.inner.load(open.key).await?.is_none() =>
            {
                open.key = self.reborn(open.key);
            }
            (Fault::RepeatOpensTwice, _) if repeated => {
                let octets = (u128::from(self.number()) + 1).to_be_bytes();
                open.key.session = SessionId::from_octets(octets);
            }
            (Fault::StaleBegunIsAccepted, _) => open.begun = self.now(user).await?,
            (Fault::StaleBegunIsAcceptedWithinAMillisecond, _) => {
                open.begun = open.begun.plus(Duration::from_millis(1));
            }
            (Fault::SessionIdsAreOfAllUsers, _) => open.key = of_another.unwrap_or(open.key),
            (Fault::MetadataAreCut, _) => {
                let agent = open.metadata.user_agent().map(|agent| agent.split('\0').next().unwrap().to_owned());
                let label = open.metadata.label().unwrap_or_default().to_owned();
                let ip = open.metadata.ip();
                if let (Some(agent), Some(ip)) = (agent, ip) {
                    open.metadata = SessionMetadata::new().with_user_agent(&agent).with_label(&label).with_ip(ip);
                }
            }
            (Fault::DataAreNormalized, _) => open.data = open.data.map(|data| data.replace(' ', "").into()),
            (Fault::LifetimeIsIgnored, _) => open.lifetime = Duration::from_secs(3600),
            (Fault::AbsoluteIsIgnored, _) if open.absolute.is_some_and(|absolute| absolute < open.lifetime) => {
                open.absolute = None;
            }
            (Fault::RefreshPassesAbsolute, _) => {
                if let Some(absolute) = open.absolute.take_if(|absolute| *absolute > open.lifetime) {
                    self.note(|notes| notes.absolute.insert(open.key.session, absolute));
                }
            }
            _ => {}
        }
        let mut answer = self.inner.open(&open).await?;
        if let Opening::Opened { evicted, .. } = &mut answer
            && repeated
            && self.is(Fault::RepeatForgetsTheEvicted)
        {
            evicted.clear();
        }
        Ok(answer)
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        let id;
        let (token, user) = match token {
            CheckToken::Tracked(key) => (CheckToken::Tracked(self.session(key)), key.user),
            CheckToken::Untracked { user, token_id } => {
                id = self.token_id(token_id);
                (CheckToken::Untracked { user, token_id: &id }, user)
            }
            _ => return Err(StoreError::unsupported()),
        };
        assert!(!self.is(Fault::Panics), "as it should");
        let mut standing = self.inner.check(token).await?;
        let purged = self.note(|notes| notes.purged);
        match (self.fault, token) {
            (Fault::IncarnationIsConstant, _) => standing.incarnation = 7,
            (Fault::NewStoreHasAFloor, _) => standing.floor = standing.floor.max(StoreTime::from_millis(1)),
            (Fault::EpochIsThePresent, _) => standing.epoch = self.now(user).await?,
            (Fault::CheckFindsTheEnded, CheckToken::Tracked(key))
                if self.note(|notes| notes.ended.contains(&key.session)) =>
            {
                standing.session = Some(SessionStanding { generation: 0, pair: true, remaining: None });
            }
            (Fault::CheckIsTwoReadings, _) => {
                yield_now().await;
                standing.user_floor = self.inner.check(token).await?.user_floor;
            }
            (Fault::CheckForgetsTheFloor, CheckToken::Tracked(_)) => standing.user_floor = StoreTime::default(),
            (Fault::UserFloorIsThePresent, _) => {
                standing.user_floor = standing.user_floor.min(clock());
            }
            (Fault::UserFloorIsThePresentBelowTheOther, _) if standing.floor.as_millis() > 0 => {
                standing.user_floor = standing.user_floor.min(clock());
            }
            (Fault::PurgeDropsDenials, _) if purged => standing.denied = false,
            (Fault::PurgeDropsFloors, _) if purged => standing.user_floor = StoreTime::default(),
            (Fault::FloorCanBeLowered | Fault::FloorPassesThePresent | Fault::FloorSparesSessions, _) => {
                standing.floor = self.note(|notes| notes.floor);
            }
            (Fault::RefreshPassesAbsolute, CheckToken::Tracked(key)) => {
                if let Some(session) = &mut standing.session {
                    session.remaining =
                        session.remaining.or(self.note(|notes| notes.absolute.get(&key.session).copied()));
                }
            }
            _ => {}
        }
        Ok(standing)
    }

    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        self.sessions()?;
        let mut loaded = self.inner.load(self.session(session)).await?;
        if let Some(loaded) = &mut loaded {
            match self.fault {
                Fault::PurgeDropsData if self.note(|notes| notes.purged) => loaded.data = None,
                Fault::SeedIsLost => loaded.kind = SessionKind::Pair { seed: 0 },
                Fault::RefreshPassesAbsolute => {
                    loaded.remaining =
                        loaded.remaining.or(self.note(|notes| notes.absolute.get(&session.session).copied()));
                }
                _ => {}
            }
        }
        Ok(loaded)
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        self.sessions()?;
        let mut rotate = Rotate { key: self.session(rotate.key), ..rotate.clone() };
        let session = rotate.key.session;
        let loaded = self.inner.load(rotate.key).await?;
        let generation = loaded.as_ref().map_or(0, |loaded| loaded.generation);
        let asked = rotate.clone();
        let forget = match self.fault {
            Fault::RefreshIsForgotten => true,
            Fault::RefreshIsForgottenByPurge => self.note(|notes| notes.purged),
            Fault::ReuseIsForgotten => self.note(|notes| notes.reused.contains(&rotate.operation)),
            _ => false,
        };
        if forget {
            rotate.operation = OperationId::from_u64(self.number());
        }
        match self.fault {
            Fault::RefreshIsReadThenWritten | Fault::RepeatIsReadThenWritten
                if rotate.presented == generation
                    && (self.is(Fault::RefreshIsReadThenWritten) || !rotate.grace.is_zero()) =>
            {
                yield_now().await;
                rotate.presented = self.inner.load(rotate.key).await?.map_or(0, |loaded| loaded.generation);
            }
            Fault::GraceSlides => {
                let last = self.note(|notes| notes.repeated.get(&session).copied());
                if last.is_some_and(|last| last.elapsed() < rotate.grace) {
                    rotate.grace *= 1000;
                }
            }
            Fault::GraceIsEndless => rotate.grace *= 1000,
            Fault::GraceIsIgnored => rotate.grace = Duration::ZERO,
            Fault::GraceReachesFurtherBack if rotate.presented < generation => rotate.presented = generation - 1,
            Fault::ReuseLeavesTheSession => rotate.on_reuse = OnReuse::Refuse,
            Fault::RefusedReuseEndsTheSession if rotate.grace.is_zero() => rotate.on_reuse = OnReuse::EndSession,
            Fault::NewerMoves => rotate.presented = rotate.presented.min(generation),
            Fault::RefreshDropsData if rotate.data.is_none() => rotate.data = Some(None),
            Fault::RefreshIgnoresLifetime => rotate.lifetime = Duration::from_secs(3600),
            Fault::RefreshOnlyLengthens => rotate.lifetime = rotate.lifetime.max(Duration::from_secs(3600)),
            Fault::RefreshRevives | Fault::RefreshRevivesTheEvicted => yield_now().await,
            _ => {}
        }
        let answer = self.inner.rotate(&rotate).await?;
        Ok(match (self.fault, answer) {
            (Fault::TwoRefreshesWin, Rotation::Repeated { generation, .. }) => Rotation::Rotated { generation },
            (Fault::GraceAnswersTheAsker, Rotation::Repeated { generation, data, .. }) => {
                Rotation::Repeated { generation, issued: asked.issued, data }
            }
            (Fault::GraceSlides, answer @ Rotation::Repeated { .. }) => {
                self.note(|notes| notes.repeated.insert(session, Instant::now()));
                answer
            }
            (Fault::ReuseLeavesTheSession, Rotation::Superseded) if asked.on_reuse == OnReuse::EndSession => {
                Rotation::Reused
            }
            (Fault::RefusedReuseEndsTheSession, Rotation::Reused) if asked.on_reuse == OnReuse::Refuse => {
                Rotation::Superseded
            }
            (Fault::ReuseIsForgotten, Rotation::Reused) => {
                self.note(|notes| notes.reused.insert(asked.operation));
                Rotation::Reused
            }
            (Fault::RefreshRevives, Rotation::Gone) if loaded.is_some() && !asked.grace.is_zero() => {
                self.revive(&rotate).await?
            }
            (Fault::RefreshRevivesTheEvicted, Rotation::Gone)
                if loaded.is_some() && asked.grace.is_zero() && asked.on_reuse == OnReuse::Refuse =>
            {
                self.revive(&rotate).await?
            }
            (Fault::GraceIsForTheEnded, Rotation::Gone) if !asked.grace.is_zero() => {
                Rotation::Repeated { generation: 1, issued: asked.issued, data: None }
            }
            (_, answer) => answer,
        })
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        let mut deny = DenyToken { token_id: self.token_id(&deny.token_id), ..deny.clone() };
        self.note(|notes| {
            notes.denied.insert(deny.token_id.clone(), Instant::now() + deny.keep);
            notes.revoked.push(format!("t{}", deny.token_id));
        });
        let denied = self.inner.is_denied(&deny.token_id).await?;
        let was_closed = self.note(|notes| notes.closed);
        match self.fault {
            Fault::DenialIsReadThenWritten | Fault::DenialAmidCloseFails => yield_now().await,
            Fault::DenialIsForgotten => deny.operation = OperationId::from_u64(self.number()),
            Fault::DenialIsNotMadeLonger if denied => return Ok(Denial::Already),
            Fault::DenialIsKeptForHours => deny.keep = deny.keep.max(Duration::from_secs(3600)),
            Fault::DenialEndsSessions => {
                let opened = self.note(|notes| notes.opened.clone());
                for key in opened.into_iter().filter(|key| key.session.to_string() == *deny.token_id) {
                    let operation = OperationId::from_u64(self.number());
                    self.inner.end(&EndSession { key, operation }).await?;
                }
            }
            _ => {}
        }
        let answer = self.inner.deny(&deny).await.map_err(|error| {
            if self.is(Fault::DenialAmidCloseFails) && !was_closed { StoreError::new("connection lost") } else { error }
        })?;
        Ok(match self.fault {
            Fault::EveryDenialIsFirst => Denial::First,
            Fault::DenialIsReadThenWritten if !denied => Denial::First,
            _ => answer,
        })
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        if self.closed(Fault::CloseAnswersNotDenied) {
            return Ok(false);
        }
        let id = self.token_id(token_id);
        let denied = self.inner.is_denied(&id).await?;
        Ok(match self.fault {
            Fault::DenialIsMadeShorter => {
                denied && self.note(|notes| notes.denied.get(&id).is_some_and(|end| *end > Instant::now()))
            }
            Fault::PurgeDropsDenials => denied && !self.note(|notes| notes.purged),
            _ => denied,
        })
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        self.sessions()?;
        let mut end = EndSession { key: self.session(end.key), ..*end };
        self.note(|notes| notes.ended.insert(end.key.session));
        let live = self.inner.load(end.key).await?.is_some();
        if self.is(Fault::RepeatedEndIsReadThenWritten) {
            if let Some(answer) = self.note(|notes| notes.endings.get(&end.operation).copied()) {
                return Ok(answer);
            }
            yield_now().await;
            let operation = OperationId::from_u64(self.number());
            let answer = self.inner.end(&EndSession { operation, ..end }).await?;
            self.note(|notes| notes.endings.insert(end.operation, answer));
            return Ok(answer);
        }
        let forgotten = self.is(Fault::PurgeForgetsAnswers) && self.note(|notes| notes.purged);
        if self.is(Fault::EndIsForgotten) || forgotten {
            end.operation = OperationId::from_u64(self.number());
        }
        if self.is(Fault::EndEndsAll) {
            for record in self.inner.list(end.key.user).await? {
                let key = SessionKey { session: record.id, ..end.key };
                self.inner.end(&EndSession { key, ..end }).await?;
            }
        }
        if self.is(Fault::EndIsReadThenWritten) && live {
            yield_now().await;
            self.inner.end(&end).await?;
            return Ok(Ending::Ended);
        }
        self.inner.end(&end).await
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        let mut revoke = *revoke;
        self.note(|notes| notes.revoked.push(format!("u{}", revoke.user)));
        let live = self.inner.list(revoke.user).await?;
        match self.fault {
            Fault::RevocationSetsNoFloor => {
                for record in &live {
                    let key = SessionKey { user: revoke.user, session: record.id };
                    self.inner.end(&EndSession { key, operation: revoke.operation }).await?;
                }
                return Ok(live.len() as u64);
            }
            Fault::RevocationNeedsSessions if live.is_empty() => return Ok(0),
            Fault::RevocationCountsOnlyTheNew => {
                let new = live.iter().filter(|record| record.generation == 0).count();
                self.inner.revoke_user(&revoke).await?;
                return Ok(new as u64);
            }
            Fault::RevocationOfSessionsIsForgotten if !live.is_empty() => {
                revoke.operation = OperationId::from_u64(self.number());
            }
            Fault::RevocationIsForgotten => revoke.operation = OperationId::from_u64(self.number()),
            Fault::RevocationIsOfAll => drop(self.inner.raise_floor(StoreTime::from_millis(u64::MAX)).await?),
            _ => {}
        }
        self.inner.revoke_user(&revoke).await
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        let floor = self.note(|notes| {
            notes.floor = match self.fault {
                Fault::FloorCanBeLowered => instant,
                _ => notes.floor.max(instant),
            };
            notes.floor
        });
        match self.fault {
            Fault::FloorCanBeLowered | Fault::FloorPassesThePresent => {
                self.inner.raise_floor(instant).await?;
                Ok(floor)
            }
            Fault::FloorSparesSessions => {
                let present = self.now(UserKey::from_octets([0; 16])).await?;
                Ok(self.note(|notes| {
                    notes.floor = notes.floor.min(present);
                    notes.floor
                }))
            }
            _ => self.inner.raise_floor(instant).await,
        }
    }

    async fn count(&self, user: UserKey) -> Result<u64, StoreError> {
        self.sessions()?;
        if self.closed(Fault::CloseCountsNobody) {
            return Ok(0);
        }
        let count = self.inner.count(user).await?;
        let all = self.note(|notes| notes.opened.iter().filter(|key| key.user == user).count());
        let below = self.is(Fault::CountIgnoresTheFloor) && self.note(|notes| notes.floor.as_millis() > 0);
        Ok(if self.is(Fault::CountForgetsNobody) || below { all as u64 } else { count })
    }

    async fn list(&self, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        self.sessions()?;
        let mut list = self.inner.list(user).await?;
        if self.is(Fault::NewestFirst) {
            list.reverse();
        }
        Ok(list)
    }

    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        if self.is(Fault::PagesAreNumbered) || self.is(Fault::PagesAreNumberedInOrderOfTime) {
            return self.numbered_page(after, most).await;
        }
        let longer = usize::from(self.is(Fault::PageIsTooLong));
        let mut page = self.inner.list_revoked(after, most + longer).await?;
        if self.is(Fault::PageDropsAnEntry) && page.next.is_some() {
            page.entries.pop();
        }
        Ok(page)
    }

    async fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        self.note(|notes| notes.purged = true);
        match self.fault {
            Fault::PurgeIgnoresTheMargin => self.inner.purge(slice, Duration::ZERO).await,
            Fault::PurgeIsNeverDone => Ok(Purged { done: false, ..self.inner.purge(slice, margin).await? }),
            Fault::PurgeCountsOneMore => {
                let purged = self.inner.purge(slice, margin).await?;
                Ok(Purged { removed: purged.removed + 1, ..purged })
            }
            Fault::PurgeIsUnbounded => self.inner.purge(usize::MAX, margin).await,
            Fault::PurgeEndsSessions => {
                let opened = self.note(|notes| notes.opened.clone());
                for key in opened {
                    let operation = OperationId::from_u64(self.number());
                    self.inner.end(&EndSession { key, operation }).await?;
                }
                self.inner.purge(slice, margin).await
            }
            _ => self.inner.purge(slice, margin).await,
        }
    }

    async fn close(&self) {
        self.note(|notes| notes.closed = true);
        if !self.is(Fault::CloseIsIgnored) {
            self.inner.close().await;
        }
    }
}

fn fifty() -> Option<Limit> {
    Some(Limit { max: 50.try_into().unwrap(), when_full: WhenFull::Reject })
}
