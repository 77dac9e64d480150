-- One council, by the statement of GET /v1/councils/{id}.
SELECT "councils"."id", "councils"."version", "councils"."created_at", "councils"."updated_at", "councils"."name", "councils"."kind", "councils"."county", "councils"."exists_from", "councils"."exists_until",
       (SELECT g.gss_code FROM current_gss_codes g WHERE g.council_id = councils.id),
       COALESCE((SELECT jsonb_agg(jsonb_build_object('gss_code', c.gss_code, 'valid_from', c.valid_from, 'valid_until', c.valid_until) ORDER BY c.gss_code) FROM council_gss_codes c WHERE c.council_id = councils.id), '[]'::jsonb),
       COALESCE((SELECT jsonb_agg(jsonb_build_object('member_from', c.member_from, 'member_until', c.member_until) ORDER BY c.member_from) FROM council_memberships c WHERE c.council_id = councils.id), '[]'::jsonb),
       COALESCE((SELECT jsonb_agg(jsonb_build_object('council_id', c.predecessor_id, 'kind', c.kind, 'succeeded_on', c.succeeded_on) ORDER BY c.predecessor_id) FROM council_successions c WHERE c.successor_id = councils.id), '[]'::jsonb),
       COALESCE((SELECT jsonb_agg(jsonb_build_object('council_id', c.successor_id, 'kind', c.kind, 'succeeded_on', c.succeeded_on) ORDER BY c.successor_id) FROM council_successions c WHERE c.predecessor_id = councils.id), '[]'::jsonb)
FROM "councils" WHERE ("councils"."id" = ':council');
