"""What every harvest has, whatever its source."""
