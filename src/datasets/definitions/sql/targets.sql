SELECT t.id, f.plan_from AS occurred_on, GREATEST(t.updated_at, f.updated_at, linked.updated_at) AS updated_at,
       f.id AS framework_id, f.code AS framework_code, t.code, t.title, t.position, linked.codes AS action_codes,
       t.measure_kind AS kind, t.aim, t.threshold, array_to_string(t.frequencies, ' ') AS frequencies, t.owner, t.due_on,
       t.implied, t.council_reported, t.continues_target_id
FROM frameworks f
JOIN targets t ON t.framework_id = f.id
CROSS JOIN LATERAL (
    SELECT string_agg(a.code, ' ' ORDER BY a.position, a.code) AS codes, max(a.updated_at) AS updated_at
    FROM target_actions l JOIN actions a ON a.id = l.action_id WHERE l.target_id = t.id
) linked
WHERE f.plan_from >= $1::date AND f.plan_from < $2::date
ORDER BY f.plan_from, f.id, t.position, t.id
