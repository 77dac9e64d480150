-- The first day of the plan year that a day lies in, a 1 April.
CREATE FUNCTION plan_year_of(day date) RETURNS date IMMUTABLE LANGUAGE sql
    RETURN (date_trunc('year', day::timestamp - interval '3 months') + interval '3 months')::date;

-- The registers that count, and from which day: closed ones of meetings held, of groups while they were responsible. A day
-- known to the month counts from the month's end, but within its plan year.
CREATE VIEW registers_counted AS
    SELECT m.id AS meeting_id, m.group_id, m.held_on::date AS held_on,
           LEAST(m.latest_on, (plan_year_of(m.held_on::date) + interval '1 year')::date - 1) AS counts_on
    FROM meetings m
    LEFT JOIN groups g ON g.id = m.group_id
    WHERE m.status IN ('held', 'inquorate') AND m.register = 'closed'
      AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date;

-- A baseline that was taken from a metric names its target, which then stays.
ALTER TABLE targets ADD baseline_target_id uuid GENERATED ALWAYS AS ((baseline #>> '{source,target_id}')::uuid) STORED
    CONSTRAINT targets_baseline_source REFERENCES targets (id);
CREATE INDEX targets_baseline_target_id ON targets (baseline_target_id);
-- The version and the change log know a table's columns from when they were told of it.
DROP TRIGGER bump_version ON targets;
DROP INDEX targets_updated_at;
CALL keep_versions('targets');
CALL keep_changes('targets', 'targets', 'id');
