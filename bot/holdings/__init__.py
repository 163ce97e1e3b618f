"""What replies about a person's portfolio share: tables, sentences, pictures."""
