-- Returns, for each target in framework $1 that counts attendance, the number of constructed
-- registers that the target counts by the day $2.
SELECT mot.target_id, count(*) AS registers
FROM targets t
JOIN frameworks f ON f.id = t.framework_id
JOIN meetings_of_targets mot ON mot.target_id = t.id
JOIN meetings m ON m.id = mot.meeting_id
WHERE t.framework_id = $1 AND (t.measure_kind = 'attendance_rate' OR t.measure ->> 'basis' = 'attendance')
  AND m.constructed AND has_closed_register(m.status, m.register)
  AND LEAST(m.latest_on, f.plan_until - 1) <= $2
GROUP BY mot.target_id
