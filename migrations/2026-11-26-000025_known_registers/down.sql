DROP VIEW known.registers_counted;
