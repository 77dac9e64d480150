-- Where the change log stands for these resources ($1): each one's newest line, and the transactions still under way, whose
-- lines may have got lower numbers and are not seen yet.
SELECT concat_ws(' ', max(newest.id), (SELECT string_agg(xip::text, ' ' ORDER BY xip) FROM pg_snapshot_xip(pg_current_snapshot()) xip))
           AS position,
       max(newest.changed_at) AS changed_at
FROM unnest($1) AS read (resource)
CROSS JOIN LATERAL (
    SELECT c.id, c.changed_at FROM changes c WHERE c.resource = read.resource ORDER BY c.id DESC LIMIT 1
) newest
