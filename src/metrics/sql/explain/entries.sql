-- Every entry that could count for a target ($1). For a target that a person judges these are
-- narratives and judgements, for any other target entries with a value. superseded_by_id is the
-- correction if the entry no longer counts by the day ($2), or if it counts on no day.
SELECT p.id AS progress_id, p.occurred_on, p.occasion,
       CASE WHEN c.corrected_on <= GREATEST($2, p.occurred_on) THEN later.id END AS superseded_by_id,
       p.council_id, p.covered, p.count, p.numerator, p.denominator, p.reading, p.provisional IS TRUE AS provisional,
       p.income_pence, p.cost_pence, p.milestone_state
FROM targets t
JOIN progress p ON p.target_id = t.id AND (
    p.valued_kind = t.valued_kind OR t.measure_kind = 'narrative' AND p.kind IN ('narrative', 'judgement'))
LEFT JOIN progress later ON later.supersedes_id = p.id
LEFT JOIN corrections_of(ARRAY[$1::uuid]) c ON c.entry_id = p.id
WHERE t.id = $1
