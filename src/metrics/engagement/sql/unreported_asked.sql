-- The targets that councils report themselves, of agreed plans whose years overlap the days from $3
-- to $2. Each is as of $2, or of its plan year's last day if that is earlier. covered.sql follows.
WITH asked AS (
    SELECT t.id AS target_id, LEAST($2, f.plan_until - 1) AS as_at
    FROM targets t
    JOIN frameworks f ON f.id = t.framework_id
    WHERE t.council_reported AND t.valued_kind = 'coverage' AND f.status <> 'draft' AND f.plan_from <= $2 AND f.plan_until > $3
),
