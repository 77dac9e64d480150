-- $1 to $9: the rows, column by column, with a version for rows that exist; $10, $11: the rows to
-- delete.
WITH given AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS g (
        id, version, meeting_id, seat_id, council_id, delegate_ref, attendee_name, status, note)
), made AS (
    INSERT INTO attendance (id, meeting_id, seat_id, council_id, delegate_ref, attendee_name, status, note)
    SELECT id, meeting_id, seat_id, council_id, delegate_ref, attendee_name, status, note
    FROM given WHERE version IS NULL ORDER BY meeting_id, seat_id, council_id, delegate_ref
    ON CONFLICT DO NOTHING
    RETURNING id
), changed AS (
    UPDATE attendance a SET status = g.status, attendee_name = g.attendee_name, note = g.note
    FROM given g WHERE a.id = g.id AND a.version = g.version
    RETURNING a.id
), gone AS (
    DELETE FROM attendance a USING unnest($10, $11) AS g (id, version)
    WHERE a.id = g.id AND a.version = g.version
    RETURNING a.id
)
SELECT (SELECT count(*) FROM made) + (SELECT count(*) FROM changed) + (SELECT count(*) FROM gone) AS rows
