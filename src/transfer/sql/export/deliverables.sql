SELECT ARRAY[k.key, d.deliverable, d.delivered::text] AS cells
FROM meeting_deliverables d JOIN meeting_keys k ON k.id = d.meeting_id ORDER BY d.meeting_id, d.deliverable
