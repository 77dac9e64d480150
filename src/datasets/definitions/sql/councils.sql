SELECT c.id, entered.occurred_on, c.updated_at, code.gss_code, c.name, c.kind, c.county, c.exists_from, c.exists_until,
       latest.member_from, latest.member_until
FROM councils c
LEFT JOIN current_gss_codes code ON code.council_id = c.id
CROSS JOIN LATERAL (SELECT (c.created_at AT TIME ZONE 'Europe/London')::date AS occurred_on) entered
LEFT JOIN LATERAL (
    SELECT m.member_from, m.member_until FROM council_memberships m WHERE m.council_id = c.id ORDER BY m.member_from DESC LIMIT 1
) latest ON true
WHERE entered.occurred_on >= $1::date AND entered.occurred_on < $2::date
ORDER BY entered.occurred_on, c.id
