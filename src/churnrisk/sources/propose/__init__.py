"""Looking at a folder of files: which file is which table, which column is which, and what could not be matched."""
