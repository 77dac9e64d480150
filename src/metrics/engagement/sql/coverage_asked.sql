-- The targets with entries about the councils ($1). Each is as of the day ($2), or of its plan
-- year's last day if that is earlier. covered.sql follows.
WITH asked AS (
    SELECT DISTINCT e.target_id, LEAST($2, f.plan_until - 1) AS as_at
    FROM progress e
    JOIN targets t ON t.id = e.target_id
    JOIN frameworks f ON f.id = t.framework_id
    WHERE e.kind = 'coverage' AND e.council_id = ANY ($1)
),
