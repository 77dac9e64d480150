-- Returns the publications whose status a transaction changed to 'published' (visible to every
-- role) or 'reopened'. $1 to $5: the parameters of transactions_in_range; $6, $7: only
-- transactions whose last change log line is after $6 and not after $7.
SELECT r.changed_at AS occurred_at, r.transaction_id, t.last_line, r.change_id AS line,
       step.id AS publication_id, step.framework_id, step.title, step.plan_from, step.as_at, step.status,
       step.content_sha256, step.reopened_reason
FROM transactions_in_range($1, $2, $3, $4, $5) t
JOIN changed_rows r ON r.transaction_id = t.transaction_id AND r.change_id > $5
CROSS JOIN LATERAL json_to_record(r.after) AS step (
    id uuid, framework_id uuid, title text, plan_from date, as_at date, status text, content_sha256 text, reopened_reason text)
WHERE t.last_line > $6 AND t.last_line <= $7 AND r.resource = 'publications' AND r.part IS NULL
  AND step.status IN ('published', 'reopened') AND step.status IS DISTINCT FROM r.before ->> 'status'
