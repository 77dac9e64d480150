-- Returns one row for each transaction and meeting: the numbers of register lines that the
-- transaction created, changed and deleted. $1 to $5: the parameters of transactions_in_range;
-- $6, $7: only transactions whose last change log line is after $6 and not after $7.
SELECT min(r.changed_at) AS occurred_at, r.transaction_id, t.last_line, min(r.change_id) AS line, register.meeting_id,
       COALESCE((array_agg(DISTINCT COALESCE(register.council_id, s.council_id))
            FILTER (WHERE COALESCE(register.council_id, s.council_id) IS NOT NULL))[:1000], '{}') AS council_ids,
       count(*) FILTER (WHERE r.action = 'created') AS created,
       count(*) FILTER (WHERE r.action = 'changed') AS changed,
       count(*) FILTER (WHERE r.action = 'deleted') AS deleted
FROM transactions_in_range($1, $2, $3, $4, $5) t
JOIN changed_rows r ON r.transaction_id = t.transaction_id AND r.change_id > $5
CROSS JOIN LATERAL json_to_record(COALESCE(r.after, r.before)) AS register (meeting_id uuid, seat_id uuid, council_id uuid)
LEFT JOIN seats s ON s.id = register.seat_id
WHERE t.last_line > $6 AND t.last_line <= $7 AND r.resource = 'attendance' AND r.part IS NULL
GROUP BY r.transaction_id, t.last_line, register.meeting_id
