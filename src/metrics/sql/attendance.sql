-- Who was expected at each counted meeting of each target, and who attended: counted by the measure's unit, and for
-- each target over all its meetings together (meeting_id is null), where being there once is enough. A register is
-- read once, however many dates are asked: a meeting counts on each of them that it does not lie behind.
WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS asked(target_id, as_at)),
params AS (
    SELECT t.id AS target_id, latest.as_at AS latest_as_at, f.plan_until,
           t.measure ->> 'unit' AS unit,
           t.measure ->> 'substitutes' = 'counted' AS counts_substitutes,
           t.measure ->> 'vacancies' = 'included' AS expects_vacancies,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'roles')) AS roles,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds
    FROM (SELECT target_id, max(as_at) AS as_at FROM asked GROUP BY target_id) latest
    JOIN targets t ON t.id = latest.target_id
    JOIN frameworks f ON f.id = t.framework_id
),
counted AS (
    SELECT p.*, m.id AS meeting_id, m.group_id, m.held_on::date AS held_on,
           LEAST(m.latest_on, p.plan_until - 1) AS counts_from
    FROM params p
    JOIN meetings_of_targets mot ON mot.target_id = p.target_id
    JOIN meetings m ON m.id = mot.meeting_id
    WHERE m.status IN ('held', 'inquorate') AND m.register = 'closed'
      AND LEAST(m.latest_on, p.plan_until - 1) <= p.latest_as_at
),
expected AS (
    -- At a group's meeting: the seats that exist on the date and that somebody holds.
    SELECT c.target_id, c.counts_from, c.meeting_id, c.counts_substitutes,
           CASE c.unit WHEN 'person' THEN COALESCE(term.holder_ref, s.id::text)
                       WHEN 'council' THEN s.council_id::text
                       ELSE s.id::text END AS who,
           a.status, term.seat_id IS NULL AS is_vacant
    FROM counted c
    JOIN seats s ON s.group_id = c.group_id AND daterange(s.exists_from, s.exists_until) @> c.held_on
    JOIN councils o ON o.id = s.council_id AND daterange(o.exists_from, o.exists_until) @> c.held_on
    LEFT JOIN seat_terms term ON term.seat_id = s.id AND daterange(term.held_from, term.held_until) @> c.held_on
    LEFT JOIN attendance a ON a.meeting_id = c.meeting_id AND a.seat_id = s.id
    WHERE (cardinality(c.roles) = 0 OR s.role = ANY (c.roles))
      AND (cardinality(c.kinds) = 0 OR o.kind = ANY (c.kinds))
      AND (term.seat_id IS NOT NULL OR c.expects_vacancies)
    UNION ALL
    -- At an open event: the councils of the cohort; a council attends by any delegate.
    SELECT c.target_id, c.counts_from, c.meeting_id, c.counts_substitutes, o.id::text, listed.status, false
    FROM counted c
    JOIN councils o ON daterange(o.exists_from, o.exists_until) @> c.held_on
    LEFT JOIN LATERAL (
        SELECT a.status FROM attendance a
        WHERE a.meeting_id = c.meeting_id AND a.council_id = o.id AND a.status <> 'in_attendance'
        ORDER BY array_position(
            ARRAY['present', 'present_virtual', 'substitute', 'apologies', 'absent'], a.status::text)
        LIMIT 1
    ) listed ON true
    WHERE c.group_id IS NULL
      AND (cardinality(c.kinds) = 0 OR o.kind = ANY (c.kinds))
),
marked AS (
    SELECT target_id, counts_from, meeting_id, who,
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
    GROUP BY target_id, counts_from, meeting_id, who
),
by_meeting AS (
    SELECT target_id, counts_from, meeting_id,
           count(*) AS expected,
           count(*) FILTER (WHERE attended) AS attended,
           count(*) FILTER (WHERE attended_or_sent) AS attended_or_sent,
           count(*) FILTER (WHERE attended_oneself) AS attended_oneself,
           sum(present)::bigint AS present, sum(present_virtual)::bigint AS present_virtual,
           sum(substitutes)::bigint AS substitutes, sum(apologies)::bigint AS apologies,
           sum(absent)::bigint AS absent, sum(not_recorded)::bigint AS not_recorded, sum(vacant)::bigint AS vacant
    FROM marked GROUP BY target_id, counts_from, meeting_id
),
-- From which day on each was expected and had attended: on any date that tells who counts so far.
over_all AS (
    SELECT target_id, who, min(counts_from) AS expected_from,
           min(counts_from) FILTER (WHERE attended) AS attended_from,
           min(counts_from) FILTER (WHERE attended_or_sent) AS attended_or_sent_from,
           min(counts_from) FILTER (WHERE attended_oneself) AS attended_oneself_from
    FROM marked GROUP BY target_id, who
)
SELECT target_id, as_at, meeting_id, expected, attended, attended_or_sent, attended_oneself,
       present, present_virtual, substitutes, apologies, absent, not_recorded, vacant
FROM asked JOIN by_meeting USING (target_id)
WHERE counts_from <= as_at
UNION ALL
SELECT target_id, as_at, NULL, count(*), count(*) FILTER (WHERE attended_from <= as_at),
       count(*) FILTER (WHERE attended_or_sent_from <= as_at), count(*) FILTER (WHERE attended_oneself_from <= as_at),
       0, 0, 0, 0, 0, 0, 0
FROM asked JOIN over_all USING (target_id)
WHERE expected_from <= as_at
GROUP BY target_id, as_at
