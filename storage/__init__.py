"""Memory: the database, one repository per aggregate, and migrations. SQL is the truth; everything else is derived."""
