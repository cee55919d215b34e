-- By what the HTML of a mail names a picture that came with it: <img src="cid:…">. Empty: it does not.
ALTER TABLE attachment ADD COLUMN content_id text NOT NULL DEFAULT '';
