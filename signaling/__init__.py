"""The conversation with a browser: messages (wire), dialogue (who may say what when), socket (the rim)."""
