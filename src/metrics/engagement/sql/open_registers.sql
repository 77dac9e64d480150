-- The registers that expect the councils ($1) and are still open, of meetings held from $3 to $2.
SELECT e.council_id, m.id AS meeting_id, m.group_id, m.title, m.held_on
FROM councils_expected e
JOIN meetings m ON m.id = e.meeting_id
LEFT JOIN groups g ON g.id = m.group_id
WHERE e.council_id = ANY ($1) AND m.register = 'open' AND m.status IN ('held', 'inquorate')
  AND m.held_on >= $3 AND m.latest_on <= $2
  AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
ORDER BY m.held_on, m.id
