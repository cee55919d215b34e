-- name: find_newest
-- A page in the order of (at, document), with its passages: of what is new in a mail, else, where nothing of that
-- matches, of what it quotes. A short text is shown whole. $4 and $5: the last one seen, or infinity.
SELECT h.conversation_id, m.id, h.id, h.at, coalesce(p.passage, '')
FROM search_newest($2, $4, $5, $3) h
LEFT JOIN LATERAL (SELECT x.id, x.text, x.text_fold FROM message x WHERE x.account_id = $1 AND x.id = h.id LIMIT 1) m ON true
CROSS JOIN LATERAL (
    SELECT concat_ws(' · ', nullif(c.subject, ''), nullif(c.contact_name, ''), nullif(array_to_string(c.tags, ' '), '')) AS head
    FROM conversation_row c
    WHERE c.account_id = $1 AND c.id = h.conversation_id
    LIMIT 1
) s
LEFT JOIN LATERAL (
    SELECT v.passage
    FROM (
        SELECT t.place,
               ts_headline('lupaus', left(t.shown, 20000), to_tsquery('lupaus', $2),
                           CASE WHEN length(t.shown) <= 200 THEN 'HighlightAll=true, '
                                ELSE 'MaxWords=30, MinWords=12, ShortWord=0, MaxFragments=1, ' END
                           || 'StartSel=' || U&'\E000' || ', StopSel=' || U&'\E001') AS passage
        FROM (VALUES (1, left(m.text, m.text_fold)), (2, coalesce(nullif(m.text, ''), s.head))) AS t (place, shown)
        WHERE t.shown <> ''
    ) v
    ORDER BY strpos(v.passage, U&'\E000') = 0, v.place
    LIMIT 1
) p ON true
ORDER BY h.at DESC, h.id DESC

-- name: find_relevant
-- One page, the best first.
SELECT h.conversation_id, m.id, h.id, h.at, coalesce(p.passage, '')
FROM search_relevant($2, $3) WITH ORDINALITY AS h (conversation_id, id, at, place)
LEFT JOIN LATERAL (SELECT x.id, x.text, x.text_fold FROM message x WHERE x.account_id = $1 AND x.id = h.id LIMIT 1) m ON true
CROSS JOIN LATERAL (
    SELECT concat_ws(' · ', nullif(c.subject, ''), nullif(c.contact_name, ''), nullif(array_to_string(c.tags, ' '), '')) AS head
    FROM conversation_row c
    WHERE c.account_id = $1 AND c.id = h.conversation_id
    LIMIT 1
) s
LEFT JOIN LATERAL (
    SELECT v.passage
    FROM (
        SELECT t.place,
               ts_headline('lupaus', left(t.shown, 20000), to_tsquery('lupaus', $2),
                           CASE WHEN length(t.shown) <= 200 THEN 'HighlightAll=true, '
                                ELSE 'MaxWords=30, MinWords=12, ShortWord=0, MaxFragments=1, ' END
                           || 'StartSel=' || U&'\E000' || ', StopSel=' || U&'\E001') AS passage
        FROM (VALUES (1, left(m.text, m.text_fold)), (2, coalesce(nullif(m.text, ''), s.head))) AS t (place, shown)
        WHERE t.shown <> ''
    ) v
    ORDER BY strpos(v.passage, U&'\E000') = 0, v.place
    LIMIT 1
) p ON true
ORDER BY h.place

-- name: behind
-- Across accounts; no lock.
SELECT account_id FROM search_behind($1) AS account_id

-- name: try_accounts
-- One process at a time reads an account's news; the others go on with other accounts. Advisory locks of the
-- transaction; reads nothing else.
SELECT u.account_id
FROM unnest($1::uuid[]) AS u (account_id)
WHERE pg_try_advisory_xact_lock(uuid_hash_extended(u.account_id, 5561327801))

-- name: open_progress
-- An account that was never indexed begins with its first event.
INSERT INTO search_progress (account_id)
SELECT account_id FROM unnest($1::uuid[]) AS u (account_id) ORDER BY account_id
ON CONFLICT DO NOTHING

-- name: read_progress
-- The advisory lock is held.
SELECT account_id, seq FROM search_progress WHERE account_id = ANY ($1::uuid[])

-- name: read_news
-- The next events of each account: the message that each speaks of, the conversation whose head may have changed, the
-- contact, the conversation into which messages may have moved.
SELECT e.account_id, e.seq, e.message_id,
       CASE WHEN e.type IN ('conversation.created', 'conversation.updated', 'conversation.merged')
            THEN e.conversation_id END,
       CASE WHEN e.type IN ('contact.updated', 'contact.merged') THEN (e.data -> 'contact' ->> 'id')::uuid END,
       CASE WHEN e.type = 'conversation.merged' THEN e.conversation_id END
FROM unnest($1::uuid[], $2::bigint[]) AS p (account_id, seq)
CROSS JOIN LATERAL (
    SELECT n.* FROM event n WHERE n.account_id = p.account_id AND n.seq > p.seq ORDER BY n.seq LIMIT $3
) e
ORDER BY e.account_id, e.seq

-- name: index_messages
-- What was said, with the customer's name and the subject at that time. Written only where the words have changed; when
-- it was said never changes.
INSERT INTO search_document AS d (account_id, id, conversation_id, at, era, words)
SELECT m.account_id, m.id, m.conversation_id, m.ordered_at, search_era_at(p.seq),
       setweight(to_tsvector('lupaus', left(concat_ws(' ', c.subject, c.contact_name), 1000)), 'B') ||
       to_tsvector('lupaus', left(CASE WHEN m.text <> '' THEN m.text
                                       ELSE regexp_replace(coalesce(m.html, ''), '<[^>]*>', ' ', 'g') END, 100000))
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
CROSS JOIN LATERAL (SELECT x.* FROM message x WHERE x.account_id = w.account_id AND x.id = w.id LIMIT 1) m
CROSS JOIN LATERAL (
    SELECT x.subject, x.contact_name FROM conversation_row x WHERE x.account_id = m.account_id AND x.id = m.conversation_id
    LIMIT 1
) c
JOIN search_progress p ON p.account_id = m.account_id
ORDER BY m.account_id, m.id
ON CONFLICT (account_id, id) DO UPDATE
SET conversation_id = excluded.conversation_id, words = excluded.words
WHERE d.words IS DISTINCT FROM excluded.words OR d.conversation_id <> excluded.conversation_id

-- name: index_heads
-- A conversation's subject, customer and tags. It stands where the conversation began, so that messages do not move it,
-- and leads to what that was merged into.
INSERT INTO search_document AS d (account_id, id, conversation_id, at, era, words)
SELECT c.account_id, c.id, coalesce(c.merged_into, c.id), c.created_at, search_era_at(p.seq),
       setweight(to_tsvector('lupaus', left(concat_ws(' ', c.subject, c.contact_name, k.email, k.phone,
                                                      array_to_string(c.tags, ' '), c.number), 10000)), 'A')
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
CROSS JOIN LATERAL (SELECT x.* FROM conversation_row x WHERE x.account_id = w.account_id AND x.id = w.id LIMIT 1) c
LEFT JOIN LATERAL (SELECT x.email, x.phone FROM contact x WHERE x.account_id = c.account_id AND x.id = c.contact_id LIMIT 1) k
       ON true
JOIN search_progress p ON p.account_id = c.account_id
ORDER BY c.account_id, c.id
ON CONFLICT (account_id, id) DO UPDATE SET conversation_id = excluded.conversation_id, words = excluded.words
WHERE d.words IS DISTINCT FROM excluded.words OR d.conversation_id <> excluded.conversation_id

-- name: move_messages
-- What was said in conversations that were merged into these.
UPDATE search_document d
SET conversation_id = f.conversation_id
FROM (
    SELECT m.account_id, s.id, m.conversation_id
    FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
    JOIN message m ON m.account_id = w.account_id AND m.conversation_id = w.id
    CROSS JOIN LATERAL (
        SELECT x.id, x.conversation_id FROM search_document x WHERE x.account_id = m.account_id AND x.id = m.id LIMIT 1
    ) s
    WHERE s.conversation_id <> m.conversation_id
) f
WHERE d.account_id = f.account_id AND d.id = f.id

-- name: index_heads_of_contacts
-- A contact has a new name or address: the heads of their newest conversations.
INSERT INTO search_document AS d (account_id, id, conversation_id, at, era, words)
SELECT c.account_id, c.id, coalesce(c.merged_into, c.id), c.created_at, search_era_at(p.seq),
       setweight(to_tsvector('lupaus', left(concat_ws(' ', c.subject, k.name, k.email, k.phone,
                                                      array_to_string(c.tags, ' '), c.number), 10000)), 'A')
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
CROSS JOIN LATERAL (SELECT x.* FROM contact x WHERE x.account_id = w.account_id AND x.id = w.id LIMIT 1) k
CROSS JOIN LATERAL (
    SELECT x.* FROM conversation x WHERE x.account_id = k.account_id AND x.contact_id = k.id
    ORDER BY x.channel_id DESC, x.number DESC
    LIMIT 200
) c
JOIN search_progress p ON p.account_id = c.account_id
ORDER BY c.account_id, c.id
ON CONFLICT (account_id, id) DO UPDATE SET words = excluded.words WHERE d.words IS DISTINCT FROM excluded.words

-- name: widen_eras
-- The eras of these documents reach as far as they do.
INSERT INTO search_era AS e (account_id, era, min_at, max_at)
SELECT d.account_id, d.era, min(d.at), max(d.at)
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
CROSS JOIN LATERAL (SELECT x.* FROM search_document x WHERE x.account_id = w.account_id AND x.id = w.id LIMIT 1) d
WHERE d.era > 0
GROUP BY d.account_id, d.era
ORDER BY d.account_id, d.era
ON CONFLICT (account_id, era) DO UPDATE
SET min_at = least(e.min_at, excluded.min_at), max_at = greatest(e.max_at, excluded.max_at)
WHERE excluded.min_at < e.min_at OR excluded.max_at > e.max_at

-- name: advance
-- The advisory lock is held.
UPDATE search_progress p
SET seq = u.seq
FROM unnest($1::uuid[], $2::bigint[]) AS u (account_id, seq)
WHERE p.account_id = u.account_id
