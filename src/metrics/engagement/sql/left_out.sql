-- The number of constructed registers that rankings leave out: those that count by a day ($2), of
-- meetings held from another day ($1) on.
SELECT count(*) AS registers
FROM registers_counted
WHERE constructed AND held_on >= $1 AND counts_on <= $2
