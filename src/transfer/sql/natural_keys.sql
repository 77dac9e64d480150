-- Returns the natural key of each row that a line of an import can reference. $1: the keys of the
-- meetings whose attendance records are returned.
SELECT 'councils' AS kind, gss_code::text AS key, council_id AS id FROM council_gss_codes g
WHERE NOT EXISTS (SELECT FROM council_gss_codes o WHERE o.gss_code = g.gss_code AND o.council_id <> g.council_id)
UNION ALL SELECT 'councils', id::text, id FROM councils
UNION ALL SELECT 'groups', code, id FROM groups
UNION ALL SELECT 'seats', concat_ws('/', group_id, council_id, role, ordinal), id FROM seats
UNION ALL SELECT 'meetings', key, id FROM meeting_keys
UNION ALL SELECT 'meetings', id::text, id FROM meetings
UNION ALL
SELECT 'attendance', CASE WHEN a.seat_id IS NOT NULL THEN concat_ws('/', a.meeting_id, a.seat_id)
                          ELSE concat_ws('/', a.meeting_id, COALESCE(a.council_id::text, '-'), a.delegate_ref) END, a.id
FROM attendance a JOIN meeting_keys m ON m.id = a.meeting_id WHERE m.key = ANY ($1) OR m.id::text = ANY ($1)
UNION ALL SELECT 'evaluations', concat_ws('/', meeting_id, question), id FROM evaluations
UNION ALL SELECT 'frameworks', code, id FROM frameworks
UNION ALL SELECT 'themes', concat_ws('/', framework_id, code), id FROM themes
UNION ALL SELECT 'outcomes', concat_ws('/', framework_id, code), id FROM outcomes
UNION ALL SELECT 'actions', concat_ws('/', framework_id, code), id FROM actions
UNION ALL SELECT 'targets', concat_ws('/', framework_id, code), id FROM targets
UNION ALL SELECT 'revisions', concat_ws('/', target_id, revised_on), id FROM revisions
UNION ALL SELECT 'progress', key, id FROM progress_keys
UNION ALL SELECT 'meeting_group', id::text, group_id FROM meetings WHERE group_id IS NOT NULL
