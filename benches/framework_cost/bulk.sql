-- Adds up to millions of attendance records to the sample. In each year from :first to :last except
-- 2016 and 2017, every group with seats meets once a month, and the year has a copy of the
-- framework 2017-18 with its entries. :bodies additional groups of fifty seats also meet once a
-- month in every year. In the framework's own year, each group of the sample has :own additional
-- meetings. Every register is closed and has a record for every seat. The rows satisfy all rules,
-- so no trigger runs, and the indices are created at the end.
SET session_replication_role = replica;
SET maintenance_work_mem = '512MB';

CREATE TEMP TABLE indices AS
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i
    WHERE i.indrelid = 'attendance'::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid);
SELECT format('DROP INDEX %I', name) FROM indices \gexec

CREATE FUNCTION pg_temp.numbered_id(kind int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS
    $$ SELECT (lpad(to_hex(kind), 8, '0') || lpad(to_hex(n), 24, '0'))::uuid $$;

CREATE TEMP TABLE years AS SELECT year FROM generate_series(:first, :last) year WHERE year NOT IN (2016, 2017);
CREATE FUNCTION pg_temp.copy_id(id uuid, year int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5(id::text || year)::uuid $$;
INSERT INTO frameworks (id, code, title, plan_from, status)
SELECT pg_temp.copy_id(id, year), 'year-' || year, title, make_date(year, 4, 1), 'closed'
FROM frameworks CROSS JOIN years WHERE code = '2017-18';
CREATE TEMP TABLE plan AS SELECT id FROM frameworks WHERE code = '2017-18';
INSERT INTO themes (id, framework_id, code, title, position)
SELECT pg_temp.copy_id(id, year), pg_temp.copy_id(framework_id, year), code, title, position
FROM themes CROSS JOIN years WHERE framework_id IN (TABLE plan);
INSERT INTO outcomes (id, framework_id, theme_id, code, title, position)
SELECT pg_temp.copy_id(id, year), pg_temp.copy_id(framework_id, year), pg_temp.copy_id(theme_id, year), code, title, position
FROM outcomes CROSS JOIN years WHERE framework_id IN (TABLE plan);
INSERT INTO actions (id, framework_id, outcome_id, code, title, position)
SELECT pg_temp.copy_id(id, year), pg_temp.copy_id(framework_id, year), pg_temp.copy_id(outcome_id, year), code, title, position
FROM actions CROSS JOIN years WHERE framework_id IN (TABLE plan);
INSERT INTO action_groups (action_id, group_id)
SELECT pg_temp.copy_id(action_id, year), group_id
FROM action_groups CROSS JOIN years WHERE action_id IN (SELECT id FROM actions WHERE framework_id IN (TABLE plan));
INSERT INTO targets (id, framework_id, code, title, position, measure, aim, threshold, frequencies, implied, council_reported)
SELECT pg_temp.copy_id(id, year), pg_temp.copy_id(framework_id, year), code, title, position, measure, aim, threshold, frequencies,
       implied, council_reported
FROM targets CROSS JOIN years WHERE framework_id IN (TABLE plan);
INSERT INTO target_actions (target_id, action_id, framework_id)
SELECT pg_temp.copy_id(target_id, year), pg_temp.copy_id(action_id, year), pg_temp.copy_id(framework_id, year)
FROM target_actions CROSS JOIN years WHERE framework_id IN (TABLE plan);
INSERT INTO progress (id, target_id, kind, occurred_on, source, author, occasion, council_id, covered, count, numerator,
                      denominator, area, income_pence, cost_pence, milestone_state, judged_status, text)
SELECT pg_temp.copy_id(id, year), pg_temp.copy_id(target_id, year), kind, occurred_on + (year - 2017) * 365, source, author, occasion,
       council_id, covered, count, numerator, denominator, area, income_pence, cost_pence, milestone_state, judged_status, text
FROM progress CROSS JOIN years
WHERE kind <> 'claim' AND supersedes_id IS NULL AND target_id IN (SELECT id FROM targets WHERE framework_id IN (TABLE plan));

-- Each holder has many earlier terms.
INSERT INTO seat_terms (seat_id, holder_ref, held_from, held_until)
SELECT t.seat_id, 'before ' || n, DATE '2016-01-01' - n * 1461, DATE '2016-01-01' - (n - 1) * 1461
FROM seat_terms t CROSS JOIN generate_series(1, (2019 - :first) / 4) n WHERE t.held_from = '2016-01-01';

INSERT INTO groups (id, code, name) SELECT pg_temp.numbered_id(1, n), 'body-' || n, 'Body ' || n FROM generate_series(1, :bodies) n;
INSERT INTO seats (id, group_id, council_id, role)
SELECT pg_temp.numbered_id(2, body * 100 + c.place), pg_temp.numbered_id(1, body), c.id, 'member'
FROM generate_series(1, :bodies) body
CROSS JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM councils WHERE exists_from IS NULL LIMIT 50) c;
INSERT INTO seat_terms (seat_id, holder_ref, held_from)
SELECT s.id, 'member ' || s.id, DATE '1980-01-01' FROM seats s JOIN groups g ON g.id = s.group_id WHERE g.code LIKE 'body-%';

CREATE TEMP TABLE bulk AS
WITH own AS (SELECT DISTINCT group_id FROM seats JOIN groups g ON g.id = group_id WHERE g.code NOT LIKE 'body-%'),
days AS (
    SELECT g.id AS group_id, make_date(year, month, 1 + abs(hashtext(g.id::text || month)) % 28) AS held_on
    FROM groups g CROSS JOIN generate_series(:first, :last) year CROSS JOIN generate_series(1, 12) month
    WHERE g.code LIKE 'body-%'
       OR g.id IN (TABLE own) AND make_date(year, month, 1) NOT BETWEEN '2016-04-01' AND '2018-03-31'
    UNION ALL
    SELECT group_id, DATE '2017-04-01' + (n * 365 / :own)::int FROM own CROSS JOIN generate_series(0, :own - 1) n
)
SELECT pg_temp.numbered_id(3, row_number() OVER (ORDER BY held_on, group_id)) AS id, group_id, held_on FROM days;
INSERT INTO meetings (id, group_id, title, held_on, occurred_on, status, register)
SELECT id, group_id, 'Meeting ' || row_number() OVER (PARTITION BY group_id, held_on ORDER BY id), held_on, held_on, 'held', 'closed'
FROM bulk ORDER BY id;

INSERT INTO attendance (id, meeting_id, seat_id, council_id, status, created_at, updated_at)
SELECT pg_temp.numbered_id(4, row_number() OVER (ORDER BY m.id, s.id)), m.id, s.id, s.council_id,
       (ARRAY['present', 'present', 'present', 'present_virtual', 'substitute', 'apologies', 'apologies', 'absent'])
           [1 + abs(hashtext(m.id::text || s.id)) % 8],
       m.held_on, m.held_on
FROM bulk m
JOIN seats s ON s.group_id = m.group_id
WHERE EXISTS (SELECT FROM seat_terms t WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> m.held_on)
  AND EXISTS (SELECT FROM councils c WHERE c.id = s.council_id AND daterange(c.exists_from, c.exists_until) @> m.held_on)
ORDER BY m.id, s.id;

SELECT definition FROM indices \gexec
RESET session_replication_role;
VACUUM ANALYZE;
