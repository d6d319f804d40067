"""Two portraits and their clips, a demo organisation, and the scripted check-in; all of it invented."""
