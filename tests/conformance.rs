//! The conformance suite passes a store that is right, and fails every store that is wrong, for the right reason.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../examples/custom_store.rs"]
#[allow(dead_code)]
mod custom_store;
#[path = "conformance/fault.rs"]
mod fault;
#[path = "conformance/faulty.rs"]
mod faulty;
#[path = "conformance/faulty_store.rs"]
mod faulty_store;

use std::collections::BTreeSet;

use custom_store::CustomStore;
use fault::Fault;
use faulty::Faulty;
use jwtward::store::{
    MemoryStore,
    conformance::{Failure, Report, check_all},
};
use tokio::task::JoinSet;

async fn check(fault: Fault) -> Result<Report, Failure> {
    check_all(move || async move { Faulty::new(fault) }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_example_store_conforms() {
    let report = check_all(|| async { CustomStore::new().unwrap() }).await.unwrap();
    assert!(report.passed().len() > 80, "{} cases", report.passed().len());
    assert_eq!(report.skipped(), ["without_sessions_their_calls_are_unsupported"]);
    let names: BTreeSet<_> = report.passed().iter().collect();
    assert_eq!(names.len(), report.passed().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_store_conforms() {
    let report = check_all(|| async { MemoryStore::default() }).await.unwrap();
    assert!(report.passed().len() > 80, "{} cases", report.passed().len());
}

#[tokio::test]
async fn the_suite_runs_on_one_thread_too() {
    check_all(|| async { CustomStore::new().unwrap() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_only_revokes_conforms() {
    let report = check(Fault::WithoutSessions).await.unwrap();
    assert!(report.passed().contains(&"without_sessions_their_calls_are_unsupported"));
    assert!(report.passed().contains(&"revoking_a_user_sets_a_floor"));
    assert!(report.skipped().contains(&"an_opened_session_is_found"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failure_says_what_is_wrong() {
    let failure = check(Fault::EveryDenialIsFirst).await.unwrap_err();
    let text = "the store does not conform: a_denied_id_is_denied: the second denial: First instead of Already";
    assert_eq!(failure.to_string(), text);
}

/// A store that never conforms to anything: it panics.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_panic_is_a_failure() {
    let failure = check(Fault::Panics).await.unwrap_err();
    assert_eq!(failure.case, "a_new_store_has_no_floors");
    assert!(failure.reason.starts_with("a call panicked"), "{failure}");
}

/// Each case is the first to find some fault, but for two: they find what others do, in a race that is harder to lose.
#[test]
fn every_case_finds_a_fault() {
    let suite = include_str!("../src/store/conformance/suite.rs");
    let cases = suite.lines().filter_map(|line| line.strip_prefix("        ")?.strip_suffix(',')?.split_once("::"));
    let cases: BTreeSet<_> = cases.map(|(_, case)| case).filter(|case| !case.contains([':', ' ', '.'])).collect();
    assert!(cases.len() > 80, "{cases:?}");
    let found: BTreeSet<_> = FAULTS.iter().map(|(_, case)| *case).collect();
    let idle: Vec<_> = cases.difference(&found).copied().collect();
    assert_eq!(idle, ["a_purge_beside_work_harms_nothing", "one_refresh_wins_and_reuse_ends_it"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_fault_is_found() {
    let mut running = JoinSet::new();
    for (fault, want) in FAULTS.iter().copied() {
        running.spawn(async move {
            let mut outcomes = Vec::new();
            // Who loses a race is chance: what shows in races only gets a few more.
            while outcomes.len() < 5 {
                match check(fault).await {
                    Err(failure) if failure.case == want => return None,
                    outcome => outcomes.push(outcome.map(drop)),
                }
            }
            Some(format!("{fault:?} should fail {want}: {outcomes:?}"))
        });
    }
    let wrong: Vec<_> = running.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a store, and the case that finds it.
const FAULTS: &[(Fault, &str)] = &[
    (Fault::TimeGoesBack, "time_does_not_go_back"),
    (Fault::BeginIsAtTheFloor, "revoking_a_user_sets_a_floor"),
    (Fault::FullIsNeverSaid, "a_full_limit_rejects"),
    (Fault::IncarnationIsConstant, "stores_are_told_apart"),
    (Fault::EpochIsThePresent, "the_epoch_does_not_move"),
    (Fault::NewStoreHasAFloor, "a_new_store_has_no_floors"),
    (Fault::LimitIsReadThenWritten, "a_limit_that_rejects_holds"),
    (Fault::FreePlaceIsReadThenWritten, "a_free_place_is_taken_once"),
    (Fault::NoLimitIsFifty, "without_a_limit_there_is_none"),
    (Fault::EvictionIsReadThenWritten, "a_limit_that_evicts_holds"),
    (Fault::FloorIsReadThenWritten, "no_login_survives_a_revocation"),
    (Fault::FloorOfAllIsReadThenWritten, "no_login_survives_the_floor"),
    (Fault::ExpiredTakePlaces, "expired_sessions_take_no_place"),
    (Fault::EvictsTheNewest, "the_oldest_makes_room"),
    (Fault::EvictsTheLeastRefreshed, "the_oldest_makes_room"),
    (Fault::EvictsOnlyOne, "a_lowered_limit_evicts_several"),
    (Fault::EvictsUnsaid, "the_oldest_makes_room"),
    (Fault::EvictsAlways, "nothing_is_evicted_below_the_limit"),
    (Fault::RepeatOpensTwice, "an_opening_repeated_opens_once"),
    (Fault::RepeatForgetsTheEvicted, "an_opening_repeated_evicts_once"),
    (Fault::RepeatRevives, "an_opening_repeated_revives_nothing"),
    (Fault::StaleBegunIsAccepted, "a_login_begun_before_a_revocation_is_refused"),
    (Fault::BegunBelowTheFloorOfAllIsAccepted, "a_login_begun_before_the_floor_is_refused"),
    (Fault::StaleBegunIsAcceptedWithinAMillisecond, "a_login_begun_before_a_revocation_is_refused"),
    (Fault::SessionsAreFoundUnderAnyUser, "users_are_apart"),
    (Fault::SessionIdsAreOfAllUsers, "one_id_under_two_users_is_two_sessions"),
    (Fault::KeysEndAtNul, "keys_are_any_octets"),
    (Fault::MetadataAreCut, "metadata_is_kept"),
    (Fault::DataAreNormalized, "data_are_kept"),
    (Fault::SeedIsLost, "an_opened_session_is_found"),
    (Fault::LifetimeIsIgnored, "an_expired_session_is_gone"),
    (Fault::AbsoluteIsIgnored, "the_absolute_end_holds"),
    (Fault::AbsoluteIsMadeUp, "no_absolute_end_unless_asked_for"),
    (Fault::RefreshPassesAbsolute, "no_refresh_passes_the_absolute_end"),
    (Fault::TwoRefreshesWin, "the_grace_repeats_the_successor"),
    (Fault::RefreshIsReadThenWritten, "one_refresh_wins_and_others_are_refused"),
    (Fault::RepeatIsReadThenWritten, "one_refresh_wins_and_others_repeat_it"),
    (Fault::GraceSlides, "the_grace_does_not_slide"),
    (Fault::GraceIsEndless, "the_grace_does_not_slide"),
    (Fault::GraceIsIgnored, "the_grace_repeats_the_successor"),
    (Fault::GraceIsForTheEnded, "what_is_not_live_is_not_refreshed"),
    (Fault::GraceReachesFurtherBack, "the_grace_is_for_one_generation"),
    (Fault::GraceAnswersTheAsker, "the_grace_repeats_the_successor"),
    (Fault::ReuseLeavesTheSession, "reuse_ends_the_session"),
    (Fault::RefusedReuseEndsTheSession, "reuse_may_leave_the_session"),
    (Fault::NewerMoves, "a_newer_generation_is_refused"),
    (Fault::RefreshDropsData, "a_refresh_keeps_or_replaces_data"),
    (Fault::RefreshIgnoresLifetime, "a_refresh_moves_the_session_on"),
    (Fault::RefreshOnlyLengthens, "a_refresh_sets_the_lifetime"),
    (Fault::RefreshIsForgotten, "refreshes_follow_the_rules"),
    (Fault::RefreshIsForgottenByPurge, "a_refresh_repeated_moves_once"),
    (Fault::ReuseIsForgotten, "reuse_repeated_is_told_again"),
    (Fault::RefreshRevives, "no_refresh_revives_a_session"),
    (Fault::RefreshRevivesTheEvicted, "no_refresh_revives_an_evicted_session"),
    (Fault::EveryDenialIsFirst, "a_denied_id_is_denied"),
    (Fault::DenialIsReadThenWritten, "one_denial_is_the_first"),
    (Fault::DenialIsForgotten, "a_denial_repeated_was_the_first"),
    (Fault::DenialAmidCloseFails, "closing_amid_calls_refuses_the_rest"),
    (Fault::DenialIsNotMadeLonger, "the_longer_denial_counts"),
    (Fault::DenialIsMadeShorter, "the_longer_denial_counts"),
    (Fault::DenialEndsSessions, "a_denial_ends_no_session"),
    (Fault::DenialIsKeptForHours, "a_purge_removes_what_has_ended"),
    (Fault::IdsAreFolded, "token_ids_are_any_text"),
    (Fault::IdsEndAtNul, "token_ids_are_any_text"),
    (Fault::IdsAreTrimmed, "token_ids_are_any_text"),
    (Fault::IdsAreCut, "token_ids_are_any_text"),
    (Fault::EndIsForgotten, "an_ending_repeated_ended_once"),
    (Fault::EndIsReadThenWritten, "one_ending_ends_a_session"),
    (Fault::RepeatReopensTheEnded, "an_opening_repeated_after_its_session_ended_opens_nothing"),
    (Fault::RepeatedEndIsReadThenWritten, "repetitions_at_once_are_one_operation"),
    (Fault::EndEndsAll, "an_ended_session_is_gone"),
    (Fault::RevocationSetsNoFloor, "revoking_a_user_sets_a_floor"),
    (Fault::RevocationNeedsSessions, "revoking_a_user_sets_a_floor"),
    (Fault::RevocationIsForgotten, "a_revocation_repeated_raises_no_floor"),
    (Fault::RevocationOfSessionsIsForgotten, "a_revocation_repeated_ends_nothing_new"),
    (Fault::RevocationCountsOnlyTheNew, "revoking_a_user_ends_all_sessions"),
    (Fault::RevocationIsOfAll, "revoking_a_user_sets_a_floor"),
    (Fault::UserFloorIsThePresent, "every_revocation_raises_the_floor"),
    (Fault::UserFloorIsThePresentBelowTheOther, "both_floors_hold_together"),
    (Fault::FloorCanBeLowered, "the_floor_only_rises"),
    (Fault::FloorPassesThePresent, "the_floor_only_rises"),
    (Fault::FloorSparesSessions, "sessions_below_the_floor_take_no_place"),
    (Fault::CheckFindsTheEnded, "an_ended_session_is_gone"),
    (Fault::CheckIsTwoReadings, "a_check_is_one_reading"),
    (Fault::CheckForgetsTheFloor, "revoking_a_user_sets_a_floor"),
    (Fault::CountForgetsNobody, "an_ended_session_is_gone"),
    (Fault::CountIgnoresTheFloor, "the_floor_ends_older_sessions"),
    (Fault::NewestFirst, "the_list_is_oldest_first"),
    (Fault::PageDropsAnEntry, "pages_hold_every_entry_once"),
    (Fault::PageIsTooLong, "pages_hold_every_entry_once"),
    (Fault::PagesAreNumbered, "pages_stand_what_is_added"),
    (Fault::PagesAreNumberedInOrderOfTime, "pages_stand_what_is_purged"),
    (Fault::PurgeDropsDenials, "the_longer_denial_counts"),
    (Fault::PurgeDropsFloors, "a_purge_leaves_what_is_revoked"),
    (Fault::PurgeIgnoresTheMargin, "a_purge_keeps_a_margin"),
    (Fault::PurgeCountsOneMore, "an_empty_store_is_soon_purged"),
    (Fault::PurgeDropsData, "a_purge_leaves_live_sessions"),
    (Fault::PurgeIsNeverDone, "the_epoch_does_not_move"),
    (Fault::PurgeIsUnbounded, "a_purge_works_in_slices"),
    (Fault::PurgeForgetsAnswers, "an_ending_repeated_ended_once"),
    (Fault::PurgeEndsSessions, "a_refresh_outlives_the_first_end"),
    (Fault::CloseIsIgnored, "a_closed_store_refuses"),
    (Fault::CloseAnswersNotDenied, "a_closed_store_refuses"),
    (Fault::CloseCountsNobody, "a_closed_store_refuses_sessions"),
    (Fault::WithoutSessionsYetWithThem, "without_sessions_their_calls_are_unsupported"),
];
