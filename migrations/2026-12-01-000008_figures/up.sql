-- Views and functions from which figures are derived, and their history views.

-- The meetings of an action in its plan year: those of its groups while the association was
-- responsible for the group, and those that the action references. The lateral join with OFFSET 0
-- makes the planner read the meetings of one group at a time by the index meetings_group_held.
-- Without it, the planner reads the meetings of every year.
CREATE VIEW meetings_of_actions AS
    SELECT ag.action_id, m.id AS meeting_id
    FROM action_groups ag
    JOIN actions a ON a.id = ag.action_id
    JOIN frameworks f ON f.id = a.framework_id
    JOIN groups g ON g.id = ag.group_id
    CROSS JOIN LATERAL (
        SELECT m.id FROM meetings m
        WHERE m.group_id = ag.group_id AND m.held_on >= f.plan_from AND m.held_on < f.plan_until
          AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
        OFFSET 0
    ) m
    UNION ALL
    SELECT am.action_id, am.meeting_id
    FROM action_meetings am
    JOIN actions a ON a.id = am.action_id
    JOIN frameworks f ON f.id = a.framework_id
    JOIN meetings m ON m.id = am.meeting_id
    WHERE m.held_on >= f.plan_from AND m.held_on < f.plan_until;
CALL create_history_view_of_view('meetings_of_actions');

-- The meetings that the measure of a target reads: those of its actions that its selector selects,
-- each once. A measure of roles reads seats, so it reads no open events.
CREATE VIEW meetings_of_targets AS
    SELECT DISTINCT ta.target_id, moa.meeting_id
    FROM target_actions ta
    JOIN targets t ON t.id = ta.target_id
    CROSS JOIN LATERAL (
        SELECT moa.meeting_id FROM meetings_of_actions moa
        WHERE moa.action_id = ta.action_id OFFSET 0
    ) moa
    JOIN meetings m ON m.id = moa.meeting_id
    WHERE (NOT EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id)
           OR EXISTS (SELECT FROM target_groups tg
                      WHERE tg.target_id = t.id AND tg.group_id = m.group_id))
      AND (COALESCE(jsonb_array_length(t.measure #> '{selector,meeting_kinds}'), 0) = 0
           OR t.measure #> '{selector,meeting_kinds}' ? m.kind)
      AND (m.group_id IS NOT NULL OR COALESCE(jsonb_array_length(t.measure -> 'roles'), 0) = 0);
CALL create_history_view_of_view('meetings_of_targets');

-- The meetings that count for a council: held meetings of groups while the association was
-- responsible, and those that an action references in its plan year.
CREATE VIEW meetings_counted AS
    SELECT m.id AS meeting_id, m.held_on::date AS held_on, m.register, m.constructed,
           counts_on(m.held_on, m.latest_on) AS counts_on
    FROM meetings m
    LEFT JOIN groups g ON g.id = m.group_id
    WHERE m.status IN ('held', 'inquorate')
      AND (daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
           OR EXISTS (SELECT FROM action_meetings am
                      JOIN actions a ON a.id = am.action_id
                      JOIN frameworks f ON f.id = a.framework_id
                      WHERE am.meeting_id = m.id
                        AND m.held_on >= f.plan_from AND m.held_on < f.plan_until));
CALL create_history_view_of_view('meetings_counted');

-- The closed registers of these meetings.
CREATE VIEW registers_counted AS
    SELECT meeting_id, held_on, constructed, counts_on FROM meetings_counted
    WHERE register = 'closed';
CALL create_history_view_of_view('registers_counted');

-- The days from which a meeting counts, one for each plan year that contains it: its last possible
-- day, or the last day of the year.
CREATE FUNCTION counted_days(held_on date, latest_on date) RETURNS datemultirange
STABLE LANGUAGE sql AS $$
    SELECT COALESCE(range_agg(daterange(day, day, '[]')), '{}')
    FROM (SELECT LEAST(latest_on, f.plan_until - 1) AS day FROM frameworks f
          WHERE held_on >= f.plan_from AND held_on < f.plan_until) counted
$$;

-- The day on which each entry of these targets is corrected: the first day of any entry that
-- follows it in its chain of corrections. The entry counts on the days before.
CREATE FUNCTION corrections_of(target_ids uuid[])
RETURNS TABLE (entry_id uuid, corrected_on date) STABLE LANGUAGE sql AS $$
    WITH RECURSIVE chain AS (
        SELECT p.supersedes_id AS entry_id, p.id, p.occurred_on::date AS occurred_on
        FROM progress p WHERE p.target_id = ANY (target_ids) AND p.supersedes_id IS NOT NULL
        UNION
        SELECT chain.entry_id, p.id, p.occurred_on::date
        FROM chain JOIN progress p ON p.supersedes_id = chain.id
    )
    SELECT chain.entry_id, min(chain.occurred_on) FROM chain GROUP BY chain.entry_id
$$;

-- Who is expected at each of these meetings on the day from which the meeting counts, and the
-- status in the register. Figures of attendance read this function only. A group's meeting has a
-- row for each seat, an open event has a row for each council. A vacant seat is not expected, so a
-- statement that counts expected seats leaves vacant seats out. A council attends an open event if
-- any of its delegates does. ordinal is the meeting's index in the argument, from 1. Seats and
-- terms are read once for each group, whatever the number of its meetings. The planner inlines this
-- function unless its argument is a subquery.
CREATE FUNCTION expected_attendees(meeting_ids uuid[])
RETURNS TABLE (
    meeting_id uuid, ordinal integer, group_id uuid, counts_from date, council_id uuid,
    council_kind text, seat_id uuid, role text, holder_ref text, is_vacant boolean, status text,
    delegates bigint
) STABLE LANGUAGE sql AS $$
    WITH listed AS MATERIALIZED (
        SELECT m.id, requested.ordinal::integer AS ordinal, m.group_id,
               counts_on(m.held_on, m.latest_on) AS counts_from
        FROM unnest(meeting_ids) WITH ORDINALITY AS requested(id, ordinal)
        JOIN meetings m ON m.id = requested.id
    ),
    span AS (
        SELECT daterange(min(listed.counts_from), max(listed.counts_from), '[]') AS days FROM listed
    ),
    terms AS MATERIALIZED (
        SELECT s.group_id, s.id AS seat_id, s.council_id, s.role::text AS role, c.kind::text AS council_kind,
               daterange(s.exists_from, s.exists_until) * daterange(c.exists_from, c.exists_until) AS exists_on,
               t.holder_ref::text AS holder_ref, daterange(t.held_from, t.held_until) AS held_on
        FROM seats s
        JOIN councils c ON c.id = s.council_id
        LEFT JOIN seat_terms t ON t.seat_id = s.id
                  AND daterange(t.held_from, t.held_until) && (SELECT span.days FROM span)
        WHERE s.group_id IN (SELECT listed.group_id FROM listed)
    ),
    occupancies AS (
        SELECT t.group_id, t.seat_id, t.council_id, t.role, t.council_kind, t.holder_ref, t.exists_on * t.held_on AS days
        FROM terms t WHERE t.holder_ref IS NOT NULL
        UNION ALL
        SELECT t.group_id, t.seat_id, t.council_id, t.role, t.council_kind, NULL,
               unnest(datemultirange(t.exists_on) - COALESCE(range_agg(t.held_on) FILTER (WHERE t.holder_ref IS NOT NULL), '{}'))
        FROM terms t
        GROUP BY t.group_id, t.seat_id, t.council_id, t.role, t.council_kind, t.exists_on
    ),
    records AS MATERIALIZED (
        SELECT a.meeting_id, a.seat_id, a.status::text AS status
        FROM listed
        JOIN attendance a ON a.meeting_id = listed.id
        WHERE a.seat_id IS NOT NULL
    )
    SELECT l.id, l.ordinal, l.group_id, l.counts_from, o.council_id, o.council_kind, o.seat_id, o.role, o.holder_ref,
           o.holder_ref IS NULL, r.status, 0::bigint
    FROM listed l
    -- For the operator @> the planner expects a thousandth of the rows, and then joins the records
    -- in a nested loop. For its function the planner expects a third of the rows.
    JOIN occupancies o ON o.group_id = l.group_id AND range_contains_elem(o.days, l.counts_from)
    LEFT JOIN records r ON r.meeting_id = l.id AND r.seat_id = o.seat_id AND o.holder_ref IS NOT NULL
    UNION ALL
    SELECT l.id, l.ordinal, NULL, l.counts_from, c.id, c.kind::text, NULL, NULL, NULL,
           false, delegation.status, COALESCE(delegation.delegates, 0)
    FROM listed l
    JOIN councils c ON daterange(c.exists_from, c.exists_until) @> l.counts_from
    LEFT JOIN LATERAL (
        SELECT (array_agg(a.status::text ORDER BY array_position(
                   ARRAY['present', 'present_virtual', 'substitute', 'apologies', 'absent'], a.status::text)))[1] AS status,
               count(*) FILTER (WHERE a.status IN ('present', 'present_virtual', 'substitute')) AS delegates
        FROM attendance a
        WHERE a.meeting_id = l.id AND a.council_id = c.id AND a.status <> 'in_attendance'
        HAVING count(*) > 0
    ) delegation ON true
    WHERE l.group_id IS NULL
$$;

-- The number of records with each status in each of these registers, for a council's seats in one
-- role, or at an open event for the council.
CREATE FUNCTION council_tallies(meeting_ids uuid[])
RETURNS TABLE (
    council_id uuid, meeting_id uuid, group_id uuid, role text, counts_from date,
    expected bigint, attended bigint, present bigint, present_virtual bigint, substitutes bigint,
    apologies bigint, absent bigint, not_recorded bigint, vacant bigint
) STABLE LANGUAGE sql AS $$
    SELECT e.council_id, e.meeting_id, e.group_id, e.role, e.counts_from,
           count(*) FILTER (WHERE NOT e.is_vacant),
           count(*) FILTER (WHERE e.status IN ('present', 'present_virtual', 'substitute')),
           count(*) FILTER (WHERE e.status = 'present'),
           count(*) FILTER (WHERE e.status = 'present_virtual'),
           count(*) FILTER (WHERE e.status = 'substitute'),
           count(*) FILTER (WHERE e.status = 'apologies'),
           count(*) FILTER (WHERE e.status = 'absent'),
           count(*) FILTER (WHERE e.status IS NULL AND NOT e.is_vacant),
           count(*) FILTER (WHERE e.is_vacant)
    FROM expected_attendees(meeting_ids) e
    GROUP BY e.council_id, e.meeting_id, e.group_id, e.role, e.counts_from
$$;

-- The measure of each coverage target, with the plan year of its framework.
CREATE VIEW coverage_measures AS
    SELECT t.id AS target_id, f.plan_from::date AS plan_from,
           t.measure ->> 'basis' AS basis,
           t.measure ->> 'when' = 'during' AS is_during,
           t.measure ->> 'over_occasions' = 'distinct' AS is_distinct,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds
    FROM targets t
    JOIN frameworks f ON f.id = t.framework_id
    WHERE t.measure_kind = 'council_coverage';
CALL create_history_view_of_view('coverage_measures');

-- The councils in the cohort of each coverage target, on the date that is paired with the target.
CREATE FUNCTION cohort_councils(target_ids uuid[], dates date[])
RETURNS TABLE (target_id uuid, as_at date, council_id uuid) STABLE LANGUAGE sql AS $$
    SELECT requested.target_id, requested.as_at, c.id
    FROM unnest(target_ids, dates) AS requested(target_id, as_at)
    JOIN coverage_measures m ON m.target_id = requested.target_id
    JOIN councils c ON daterange(c.exists_from, c.exists_until) @> requested.as_at
    WHERE cardinality(m.kinds) = 0 OR c.kind = ANY (m.kinds)
$$;

-- The entries that count for each coverage target on the date that is paired with the target. A
-- target that counts a state on a day also reads entries from before the plan year. A target that
-- counts what happens during the year only reads entries of the year. The metric of a target and
-- the engagement of a council both count these entries.
CREATE FUNCTION coverage_entries(target_ids uuid[], dates date[])
RETURNS TABLE (
    target_id uuid, as_at date, occasion text, council_id uuid, occurred_on date, is_covered boolean,
    progress_id uuid
) STABLE LANGUAGE sql AS $$
    WITH corrections AS MATERIALIZED (SELECT * FROM corrections_of(target_ids))
    SELECT requested.target_id, requested.as_at, CASE WHEN NOT m.is_distinct THEN e.occasion::text END, e.council_id,
           e.occurred_on::date,
           e.covered AND (m.is_during OR 1 = row_number() OVER (
               PARTITION BY requested.target_id, requested.as_at, e.occasion, e.council_id
               ORDER BY e.occurred_on DESC, e.created_at DESC, e.id DESC)),
           e.id
    FROM unnest(target_ids, dates) AS requested(target_id, as_at)
    JOIN coverage_measures m ON m.target_id = requested.target_id
    JOIN progress e ON e.target_id = requested.target_id AND e.kind = 'coverage'
    WHERE m.basis = 'entries' AND (e.occurred_on >= m.plan_from OR NOT m.is_during)
      AND e.occurred_on <= requested.as_at
      AND NOT EXISTS (SELECT FROM corrections c WHERE c.entry_id = e.id AND c.corrected_on <= requested.as_at)
$$;

-- All records that count for each coverage target on the date that is paired with the target:
-- entries, memberships or attendance records, as the basis of the measure says.
CREATE FUNCTION coverage_records(target_ids uuid[], dates date[])
RETURNS TABLE (
    target_id uuid, as_at date, occasion text, council_id uuid, occurred_on date, is_covered boolean,
    progress_id uuid
) STABLE LANGUAGE sql AS $$
    WITH requested AS (
        SELECT * FROM unnest(target_ids, dates) AS requested(target_id, as_at)
        JOIN coverage_measures USING (target_id)
    )
    SELECT * FROM coverage_entries(target_ids, dates)
    UNION ALL
    SELECT r.target_id, r.as_at, NULL, m.council_id, m.member_from::date,
           CASE WHEN r.is_during
                THEN m.member_from <= r.as_at AND COALESCE(m.member_until > r.plan_from, true) AND r.as_at >= r.plan_from
                ELSE daterange(m.member_from, m.member_until) @> r.as_at END,
           NULL
    FROM requested r
    JOIN council_memberships m ON r.basis = 'membership'
    UNION ALL
    SELECT r.target_id, r.as_at, NULL, a.council_id, m.held_on::date,
           a.status IN ('present', 'present_virtual', 'substitute'), NULL
    FROM requested r
    JOIN meetings_of_targets mot ON mot.target_id = r.target_id AND mot.target_id = ANY (target_ids)
    JOIN meetings m ON m.id = mot.meeting_id
    JOIN attendance a ON a.meeting_id = m.id AND a.council_id IS NOT NULL
    WHERE r.basis = 'attendance' AND has_closed_register(m.status, m.register)
      AND counts_on(m.held_on, m.latest_on) <= r.as_at
$$;
