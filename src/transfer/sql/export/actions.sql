-- Cells with several values are JSON arrays, which the exporting code joins with `;`.
SELECT ARRAY[f.code, o.code, a.code, a.ref, a.title, a.position::text, a.source_lines,
             (SELECT jsonb_agg(g.code ORDER BY g.code)
              FROM action_groups l JOIN groups g ON g.id = l.group_id WHERE l.action_id = a.id)::text,
             (SELECT jsonb_agg(k.key ORDER BY k.key)
              FROM action_meetings l JOIN meeting_keys k ON k.id = l.meeting_id WHERE l.action_id = a.id)::text,
             to_jsonb(a.quirks)::text, a.notes] AS cells
FROM actions a JOIN outcomes o ON o.id = a.outcome_id JOIN frameworks f ON f.id = a.framework_id
ORDER BY f.code, a.position, a.code
