-- Every entry that could count for a target, with what corrects it: valued ones, and of a target that a person judges
-- the person's words, which stay where they are.
SELECT p.id AS progress_id, p.occurred_on, p.occasion, later.id AS superseded_by_id, p.council_id, p.covered, p.count,
       p.numerator, p.denominator, p.income_pence, p.cost_pence, p.milestone_state
FROM targets t
JOIN progress p ON p.target_id = t.id AND (
    p.valued_kind = t.valued_kind OR t.measure_kind = 'narrative' AND p.kind IN ('narrative', 'judgement'))
LEFT JOIN progress later ON later.supersedes_id = p.id
WHERE t.id = $1
