-- The past of meetings, and what is read over it, as they were without the column.
DROP VIEW known.meetings CASCADE;
DROP INDEX meetings_once;
ALTER TABLE meetings DROP one_of_several;
CALL keep_changes('meetings', 'meetings', 'id');
CALL keep_known('meetings', 'meetings');
CALL keep_known_view('councils_expected');
CALL keep_known_view('meetings_of_actions');
CALL keep_known_view('meetings_of_targets');
CALL keep_known_view('meetings_counted');
CALL keep_known_view('registers_counted');
