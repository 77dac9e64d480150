-- Cells with several values are JSON arrays, which the exporting code joins with `;`. The seventh
-- cell is the measure as JSON, with group codes in place of group ids. The exporting code converts
-- it to the column `parameters`.
SELECT ARRAY[f.code,
             (SELECT jsonb_agg(a.code ORDER BY a.position, a.id)
              FROM target_actions l JOIN actions a ON a.id = l.action_id WHERE l.target_id = t.id)::text,
             t.code, t.title, t.position::text, t.measure_kind,
             jsonb_set(t.measure, '{selector,group_ids}', COALESCE(
                 (SELECT jsonb_agg(g.code ORDER BY g.code) FROM target_groups l JOIN groups g ON g.id = l.group_id
                  WHERE l.target_id = t.id), '[]'))::text,
             t.aim, trim_scale(t.threshold)::text,
             (t.tolerance ->> 'kind') || ' ' || (t.tolerance ->> 'value'),
             to_jsonb(t.frequencies)::text, t.frequency_printed, to_jsonb(t.sources)::text,
             t.baseline ->> 'value', t.baseline ->> 'numerator', t.baseline ->> 'denominator',
             t.baseline ->> 'meetings', t.baseline ->> 'note',
             (SELECT concat(pf.code, '/', p.code, ' ', t.baseline #>> '{source,as_at}')
              FROM targets p JOIN frameworks pf ON pf.id = p.framework_id WHERE p.id = t.baseline_target_id),
             t.owner, t.due_on::text, t.notes, t.implied::text,
             t.council_reported::text,
             (SELECT concat(pf.code, '/', p.code) FROM targets p JOIN frameworks pf ON pf.id = p.framework_id
              WHERE p.id = t.continues_target_id),
             (t.reading_lag ->> 'length') || ' ' || (t.reading_lag ->> 'unit')] AS cells
FROM targets t JOIN frameworks f ON f.id = t.framework_id
ORDER BY f.code, t.position, t.code
