DROP TABLE seat_terms, seat_external_ids, seats, group_external_ids, groups;
