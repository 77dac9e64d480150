-- Disables webhook $1 with reason $2, if its URL is still the URL that the attempt used ($3). For
-- the reason 'failing', nobody may have changed the webhook for five days, and no delivery may have
-- succeeded for five days.
UPDATE webhooks w
SET enabled = false, disabled_reason = $2
WHERE w.id = $1 AND w.enabled AND w.url = $3
  AND ($2 = 'gone'
       OR w.updated_at < now() - interval '5 days'
          AND NOT EXISTS (SELECT FROM webhook_deliveries d
                          WHERE d.webhook_id = w.id AND d.delivered_at > now() - interval '5 days'))
