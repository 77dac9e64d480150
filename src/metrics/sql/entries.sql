-- The entries of each target that count on the requested date and that no correction replaces by
-- then. For a target that a person judges these are narratives and judgements, for any other target
-- entries with a value. Counts, sums and money must be within the plan period; a state may be
-- older.
WITH requested AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS requested(target_id, as_at))
SELECT requested.target_id, requested.as_at, p.id AS progress_id, p.council_id, p.occurred_on, p.occasion, p.count, p.numerator, p.denominator,
       p.reading, p.income_pence, p.cost_pence, p.milestone_state, p.provisional IS TRUE AS provisional
FROM requested
JOIN targets t ON t.id = requested.target_id
JOIN frameworks f ON f.id = t.framework_id
JOIN progress p ON p.target_id = t.id AND (
    p.valued_kind = t.valued_kind OR t.measure_kind = 'narrative' AND p.kind IN ('narrative', 'judgement'))
WHERE (p.occurred_on >= f.plan_from OR t.measure_kind = 'milestone' OR t.measure ->> 'aggregate' = 'latest'
       OR t.measure ->> 'when' = 'as_at')
  AND p.occurred_on <= requested.as_at
  AND NOT EXISTS (SELECT FROM corrections_of($1) c WHERE c.entry_id = p.id AND c.corrected_on <= requested.as_at)
ORDER BY requested.target_id, p.occurred_on, p.created_at, p.id
