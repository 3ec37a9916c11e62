-- Version 1 of what the PostgreSQL store keeps. {schema} is replaced by the quoted name of its schema.
--
-- Times are milliseconds after 1970-01-01T00:00:00Z. User keys and session ids are 16 octets, kept as uuid: no header,
-- and compared as octets. Texts are bytea, since PostgreSQL's own text cannot hold U+0000.

CREATE TABLE {schema}.meta (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL,
    -- When the store began to remember, and a random number made then.
    epoch bigint NOT NULL,
    incarnation bigint NOT NULL,
    -- The floor of all.
    floor bigint NOT NULL DEFAULT 0
);

-- A row for each user who has logged in lately or has a floor. Whoever opens a session or revokes all of a user's holds
-- it.
CREATE TABLE {schema}.users (
    user_key uuid PRIMARY KEY,
    floor bigint NOT NULL DEFAULT 0,
    floor_until bigint NOT NULL DEFAULT 0,
    -- The latest time that was written for this user: see present().
    latest bigint NOT NULL,
    -- Counts the logins, to tell which is older within a millisecond.
    opened bigint NOT NULL DEFAULT 0,
    -- Nothing is lost with the row from then on. Moves by whole days, so that a login seldom touches the index.
    purge_at bigint NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX users_purge ON {schema}.users (purge_at);
CREATE INDEX users_floor ON {schema}.users (user_key) WHERE floor > 0;

CREATE TABLE {schema}.sessions (
    created bigint NOT NULL,
    number bigint NOT NULL,
    expires bigint NOT NULL,
    rotated bigint NOT NULL,
    generation bigint NOT NULL DEFAULT 0,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    user_key uuid NOT NULL,
    sid uuid NOT NULL,
    -- Of pairs only.
    seed bigint,
    -- The absolute end.
    ends bigint,
    rotated_by bigint,
    -- An ended session's row stays for two minutes, to answer those who ask again: it is never live any more.
    ended_by bigint,
    ended boolean,
    reused boolean,
    ip bytea,
    user_agent bytea,
    label bytea,
    data bytea,
    -- Which sessions made room for this one.
    evicted uuid[],
    -- One session id under two users is two sessions. Users come first, so that this is also the index of a user's
    -- sessions.
    PRIMARY KEY (user_key, sid)
);
CREATE INDEX sessions_expires ON {schema}.sessions (expires);

CREATE TABLE {schema}.revoked_jti (
    until bigint NOT NULL,
    operation bigint NOT NULL,
    token_id bytea PRIMARY KEY
);
CREATE INDEX revoked_jti_until ON {schema}.revoked_jti (until);

-- What revoking a user was answered.
CREATE TABLE {schema}.revocations (
    operation bigint PRIMARY KEY,
    ended bigint NOT NULL,
    until bigint NOT NULL
);
CREATE INDEX revocations_until ON {schema}.revocations (until);

-- The time: the server's clock, but not before what was told already, to this client or written for this user. So for
-- one user and for one client it stands still while the clock is set back. By more than an hour it is not held: a clock
-- that was once far ahead must not stop all expiry until it is reached again. Called after the locks are held, so that
-- times are in the order of the steps.
CREATE FUNCTION {schema}.present(told bigint, written bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    clock bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
BEGIN
    RETURN greatest(
        clock,
        CASE WHEN told <= clock + 3600000 THEN told END,
        CASE WHEN written <= clock + 3600000 THEN written END);
END $$;

-- What every step that changes something asks first. A pooler between may have handed out a connection that is set up
-- otherwise.
--
-- The steps look again after they have waited for a lock. Where all statements of a transaction see one snapshot they
-- would look at what was before, and 16 logins got in at a limit of 3.
CREATE FUNCTION {schema}.guard() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'jwtward needs the isolation level read committed, not %',
            current_setting('transaction_isolation') USING ERRCODE = 'invalid_transaction_state';
    END IF;
    IF current_setting('synchronous_commit') = 'off'
        AND current_setting('jwtward.asynchronous_commit', true) IS DISTINCT FROM 'allowed' THEN
        RAISE EXCEPTION 'jwtward needs synchronous_commit, which is off on this connection'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
END $$;

CREATE FUNCTION {schema}.open(
    p_told bigint, p_user uuid, p_sid uuid, p_seed bigint, p_begun bigint, p_max bigint, p_evict boolean,
    p_lifetime bigint, p_absolute bigint, p_issued_at bigint, p_expires_at bigint,
    p_ip bytea, p_user_agent bytea, p_label bytea, p_data bytea,
    OUT o_outcome text, OUT o_created bigint, OUT o_active bigint, OUT o_evicted uuid[]
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now bigint;
    v_floor bigint;
    v_number bigint;
    v_live uuid[];
    v_surplus integer;
BEGIN
    PERFORM {schema}.guard();
    -- Against raise_floor(): without it, a login that began before the floor was raised, and is created after, would
    -- survive.
    PERFORM pg_advisory_xact_lock_shared({floor_lock});
    -- Locks the user. That this is a statement before those that count is what holds the limit: each statement sees
    -- what was committed when it began.
    INSERT INTO {schema}.users AS u (user_key, latest, opened, purge_at)
    VALUES (
        p_user, {schema}.present(p_told, NULL), 1,
        ({schema}.present(NULL, NULL) / 86400000 + 2) * 86400000)
    ON CONFLICT (user_key) DO UPDATE SET
        latest = {schema}.present(p_told, u.latest),
        opened = u.opened + 1,
        purge_at = greatest(u.purge_at, excluded.purge_at)
    RETURNING u.latest, u.opened, u.floor INTO v_now, v_number, v_floor;

    -- A repetition, whether or not the session has ended since.
    SELECT s.created, s.evicted INTO o_created, o_evicted
    FROM {schema}.sessions s WHERE s.user_key = p_user AND s.sid = p_sid;
    IF FOUND THEN
        o_outcome := 'opened';
        RETURN;
    END IF;
    SELECT greatest(m.floor, v_floor) INTO v_floor FROM {schema}.meta m WHERE m.one;
    IF p_begun <= v_floor THEN
        o_outcome := 'revoked';
        RETURN;
    END IF;

    IF p_max IS NOT NULL THEN
        -- Waits for a refresh that may be making one of them live longer, and then leaves that one. Only to look away
        -- from the expired would let it come back after they were counted.
        DELETE FROM {schema}.sessions s
        WHERE s.user_key = p_user AND s.ended IS NULL AND (s.expires <= v_now OR s.created <= v_floor);
        SELECT count(*) INTO o_active FROM {schema}.sessions s WHERE s.user_key = p_user AND s.ended IS NULL;
        IF o_active >= p_max AND NOT p_evict THEN
            o_outcome := 'full';
            RETURN;
        END IF;
        IF o_active >= p_max THEN
            -- Counted again with all of them held: none ends in between, so no more make room than must.
            SELECT array_agg(held.sid ORDER BY held.created, held.number) INTO v_live
            FROM (
                SELECT s.sid, s.created, s.number FROM {schema}.sessions s
                WHERE s.user_key = p_user AND s.ended IS NULL FOR UPDATE
            ) held;
            v_surplus := coalesce(array_length(v_live, 1), 0) + 1 - p_max;
            IF v_surplus > 0 THEN
                o_evicted := v_live[1:v_surplus];
                UPDATE {schema}.sessions s SET
                    ended = true, expires = v_now + 120000, seed = NULL,
                    ip = NULL, user_agent = NULL, label = NULL, data = NULL
                WHERE s.user_key = p_user AND s.sid = ANY (o_evicted);
            END IF;
        END IF;
    END IF;

    o_created := greatest(v_now, v_floor + 1);
    INSERT INTO {schema}.sessions (
        created, number, expires, rotated, issued_at, expires_at, user_key, sid, seed, ends,
        ip, user_agent, label, data, evicted
    ) VALUES (
        o_created, v_number, o_created + least(p_lifetime, p_absolute), o_created, p_issued_at, p_expires_at,
        p_user, p_sid, p_seed, o_created + p_absolute, p_ip, p_user_agent, p_label, p_data, o_evicted
    );
    o_outcome := 'opened';
END $$;

-- decide_rotation() of rules.rs, within the step.
CREATE FUNCTION {schema}.rotate(
    p_told bigint, p_user uuid, p_sid uuid, p_operation bigint, p_presented bigint, p_lifetime bigint,
    p_issued_at bigint, p_expires_at bigint, p_grace bigint, p_end_on_reuse boolean, p_replace boolean, p_data bytea,
    OUT o_outcome text, OUT o_generation bigint, OUT o_issued_at bigint, OUT o_expires_at bigint, OUT o_data bytea
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now bigint;
    v_floor bigint;
    s record;
BEGIN
    PERFORM {schema}.guard();
    -- The session alone is held: whoever revokes its user, or evicts it, waits here or makes this one wait.
    SELECT * INTO s FROM {schema}.sessions x WHERE x.user_key = p_user AND x.sid = p_sid FOR UPDATE;
    IF NOT FOUND THEN
        o_outcome := 'gone';
        RETURN;
    END IF;
    IF s.ended THEN
        o_outcome := CASE WHEN s.reused AND s.ended_by = p_operation THEN 'reused' ELSE 'gone' END;
        RETURN;
    END IF;
    SELECT {schema}.present(p_told, u.latest), greatest(m.floor, u.floor) INTO v_now, v_floor
    FROM {schema}.meta m LEFT JOIN {schema}.users u ON u.user_key = p_user WHERE m.one;
    IF s.expires <= v_now OR s.created <= v_floor THEN
        o_outcome := 'gone';
    ELSIF s.rotated_by = p_operation THEN
        o_outcome := 'rotated';
        o_generation := s.generation;
    ELSIF p_presented > s.generation THEN
        o_outcome := 'newer';
    ELSIF p_presented = s.generation AND s.generation = 4294967295 THEN
        -- The last generation has no successor.
        o_outcome := 'superseded';
    ELSIF p_presented = s.generation THEN
        o_outcome := 'rotated';
        o_generation := s.generation + 1;
        UPDATE {schema}.sessions x SET
            generation = o_generation, rotated = v_now, rotated_by = p_operation,
            issued_at = p_issued_at, expires_at = p_expires_at,
            expires = least(v_now + p_lifetime, s.ends),
            data = CASE WHEN p_replace THEN p_data ELSE s.data END
        WHERE x.user_key = p_user AND x.sid = p_sid;
    ELSIF p_presented + 1 = s.generation AND p_grace > 0 AND v_now <= s.rotated + p_grace THEN
        o_outcome := 'repeated';
        o_generation := s.generation;
        o_issued_at := s.issued_at;
        o_expires_at := s.expires_at;
        o_data := s.data;
    ELSIF p_end_on_reuse THEN
        o_outcome := 'reused';
        UPDATE {schema}.sessions x SET
            ended = true, reused = true, ended_by = p_operation, expires = v_now + 120000, seed = NULL,
            ip = NULL, user_agent = NULL, label = NULL, data = NULL
        WHERE x.user_key = p_user AND x.sid = p_sid;
    ELSE
        o_outcome := 'superseded';
    END IF;
END $$;

-- Gives the operation that was the first to. An id whose time is over counts as denied until it is purged: so a clock
-- that is set back lets nothing in.
CREATE FUNCTION {schema}.deny(
    p_told bigint, p_token_id bytea, p_operation bigint, p_keep bigint, OUT o_operation bigint
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM {schema}.guard();
    INSERT INTO {schema}.revoked_jti AS r (token_id, operation, until)
    VALUES (p_token_id, p_operation, {schema}.present(p_told, NULL) + p_keep)
    ON CONFLICT (token_id) DO UPDATE SET until = greatest(r.until, excluded.until)
    RETURNING r.operation INTO o_operation;
END $$;

-- Named so because END is a word of the language.
CREATE FUNCTION {schema}.end_session(p_told bigint, p_user uuid, p_sid uuid, p_operation bigint, OUT o_ended boolean)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now bigint;
    v_floor bigint;
    s record;
BEGIN
    PERFORM {schema}.guard();
    o_ended := false;
    SELECT x.ended, x.ended_by, x.reused, x.expires, x.created INTO s
    FROM {schema}.sessions x WHERE x.user_key = p_user AND x.sid = p_sid FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF s.ended THEN
        o_ended := s.reused IS NULL AND s.ended_by IS NOT DISTINCT FROM p_operation;
        RETURN;
    END IF;
    SELECT {schema}.present(p_told, u.latest), greatest(m.floor, u.floor) INTO v_now, v_floor
    FROM {schema}.meta m LEFT JOIN {schema}.users u ON u.user_key = p_user WHERE m.one;
    IF s.expires > v_now AND s.created > v_floor THEN
        o_ended := true;
        UPDATE {schema}.sessions x SET
            ended = true, ended_by = p_operation, expires = v_now + 120000, seed = NULL,
            ip = NULL, user_agent = NULL, label = NULL, data = NULL
        WHERE x.user_key = p_user AND x.sid = p_sid;
    END IF;
END $$;

CREATE FUNCTION {schema}.revoke_user(p_told bigint, p_user uuid, p_operation bigint, p_keep bigint, OUT o_ended bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now bigint;
    v_floor bigint;
    v_all bigint;
BEGIN
    PERFORM {schema}.guard();
    -- Locks the user, as open() does.
    INSERT INTO {schema}.users AS u (user_key, latest, purge_at) VALUES (p_user, {schema}.present(p_told, NULL), 0)
    ON CONFLICT (user_key) DO UPDATE SET latest = {schema}.present(p_told, u.latest)
    RETURNING u.latest, u.floor INTO v_now, v_floor;
    SELECT r.ended INTO o_ended FROM {schema}.revocations r WHERE r.operation = p_operation;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT m.floor INTO v_all FROM {schema}.meta m WHERE m.one;
    -- The rows go, so that no session depends on how long the floor is kept. Those ended already stay, to answer
    -- repetitions.
    WITH gone AS (
        DELETE FROM {schema}.sessions s WHERE s.user_key = p_user AND s.ended IS NULL RETURNING s.expires, s.created
    )
    SELECT count(*) INTO o_ended FROM gone WHERE gone.expires > v_now AND gone.created > greatest(v_floor, v_all);
    -- One above both, since a login begun before may be that far ahead of the clock.
    v_floor := greatest(v_now, v_floor + 1, v_all + 1);
    UPDATE {schema}.users u SET
        floor = v_floor,
        floor_until = greatest(u.floor_until, v_floor + p_keep),
        purge_at = greatest(u.purge_at, v_floor + p_keep)
    WHERE u.user_key = p_user;
    INSERT INTO {schema}.revocations (operation, ended, until) VALUES (p_operation, o_ended, v_now + 120000);
END $$;

CREATE FUNCTION {schema}.raise_floor(p_told bigint, p_instant bigint, OUT o_floor bigint)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM {schema}.guard();
    -- Waits for the logins under way, so that what they created is at or below the time that is read after it; those
    -- that come later see the floor.
    PERFORM pg_advisory_xact_lock({floor_lock});
    UPDATE {schema}.meta m SET floor = greatest(m.floor, least(p_instant, {schema}.present(p_told, NULL)))
    WHERE m.one RETURNING m.floor INTO o_floor;
END $$;

-- Takes what nobody holds, so that it waits for nobody.
CREATE FUNCTION {schema}.purge(
    p_told bigint, p_slice bigint, p_margin bigint, OUT o_removed bigint, OUT o_done boolean
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now bigint := {schema}.present(p_told, NULL);
    v_rows bigint;
BEGIN
    PERFORM {schema}.guard();
    WITH old AS MATERIALIZED (
        SELECT s.user_key, s.sid FROM {schema}.sessions s WHERE s.expires <= v_now
        ORDER BY s.expires LIMIT p_slice FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {schema}.sessions s USING old WHERE s.user_key = old.user_key AND s.sid = old.sid;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    o_removed := v_rows;
    o_done := v_rows < p_slice;

    WITH old AS MATERIALIZED (
        SELECT r.token_id FROM {schema}.revoked_jti r WHERE r.until <= v_now - p_margin
        ORDER BY r.until LIMIT p_slice FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {schema}.revoked_jti r USING old WHERE r.token_id = old.token_id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    o_removed := o_removed + v_rows;
    o_done := o_done AND v_rows < p_slice;

    WITH old AS MATERIALIZED (
        SELECT u.user_key FROM {schema}.users u WHERE u.purge_at <= v_now - p_margin
        ORDER BY u.purge_at LIMIT p_slice FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {schema}.users u USING old WHERE u.user_key = old.user_key;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    o_removed := o_removed + v_rows;
    o_done := o_done AND v_rows < p_slice;

    WITH old AS MATERIALIZED (
        SELECT r.operation FROM {schema}.revocations r WHERE r.until <= v_now
        ORDER BY r.until LIMIT p_slice FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {schema}.revocations r USING old WHERE r.operation = old.operation;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    o_removed := o_removed + v_rows;
    o_done := o_done AND v_rows < p_slice;
END $$;
