-- $1: the webhook; $2: why; $3: where it was sent to, which is another address meanwhile if somebody has mended it. One that fails is disabled where nothing has arrived and nobody has changed it for five days.
UPDATE webhooks w
SET enabled = false, disabled_reason = $2
WHERE w.id = $1 AND w.enabled AND w.url = $3
  AND ($2 = 'gone'
       OR w.updated_at < now() - interval '5 days'
          AND NOT EXISTS (SELECT FROM webhook_deliveries d
                          WHERE d.webhook_id = w.id AND d.delivered_at > now() - interval '5 days'))
