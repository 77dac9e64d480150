DROP VIEW meetings_of_targets;
