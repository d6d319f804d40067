"""What everything that happens live has in common: marks on the disk, sealed recordings, links, notices, graces."""
