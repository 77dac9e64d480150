DROP TRIGGER note_withdrawal ON progress;
DROP TRIGGER note_withdrawal ON evaluations;
DROP TRIGGER note_withdrawal ON attendance;
DROP FUNCTION note_withdrawal();
