-- The targets for which councils report themselves and these ($1) have not, of agreed plan years between $3 and $2: each
-- council that the target's cohort has on the day, or on the year's last.
WITH corrections AS MATERIALIZED (
    SELECT * FROM corrections_of(ARRAY(SELECT id FROM targets WHERE council_reported))
)
SELECT c.id AS council_id, t.id AS target_id, t.framework_id, t.code, t.title
FROM targets t
JOIN frameworks f ON f.id = t.framework_id
CROSS JOIN LATERAL (SELECT LEAST($2, f.plan_until - 1) AS day) as_at
JOIN councils c ON c.id = ANY ($1) AND daterange(c.exists_from, c.exists_until) @> as_at.day
WHERE t.council_reported AND t.valued_kind = 'coverage' AND f.status <> 'draft' AND f.plan_from <= $2 AND f.plan_until > $3
  AND (COALESCE(jsonb_array_length(t.measure -> 'council_kinds'), 0) = 0 OR t.measure -> 'council_kinds' ? c.kind)
  AND NOT EXISTS (SELECT FROM progress e
                  WHERE e.target_id = t.id AND e.kind = 'coverage' AND e.council_id = c.id AND e.occurred_on <= as_at.day
                    AND (e.occurred_on >= f.plan_from OR t.measure ->> 'when' <> 'during')
                    AND NOT EXISTS (SELECT FROM corrections c
                                    WHERE c.entry_id = e.id AND c.corrected_on <= as_at.day))
ORDER BY f.plan_from, t.position, t.id
