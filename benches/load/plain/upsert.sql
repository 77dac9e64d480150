-- Writes a thousand attendance records without log, rules and versions.
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
SELECT id, meeting_id, seat_id, council_id, CASE WHEN random() < 0.5 THEN 'present' ELSE 'apologies' END
FROM bench_lines WHERE client = :client_id
ON CONFLICT (meeting_id, seat_id) WHERE seat_id IS NOT NULL DO UPDATE SET status = excluded.status;
COMMIT;
