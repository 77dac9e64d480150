-- $1, $2: the transactions of the stretch; in the first also those that this server cannot have had, which came with a restored log;
-- $3, $4: the line and change behind which to go on; $5: one resource, or null for all;
-- $6: how many. Accounts, their rights and report keys are nobody's copy; a publication is seen once it is published; names are left out.
SELECT r.id, r.change_id AS line, r.changed_at, r.resource, r.resource_id, COALESCE(r.part, r.resource) AS "table", r.action::text AS action,
       (SELECT jsonb_object_agg(a.attname, COALESCE(r.after, r.before)::jsonb -> a.attname::text)
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = to_regclass(COALESCE(r.part, r.resource)) AND i.indisprimary)::json AS key,
       (r.after::jsonb - ARRAY['attendee_name', 'holder_name'])::json AS row
FROM changed_rows r
WHERE (r.transaction_id >= $1 AND r.transaction_id < $2
       OR $1 = 0 AND r.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
  AND r.change_id >= $3 AND r.id > $4
  AND ($5 IS NULL OR r.resource = $5) AND r.resource NOT IN ('accounts', 'role_mappings', 'report_keys')
  AND (r.resource <> 'publications' OR r.after ->> 'status' IN ('published', 'reopened'))
ORDER BY r.change_id, r.id
LIMIT $6
