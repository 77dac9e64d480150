-- $1, $2: from which transaction and before which; $3: what figures are derived from. Whether any of them wrote any of it.
SELECT EXISTS (
    SELECT FROM changes WHERE transaction_id >= $1 AND transaction_id < $2 AND resource = ANY ($3)
) AS changed
