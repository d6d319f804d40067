"""Remote video supervision: one check-in from its appointment to its entry in the record."""
