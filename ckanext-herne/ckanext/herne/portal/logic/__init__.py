"""What the portal adds to CKAN's actions, permissions and validators."""
