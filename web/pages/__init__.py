"""One module a noun: the handlers behind its URLs."""
