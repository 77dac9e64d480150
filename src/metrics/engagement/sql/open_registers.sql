-- The open registers that expect the councils ($1), of meetings that count from $3 to $2.
SELECT e.council_id, m.id AS meeting_id, m.group_id, m.title, m.held_on
FROM councils_expected e
JOIN meetings_counted c ON c.meeting_id = e.meeting_id AND c.register = 'open' AND c.counts_on BETWEEN $3 AND $2
JOIN meetings m ON m.id = e.meeting_id
WHERE e.council_id = ANY ($1)
ORDER BY m.held_on, m.id
