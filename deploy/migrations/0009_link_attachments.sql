-- Attachments can be linked: under a name that is random and says nothing of account or message.

ALTER TABLE attachment ADD COLUMN public_name uuid NOT NULL DEFAULT gen_random_uuid();
CREATE INDEX attachment_public_name ON attachment (public_name);

-- A link carries no account; its signature is checked before anybody asks.
CREATE FUNCTION find_file(wanted uuid) RETURNS TABLE (name text, sha256 text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.name, a.sha256 FROM attachment a WHERE a.public_name = wanted
$$;
REVOKE ALL ON FUNCTION find_file(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_file(uuid) TO lupaus_app;
