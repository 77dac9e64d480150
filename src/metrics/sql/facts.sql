-- Follows covered.sql: every record about the coverage of a council on an occasion. The statements
-- that count councils and that list them both continue it.
, facts AS (
    SELECT * FROM told
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
    WHERE p.basis = 'attendance' AND has_closed_register(m.status, m.register)
      AND counts_on(m.held_on, m.latest_on) <= p.as_at
)
