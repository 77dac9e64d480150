-- The rows of a page: filtered by how they count ($4) and by meeting ($5), after the last row of
-- the page before ($6 to $8).
WHERE ($4::text IS NULL OR c.counts = $4) AND ($5::uuid IS NULL OR j.meeting_id = $5)
  AND ($6::date IS NULL OR (j.held_on, j.meeting_id, j.id) > ($6, $7::uuid, $8::uuid))
ORDER BY j.held_on, j.meeting_id, j.id
LIMIT $9
