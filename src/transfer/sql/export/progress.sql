SELECT ARRAY[k.key, f.code, t.code, p.occurred_on::text, p.kind, c.key, p.covered::text, p.count::text,
             p.numerator::text, p.denominator::text, p.area, p.income_pence::text, p.cost_pence::text,
             p.milestone_state, p.judged_status, p.text, trim_scale(p.claimed_value)::text, p.claimed_unit,
             p.occasion, p.source, p.author, p.note, p.evidence_url, s.key,
             trim_scale(p.reading)::text, p.provisional::text] AS cells
FROM progress p
JOIN progress_keys k ON k.id = p.id
JOIN targets t ON t.id = p.target_id
JOIN frameworks f ON f.id = t.framework_id
LEFT JOIN council_keys c ON c.id = p.council_id
LEFT JOIN progress_keys s ON s.id = p.supersedes_id
ORDER BY p.id
