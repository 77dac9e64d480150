-- $1, $2: from which transaction and before which. Whether any of them wrote what figures are derived from.
SELECT EXISTS (
    SELECT FROM changes
    WHERE transaction_id >= $1 AND transaction_id < $2
      AND resource IN ('councils', 'groups', 'seats', 'meetings', 'attendance', 'evaluations', 'frameworks', 'themes', 'outcomes',
                       'actions', 'targets', 'revisions', 'progress')
) AS changed
