"""A release in the forms that others load: what a city uploads to the databank that it has today."""
