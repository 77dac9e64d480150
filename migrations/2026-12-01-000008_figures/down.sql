DROP FUNCTION coverage_records, coverage_entries, cohort_councils;
DROP VIEW known.coverage_measures, coverage_measures;
DROP FUNCTION council_tallies, expected_attendees;
DROP FUNCTION corrections_of, counted_days;
DROP VIEW known.registers_counted, known.meetings_counted;
DROP VIEW known.meetings_of_targets, known.meetings_of_actions;
DROP VIEW registers_counted, meetings_counted, meetings_of_targets, meetings_of_actions;
