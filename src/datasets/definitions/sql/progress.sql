SELECT p.id, p.occurred_on, GREATEST(p.updated_at, t.updated_at, f.updated_at, c.updated_at) AS updated_at,
       f.id AS framework_id, f.code AS framework_code, t.id AS target_id, t.code AS target_code, p.kind, p.source, p.occasion,
       EXISTS (SELECT FROM progress later WHERE later.supersedes_id = p.id) AS superseded, p.supersedes_id,
       c.id AS council_id, code.gss_code, c.name AS council_name, p.covered, p.count, p.numerator, p.denominator, p.area,
       p.income_pence, p.cost_pence, p.milestone_state, p.judged_status, p.claimed_value, p.claimed_unit, p.text,
       CASE WHEN $3::uuid[] IS NULL OR p.council_id IS NULL OR p.council_id = ANY ($3) THEN p.note END AS note,
       p.evidence_url, p.reading, p.provisional
FROM progress p
JOIN targets t ON t.id = p.target_id
JOIN frameworks f ON f.id = t.framework_id
LEFT JOIN councils c ON c.id = p.council_id
LEFT JOIN current_gss_codes code ON code.council_id = p.council_id
WHERE p.occurred_on >= $1::date AND p.occurred_on < $2::date
ORDER BY p.occurred_on, p.id
