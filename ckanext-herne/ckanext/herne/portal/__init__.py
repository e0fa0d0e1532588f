"""What a visitor and a steward see."""
