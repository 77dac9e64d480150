-- The meetings of each target, with their status on the latest of its dates.
WITH requested AS MATERIALIZED (
    SELECT target_id, max(as_at) AS as_at FROM unnest($1::uuid[], $2::date[]) AS requested(target_id, as_at) GROUP BY target_id
)
SELECT
    requested.target_id, requested.as_at, m.id AS meeting_id, m.title, m.group_id, g.name AS group_name, m.held_on,
    m.status, m.register,
    LEAST(m.latest_on, f.plan_until - 1) AS counts_from,
    LEAST(m.latest_on, f.plan_until - 1) > requested.as_at AS is_ahead,
    d.delivered
FROM requested
JOIN targets t ON t.id = requested.target_id
JOIN frameworks f ON f.id = t.framework_id
JOIN meetings_of_targets mot ON mot.target_id = t.id AND mot.target_id = ANY ($1)
JOIN meetings m ON m.id = mot.meeting_id
LEFT JOIN groups g ON g.id = m.group_id
LEFT JOIN meeting_deliverables d ON d.meeting_id = m.id AND d.deliverable = t.measure ->> 'deliverable'
ORDER BY requested.target_id, counts_from, m.id
