"""The pages: URLs, forms, cookies and words for staff and for subjects."""
