-- Returns whether a transaction changed a resource from which figures are derived ($8). $1 to $5:
-- the parameters of transactions_in_range; $6, $7: only transactions whose last change log line
-- is after $6 and not after $7.
SELECT EXISTS (
    SELECT FROM transactions_in_range($1, $2, $3, $4, $5) t
    JOIN changes c ON c.transaction_id = t.transaction_id AND c.id > $5
    WHERE t.last_line > $6 AND t.last_line <= $7 AND c.resource = ANY ($8)
) AS changed
