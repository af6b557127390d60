-- Capture of regulated tables (ADR 2). Installed by cases.audit.capture.install_capture() after every migrate, as the
-- owner of the tables. %(schema)s is the schema that holds both the audit tables and the regulated tables.
--
-- PostgreSQL 15 to 18, core functions only: sha256() needs no pgcrypto.

-- The canonical form, version 1: every field is its length in bytes, a colon, the bytes, a comma. A missing value is a
-- dash and a comma, so that it can never be mistaken for an empty one, and no separator inside a value can make two
-- contents hash alike. Instants are in UTC with six decimals, whatever the session's time zone.
-- cases/audit/canonical.py is the same rule in Python, written independently. Only the instants' formatting keeps this
-- from being one inlined expression; measured, a PL/pgSQL call is far cheaper than SQL functions that do not inline.
CREATE OR REPLACE FUNCTION %(schema)s.audit_body(
    chain text, seq bigint, at timestamptz, business_at timestamptz, actor text, on_behalf_of text, login text,
    verb text, reason text, request_id text, txid bigint, table_name text, row_pk text, op text, old text, new text
) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    planned text := to_char(business_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
BEGIN
    RETURN '1:1,' || octet_length(chain) || ':' || chain || ',' || length(seq::text) || ':' || seq
        || ',27:' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || coalesce(',27:' || planned, ',-') || ',' || octet_length(actor) || ':' || actor
        || ',' || octet_length(on_behalf_of) || ':' || on_behalf_of || ',' || octet_length(login) || ':' || login
        || ',' || octet_length(verb) || ':' || verb || ',' || octet_length(reason) || ':' || reason
        || ',' || octet_length(request_id) || ':' || request_id || ',' || length(txid::text) || ':' || txid
        || ',' || octet_length(table_name) || ':' || table_name || ',' || octet_length(row_pk) || ':' || row_pk
        || ',1:' || op || coalesce(',' || octet_length(old) || ':' || old, ',-')
        || coalesce(',' || octet_length(new) || ':' || new, ',-') || ',';
END $$;

-- A row as evidence keeps it: without its excluded columns, and with a SHA-256 in place of each digested one.
CREATE OR REPLACE FUNCTION %(schema)s.audit_image(line jsonb, excluded text[], digested text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    image jsonb := line - excluded;
    col text;
BEGIN
    FOREACH col IN ARRAY digested LOOP
        IF image ->> col IS NOT NULL THEN
            image := image || jsonb_build_object(
                col, 'sha256:' || encode(sha256(convert_to(image ->> col, 'UTF8')), 'hex'));
        END IF;
    END LOOP;
    RETURN image;
END $$;

-- Later values over earlier ones: the state of a row is this aggregate over its entries in order of seq.
-- jsonb_concat is strict, so an entry without new values (a deletion) leaves the state as it is.
CREATE OR REPLACE AGGREGATE %(schema)s.audit_fold(jsonb) (
    SFUNC = pg_catalog.jsonb_concat, STYPE = jsonb, INITCOND = '{}', PARALLEL = SAFE
);

-- The one writer of evidence, called only by the functions below, which fix the search path: locks the head of the chain, links, hashes, appends, moves the head.
CREATE OR REPLACE FUNCTION %(schema)s.audit_append(
    chain_key text, relation text, pk text, operation text, old_values jsonb, new_values jsonb
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    head record;
    -- A parameter takes its collation from the call, and a table's name has collation "C", with which the index on the
    -- key (default collation) could not be used: every append would read all heads.
    head_key text COLLATE "default" := chain_key;
    doer text := coalesce(current_setting('npp.actor', true), '');
    delegator text := coalesce(current_setting('npp.on_behalf_of', true), '');
    deed text := coalesce(current_setting('npp.verb', true), '');
    why text := coalesce(current_setting('npp.reason', true), '');
    request text := coalesce(current_setting('npp.request_id', true), '');
    planned timestamptz := nullif(current_setting('npp.business_at', true), '')::timestamptz;
    login text := session_user;
    moment timestamptz;
    tx bigint := pg_current_xact_id()::text::bigint;
    canonical text;
    digest bytea;
BEGIN
    IF doer = '' THEN
        RAISE EXCEPTION 'Nobody is named as the actor, so the %% of a row of %% is refused.',
            CASE operation WHEN 'I' THEN 'insertion' WHEN 'D' THEN 'deletion' ELSE 'change' END, relation
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Write inside cases.audit.context.acting(by=..., verb=...), or set npp.actor in the transaction.';
    END IF;
    SELECT c.last_seq, c.last_hash INTO head
        FROM %(schema)s.audit_auditchain c WHERE c.key = head_key FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO %(schema)s.audit_auditchain (key, last_seq, last_hash)
            VALUES (head_key, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT (key) DO NOTHING;
        SELECT c.last_seq, c.last_hash INTO head
            FROM %(schema)s.audit_auditchain c WHERE c.key = head_key FOR NO KEY UPDATE;
    END IF;
    moment := clock_timestamp();
    canonical := %(schema)s.audit_body(chain_key, head.last_seq + 1, moment, planned, doer, delegator, login, deed, why,
        request, tx, relation, pk, operation, old_values::text, new_values::text);
    digest := sha256(head.last_hash || convert_to(canonical, 'UTF8'));
    INSERT INTO %(schema)s.audit_auditentry (
        chain, seq, at, business_at, actor, on_behalf_of, "session_user", verb, reason, request_id, txid,
        table_name, row_pk, op, body_format, body, old, new, prev, hash
    ) VALUES (
        chain_key, head.last_seq + 1, moment, planned, doer, delegator, login, deed, why, request, tx,
        relation, pk, operation, 1, canonical, old_values, new_values, head.last_hash, digest
    );
    UPDATE %(schema)s.audit_auditchain SET last_seq = head.last_seq + 1, last_hash = digest WHERE key = head_key;
END $$;

-- The key of the chain that a row belongs to: the first alternative whose column is not null.
CREATE OR REPLACE FUNCTION %(schema)s.audit_chain_key(line jsonb, alternatives text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    i int := 1;
BEGIN
    WHILE i < array_length(alternatives, 1) LOOP
        IF alternatives[i + 1] = '' THEN
            RETURN alternatives[i];
        ELSIF line ->> alternatives[i + 1] IS NOT NULL THEN
            RETURN alternatives[i] || ':' || (line ->> alternatives[i + 1]);
        END IF;
        i := i + 2;
    END LOOP;
    RETURN NULL;
END $$;

-- The trigger on every regulated table. Arguments: primary key column, excluded columns, digested columns (both as array
-- literals), alternatives of the chain as an array literal of prefix, column, prefix, column...
CREATE OR REPLACE FUNCTION %(schema)s.audit_capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET "TimeZone" = 'UTC'
SET "IntervalStyle" = 'iso_8601'
SET bytea_output = 'hex'
-- A plan made while there are few heads must not be kept as a sequential scan by a session that makes thousands.
SET enable_seqscan = off
AS $$
DECLARE
    excluded text[] := TG_ARGV[1];
    digested text[] := TG_ARGV[2];
    alternatives text[] := TG_ARGV[3];
    veiled boolean := TG_ARGV[1] <> '{}' OR TG_ARGV[2] <> '{}';
    old_image jsonb;
    new_image jsonb;
    old_values jsonb;
    new_values jsonb;
    relation text := TG_TABLE_NAME;
    chain_key text;
    pk text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        old_image := to_jsonb(OLD);
        IF veiled THEN
            old_image := %(schema)s.audit_image(old_image, excluded, digested);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_image := to_jsonb(NEW);
        IF veiled THEN
            new_image := %(schema)s.audit_image(new_image, excluded, digested);
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF old_image = new_image THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(n.key, old_image -> n.key), jsonb_object_agg(n.key, n.value)
            INTO old_values, new_values
            FROM jsonb_each(new_image) n WHERE old_image -> n.key IS DISTINCT FROM n.value;
    ELSE
        old_values := old_image;
        new_values := new_image;
    END IF;
    chain_key := %(schema)s.audit_chain_key(coalesce(new_image, old_image), alternatives);
    pk := coalesce(new_image, old_image) ->> TG_ARGV[0];
    IF chain_key IS NULL OR pk IS NULL THEN
        RAISE EXCEPTION 'A row of %% belongs to no case or other chain, so it is refused.', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF chain_key <> %(schema)s.audit_chain_key(old_image, alternatives) THEN
            RAISE EXCEPTION 'Row %% of %% may not move from %% to %%: its history would be torn apart.',
                pk, TG_TABLE_NAME, %(schema)s.audit_chain_key(old_image, alternatives), chain_key
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF pk <> old_image ->> TG_ARGV[0] THEN
            RAISE EXCEPTION 'Row %% of %% may not change its key to %%.', old_image ->> TG_ARGV[0], TG_TABLE_NAME, pk
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    PERFORM %(schema)s.audit_append(chain_key, relation, pk, left(TG_OP, 1), old_values, new_values);
    RETURN NULL;
END $$;

-- For TRUNCATE on regulated tables, and for everything but appending on the audit tables themselves.
CREATE OR REPLACE FUNCTION %(schema)s.audit_refuse() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '%% on %% is refused: %%', TG_OP, TG_TABLE_NAME,
        CASE WHEN TG_ARGV[0] = 'regulated' THEN 'a regulated table is never emptied, since no entry would remain of its rows.'
             ELSE 'evidence is only ever appended, and only by the capture triggers.' END
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- On audit_capturedtable: when a table is captured for the first time, rows that were there before get an insertion entry
-- (only those without any history); when a migration has added, dropped or retyped columns, each row gets an entry 'S'
-- with the new columns' values, and null for those dropped.
CREATE OR REPLACE FUNCTION %(schema)s.audit_carry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET "TimeZone" = 'UTC'
SET "IntervalStyle" = 'iso_8601'
SET bytea_output = 'hex'
AS $$
DECLARE
    pk_col text := NEW.options ->> 'pk';
    excluded text[] := NEW.options ->> 'excluded';
    digested text[] := NEW.options ->> 'digested';
    alternatives text[] := NEW.options ->> 'chain';
    gained text[];
    lost jsonb;
    image jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        FOR image IN EXECUTE format(
            'SELECT %(schema_text)s.audit_image(to_jsonb(t), $1, $2) FROM %(schema_text)s.%%I t WHERE NOT EXISTS ('
            'SELECT FROM %(schema_text)s.audit_auditentry e WHERE e.table_name = $3 AND e.row_pk = t.%%I::text) ORDER BY t.%%I',
            NEW.table_name, pk_col, pk_col) USING excluded, digested, NEW.table_name
        LOOP
            PERFORM %(schema)s.audit_append(%(schema)s.audit_chain_key(image, alternatives), NEW.table_name,
                image ->> pk_col, 'I', NULL, image);
        END LOOP;
        RETURN NULL;
    END IF;
    SELECT coalesce(array_agg(n.key), '{}') INTO gained
        FROM jsonb_each(NEW.columns) n WHERE OLD.columns -> n.key IS DISTINCT FROM n.value;
    SELECT coalesce(jsonb_object_agg(o.key, NULL), '{}') INTO lost
        FROM jsonb_each(OLD.columns) o WHERE NOT NEW.columns ? o.key;
    IF gained = '{}' AND lost = '{}' THEN
        RETURN NULL;
    END IF;
    FOR image IN EXECUTE format(
        'SELECT %(schema_text)s.audit_image(to_jsonb(t), $1, $2) FROM %(schema_text)s.%%I t ORDER BY t.%%I', NEW.table_name, pk_col)
        USING excluded, digested
    LOOP
        PERFORM %(schema)s.audit_append(%(schema)s.audit_chain_key(image, alternatives), NEW.table_name, image ->> pk_col, 'S',
            NULL, lost || (SELECT coalesce(jsonb_object_agg(g, image -> g), '{}') FROM unnest(gained) g WHERE image ? g));
    END LOOP;
    RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION %(schema)s.audit_capture(), %(schema)s.audit_carry(), %(schema)s.audit_refuse(),
    %(schema)s.audit_append(text, text, text, text, jsonb, jsonb) FROM PUBLIC;
