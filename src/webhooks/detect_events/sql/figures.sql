-- Returns whether a transaction of a round changed a resource from which figures are derived ($8).
-- $1 to $5: the stretch; $6, $7: the lines between which the last lines of the transactions are.
SELECT EXISTS (
    SELECT FROM transactions_in_stretch($1, $2, $3, $4, $5) t
    JOIN changes c ON c.transaction_id = t.transaction_id AND c.id > $5
    WHERE t.last_line > $6 AND t.last_line <= $7 AND c.resource = ANY ($8)
) AS changed
