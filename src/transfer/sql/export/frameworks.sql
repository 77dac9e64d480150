SELECT ARRAY[code, title, plan_from::text, status, notes] AS cells FROM frameworks ORDER BY code
