"""The reports of a website: texts of analysts with figures, as pages and as PDF."""
