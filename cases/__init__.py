"""What is on file about a person: the append-only ledger, and the review that every filed act waits for."""
