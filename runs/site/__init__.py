"""The documentation site: the pages that are written from the code's own tables, and how it is built and served."""
