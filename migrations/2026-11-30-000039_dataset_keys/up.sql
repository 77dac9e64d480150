-- Report keys are called dataset keys, as they read datasets.
ALTER TABLE report_keys RENAME TO dataset_keys;
ALTER TABLE dataset_keys RENAME CONSTRAINT report_keys_expire_within_a_year TO dataset_keys_expire_within_a_year;
ALTER TABLE dataset_keys RENAME CONSTRAINT report_keys_text_is_normal TO dataset_keys_text_is_normal;
ALTER INDEX report_keys_name RENAME TO dataset_keys_name;
CALL keep_changes('dataset_keys', 'dataset_keys', 'id', 'secret_hash');
