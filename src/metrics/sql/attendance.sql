-- The registers of these meetings ($1), one row for each seat and holder, for each seat while it is
-- vacant, and for each council at open events. ordinals are the indices in $1, from 1, of the
-- meetings that expect it. statuses has one character for each of these meetings, in the same
-- order, because both aggregates read the same rows.
SELECT e.council_id, e.council_kind, e.seat_id, e.role, e.holder_ref,
       array_agg(e.ordinal) AS ordinals,
       string_agg(CASE e.status WHEN 'present' THEN 'p' WHEN 'present_virtual' THEN 'v' WHEN 'substitute' THEN 's'
                                WHEN 'apologies' THEN 'a' WHEN 'absent' THEN 'x' ELSE '-' END, '') AS statuses
FROM expected_attendees($1::uuid[]) e
GROUP BY e.council_id, e.council_kind, e.seat_id, e.role, e.holder_ref
