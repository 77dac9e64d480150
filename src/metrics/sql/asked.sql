-- The requested targets, each with a date.
WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS asked(target_id, as_at)),
