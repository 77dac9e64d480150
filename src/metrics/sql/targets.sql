-- Each target as it is on each requested date, and last year's target that it continues, on the
-- corresponding day of its plan period. The ids are those of targets or frameworks.
WITH input AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS input(id, day)),
chosen AS (
    SELECT t.id, LEAST(input.day, f.plan_until - 1) AS as_at, input.day AS due_by, f.plan_from, f.plan_until
    FROM input
    JOIN (SELECT id AS named, id, framework_id FROM targets
          UNION ALL SELECT framework_id, id, framework_id FROM targets) t ON t.named = input.id
    JOIN frameworks f ON f.id = t.framework_id
),
requested AS (
    SELECT id, as_at, as_at AS requested_on, due_by, false AS is_last_year FROM chosen
    UNION
    SELECT p.id, corresponding_day(chosen.as_at, chosen.plan_from, chosen.plan_until, pf.plan_from, pf.plan_until),
           chosen.as_at, add_months(chosen.due_by, -months_between(pf.plan_from, chosen.plan_from)), true
    FROM chosen
    JOIN targets t ON t.id = chosen.id
    JOIN targets p ON p.id = t.continues_target_id
    JOIN frameworks pf ON pf.id = p.framework_id
),
corrections AS MATERIALIZED (SELECT * FROM corrections_of(ARRAY(SELECT id FROM requested))),
-- The columns that do not depend on the date are found once for each target.
described AS MATERIALIZED (
    SELECT t.*, f.plan_from, f.plan_until, acted.refs, acted.outcome_ids, bodies.handed_over_on
    FROM (SELECT DISTINCT id FROM requested) once
    JOIN targets t ON t.id = once.id
    JOIN frameworks f ON f.id = t.framework_id
    CROSS JOIN LATERAL (
        SELECT string_agg(a.ref, ' + ' ORDER BY a.position, a.id) AS refs,
               array_agg(DISTINCT a.outcome_id) AS outcome_ids
        FROM target_actions ta JOIN actions a ON a.id = ta.action_id
        WHERE ta.target_id = t.id
    ) acted
    CROSS JOIN LATERAL (
        -- The day from which other bodies run all groups of the target, if that is before the plan
        -- period's end.
        SELECT CASE WHEN bool_and(COALESCE(g.responsible_until < f.plan_until, false))
                    THEN max(g.responsible_until) END AS handed_over_on
        FROM target_actions ta
        JOIN action_groups ag ON ag.action_id = ta.action_id
        JOIN groups g ON g.id = ag.group_id
        WHERE ta.target_id = t.id
          AND (NOT EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id)
               OR EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id AND tg.group_id = g.id))
    ) bodies
)
SELECT
    t.id AS target_id, requested.as_at, requested.requested_on, requested.due_by, requested.is_last_year, t.framework_id, t.code, t.title, t.measure,
    t.aim, t.threshold, t.tolerance, t.frequencies, t.baseline, t.owner, t.due_on, t.reading_lag, t.implied, t.continues_target_id,
    t.plan_from, t.plan_until, t.refs, t.outcome_ids, t.handed_over_on,
    to_jsonb(revised) AS revision,
    judged.entry AS judgement,
    COALESCE(claimed.entries, '[]'::jsonb) AS claims
FROM requested
JOIN described t ON t.id = requested.id
LEFT JOIN LATERAL (
    SELECT r.revised_on, r.threshold, r.previous_threshold, r.reason, r.reference
    FROM revisions r WHERE r.target_id = t.id AND r.revised_on <= requested.as_at
    ORDER BY r.revised_on DESC LIMIT 1
) revised ON true
LEFT JOIN LATERAL (
    SELECT jsonb_build_object('status', p.judged_status, 'reason', p.text, 'author', p.author,
                              'judged_on', p.occurred_on, 'progress_id', p.id) AS entry
    FROM progress p
    WHERE p.target_id = t.id AND p.kind = 'judgement' AND p.occurred_on <= requested.as_at
      AND NOT EXISTS (SELECT FROM corrections c WHERE c.entry_id = p.id AND c.corrected_on <= requested.as_at)
    ORDER BY p.occurred_on DESC, p.created_at DESC, p.id DESC LIMIT 1
) judged ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
               'printed', p.text, 'value', p.claimed_value, 'unit', p.claimed_unit, 'numerator', p.numerator,
               'denominator', p.denominator, 'claimed_on', p.occurred_on, 'occasion', p.occasion, 'note', p.note,
               'progress_id', p.id) ORDER BY p.occurred_on, p.created_at, p.id) AS entries
    FROM progress p
    WHERE p.target_id = t.id AND p.kind = 'claim' AND p.occurred_on <= requested.as_at
      AND NOT EXISTS (SELECT FROM corrections c WHERE c.entry_id = p.id AND c.corrected_on <= requested.as_at)
) claimed ON true
ORDER BY t.position, t.id, requested.as_at
