DROP FUNCTION wait_for_writes();
DROP FUNCTION can_be_published();
