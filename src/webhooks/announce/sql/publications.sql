-- $1, $2: from which transaction and before which; $3: behind which line of the log. Which publications took a step that everybody sees.
SELECT r.changed_at AS occurred_at, r.transaction_id, step.id AS publication_id, step.framework_id, step.title, step.plan_from, step.as_at, step.status,
       step.content_sha256, step.reopened_reason
FROM changed_rows r
CROSS JOIN LATERAL json_to_record(r.after) AS step (
    id uuid, framework_id uuid, title text, plan_from date, as_at date, status text, content_sha256 text, reopened_reason text)
WHERE r.transaction_id >= $1 AND r.transaction_id < $2 AND r.change_id > $3 AND r.resource = 'publications' AND r.part IS NULL
  AND step.status IN ('published', 'reopened') AND step.status IS DISTINCT FROM r.before ->> 'status'
ORDER BY r.id
