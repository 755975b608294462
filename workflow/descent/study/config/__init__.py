"""The config of a study: read, completed with defaults, checked against what the code accepts."""
