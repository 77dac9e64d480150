-- Splits a long range of the change log into rounds. Returns the last line of the transaction
-- with which the number of changed rows reaches $7, or no row if there are fewer changed rows. $1
-- to $5: the parameters of transactions_in_range; $6: only transactions whose last line is after
-- $6.
SELECT last_line
FROM (SELECT last_line, sum(changed_rows) OVER (ORDER BY last_line) AS changed_rows
      FROM transactions_in_range($1, $2, $3, $4, $5) WHERE last_line > $6) counted
WHERE changed_rows >= $7
ORDER BY last_line LIMIT 1
