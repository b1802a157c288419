-- Who was being called: the next worker may choose another provider, and has to know whose answer is missing.
ALTER TABLE claim ADD COLUMN provider text;
