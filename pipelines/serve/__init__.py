"""The server that a city puts in front of Dagster's page."""
