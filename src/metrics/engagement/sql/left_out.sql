-- How many registers count by a day ($2), of meetings from another ($1), and are left out of rankings as constructed.
SELECT count(*) AS registers
FROM registers_counted r
JOIN meetings m ON m.id = r.meeting_id
WHERE m.constructed AND r.held_on >= $1 AND r.counts_on <= $2
