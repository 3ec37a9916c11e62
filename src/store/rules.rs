//! The refresh state machine (RFC 9700 section 4.14.2), apart from any store.

use super::types::{OnReuse, OperationId, Rotate, StoreTime};

/// Where a live session stands between two refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationState {
    /// The current generation.
    pub generation: u32,
    /// When it became current.
    pub rotated: StoreTime,
    /// The operation that made it so; of generation 0 there is none.
    pub operation: Option<OperationId>,
}

/// What a [`Rotate`] does to a live session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Turn {
    /// The session moves to this generation.
    Next(u32),
    /// This very operation moved it already: answer so again.
    Done,
    /// The successor within the grace: answer with what is stored.
    Repeat,
    /// Too old, refused.
    Superseded,
    /// Too old, and the session ends.
    Reused,
    /// Never issued.
    Newer,
}

/// Decides what a refresh does to a live session. Pure, so that every store that runs in this process decides alike, and the
/// others have something to be compared with.
#[must_use]
pub fn decide_rotation(state: &RotationState, rotate: &Rotate, now: StoreTime) -> Turn {
    if state.operation == Some(rotate.operation) {
        return Turn::Done;
    }
    if rotate.presented > state.generation {
        return Turn::Newer;
    }
    if rotate.presented == state.generation {
        // The last generation has no successor: 2^32 refreshes are more than any session lives for.
        return state.generation.checked_add(1).map_or(Turn::Superseded, Turn::Next);
    }
    let previous = rotate.presented.checked_add(1) == Some(state.generation);
    // Counted from the rotation, so that repeating does not move the window.
    if previous && !rotate.grace.is_zero() && now <= state.rotated.plus(rotate.grace) {
        return Turn::Repeat;
    }
    match rotate.on_reuse {
        OnReuse::Refuse => Turn::Superseded,
        OnReuse::EndSession => Turn::Reused,
    }
}
