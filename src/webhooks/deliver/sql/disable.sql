-- Disables a webhook ($1) for a reason ($2), if its address is still the one that the attempt used
-- ($3). For a reason other than 'gone', the webhook must not have been changed and no delivery must
-- have succeeded for five days.
UPDATE webhooks w
SET enabled = false, disabled_reason = $2
WHERE w.id = $1 AND w.enabled AND w.url = $3
  AND ($2 = 'gone'
       OR w.updated_at < now() - interval '5 days'
          AND NOT EXISTS (SELECT FROM webhook_deliveries d
                          WHERE d.webhook_id = w.id AND d.delivered_at > now() - interval '5 days'))
