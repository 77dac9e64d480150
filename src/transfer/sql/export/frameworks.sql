SELECT ARRAY[code, title, plan_from::text, status, notes, plan_until::text] AS cells FROM frameworks ORDER BY code
