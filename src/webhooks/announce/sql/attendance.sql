-- $1, $2: from which transaction and before which; $3: behind which line of the log. What each did to the register of each meeting.
SELECT min(r.changed_at) AS occurred_at, r.transaction_id, line.meeting_id,
       COALESCE((array_agg(DISTINCT COALESCE(line.council_id, s.council_id))
            FILTER (WHERE COALESCE(line.council_id, s.council_id) IS NOT NULL))[:1000], '{}') AS council_ids,
       count(*) FILTER (WHERE r.action = 'created') AS created,
       count(*) FILTER (WHERE r.action = 'changed') AS changed,
       count(*) FILTER (WHERE r.action = 'deleted') AS deleted
FROM changed_rows r
CROSS JOIN LATERAL json_to_record(COALESCE(r.after, r.before)) AS line (meeting_id uuid, seat_id uuid, council_id uuid)
LEFT JOIN seats s ON s.id = line.seat_id
WHERE r.transaction_id >= $1 AND r.transaction_id < $2 AND r.change_id > $3 AND r.resource = 'attendance' AND r.part IS NULL
GROUP BY r.transaction_id, line.meeting_id
ORDER BY min(r.change_id)
