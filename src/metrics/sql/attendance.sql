-- Behind expected.sql: who attended, counted by the measure's unit, and for each target over all its meetings together
-- (meeting_id is null), where being there once is enough.
marked AS (
    SELECT target_id, as_at, meeting_id, who,
           bool_or(status IN ('present', 'present_virtual') OR (counts_substitutes AND status = 'substitute')) AS attended,
           bool_or(status IN ('present', 'present_virtual', 'substitute')) AS attended_or_sent,
           bool_or(status IN ('present', 'present_virtual')) AS attended_oneself,
           count(*) FILTER (WHERE status = 'present') AS present,
           count(*) FILTER (WHERE status = 'present_virtual') AS present_virtual,
           count(*) FILTER (WHERE status = 'substitute') AS substitutes,
           count(*) FILTER (WHERE status = 'apologies') AS apologies,
           count(*) FILTER (WHERE status = 'absent') AS absent,
           count(*) FILTER (WHERE status IS NULL AND NOT is_vacant) AS not_recorded,
           count(*) FILTER (WHERE is_vacant) AS vacant
    FROM expected
    GROUP BY target_id, as_at, meeting_id, who
),
over_all AS (
    SELECT target_id, as_at, who, bool_or(attended) AS attended, bool_or(attended_or_sent) AS attended_or_sent,
           bool_or(attended_oneself) AS attended_oneself
    FROM marked GROUP BY target_id, as_at, who
)
SELECT target_id, as_at, meeting_id,
       count(*) AS expected,
       count(*) FILTER (WHERE attended) AS attended,
       count(*) FILTER (WHERE attended_or_sent) AS attended_or_sent,
       count(*) FILTER (WHERE attended_oneself) AS attended_oneself,
       sum(present)::bigint AS present, sum(present_virtual)::bigint AS present_virtual,
       sum(substitutes)::bigint AS substitutes, sum(apologies)::bigint AS apologies,
       sum(absent)::bigint AS absent, sum(not_recorded)::bigint AS not_recorded, sum(vacant)::bigint AS vacant
FROM marked GROUP BY target_id, as_at, meeting_id
UNION ALL
SELECT target_id, as_at, NULL, count(*), count(*) FILTER (WHERE attended), count(*) FILTER (WHERE attended_or_sent),
       count(*) FILTER (WHERE attended_oneself), 0, 0, 0, 0, 0, 0, 0
FROM over_all GROUP BY target_id, as_at
