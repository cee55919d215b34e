-- name: load_settings
-- Of these accounts: settings, of which an account has a bounded number.
SELECT k.channel_id, k.subject, k.text, e.address, e.sender_name, c.name, t.name
FROM acknowledgement k
JOIN channel c ON c.account_id = k.account_id AND c.id = k.channel_id
JOIN email_channel e ON e.account_id = k.account_id AND e.channel_id = k.channel_id
LEFT JOIN team t ON t.account_id = c.account_id AND t.id = c.team_id
WHERE k.account_id = ANY ($1::uuid[])

-- name: written_before
-- Automatic mails within a day: those to the contact, which bots and programs write too, and acknowledgements to the
-- address, whoever had it then. What waits to be sent counts; what failed or was undone reached nobody.
SELECT w.account_id, w.address,
       ((SELECT count(*)
         FROM (SELECT
               FROM conversation o
               JOIN channel h ON h.account_id = o.account_id AND h.id = o.channel_id AND h.kind = 1
               JOIN message m ON m.account_id = o.account_id AND m.conversation_id = o.id
               WHERE o.account_id = w.account_id AND o.contact_id = w.contact_id
                 AND m.direction = 1 AND m.kind = 2 AND m.delivery_state NOT IN (5, 7)
                 AND m.ordered_at > clock_timestamp() - interval '1 day'
               LIMIT 1) today)
        + (SELECT count(*)
           FROM acknowledged_address a
           WHERE a.account_id = w.account_id AND a.address = w.address
             AND a.at > clock_timestamp() - interval '1 day'))::int
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS w (account_id, contact_id, address)

-- name: note_acknowledged
-- The lanes of the accounts are held.
INSERT INTO acknowledged_address (account_id, address, at)
SELECT u.account_id, u.address, clock_timestamp()
FROM unnest($1::uuid[], $2::text[]) AS u (account_id, address)
ORDER BY u.account_id, u.address
ON CONFLICT (account_id, address) DO UPDATE SET at = excluded.at
