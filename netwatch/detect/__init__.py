"""Detection: findings of small detectors, one a file, become alerts that are right and explain themselves."""
