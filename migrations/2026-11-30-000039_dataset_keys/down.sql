ALTER TABLE dataset_keys RENAME TO report_keys;
ALTER TABLE report_keys RENAME CONSTRAINT dataset_keys_expire_within_a_year TO report_keys_expire_within_a_year;
ALTER TABLE report_keys RENAME CONSTRAINT dataset_keys_text_is_normal TO report_keys_text_is_normal;
ALTER INDEX dataset_keys_name RENAME TO report_keys_name;
CALL keep_changes('report_keys', 'report_keys', 'id', 'secret_hash');
