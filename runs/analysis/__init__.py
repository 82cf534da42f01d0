"""Reading what a sweep found: sensitivity, scenario discovery, figures and the report."""
