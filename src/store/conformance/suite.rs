//! The cases, and how they are run.

use std::{error::Error, fmt, future::Future, time::Duration};

use super::{
    begin_and_open, closing, denial, floors, keeping, limits, purging, races, races_of_revocation, repeats,
    revoked_list, rotation, rotation_refused,
    subject::{Outcome, Reason, Subject},
};
use crate::store::Store;

/// How long one case may take: a store that never answers fails.
const DEADLINE: Duration = Duration::from_secs(120);

/// Runs cases, named after their functions, in order.
macro_rules! cases {
    ($run:ident, $needs:ident: $($group:ident::$case:ident,)+) => {
        $($run.case(stringify!($case), Needs::$needs, $group::$case).await?;)+
    };
}

/// What a store has passed.
#[derive(Clone, Debug, Default)]
pub struct Report {
    passed: Vec<&'static str>,
    skipped: Vec<&'static str>,
}

impl Report {
    /// The cases that passed, in the order in which they were run.
    #[must_use]
    pub fn passed(&self) -> &[&'static str] {
        &self.passed
    }

    /// The cases that were left out, because they are about sessions and the store keeps none
    /// ([`Capabilities::sessions`](crate::store::Capabilities::sessions)), or the other way round.
    #[must_use]
    pub fn skipped(&self) -> &[&'static str] {
        &self.skipped
    }
}

/// What a store does wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The case that failed.
    pub case: &'static str,
    /// What was expected, and what was found.
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store does not conform: {}: {}", self.case, self.reason)
    }
}

impl Error for Failure {}

/// Runs every case, each on a store of its own: `make` gives a new and empty one. The first case that fails ends the run.
///
/// # Errors
/// [`Failure`]: what the store does wrong.
pub async fn check_all<S, F, Fut>(make: F) -> Result<Report, Failure>
where
    S: Store,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    let sessions = make().await.capabilities().sessions;
    let mut run = Run { make, sessions, report: Report::default() };
    // What comes first is what the rest builds upon.
    cases! { run, Nothing:
        floors::a_new_store_has_no_floors,
        begin_and_open::time_does_not_go_back,
        floors::the_epoch_does_not_move,
    }
    run.stores_are_told_apart().await?;
    cases! { run, Nothing:
        denial::a_denied_id_is_denied,
        denial::the_longer_denial_counts,
        denial::token_ids_are_any_text,
        floors::revoking_a_user_sets_a_floor,
        floors::every_revocation_raises_the_floor,
        floors::the_floor_only_rises,
        revoked_list::pages_hold_every_entry_once,
        revoked_list::pages_stand_what_is_added,
        revoked_list::pages_stand_what_is_purged,
        repeats::a_denial_repeated_was_the_first,
        repeats::a_revocation_repeated_raises_no_floor,
        purging::an_empty_store_is_soon_purged,
        purging::a_purge_leaves_what_is_revoked,
        purging::a_purge_removes_what_has_ended,
        purging::a_purge_keeps_a_margin,
        purging::a_purge_works_in_slices,
        races::one_denial_is_the_first,
        closing::a_closed_store_refuses,
        closing::closing_amid_calls_refuses_the_rest,
    }
    cases! { run, Sessions:
        begin_and_open::an_opened_session_is_found,
        begin_and_open::no_absolute_end_unless_asked_for,
        begin_and_open::an_ended_session_is_gone,
        begin_and_open::an_expired_session_is_gone,
        begin_and_open::the_absolute_end_holds,
        begin_and_open::users_are_apart,
        begin_and_open::one_id_under_two_users_is_two_sessions,
        begin_and_open::keys_are_any_octets,
        denial::a_denial_ends_no_session,
        keeping::metadata_is_kept,
        keeping::data_are_kept,
        keeping::the_list_is_oldest_first,
        limits::a_full_limit_rejects,
        limits::the_oldest_makes_room,
        limits::nothing_is_evicted_below_the_limit,
        limits::a_lowered_limit_evicts_several,
        limits::expired_sessions_take_no_place,
        limits::sessions_below_the_floor_take_no_place,
        limits::without_a_limit_there_is_none,
        rotation::a_refresh_moves_the_session_on,
        rotation::a_refresh_outlives_the_first_end,
        rotation::a_refresh_sets_the_lifetime,
        rotation::no_refresh_passes_the_absolute_end,
        rotation::a_refresh_keeps_or_replaces_data,
        rotation::the_grace_repeats_the_successor,
        rotation::the_grace_does_not_slide,
        rotation_refused::a_newer_generation_is_refused,
        rotation_refused::reuse_ends_the_session,
        rotation_refused::reuse_may_leave_the_session,
        rotation_refused::the_grace_is_for_one_generation,
        rotation_refused::what_is_not_live_is_not_refreshed,
        rotation::refreshes_follow_the_rules,
        floors::revoking_a_user_ends_all_sessions,
        floors::a_login_begun_before_a_revocation_is_refused,
        floors::a_login_begun_before_the_floor_is_refused,
        floors::both_floors_hold_together,
        floors::the_floor_ends_older_sessions,
        repeats::an_opening_repeated_opens_once,
        repeats::an_opening_repeated_evicts_once,
        repeats::an_opening_repeated_revives_nothing,
        repeats::an_opening_repeated_after_its_session_ended_opens_nothing,
        repeats::a_refresh_repeated_moves_once,
        repeats::reuse_repeated_is_told_again,
        repeats::an_ending_repeated_ended_once,
        repeats::a_revocation_repeated_ends_nothing_new,
        repeats::repetitions_at_once_are_one_operation,
        purging::a_purge_leaves_live_sessions,
        purging::a_purge_beside_work_harms_nothing,
        races::a_limit_that_rejects_holds,
        races::a_limit_that_evicts_holds,
        races::a_free_place_is_taken_once,
        races::one_refresh_wins_and_others_are_refused,
        races::one_refresh_wins_and_reuse_ends_it,
        races::one_refresh_wins_and_others_repeat_it,
        races::one_ending_ends_a_session,
        races_of_revocation::no_login_survives_a_revocation,
        races_of_revocation::no_login_survives_the_floor,
        races_of_revocation::a_check_is_one_reading,
        races_of_revocation::no_refresh_revives_a_session,
        races_of_revocation::no_refresh_revives_an_evicted_session,
        closing::a_closed_store_refuses_sessions,
    }
    cases! { run, NoSessions:
        closing::without_sessions_their_calls_are_unsupported,
    }
    Ok(run.report)
}

#[derive(Clone, Copy)]
enum Needs {
    Nothing,
    Sessions,
    NoSessions,
}

struct Run<F> {
    make: F,
    sessions: bool,
    report: Report,
}

impl<S, F, Fut> Run<F>
where
    S: Store,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    async fn case<R>(
        &mut self,
        name: &'static str,
        needs: Needs,
        case: impl FnOnce(Subject<S>) -> R,
    ) -> Result<(), Failure>
    where
        R: Future<Output = Outcome> + Send + 'static,
    {
        let applies = match needs {
            Needs::Nothing => true,
            Needs::Sessions => self.sessions,
            Needs::NoSessions => !self.sessions,
        };
        if !applies {
            self.report.skipped.push(name);
            return Ok(());
        }
        let subject = Subject::new((self.make)().await);
        match at_last(case(subject)).await {
            Ok(()) => self.report.passed.push(name),
            Err(Reason(reason)) => return Err(Failure { case: name, reason }),
        }
        Ok(())
    }

    /// Two stores have two incarnations: a token issued with one says nothing to the other.
    async fn stores_are_told_apart(&mut self) -> Result<(), Failure> {
        let case = "stores_are_told_apart";
        let mut incarnations = Vec::new();
        for _ in 0..2 {
            let subject = Subject::new((self.make)().await);
            let begun = at_last(async move { subject.begin(subject.user(), None).await }).await;
            incarnations.push(begun.map_err(|Reason(reason)| Failure { case, reason })?.incarnation);
        }
        incarnations.dedup();
        if incarnations.len() != 2 {
            return Err(Failure { case, reason: "two new stores have the same incarnation".into() });
        }
        self.report.passed.push(case);
        Ok(())
    }
}

/// Runs a case as a task of its own, so that a panic or a call that is never answered is a failure like any other.
async fn at_last<T: Send + 'static>(
    case: impl Future<Output = Result<T, Reason>> + Send + 'static,
) -> Result<T, Reason> {
    match tokio::spawn(tokio::time::timeout(DEADLINE, case)).await? {
        Ok(outcome) => outcome,
        Err(_) => Err(Reason(format!("not finished after {DEADLINE:?}"))),
    }
}
