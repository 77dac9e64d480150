-- Returns the changes after sealing that concern the targets. $1: the id of the last change-log
-- line that was sealed. $2, $3: parallel arrays of target ids and ids of the resources that concern
-- each target. $4: all target ids. A change of only `version` and `updated_at` is left out.
WITH about AS (
    SELECT * FROM unnest($2::uuid[], $3::uuid[]) AS about (target_id, resource_id)
    UNION
    SELECT target_id, action_id FROM target_actions WHERE target_id = ANY ($4)
    UNION
    SELECT id, id FROM unnest($4::uuid[]) AS id
), since AS (
    SELECT about.target_id, r.* FROM changed_rows r JOIN about USING (resource_id)
    WHERE r.change_id > $1 AND r.ids && (SELECT array_agg(resource_id) FROM about)
    UNION ALL
    SELECT t.id, r.* FROM changed_rows r
    JOIN unnest($4::uuid[]) AS t (id) ON t.id = (COALESCE(r.after, r.before) ->> 'target_id')::uuid
    WHERE r.change_id > $1 AND r.resource = 'revisions'
)
SELECT target_id, id, changed_at, resource, resource_id, part, action::text AS action,
       CASE
           WHEN resource = 'revisions' THEN 'revision'
           WHEN resource IN ('frameworks', 'actions', 'targets', 'groups') THEN 'plan'
           WHEN resource IN ('councils', 'seats') THEN 'cohort'
           WHEN action = 'created' AND after ->> 'supersedes_id' IS NULL
                OR resource = 'meetings' AND before ->> 'register' = 'open' AND after ->> 'register' = 'closed' THEN 'late_record'
           ELSE 'correction'
       END AS kind
FROM since
WHERE before::jsonb - ARRAY['version', 'updated_at'] IS DISTINCT FROM after::jsonb - ARRAY['version', 'updated_at']
ORDER BY target_id, id
