-- Fifty attendance records, by the statement of GET /v1/attendance.
SELECT "attendance"."id", "attendance"."version", "attendance"."created_at", "attendance"."updated_at", "attendance"."meeting_id", "attendance"."seat_id", "attendance"."council_id", "attendance"."delegate_ref", attendance.attendee_name, "attendance"."status", "attendance"."note",
       COALESCE((SELECT jsonb_agg(jsonb_build_object('system', c.system, 'external_id', c.external_id) ORDER BY c.system) FROM attendance_external_ids c WHERE c.attendance_id = attendance.id), '[]'::jsonb)
FROM "attendance" ORDER BY "attendance"."created_at" ASC, "attendance"."id" ASC LIMIT 51;
