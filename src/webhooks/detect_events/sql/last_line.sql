-- $1 to $5: the stretch, as transactions_in_stretch takes it; $6: the line after which to go on; $7: a number of rows. The last
-- line of the transaction that completes so many changed rows, if the stretch has as many.
SELECT last_line
FROM (SELECT last_line, sum(changed_rows) OVER (ORDER BY last_line) AS changed_rows
      FROM transactions_in_stretch($1, $2, $3, $4, $5) WHERE last_line > $6) counted
WHERE changed_rows >= $7
ORDER BY last_line LIMIT 1
