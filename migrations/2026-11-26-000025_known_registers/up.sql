-- A document of an earlier day counts each council's attendance, so that view too is read over the past.
CALL keep_known_view('registers_counted');
