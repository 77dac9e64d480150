-- Returns the publications whose figures this transaction may have changed, and the id of the last
-- change-log line before the transaction's changes. $1: the resources from which figures are
-- derived.
WITH changed AS MATERIALIZED (
    SELECT change_id, resource, part, resource_id, before, after FROM changed_rows
    WHERE transaction_id = pg_current_xact_id()::text::bigint AND resource = ANY ($1)
), images AS MATERIALIZED (
    SELECT resource, part, resource_id, before AS image FROM changed WHERE before IS NOT NULL
    UNION ALL
    SELECT resource, part, resource_id, after FROM changed WHERE after IS NOT NULL
),
-- The frameworks whose plan, revisions or progress entries this transaction has changed.
changed_frameworks AS MATERIALIZED (
    SELECT i.resource_id AS id FROM images i WHERE i.resource = 'frameworks'
    UNION
    SELECT (i.image ->> 'framework_id')::uuid FROM images i WHERE i.resource IN ('themes', 'outcomes', 'actions', 'targets')
    UNION
    SELECT a.framework_id FROM images i JOIN actions a ON a.id = i.resource_id WHERE i.resource = 'actions'
    UNION
    SELECT t.framework_id FROM images i JOIN targets t ON t.id = i.resource_id WHERE i.resource = 'targets'
    UNION
    SELECT t.framework_id FROM images i JOIN targets t ON t.id = (i.image ->> 'target_id')::uuid
    WHERE i.resource IN ('revisions', 'progress')
),
-- A figure counts a meeting in the plan period that contains the meeting's date.
changed_days AS MATERIALIZED (
    SELECT (i.image ->> 'held_on')::date AS day FROM images i WHERE i.resource = 'meetings'
    UNION
    SELECT m.held_on::date FROM images i JOIN meetings m ON m.id = i.resource_id WHERE i.resource = 'meetings'
    UNION
    SELECT m.held_on::date FROM images i JOIN meetings m ON m.id = (i.image ->> 'meeting_id')::uuid
    WHERE i.resource IN ('attendance', 'evaluations')
    UNION
    SELECT m.held_on::date FROM images i
    JOIN evaluations e ON e.id = i.resource_id JOIN meetings m ON m.id = e.meeting_id
    WHERE i.resource = 'evaluations'
),
-- The days on which a change of a council, group or seat can matter. If only the range of days has
-- changed: the days that exactly one version of the row contains. Otherwise: the days of both
-- versions.
changed_spans AS MATERIALIZED (
    SELECT CASE WHEN lasting_content(c.before) = lasting_content(c.after) THEN (was + is_now) - (was * is_now)
                ELSE was + is_now END AS days
    FROM changed c
    CROSS JOIN LATERAL (SELECT lasting_days(c.before) AS was, lasting_days(c.after) AS is_now) days
    WHERE c.resource IN ('councils', 'groups', 'seats')
      AND (c.part IS NULL OR c.part IN ('council_memberships', 'seat_terms'))
)
SELECT p.id, p.framework_id, p.as_at::date AS as_at, (SELECT min(change_id) FROM changed) - 1 AS line
FROM publications p
JOIN frameworks f ON f.id = p.framework_id
-- The first day of the plan period, or of that of an earlier target that a target continues.
CROSS JOIN LATERAL (
    SELECT LEAST(f.plan_from::date, min(ef.plan_from)) AS counted_from
    FROM targets t
    JOIN targets earlier ON earlier.id = t.continues_target_id
    JOIN frameworks ef ON ef.id = earlier.framework_id
    WHERE t.framework_id = f.id
) counted
WHERE p.status = 'published' AND (
    EXISTS (SELECT FROM changed_frameworks c WHERE c.id = p.framework_id)
    -- The metric of a target depends on the earlier target that it continues.
    OR EXISTS (SELECT FROM changed_frameworks c JOIN targets earlier ON earlier.framework_id = c.id
               JOIN targets t ON t.continues_target_id = earlier.id WHERE t.framework_id = p.framework_id)
    OR EXISTS (SELECT FROM changed_days WHERE day >= counted.counted_from AND day < f.plan_until)
    -- If only the year of a meeting is known, its seats are those of a day up to a year later.
    OR EXISTS (SELECT FROM changed_spans WHERE days && daterange(
        counted.counted_from, (f.plan_until + interval '1 year')::date)))
ORDER BY p.framework_id, p.as_at
