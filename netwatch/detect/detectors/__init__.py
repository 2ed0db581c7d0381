"""The detectors, one file each: what it detects, its thresholds by name, and a class with feed()."""
