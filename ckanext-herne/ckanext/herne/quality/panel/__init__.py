"""What GovData would say, next to the field while somebody types in a form."""
