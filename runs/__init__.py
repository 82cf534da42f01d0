"""What people do with the model: the command line, run folders, tables and figures."""
