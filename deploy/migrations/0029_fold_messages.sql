-- Where quoted history and signature begin in a message's text and html, in characters: what comes before is new. NULL:
-- nothing is folded away, as in messages of before.
ALTER TABLE message
    ADD COLUMN text_fold int CONSTRAINT message_text_fold CHECK (text_fold >= 0),
    ADD COLUMN html_fold int CONSTRAINT message_html_fold CHECK (html_fold >= 0);
