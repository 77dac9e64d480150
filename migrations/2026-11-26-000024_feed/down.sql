DROP INDEX changes_transaction_id;
