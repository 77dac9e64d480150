-- Follows expected.sql: the number of lines with each status in each register, for a council's
-- seats in one role, or at an open event for the council.
tallies AS (
    SELECT council_id, meeting_id, group_id, role, counts_from,
           count(*) FILTER (WHERE NOT is_vacant) AS expected,
           count(*) FILTER (WHERE status IN ('present', 'present_virtual', 'substitute')) AS attended,
           count(*) FILTER (WHERE status = 'present') AS present,
           count(*) FILTER (WHERE status = 'present_virtual') AS present_virtual,
           count(*) FILTER (WHERE status = 'substitute') AS substitutes,
           count(*) FILTER (WHERE status = 'apologies') AS apologies,
           count(*) FILTER (WHERE status = 'absent') AS absent,
           count(*) FILTER (WHERE status IS NULL AND NOT is_vacant) AS not_recorded,
           count(*) FILTER (WHERE is_vacant) AS vacant
    FROM expected
    GROUP BY council_id, meeting_id, group_id, role, counts_from
)
