-- The attendance of the councils ($1) at the registers that count from one day ($3) to another
-- ($2), by year from 1 April, group and role.
SELECT t.council_id, plan_year_of(t.counts_from) AS plan_from, t.group_id, g.code AS group_code, g.name AS group_name, t.role,
       count(*) AS meetings, count(*) FILTER (WHERE m.constructed) AS meetings_constructed,
       sum(t.expected)::bigint AS expected, sum(t.attended)::bigint AS attended,
       sum(t.present)::bigint AS present, sum(t.present_virtual)::bigint AS present_virtual,
       sum(t.substitutes)::bigint AS substitutes, sum(t.apologies)::bigint AS apologies,
       sum(t.absent)::bigint AS absent, sum(t.not_recorded)::bigint AS not_recorded, sum(t.vacant)::bigint AS vacant
FROM (SELECT array_agg(meeting_id) AS ids FROM registers_counted WHERE counts_on BETWEEN $3 AND $2) registers
CROSS JOIN LATERAL council_tallies(registers.ids) t
JOIN meetings m ON m.id = t.meeting_id
LEFT JOIN groups g ON g.id = t.group_id
WHERE t.council_id = ANY ($1)
GROUP BY t.council_id, plan_year_of(t.counts_from), t.group_id, g.code, g.name, t.role
ORDER BY plan_from, g.name NULLS LAST, t.group_id, t.role
