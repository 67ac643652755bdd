-- How many different figures a measure has in a year, beside the fewest that it ever had.
WITH gewoonte_ AS (
  SELECT gebiedsniveau, meting, MIN(verschillend) AS verwacht FROM ({vorige}) WHERE rijen > weinig() GROUP BY ALL)
SELECT gebiedsniveau, jaar, meting, cijfer, verschillend AS waargenomen, verwacht,
  'dat aantal verschillende cijfers was er minstens' AS want
FROM ({kandidaat}) JOIN gewoonte_ USING (gebiedsniveau, meting) WHERE rijen > weinig()
