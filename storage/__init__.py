"""Where facts and files are kept: database connection, migrations, sealed files, the arithmetic of hash chains."""
