//! What is asked of the database, call by call. Values are parameters only.

/// A statement, prepared once on each connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Call {
    Begin,
    Open,
    Check,
    CheckUntracked,
    Load,
    Rotate,
    Deny,
    IsDenied,
    End,
    RevokeUser,
    RaiseFloor,
    Count,
    List,
    RevokedTokens,
    RevokedUsers,
    Purge,
}

/// The time, the floors, and what else hangs on the store and one user. `$1` is the latest time told, `$2` the user.
macro_rules! facts {
    () => {
        "FROM {schema}.meta m LEFT JOIN {schema}.users u ON u.user_key = $2
         CROSS JOIN LATERAL {schema}.present($1, u.latest) AS t(now) "
    };
}

/// Whether a session of the user is live.
macro_rules! live {
    () => {
        "s.user_key = $2 AND s.ended IS NULL AND s.expires > t.now AND s.created > greatest(m.floor, u.floor) "
    };
}

impl Call {
    /// The statement. Each is a single one, and so sees one state of the database.
    pub(super) const fn text(self) -> &'static str {
        match self {
            // The live sessions are counted only if there is a limit to compare with.
            Self::Begin => concat!(
                "SELECT t.now, greatest(t.now, m.floor + 1, u.floor + 1), m.incarnation,
                 CASE WHEN $3::boolean THEN (SELECT count(*) FROM {schema}.sessions s WHERE ",
                live!(),
                ") END ",
                facts!(),
                "WHERE m.one"
            ),
            Self::Open => {
                "SELECT o_outcome, o_created, o_active, o_evicted
                 FROM {schema}.open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
            }
            Self::Check => concat!(
                "SELECT t.now, m.floor, m.epoch, m.incarnation, u.floor, false,
                 s.generation, s.seed IS NOT NULL, s.ends - t.now ",
                facts!(),
                "LEFT JOIN {schema}.sessions s ON s.sid = $3 AND ",
                live!(),
                "WHERE m.one"
            ),
            Self::CheckUntracked => concat!(
                "SELECT t.now, m.floor, m.epoch, m.incarnation, u.floor,
                 EXISTS (SELECT FROM {schema}.revoked_jti r WHERE r.token_id = $3) ",
                facts!(),
                "WHERE m.one"
            ),
            Self::Load => concat!(
                "SELECT s.generation, s.seed, s.ends - t.now, s.data ",
                facts!(),
                "JOIN {schema}.sessions s ON s.sid = $3 AND ",
                live!(),
                "WHERE m.one"
            ),
            Self::Rotate => {
                "SELECT o_outcome, o_generation, o_issued_at, o_expires_at, o_data
                 FROM {schema}.rotate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            }
            Self::Deny => "SELECT o_operation FROM {schema}.deny($1, $2, $3, $4)",
            Self::IsDenied => "SELECT EXISTS (SELECT FROM {schema}.revoked_jti r WHERE r.token_id = $1)",
            Self::End => "SELECT o_ended FROM {schema}.end_session($1, $2, $3, $4)",
            Self::RevokeUser => "SELECT o_ended FROM {schema}.revoke_user($1, $2, $3, $4)",
            Self::RaiseFloor => "SELECT o_floor FROM {schema}.raise_floor($1, $2)",
            Self::Count => {
                concat!("SELECT count(s.sid) ", facts!(), "LEFT JOIN {schema}.sessions s ON ", live!(), "WHERE m.one")
            }
            Self::List => concat!(
                "SELECT s.sid, s.seed IS NOT NULL, s.created, s.expires, s.rotated, s.generation, s.issued_at,
                 s.expires_at, s.ip, s.user_agent, s.label ",
                facts!(),
                "JOIN {schema}.sessions s ON ",
                live!(),
                "WHERE m.one ORDER BY s.created, s.number"
            ),
            // By key, not by place: what is added or removed in between moves nothing.
            Self::RevokedTokens => {
                "SELECT r.token_id, r.until FROM {schema}.revoked_jti r
                 WHERE r.token_id > $1 ORDER BY r.token_id LIMIT $2"
            }
            Self::RevokedUsers => {
                "SELECT u.user_key, u.floor, u.floor_until FROM {schema}.users u
                 WHERE u.floor > 0 AND ($1::uuid IS NULL OR u.user_key > $1) ORDER BY u.user_key LIMIT $2"
            }
            Self::Purge => "SELECT o_removed, o_done FROM {schema}.purge($1, $2, $3)",
        }
    }
}
