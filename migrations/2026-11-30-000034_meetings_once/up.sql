-- A group, or the open events, have one meeting of a title on a day, unless somebody says that there were several.
ALTER TABLE meetings ADD one_of_several boolean NOT NULL DEFAULT false;

-- Of those that are there already each but the first is one of several. It is no change of theirs, and none is logged.
ALTER TABLE meetings DISABLE TRIGGER USER;
UPDATE meetings m SET one_of_several = true
FROM (SELECT id, row_number() OVER (PARTITION BY group_id, held_on, title ORDER BY id) AS n FROM meetings) numbered
WHERE m.id = numbered.id AND numbered.n > 1;
ALTER TABLE meetings ENABLE TRIGGER USER;

CREATE UNIQUE INDEX meetings_once ON meetings (COALESCE(group_id, '00000000-0000-0000-0000-000000000000'), held_on, title)
    WHERE NOT one_of_several;
CALL keep_changes('meetings', 'meetings', 'id');
CALL keep_known('meetings', 'meetings');
