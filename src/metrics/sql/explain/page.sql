-- The rows of a page: those that count so, of that meeting, behind that row.
WHERE ($4::text IS NULL OR c.counts = $4) AND ($5::uuid IS NULL OR j.meeting_id = $5)
  AND ($6::date IS NULL OR (j.held_on, j.meeting_id, j.id) > ($6, $7::uuid, $8::uuid))
ORDER BY j.held_on, j.meeting_id, j.id
LIMIT $9
