-- The targets that councils report themselves, of agreed plan years between $3 and $2, each at that day or on its plan year's
-- last. covered.sql comes next.
WITH asked AS (
    SELECT t.id AS target_id, LEAST($2, f.plan_until - 1) AS as_at
    FROM targets t
    JOIN frameworks f ON f.id = t.framework_id
    WHERE t.council_reported AND t.valued_kind = 'coverage' AND f.status <> 'draft' AND f.plan_from <= $2 AND f.plan_until > $3
),
