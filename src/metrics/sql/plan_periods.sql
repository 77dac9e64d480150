-- The plan periods of an id's targets (a target's or a framework's id), in the targets' order. If
-- requested, also those of the targets that they continue.
WITH input AS (SELECT $1::uuid AS id, $2::boolean AS with_last_year),
own AS (
    SELECT t.* FROM input JOIN targets t ON t.id = input.id OR t.framework_id = input.id
)
SELECT own.id AS target_id, false AS is_last_year, f.plan_from, f.plan_until, own.position
FROM own JOIN frameworks f ON f.id = own.framework_id
UNION
SELECT p.id, true, f.plan_from, f.plan_until, p.position
FROM own
JOIN input ON input.with_last_year
JOIN targets p ON p.id = own.continues_target_id
JOIN frameworks f ON f.id = p.framework_id
ORDER BY position, target_id
