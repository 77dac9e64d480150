-- Returns the stored entry for each line: the entry with the line's key that no other entry
-- corrects. $1 to $4: target, council, date and occasion of each line. $5: the system of the lines'
-- own external ids.
SELECT heads.entries, p.id, p.version, p.updated_at, p.covered, p.note::text AS note,
       p.source::text AS source, p.evidence_url::text AS evidence_url, k.external_id::text AS external_id,
       COALESCE(t.valued_kind = 'coverage', false) AS takes_coverage, t.council_reported,
       is_published(i.occurred_on, t.framework_id) AS is_published
FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[]) WITH ORDINALITY AS i (target_id, council_id, occurred_on, occasion, n)
JOIN targets t ON t.id = i.target_id
CROSS JOIN LATERAL (
    SELECT count(*) AS entries, (array_agg(e.id))[1] AS id FROM progress e
    WHERE e.target_id = i.target_id AND e.kind = 'coverage' AND e.council_id = i.council_id
      AND e.occurred_on = i.occurred_on AND e.occasion IS NOT DISTINCT FROM i.occasion
      AND NOT EXISTS (SELECT FROM progress later WHERE later.supersedes_id = e.id)
) heads
LEFT JOIN progress p ON p.id = heads.id
LEFT JOIN progress_external_ids k ON k.progress_id = p.id AND k.system = $5
ORDER BY i.n
