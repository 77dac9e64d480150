-- $1, $2: from which transaction and before which; $3: how many rows. The first transaction behind so many, if there are more.
SELECT transaction_id
FROM (SELECT transaction_id, sum(cardinality(ids)) OVER (ORDER BY transaction_id) AS rows
      FROM changes WHERE transaction_id >= $1 AND transaction_id < $2) counted
WHERE rows > $3 AND transaction_id > $1
ORDER BY transaction_id LIMIT 1
