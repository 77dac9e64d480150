-- Follows expected.sql: counts who attended, by the measure's unit. Counts each meeting, and all
-- meetings of a target together, where attending once is enough. If that is the measure's
-- aggregate, it also counts the meetings of each group together. A register is read once, however
-- many dates are requested: a meeting counts on each of them from its own day on.
marked AS (
    SELECT target_id, counts_from, meeting_id, group_id, who,
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
    GROUP BY target_id, counts_from, meeting_id, group_id, who
),
by_meeting AS (
    SELECT target_id, counts_from, meeting_id, group_id,
           count(*) AS expected,
           count(*) FILTER (WHERE attended) AS attended,
           count(*) FILTER (WHERE attended_or_sent) AS attended_or_sent,
           count(*) FILTER (WHERE attended_oneself) AS attended_oneself,
           sum(present)::bigint AS present, sum(present_virtual)::bigint AS present_virtual,
           sum(substitutes)::bigint AS substitutes, sum(apologies)::bigint AS apologies,
           sum(absent)::bigint AS absent, sum(not_recorded)::bigint AS not_recorded, sum(vacant)::bigint AS vacant
    FROM marked GROUP BY target_id, counts_from, meeting_id, group_id
),
-- The first days on which each seat, person or council was expected and attended. They give the
-- counts so far on any date.
over_several AS (
    SELECT target_id, 'all' AS scope, NULL::uuid AS group_id, who, min(counts_from) AS expected_from,
           min(counts_from) FILTER (WHERE attended) AS attended_from,
           min(counts_from) FILTER (WHERE attended_or_sent) AS attended_or_sent_from,
           min(counts_from) FILTER (WHERE attended_oneself) AS attended_oneself_from
    FROM marked GROUP BY target_id, who
    UNION ALL
    SELECT target_id, 'group', group_id, who, min(counts_from), min(counts_from) FILTER (WHERE attended),
           min(counts_from) FILTER (WHERE attended_or_sent), min(counts_from) FILTER (WHERE attended_oneself)
    FROM marked JOIN params USING (target_id)
    WHERE is_distinct
    GROUP BY target_id, group_id, who
)
SELECT target_id, as_at, 'meeting' AS scope, meeting_id, group_id, expected, attended, attended_or_sent, attended_oneself,
       present, present_virtual, substitutes, apologies, absent, not_recorded, vacant
FROM asked JOIN by_meeting USING (target_id)
WHERE counts_from <= as_at
UNION ALL
SELECT target_id, as_at, scope, NULL, group_id, count(*), count(*) FILTER (WHERE attended_from <= as_at),
       count(*) FILTER (WHERE attended_or_sent_from <= as_at), count(*) FILTER (WHERE attended_oneself_from <= as_at),
       0, 0, 0, 0, 0, 0, 0
FROM asked JOIN over_several USING (target_id)
WHERE expected_from <= as_at
GROUP BY target_id, as_at, scope, group_id
