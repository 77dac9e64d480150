DROP TABLE disclosures;
DROP FUNCTION keep_disclosures();
