-- $1, $2: the transactions of the stretch; in the first also those that this server cannot have had, which came with a restored log;
-- $3, $4: the line and change behind which to go on; $5: one resource, or null for all;
-- $6: how many; $7: the caller's councils, or null where it reads all notes and external ids; $8, $9: whether it is a system
-- that reads the external ids of that system alone. What everybody reads is told and nothing else: a publication once it is published, and no names.
SELECT r.id, r.change_id AS line, r.changed_at, r.resource, r.resource_id, COALESCE(r.part, r.resource) AS "table", r.action::text AS action,
       (SELECT jsonb_object_agg(a.attname, COALESCE(r.after, r.before)::jsonb -> a.attname::text)
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = to_regclass(COALESCE(r.part, r.resource)) AND i.indisprimary)::json AS key,
       (r.after::jsonb - ARRAY['attendee_name', 'holder_name']
        || CASE WHEN $7::uuid[] IS NULL THEN '{}'::jsonb
                WHEN r.part LIKE '%\_external\_ids' AND NOT COALESCE(
                    CASE WHEN $8 THEN r.after ->> 'system' = $9
                         ELSE COALESCE((SELECT council_id FROM attendance WHERE id = r.resource_id),
                                       (SELECT council_id FROM seats WHERE id = r.resource_id),
                                       (SELECT council_id FROM progress WHERE id = r.resource_id)) = ANY ($7) END, false)
                THEN '{"external_id": null}'::jsonb
                WHEN r.after::jsonb ? 'note' AND (r.after ->> 'council_id')::uuid <> ALL ($7) THEN '{"note": null}'::jsonb
                ELSE '{}'::jsonb END)::json AS row
FROM changed_rows r
WHERE (r.transaction_id >= $1 AND r.transaction_id < $2
       OR $1 = 0 AND r.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
  AND r.change_id >= $3 AND r.id > $4
  AND ($5 IS NULL OR r.resource = $5)
  AND r.resource IN ('councils', 'groups', 'seats', 'meetings', 'attendance', 'evaluations', 'frameworks', 'themes', 'outcomes',
                     'actions', 'targets', 'revisions', 'progress', 'publications')
  AND (r.resource <> 'publications' OR r.after ->> 'status' IN ('published', 'reopened'))
ORDER BY r.change_id, r.id
LIMIT $6
