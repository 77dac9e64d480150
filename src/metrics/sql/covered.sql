-- Which councils are in each target's cohort (cohort), and what says that one is covered on an occasion (facts). The
-- statements that count councils and that list them both begin with it.
WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS asked(target_id, as_at)),
params AS (
    SELECT asked.target_id, asked.as_at, f.plan_from::date AS plan_from, f.plan_until::date AS plan_until,
           t.measure ->> 'basis' AS basis,
           t.measure ->> 'when' = 'during' AS is_during,
           t.measure ->> 'over_occasions' = 'distinct' AS is_distinct,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds
    FROM asked
    JOIN targets t ON t.id = asked.target_id
    JOIN frameworks f ON f.id = t.framework_id
),
cohort AS (
    SELECT p.*, c.id AS council_id
    FROM params p
    JOIN councils c ON daterange(c.exists_from, c.exists_until) @> p.as_at
    WHERE cardinality(p.kinds) = 0 OR c.kind = ANY (p.kinds)
),
-- What holds on a day may have been entered before the year began; what happens during a year must lie in it.
entries AS (
    SELECT p.target_id, p.as_at, p.is_during, p.is_distinct, e.id, e.council_id, e.occasion, e.covered, e.occurred_on,
           row_number() OVER (PARTITION BY p.target_id, p.as_at, e.occasion, e.council_id
                              ORDER BY e.occurred_on DESC, e.created_at DESC, e.id DESC) AS recency
    FROM params p
    JOIN progress e ON e.target_id = p.target_id AND e.kind = 'coverage'
    WHERE p.basis = 'entries' AND (e.occurred_on >= p.plan_from OR NOT p.is_during) AND e.occurred_on <= p.as_at
      AND NOT EXISTS (SELECT FROM corrections_of($1) c WHERE c.entry_id = e.id AND c.corrected_on <= p.as_at)
),
facts AS (
    SELECT target_id, as_at, CASE WHEN NOT is_distinct THEN occasion END AS occasion, council_id, occurred_on,
           covered AND (is_during OR recency = 1) AS is_covered, id AS progress_id
    FROM entries
    UNION ALL
    SELECT p.target_id, p.as_at, NULL, m.council_id, m.member_from,
           CASE WHEN p.is_during
                THEN m.member_from <= p.as_at AND COALESCE(m.member_until > p.plan_from, true) AND p.as_at >= p.plan_from
                ELSE daterange(m.member_from, m.member_until) @> p.as_at END, NULL
    FROM params p JOIN council_memberships m ON p.basis = 'membership'
    UNION ALL
    SELECT p.target_id, p.as_at, NULL, a.council_id, m.held_on,
           a.status IN ('present', 'present_virtual', 'substitute'), NULL
    FROM params p
    JOIN meetings_of_targets mot ON mot.target_id = p.target_id AND mot.target_id = ANY ($1)
    JOIN meetings m ON m.id = mot.meeting_id
    JOIN attendance a ON a.meeting_id = m.id AND a.council_id IS NOT NULL
    WHERE p.basis = 'attendance' AND m.status IN ('held', 'inquorate') AND m.register = 'closed'
      AND LEAST(m.latest_on, p.plan_until - 1) <= p.as_at
)
