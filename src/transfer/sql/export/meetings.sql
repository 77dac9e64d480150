SELECT ARRAY[k.key, g.code, m.kind, m.title, m.held_on::text, m.date_precision, m.status, m.register,
             m.constructed::text, m.notes, CASE WHEN m.one_of_several THEN 'true' END] AS cells
FROM meetings m JOIN meeting_keys k ON k.id = m.id LEFT JOIN groups g ON g.id = m.group_id
ORDER BY m.id
