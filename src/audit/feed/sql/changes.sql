-- Returns a page of the change feed. $1 to $5: the parameters of is_in_range; $6, $7: the log
-- line and the change after which to continue; $8: one resource, or null for all; $9: the maximum
-- number of changes; $10: the caller's councils, or null if the caller may read all notes and
-- external ids; $11, $12: whether the caller may read the external ids of one system only, and this
-- system. The result contains only data that every role may read: no names, and no publications
-- before they are published.
SELECT r.id, r.change_id AS line, r.changed_at, r.resource, r.resource_id, COALESCE(r.part, r.resource) AS "table", r.action::text AS action,
       (SELECT jsonb_object_agg(a.attname, COALESCE(r.after, r.before)::jsonb -> a.attname::text)
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = to_regclass(COALESCE(r.part, r.resource)) AND i.indisprimary)::json AS key,
       (r.after::jsonb - ARRAY['attendee_name', 'holder_name']
        || CASE WHEN $10::uuid[] IS NULL THEN '{}'::jsonb
                WHEN r.part LIKE '%\_external\_ids' AND NOT COALESCE(
                    CASE WHEN $11::boolean THEN r.after ->> 'system' = $12
                         ELSE COALESCE((SELECT council_id FROM attendance WHERE id = r.resource_id),
                                       (SELECT council_id FROM seats WHERE id = r.resource_id),
                                       (SELECT council_id FROM progress WHERE id = r.resource_id)) = ANY ($10) END, false)
                THEN '{"external_id": null}'::jsonb
                WHEN r.after::jsonb ? 'note' AND (r.after ->> 'council_id')::uuid <> ALL ($10) THEN '{"note": null}'::jsonb
                ELSE '{}'::jsonb END)::json AS row
FROM changed_rows r
WHERE is_in_range(r.transaction_id, r.change_id, $1, $2, $3, $4, $5)
  -- Skips the log lines before the range. Adding 0 prevents the planner from finding the minimum
  -- by a scan of all ids from the beginning of the log.
  AND r.change_id >= CASE WHEN $6 > 0 OR $1 = 1 THEN $6 ELSE (
          SELECT COALESCE(min(c.id + 0), 0) FROM changes c WHERE is_in_range(c.transaction_id, c.id, $1, $2, $3, $4, $5)) END
  AND r.id > $7
  AND ($8::text IS NULL OR r.resource = $8)
  AND r.resource IN ('councils', 'groups', 'seats', 'meetings', 'attendance', 'evaluations', 'frameworks', 'themes', 'outcomes',
                     'actions', 'targets', 'revisions', 'progress', 'publications')
  AND (r.resource <> 'publications' OR r.after ->> 'status' IN ('published', 'reopened'))
ORDER BY r.change_id, r.id
LIMIT $9
