-- Search reads documents of its own: one for each message, with the customer's name and the subject, and one for each
-- conversation (its head: subject, customer, tags). The words of an account are one index; both extensions are trusted,
-- so the owner of the database may create them.
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Words as they are written, in no language: folded to lower case without accents.
CREATE TEXT SEARCH CONFIGURATION lupaus (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION lupaus
    ALTER MAPPING FOR word, hword, hword_part, asciiword, asciihword, hword_asciipart WITH unaccent, simple;

CREATE TABLE search_document (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    conversation_id uuid NOT NULL,
    at              timestamptz NOT NULL,
    words           tsvector NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX search_document_words ON search_document USING gin (account_id, words);
CREATE INDEX search_document_newest ON search_document (account_id, at, id);

-- How far of an account's event log has been read into its documents.
CREATE TABLE search_progress (
    account_id uuid PRIMARY KEY,
    seq        bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['search_document', 'search_progress']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_account ON %I TO lupaus_app
            USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid))$p$, name);
        EXECUTE format($p$CREATE POLICY worker_accounts ON %I TO lupaus_worker
            USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[]))
                   IS TRUE)$p$, name);
        EXECUTE format('GRANT SELECT ON %I TO lupaus_app', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lupaus_worker', name);
    END LOOP;
END
$$;

-- Some whose log is ahead of their documents, in turns by chance: a question across accounts, answered with ids alone.
CREATE FUNCTION search_behind(wanted int) RETURNS SETOF uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.account_id
    FROM account_feed f
    LEFT JOIN search_progress p ON p.account_id = f.account_id
    WHERE f.seq > coalesce(p.seq, 0)
    ORDER BY random()
    LIMIT wanted
$$;

-- Full-text operators are not leakproof and lose their index under row-level security, so the search runs as the owner
-- and names the account of the session itself. Newest first, two ways in one: words that are common are met while
-- walking the newest documents; of the older ones the index answers, and no further than `candidates`.
CREATE FUNCTION search_newest(query text, before_at timestamptz, before_id uuid, wanted int)
RETURNS TABLE (conversation_id uuid, id uuid, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    walk constant int := 2000;
    candidates constant int := 20000;
    account constant uuid := nullif(current_setting('lupaus.account', true), '')::uuid;
    asked constant tsquery := to_tsquery('lupaus', query);
    end_at timestamptz;
    end_id uuid;
    met int;
BEGIN
    RETURN QUERY
        SELECT n.conversation_id, n.id, n.at
        FROM (SELECT d.* FROM search_document d
              WHERE d.account_id = account AND (d.at, d.id) < (before_at, before_id)
              ORDER BY d.at DESC, d.id DESC LIMIT walk) n
        WHERE n.words @@ asked
        ORDER BY n.at DESC, n.id DESC
        LIMIT wanted;
    GET DIAGNOSTICS met = ROW_COUNT;
    IF met >= wanted THEN
        RETURN;
    END IF;
    SELECT d.at, d.id INTO end_at, end_id FROM search_document d
    WHERE d.account_id = account AND (d.at, d.id) < (before_at, before_id)
    ORDER BY d.at DESC, d.id DESC OFFSET walk - 1 LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
        WITH found AS MATERIALIZED (
            SELECT d.conversation_id, d.id, d.at FROM search_document d
            WHERE d.account_id = account AND d.words @@ asked
            LIMIT candidates
        )
        SELECT f.conversation_id, f.id, f.at FROM found f
        WHERE (f.at, f.id) < (end_at, end_id)
        ORDER BY f.at DESC, f.id DESC
        LIMIT wanted - met;
END
$$;

-- The most relevant of at most `candidates` documents that the index finds.
CREATE FUNCTION search_relevant(query text, wanted int)
RETURNS TABLE (conversation_id uuid, id uuid, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    candidates constant int := 5000;
    account constant uuid := nullif(current_setting('lupaus.account', true), '')::uuid;
    asked constant tsquery := to_tsquery('lupaus', query);
BEGIN
    RETURN QUERY
        WITH found AS MATERIALIZED (
            SELECT d.conversation_id, d.id, d.at, d.words FROM search_document d
            WHERE d.account_id = account AND d.words @@ asked
            LIMIT candidates
        )
        SELECT f.conversation_id, f.id, f.at FROM found f
        ORDER BY ts_rank(f.words, asked) DESC, f.at DESC, f.id DESC
        LIMIT wanted;
END
$$;

REVOKE ALL ON FUNCTION search_behind(int), search_newest(text, timestamptz, uuid, int), search_relevant(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_newest(text, timestamptz, uuid, int), search_relevant(text, int) TO lupaus_app;
GRANT EXECUTE ON FUNCTION search_behind(int) TO lupaus_worker;
