"""The websites: from one release, a folder of pages per city and one for the thirteen, that any server serves."""
