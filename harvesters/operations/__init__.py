"""What every harvest has, whatever its source: reading politely, configuration, storing, errors."""
