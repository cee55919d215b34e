-- The words of an account were one index: a name or the beginning of a word was looked up among all that was ever said,
-- and of what was found only a part was looked at. Documents are of eras now, by when they were indexed, and the words
-- of each era stand apart in the index: the newest eras answer first, each as a whole, and mostly they are enough.
-- A program that knows nothing of eras writes into era 0, which is always looked at.
DROP INDEX search_document_words;
ALTER TABLE search_document ADD COLUMN era int NOT NULL DEFAULT 0;

-- Between which times the documents of an era lie. Late arrivals widen it.
CREATE TABLE search_era (
    account_id uuid NOT NULL,
    era        int NOT NULL CONSTRAINT search_era_is_counted CHECK (era > 0),
    min_at     timestamptz NOT NULL,
    max_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, era)
);
ALTER TABLE search_era ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_era FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON search_era TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON search_era TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_accounts ON search_era TO lupaus_worker
    USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[])) IS TRUE);
GRANT SELECT ON search_era TO lupaus_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON search_era TO lupaus_worker;

-- What stands before each word of an account's era in the index, always eight characters. Two that have the same by
-- chance only cost a look at the other's rows.
CREATE FUNCTION search_mark(account uuid, era int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.uuid_hash_extended(account, era) & 4294967295), 8, '0')
$$;

-- An indexed word has its limit: of a document that may have one beyond it the words are cut one by one. No question has
-- a word as long as 200 characters.
CREATE FUNCTION search_cut_keys(mark text, words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.array_to_tsvector(pg_catalog.array_agg(mark || pg_catalog.left(w.lexeme, 200)))
    FROM pg_catalog.unnest(words) w
$$;

-- Written as one expression of built-in functions, which a statement takes over as it stands: six million documents are
-- indexed with it in one go. Control characters stand in no word.
CREATE FUNCTION search_keys(account uuid, era int, words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN pg_catalog.octet_length(pg_catalog.array_to_string(pg_catalog.tsvector_to_array(words), U&'\0001')) <= 2000
                THEN pg_catalog.array_to_tsvector(pg_catalog.string_to_array(
                         public.search_mark(account, era)
                         || pg_catalog.replace(pg_catalog.array_to_string(pg_catalog.tsvector_to_array(words), U&'\0001'),
                                               U&'\0001', U&'\0001' || public.search_mark(account, era)), U&'\0001'))
                ELSE public.search_cut_keys(public.search_mark(account, era), words) END
$$;

-- Which era an account's next documents are of: one lasts so many events.
CREATE FUNCTION search_era_at(seq bigint) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (1 + seq / 32768)::int $$;

UPDATE search_document d
SET era = n.era
FROM (
    SELECT account_id, id, search_era_at(row_number() OVER (PARTITION BY account_id ORDER BY at, id)) AS era
    FROM search_document
) n
WHERE d.account_id = n.account_id AND d.id = n.id;
INSERT INTO search_era (account_id, era, min_at, max_at)
SELECT account_id, era, min(at), max(at) FROM search_document GROUP BY account_id, era;

CREATE INDEX search_document_words ON search_document USING gin (search_keys(account_id, era, words)) WITH (fastupdate = off);
ALTER INDEX search_document_words ALTER COLUMN 1 SET STATISTICS 0;

-- The question as it is put to the index, for which nothing but the words counts: where they stand is for the rows to
-- decide. Of several words those that stand in many documents are left to the rows too; nearly all of the index would
-- have to be read for them.
CREATE FUNCTION search_question(account uuid, asked tsquery) RETURNS text
LANGUAGE sql STABLE AS $$
    WITH word AS (
        SELECT m.word[1] AS word FROM regexp_matches(asked::text, '(''(?:[^'']|'''')+''(?::\*)?)', 'g') AS m (word)
    ), newest AS MATERIALIZED (
        SELECT d.words FROM search_document d
        WHERE d.account_id = account AND numnode(asked) > 1
        ORDER BY d.at DESC, d.id DESC LIMIT 1000
    ), counted AS (
        SELECT w.word, (SELECT count(*) FROM newest n WHERE n.words @@ w.word::tsquery) AS documents FROM word w
    )
    SELECT coalesce(string_agg(word, ' & ') FILTER (WHERE documents < 50), string_agg(word, ' & ')) FROM counted
$$;

-- The same in one era.
CREATE FUNCTION search_in_era(account uuid, era int, question text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(question, '''((?:[^'']|'''')+)''', '''' || search_mark(account, era) || '\1''', 'g')::tsquery
$$;

-- The eras of an account that have anything older than a time, the newest first.
CREATE FUNCTION search_eras(account uuid, before_at timestamptz) RETURNS TABLE (era int, max_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT 0, 'infinity'::timestamptz
    UNION ALL
    (SELECT e.era, e.max_at FROM search_era e WHERE e.account_id = account AND e.min_at <= before_at
     ORDER BY e.max_at DESC, e.era DESC)
$$;
-- Full-text operators are not leakproof and lose their index under row-level security, so the search runs as the owner
-- and names the account of the session itself. Newest first, two ways in one: words that are common are met while
-- walking the newest documents; for others the eras answer, until none that is left can have anything newer.
CREATE OR REPLACE FUNCTION search_newest(query text, before_at timestamptz, before_id uuid, wanted int)
RETURNS TABLE (conversation_id uuid, id uuid, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    walk constant int := 1000;
    account constant uuid := nullif(current_setting('lupaus.account', true), '')::uuid;
    asked constant tsquery := to_tsquery('lupaus', query);
    conversations uuid[];
    ids uuid[];
    times timestamptz[];
    next record;
    question text;
BEGIN
    SELECT array_agg(h.conversation_id), array_agg(h.id), array_agg(h.at) INTO conversations, ids, times
    FROM (SELECT n.*
          FROM (SELECT d.* FROM search_document d
                WHERE d.account_id = account AND (d.at, d.id) < (before_at, before_id)
                ORDER BY d.at DESC, d.id DESC LIMIT walk) n
          WHERE n.words @@ asked
          ORDER BY n.at DESC, n.id DESC
          LIMIT wanted) h;
    IF coalesce(cardinality(ids), 0) < wanted THEN
        question := search_question(account, asked);
        FOR next IN SELECT * FROM search_eras(account, before_at) LOOP
            EXIT WHEN cardinality(ids) >= wanted AND next.max_at < times[wanted];
            WITH found AS MATERIALIZED (
                SELECT d.conversation_id, d.id, d.at FROM search_document d
                WHERE search_keys(d.account_id, d.era, d.words) @@ search_in_era(account, next.era, question)
                  AND d.account_id = account AND d.era = next.era AND d.words @@ asked
                  AND (d.at, d.id) < (before_at, before_id)
            )
            SELECT array_agg(h.conversation_id), array_agg(h.id), array_agg(h.at) INTO conversations, ids, times
            FROM (SELECT * FROM (SELECT * FROM unnest(conversations, ids, times) AS k (conversation_id, id, at)
                                 UNION SELECT * FROM found) f
                  ORDER BY f.at DESC, f.id DESC LIMIT wanted) h;
        END LOOP;
    END IF;
    RETURN QUERY SELECT * FROM unnest(conversations, ids, times);
END
$$;

-- The most relevant of those that are among the newest, where there are enough; else of as many as that in the eras.
CREATE OR REPLACE FUNCTION search_relevant(query text, wanted int)
RETURNS TABLE (conversation_id uuid, id uuid, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    walk constant int := 1000;
    enough constant int := 200;
    candidates constant int := 1000;
    account constant uuid := nullif(current_setting('lupaus.account', true), '')::uuid;
    asked constant tsquery := to_tsquery('lupaus', query);
    conversations uuid[];
    ids uuid[];
    times timestamptz[];
    ranks real[];
    seen int;
    more int;
    next record;
    question text;
BEGIN
    WITH found AS MATERIALIZED (
        SELECT n.conversation_id, n.id, n.at, ts_rank(n.words, asked) AS rank
        FROM (SELECT d.* FROM search_document d WHERE d.account_id = account ORDER BY d.at DESC, d.id DESC LIMIT walk) n
        WHERE n.words @@ asked
    )
    SELECT array_agg(h.conversation_id), array_agg(h.id), array_agg(h.at), (SELECT count(*) FROM found)
    INTO conversations, ids, times, seen
    FROM (SELECT * FROM found f ORDER BY f.rank DESC, f.at DESC, f.id DESC LIMIT wanted) h;
    IF seen < enough THEN
        conversations := NULL;
        ids := NULL;
        times := NULL;
        seen := 0;
        question := search_question(account, asked);
        FOR next IN SELECT * FROM search_eras(account, 'infinity') LOOP
            EXIT WHEN seen >= candidates;
            WITH found AS MATERIALIZED (
                SELECT d.conversation_id, d.id, d.at, ts_rank(d.words, asked) AS rank FROM search_document d
                WHERE search_keys(d.account_id, d.era, d.words) @@ search_in_era(account, next.era, question)
                  AND d.account_id = account AND d.era = next.era AND d.words @@ asked
                LIMIT candidates
            )
            SELECT array_agg(h.conversation_id), array_agg(h.id), array_agg(h.at), array_agg(h.rank), (SELECT count(*) FROM found)
            INTO conversations, ids, times, ranks, more
            FROM (SELECT * FROM (SELECT * FROM unnest(conversations, ids, times, ranks) AS k (conversation_id, id, at, rank)
                                 UNION ALL SELECT * FROM found) f
                  ORDER BY f.rank DESC, f.at DESC, f.id DESC LIMIT wanted) h;
            seen := seen + more;
        END LOOP;
    END IF;
    RETURN QUERY SELECT * FROM unnest(conversations, ids, times);
END
$$;
