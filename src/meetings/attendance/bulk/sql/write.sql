-- Inserts, updates and deletes rows, and returns the number of rows touched. Each row to update has
-- other content than before, so the statement increases the version, which spares a call of the
-- trigger bump_version for each row. $1 to $9: the rows to
-- write, one array for each column; the version is null for a row to insert. $10, $11: the ids and
-- versions of the rows to delete.
WITH input AS (
    SELECT * FROM unnest(
        $1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[],
        $7::text[], $8::text[], $9::text[]
    ) AS i (
        id, version, meeting_id, seat_id, council_id, delegate_ref, attendee_name, status, note)
), inserted AS (
    INSERT INTO attendance (id, meeting_id, seat_id, council_id, delegate_ref, attendee_name, status, note)
    SELECT id, meeting_id, seat_id, council_id, delegate_ref, attendee_name, status, note
    FROM input WHERE version IS NULL ORDER BY meeting_id, seat_id, council_id, delegate_ref
    ON CONFLICT DO NOTHING
    RETURNING id
), updated AS (
    UPDATE attendance a SET status = i.status, attendee_name = i.attendee_name, note = i.note,
                            version = a.version + 1, updated_at = now()
    FROM input i WHERE a.id = i.id AND a.version = i.version
    RETURNING a.id
), deleted AS (
    DELETE FROM attendance a USING unnest($10::uuid[], $11::bigint[]) AS d (id, version)
    WHERE a.id = d.id AND a.version = d.version
    RETURNING a.id
)
SELECT (SELECT count(*) FROM inserted) + (SELECT count(*) FROM updated) + (SELECT count(*) FROM deleted) AS rows
