-- The number of constructed registers that rankings leave out: those that count by a day ($2), of
-- meetings held from another day ($1) on.
SELECT count(*) AS registers
FROM registers_counted r
JOIN meetings m ON m.id = r.meeting_id
WHERE m.constructed AND r.held_on >= $1 AND r.counts_on <= $2
