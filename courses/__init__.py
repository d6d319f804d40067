"""Distance education (教育学习): live lessons, their links, the word, attendance and what goes on file of them."""
