"""Who: people, the posts they hold, the organisation tree, sign-in, and the one way to get at a case."""
